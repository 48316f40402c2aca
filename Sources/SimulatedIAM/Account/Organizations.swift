import AWSCore
import IAMAPI
import SimulatorCore

/// The centralized root access of an organization's management account.
enum OrganizationFeatures {
    private static let kind = IAMDocumentKind<ListOrganizationsFeaturesResponse>("organization-features")

    static func enabled(_ context: Context) throws -> [String] {
        try kind.find("features", context)?.content.enabledFeatures?.map(\.rawValue) ?? []
    }

    /// Returns the organization. Throws AWS's error if the account is in none, or is not its management account.
    static func organization(_ context: Context) throws -> Organization {
        guard let organization = context.configuration.organization else {
            throw AWSError(
                "OrganizationNotFoundException",
                "The request was rejected because no organization is associated with your account.",
                explanation: "'serve --scp' gives the accounts an organisation.")
        }
        guard organization.managementAccount == context.account else {
            throw AWSError(
                "AccountNotManagementOrDelegatedAdministratorException",
                "The request was rejected because the account making the request is not the management account or delegated "
                    + "administrator account for centralized root access.")
        }
        return organization
    }

    static func set(_ feature: String, _ isOn: Bool, _ context: Context) throws -> (id: String, features: [FeatureType]) {
        let organization = try organization(context)
        var features = Set(try enabled(context))
        if isOn { features.insert(feature) } else { features.remove(feature) }
        let sorted = features.sorted().map { FeatureType($0) }
        try kind.delete("features", context)
        try kind.insert(ListOrganizationsFeaturesResponse(enabledFeatures: sorted), id: "features", context)
        return (organization.id, sorted)
    }
}

extension IAMSimulation {
    public func listOrganizationsFeatures(
        _ input: ListOrganizationsFeaturesRequest, _ context: Context
    ) throws -> ListOrganizationsFeaturesResponse {
        let organization = try OrganizationFeatures.organization(context)
        return ListOrganizationsFeaturesResponse(
            organizationId: organization.id,
            enabledFeatures: try OrganizationFeatures.enabled(context).map { FeatureType($0) })
    }

    public func enableOrganizationsRootCredentialsManagement(
        _ input: EnableOrganizationsRootCredentialsManagementRequest, _ context: Context
    ) throws -> EnableOrganizationsRootCredentialsManagementResponse {
        let state = try OrganizationFeatures.set("RootCredentialsManagement", true, context)
        return EnableOrganizationsRootCredentialsManagementResponse(organizationId: state.id, enabledFeatures: state.features)
    }

    public func disableOrganizationsRootCredentialsManagement(
        _ input: DisableOrganizationsRootCredentialsManagementRequest, _ context: Context
    ) throws -> DisableOrganizationsRootCredentialsManagementResponse {
        let state = try OrganizationFeatures.set("RootCredentialsManagement", false, context)
        return DisableOrganizationsRootCredentialsManagementResponse(organizationId: state.id, enabledFeatures: state.features)
    }

    public func enableOrganizationsRootSessions(
        _ input: EnableOrganizationsRootSessionsRequest, _ context: Context
    ) throws -> EnableOrganizationsRootSessionsResponse {
        let state = try OrganizationFeatures.set("RootSessions", true, context)
        return EnableOrganizationsRootSessionsResponse(organizationId: state.id, enabledFeatures: state.features)
    }

    public func disableOrganizationsRootSessions(
        _ input: DisableOrganizationsRootSessionsRequest, _ context: Context
    ) throws -> DisableOrganizationsRootSessionsResponse {
        let state = try OrganizationFeatures.set("RootSessions", false, context)
        return DisableOrganizationsRootSessionsResponse(organizationId: state.id, enabledFeatures: state.features)
    }

    /// Access reports are not simulated: Drydock has no organization entities.
    public func generateOrganizationsAccessReport(
        _ input: GenerateOrganizationsAccessReportRequest, _ context: Context
    ) throws -> GenerateOrganizationsAccessReportResponse {
        _ = try OrganizationFeatures.organization(context)
        throw AWSError.notSimulated("iam", "GenerateOrganizationsAccessReport")
    }

    public func getOrganizationsAccessReport(
        _ input: GetOrganizationsAccessReportRequest, _ context: Context
    ) throws -> GetOrganizationsAccessReportResponse {
        throw AWSError.noSuchEntity("The report job \(input.jobId) cannot be found.")
    }
}

// MARK: Operations that need an AWS partner

/// Delegation requests need an onboarded AWS partner, and role templates come from AWS. Drydock has neither, and returns AWS's
/// errors for accounts without them.
extension IAMSimulation {
    private func noRequest(_ id: String) -> AWSError { .noSuchEntity("Delegation request \(id) cannot be found.") }

    /// The error code and message are assumed. AWS documents that only onboarded partners may call this.
    public func createDelegationRequest(
        _ input: CreateDelegationRequestRequest, _ context: Context
    ) throws -> CreateDelegationRequestResponse {
        throw AWSError.accessDenied(
            "User: \(context.caller.arn) is not authorized to perform: iam:CreateDelegationRequest",
            explanation: "AWS accepts delegation requests only from onboarded partners. No account in Drydock is one.")
    }

    public func getDelegationRequest(
        _ input: GetDelegationRequestRequest, _ context: Context
    ) throws -> GetDelegationRequestResponse { throw noRequest(input.delegationRequestId) }

    public func listDelegationRequests(
        _ input: ListDelegationRequestsRequest, _ context: Context
    ) throws -> ListDelegationRequestsResponse {
        ListDelegationRequestsResponse(delegationRequests: [], isTruncated: false)
    }

    public func associateDelegationRequest(
        _ input: AssociateDelegationRequestRequest, _ context: Context
    ) throws -> EmptyShape { throw noRequest(input.delegationRequestId) }

    public func acceptDelegationRequest(_ input: AcceptDelegationRequestRequest, _ context: Context) throws -> EmptyShape {
        throw noRequest(input.delegationRequestId)
    }

    public func rejectDelegationRequest(_ input: RejectDelegationRequestRequest, _ context: Context) throws -> EmptyShape {
        throw noRequest(input.delegationRequestId)
    }

    public func updateDelegationRequest(_ input: UpdateDelegationRequestRequest, _ context: Context) throws -> EmptyShape {
        throw noRequest(input.delegationRequestId)
    }

    public func sendDelegationToken(_ input: SendDelegationTokenRequest, _ context: Context) throws -> EmptyShape {
        throw noRequest(input.delegationRequestId)
    }

    public func getHumanReadableSummary(
        _ input: GetHumanReadableSummaryRequest, _ context: Context
    ) throws -> GetHumanReadableSummaryResponse { throw AWSError.noSuchEntity("Entity \(input.entityArn) cannot be found.") }

    public func acquireRole(_ input: AcquireRoleRequest, _ context: Context) throws -> AcquireRoleResponse {
        throw AWSError.noSuchEntity("Role template \(input.templateArn) cannot be found.")
    }

    public func getRoleTemplateVersion(
        _ input: GetRoleTemplateVersionRequest, _ context: Context
    ) throws -> GetRoleTemplateVersionResponse {
        throw AWSError.noSuchEntity("Role template \(input.templateArn) cannot be found.")
    }
}
