import AWSCore

/// The organization (AWS Organizations) of a simulator's accounts, with its control policies.
///
/// https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_scps_evaluation.html
public struct Organization: Sendable {
    /// `aws:PrincipalOrgID`.
    public var id: String
    /// The account that control policies do not apply to; nil: none of the simulator's.
    public var managementAccount: String?
    /// Service control policies from the organization's root down to the account: each level must allow.
    public var serviceControls: [[CallerPolicies.Source]] = []
    /// Resource control policies, which only deny.
    public var resourceControls: [CallerPolicies.Source] = []

    /// `aws:PrincipalOrgPaths`; the root's id is derived from the organization's.
    var path: String { "\(id)/r-\(id.dropFirst(2).prefix(4))/" }

    /// The policy that AWS attaches at every level by default.
    static let fullAccess = CallerPolicies.Source(
        name: "service control policy 'FullAWSAccess'",
        document: #"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}"#)

    public init(id: String = "o-exampleorgid", managementAccount: String? = nil) {
        self.id = id
        self.managementAccount = managementAccount
    }

    /// Attaches a policy to the account, in addition to the attached ones. As in AWS, `FullAWSAccess` is attached already.
    ///
    /// - Parameters:
    ///   - text: a policy document, or an object with `ServiceControlPolicies` (a list of levels, each a list of documents that
    ///     replace `FullAWSAccess`), `ResourceControlPolicies` (documents), `Id` and `ManagementAccountId`.
    ///   - name: the name in explanations.
    /// - Throws: ``OrganizationError`` if the text is neither.
    public mutating func add(_ text: String, named name: String) throws(OrganizationError) {
        let node: Node
        do { node = try JSON.parse(Bytes(text.utf8)) } catch {
            throw OrganizationError("'\(name)' is not JSON: \(error).")
        }
        guard node["Statement"] == nil else {
            try check(text, .identity, name)
            let policy = CallerPolicies.Source(name: "service control policy '\(name)'", document: text)
            if serviceControls.isEmpty { serviceControls = [[Self.fullAccess]] }
            serviceControls[serviceControls.count - 1].append(policy)
            return
        }
        let known: Set = ["Id", "ManagementAccountId", "ServiceControlPolicies", "ResourceControlPolicies"]
        guard let fields = node.fields, fields.allSatisfy({ known.contains($0.name) }), !fields.isEmpty else {
            throw OrganizationError(
                "'\(name)' is neither a policy document nor an object of \(known.sorted().joined(separator: ", ")).")
        }
        if let id = node["Id"]?.string { self.id = id }
        if let account = node["ManagementAccountId"]?.string { managementAccount = account }
        for (number, level) in (node["ServiceControlPolicies"]?.elements ?? []).enumerated() {
            let documents = level.elements ?? [level]
            serviceControls.append(
                try documents.enumerated().map { (index, document) throws(OrganizationError) in
                    let title = "\(name)', level \(number + 1), policy \(index + 1)"
                    let text = String(decoding: JSON.write(document), as: UTF8.self)
                    try check(text, .identity, title)
                    return .init(name: "service control policy '\(title)", document: text)
                })
        }
        for (index, document) in (node["ResourceControlPolicies"]?.elements ?? []).enumerated() {
            let title = "\(name)', policy \(index + 1)"
            let text = String(decoding: JSON.write(document), as: UTF8.self)
            try check(text, .resourceControl, title)
            resourceControls.append(.init(name: "resource control policy '\(title)", document: text))
        }
    }

    private func check(_ text: String, _ kind: PolicyDocument.Kind, _ name: String) throws(OrganizationError) {
        do { _ = try PolicyDocument(parsing: text, as: kind) } catch let error as PolicySyntaxError {
            throw OrganizationError("'\(name)': \(error.message) \(error.explanation)")
        } catch { throw OrganizationError("'\(name)': \(error)") }
    }

    /// Returns the levels of service control policies for a caller: none for the management account and for service-linked roles.
    func serviceControls(of caller: Caller) -> [[CallerPolicies.Source]] {
        if caller.account == managementAccount || caller.kind == .anonymous { return [] }
        if caller.roleArn?.contains(":role/aws-service-role/") == true { return [] }
        return serviceControls
    }

    /// Returns the resource control policies for a target, if its service supports them.
    /// https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_rcps.html#rcp-supported-services
    func resourceControls(on target: AuthorizationTarget) -> [CallerPolicies.Source] {
        guard target.action.hasPrefix("sts:") || target.action.hasPrefix("ecr:"),
            target.account.map(String.init) != managementAccount
        else { return [] }
        return resourceControls
    }
}

/// The reason why a text does not describe an organization.
public struct OrganizationError: Error, CustomStringConvertible {
    public let description: String
    init(_ description: String) { self.description = description }
}
