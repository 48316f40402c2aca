import AWSCore
import ECRAPI
import SimulatorCore

extension ECRSimulation {
    public func setRepositoryPolicy(_ input: SetRepositoryPolicyRequest, _ context: Context) throws
        -> SetRepositoryPolicyResponse
    {
        let context = registry(input.registryId, context)
        var repository = try RepositoryRecord.get(input.repositoryName, context)
        let policy = try PolicyText.checked(input.policyText, of: .repository)
        try PolicyText.checkPrincipals(policy, context)
        if input.force != true { try refuseLockout(policy, repository.name, context) }
        repository.policy = policy
        try repository.update(context)
        return SetRepositoryPolicyResponse(
            registryId: context.account, repositoryName: repository.name, policyText: repository.policy)
    }

    public func getRepositoryPolicy(_ input: GetRepositoryPolicyRequest, _ context: Context) throws
        -> GetRepositoryPolicyResponse
    {
        let context = registry(input.registryId, context)
        let repository = try RepositoryRecord.get(input.repositoryName, context)
        guard let policy = repository.policy else { throw AWSError.repositoryPolicyNotFound(repository.name, context) }
        return GetRepositoryPolicyResponse(registryId: context.account, repositoryName: repository.name, policyText: policy)
    }

    public func deleteRepositoryPolicy(
        _ input: DeleteRepositoryPolicyRequest, _ context: Context
    ) throws -> DeleteRepositoryPolicyResponse {
        let context = registry(input.registryId, context)
        var repository = try RepositoryRecord.get(input.repositoryName, context)
        guard let policy = repository.policy else { throw AWSError.repositoryPolicyNotFound(repository.name, context) }
        repository.policy = nil
        try repository.update(context)
        return DeleteRepositoryPolicyResponse(
            registryId: context.account, repositoryName: repository.name, policyText: policy)
    }
}

extension ECRSimulation {
    /// Without `force`, rejects a policy that would keep the caller from setting the next one. The account's root user is exempt.
    private func refuseLockout(_ policy: String, _ repository: String, _ context: Context) throws {
        if case .root = context.caller.kind, context.caller.account == context.account { return }
        let request = AuthorizationRequest(try target("ecr:SetRepositoryPolicy", repository, context), context)
        let document = try PolicyDocument(parsing: policy, as: .resource)
        let decision = PolicySet(resource: [NamedPolicy("policy of repository '\(repository)'", document)]).evaluate(request)
        guard case .explicitDeny(let statement) = decision else { return }
        throw AWSError.invalidParameter(
            "PolicyText", "The policy would prevent you from setting another policy in the future, and force is not set",
            explanation: "\(statement.description) denies you ecr:SetRepositoryPolicy.")
    }
}

/// The policies of repositories and registries in ECR's form.
enum PolicyText {
    enum Kind: String {
        /// The statements apply to the repository and may name no resource.
        case repository
        /// The statements name the repositories that they apply to.
        case registry
    }

    /// Returns the policy as ECR returns it.
    static func checked(_ text: String, of kind: Kind) throws -> String {
        func invalid(_ reason: String) -> AWSError {
            .invalidParameter("PolicyText", "Invalid \(kind) policy provided", explanation: reason)
        }
        let document: PolicyDocument, node: Node
        do {
            document = try PolicyDocument(parsing: text, as: .resource)
            node = try JSON.parse(text)
        } catch {
            throw invalid((error as? PolicySyntaxError).map { "\($0.message) \($0.explanation)" } ?? "\(error)")
        }
        guard document.statements.allSatisfy({ $0.namesResources == (kind == .registry) }) else {
            throw invalid(
                kind == .registry
                    ? "Each statement needs a Resource."
                    : "A repository's policy is about the repository: it takes no Resource.")
        }
        return spaced(node)
    }

    /// Rejects a policy that names missing users or roles of this account. Principals of other accounts are not checked.
    static func checkPrincipals(_ policy: String, _ context: Context) throws {
        guard let directory = context.simulator.directory else { return }
        let own = "arn:\(context.partition):iam::\(context.account):"
        for arn in try PolicyDocument(parsing: policy, as: .resource).principalArns where arn.hasPrefix(own) {
            guard try directory.hasPrincipal(arn, context.db) else {
                throw AWSError.invalidParameter(
                    "PolicyText", "Principal not found", explanation: "There is no '\(arn)' in the account.")
            }
        }
    }

    /// ECR formats policies with spaces around colons, one member per line, and each list on one line.
    static func spaced(_ node: Node) -> String {
        var out = ""
        write(node, depth: 0, to: &out)
        return out
    }

    private static func write(_ node: Node, depth: Int, to out: inout String) {
        switch node {
        case .object(let fields) where fields.isEmpty: out += "{ }"
        case .object(let fields):
            let indent = String(repeating: "  ", count: depth + 1)
            out += "{\n"
            for (number, field) in fields.enumerated() {
                out += (number == 0 ? "" : ",\n") + indent
                out += String(decoding: JSON.write(.string(field.name)), as: UTF8.self) + " : "
                write(field.value, depth: depth + 1, to: &out)
            }
            out += "\n" + indent.dropLast(2) + "}"
        case .list(let items) where items.isEmpty: out += "[ ]"
        case .list(let items):
            out += "[ "
            for (number, item) in items.enumerated() {
                if number > 0 { out += ", " }
                write(item, depth: depth, to: &out)
            }
            out += " ]"
        default: out += String(decoding: JSON.write(node), as: UTF8.self)
        }
    }
}
