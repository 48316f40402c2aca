import AWSCore
import IAMAPI
import SimulatorCore

/// The account's alias: its name in the sign-in URL. An account has at most one.
enum AccountAliases {
    static let kind = IAMDocumentKind<CreateAccountAliasRequest>("account-alias")

    static func present(_ context: Context) throws -> String? { try kind.all(context).first?.id }
}

enum AccountPreferences {
    static let kind = IAMDocumentKind<SetSecurityTokenServicePreferencesRequest>("sts-preferences")
}

extension IAMSimulation {
    /// Aliases are unique across accounts. A new alias replaces the account's old one.
    public func createAccountAlias(_ input: CreateAccountAliasRequest, _ context: Context) throws -> EmptyShape {
        let taken = "SELECT COUNT(*) FROM iam_document WHERE kind = 'account-alias' AND id = ? AND account <> ?"
        guard try context.count(taken, [input.accountAlias, context.account]) == 0,
            try AccountAliases.present(context) != input.accountAlias
        else { throw AWSError.alreadyExists("The account alias \(input.accountAlias) already exists.") }
        if let old = try AccountAliases.present(context) { try AccountAliases.kind.delete(old, context) }
        try AccountAliases.kind.insert(input, id: input.accountAlias, context)
        return EmptyShape()
    }

    public func listAccountAliases(
        _ input: ListAccountAliasesRequest, _ context: Context
    ) throws -> ListAccountAliasesResponse {
        let page = try IAMPage(
            try AccountAliases.kind.all(context).map(\.id), by: \.self, marker: input.marker, maxItems: input.maxItems)
        return ListAccountAliasesResponse(
            accountAliases: page.items, isTruncated: page.isTruncated, marker: page.marker)
    }

    public func deleteAccountAlias(_ input: DeleteAccountAliasRequest, _ context: Context) throws -> EmptyShape {
        guard try AccountAliases.present(context) == input.accountAlias else {
            throw AWSError.noSuchEntity("The account alias \(input.accountAlias) cannot be found.")
        }
        try AccountAliases.kind.delete(input.accountAlias, context)
        return EmptyShape()
    }

    public func setSecurityTokenServicePreferences(
        _ input: SetSecurityTokenServicePreferencesRequest, _ context: Context
    ) throws -> EmptyShape {
        try AccountPreferences.kind.delete("sts", context)
        try AccountPreferences.kind.insert(input, id: "sts", context)
        return EmptyShape()
    }

    public func getAccountSummary(_ input: EmptyShape, _ context: Context) throws -> GetAccountSummaryResponse {
        func count(_ table: String) throws -> Int {
            try context.count("SELECT COUNT(*) FROM \(table) WHERE account = ?", [context.account])
        }
        let versions = try context.count(
            "SELECT COUNT(*) FROM iam_policy_version WHERE policy_arn IN (SELECT arn FROM iam_policy WHERE account = ?)",
            [context.account])
        let devices = try MFADevices.kind.all(context)
        let rootKeys = try AccessKeyRecord.of(context.account, context).count
        let token = try AccountPreferences.kind.find("sts", context)?.content.globalEndpointTokenVersion
        return GetAccountSummaryResponse(summaryMap: [
            "AccessKeysPerUserQuota": AccessKeyRecord.limit, "AccountAccessKeysPresent": rootKeys > 0 ? 1 : 0,
            "AccountMFAEnabled": devices.contains { $0.owner == context.account } ? 1 : 0, "AccountPasswordPresent": 1,
            "AccountSigningCertificatesPresent":
                try SigningCertificates.kind.count(owner: context.account, context) > 0 ? 1 : 0,
            "AssumeRolePolicySizeQuota": RoleRecord.trustLimit,
            "AttachedPoliciesPerGroupQuota": PolicyOwner.attachmentLimit,
            "AttachedPoliciesPerRoleQuota": PolicyOwner.attachmentLimit,
            "AttachedPoliciesPerUserQuota": PolicyOwner.attachmentLimit,
            "GlobalEndpointTokenVersion": token == .v2Token ? 2 : 1, "GroupPolicySizeQuota": 5120,
            "Groups": try count("iam_group"), "GroupsPerUserQuota": GroupRecord.membershipLimit,
            "GroupsQuota": GroupRecord.limit, "InstanceProfiles": try count("iam_instance_profile"),
            "InstanceProfilesQuota": 1000, "MFADevices": devices.count,
            "MFADevicesInUse": devices.count { !$0.owner.isEmpty }, "Policies": try count("iam_policy"),
            "PoliciesQuota": ManagedPolicy.limit, "PolicySizeQuota": PolicyVersionRecord.sizeLimit,
            "PolicyVersionsInUse": versions, "PolicyVersionsInUseQuota": 10000,
            "Providers": try OIDCProviders.kind.count(context) + SAMLProviders.kind.count(context),
            "RolePolicySizeQuota": 10240, "Roles": try count("iam_role"), "RolesQuota": RoleRecord.limit,
            "ServerCertificates": try ServerCertificates.kind.count(context),
            "ServerCertificatesQuota": ServerCertificates.limit,
            "SigningCertificatesPerUserQuota": SigningCertificates.limit, "UserPolicySizeQuota": 2048,
            "Users": try count("iam_user"), "UsersQuota": UserRecord.limit,
            "VersionsPerPolicyQuota": PolicyVersionRecord.limit,
        ])
    }

    /// Always returns no properties, because none can be set.
    public func getAccountProperties(_ input: GetAccountPropertiesRequest, _ context: Context) throws
        -> GetAccountPropertiesResponse
    {
        GetAccountPropertiesResponse(properties: [:])
    }

    /// Checks the documented form of property keys, then reports the property as missing. AWS does not document which properties
    /// exist, and the feature that uses them (Role Manager) is not simulated.
    public func putAccountProperties(_ input: PutAccountPropertiesRequest, _ context: Context) throws
        -> PutAccountPropertiesResponse
    {
        var namespaces: Set<Substring> = []
        for name in input.properties.keys.sorted() {
            let parts = name.split(separator: "/", omittingEmptySubsequences: false)
            guard parts.count == 2, parts.allSatisfy({ !$0.isEmpty }), name.utf8.count <= 50 else {
                throw AWSError.invalidInput("Invalid property key: \(name). It must be in the format Namespace/PropertyName.")
            }
            namespaces.insert(parts[0])
        }
        guard namespaces.count == 1 else {
            throw AWSError.invalidInput("All properties in a request must belong to the same namespace.")
        }
        var error = AWSError.invalidInput("Unknown account property: \(input.properties.keys.sorted()[0]).")
        error.explanation = "Drydock has none of the features that account properties set up, such as IAM's Role Manager."
        throw error
    }
}
