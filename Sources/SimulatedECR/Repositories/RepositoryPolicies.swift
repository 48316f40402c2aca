import AWSCore
import ECRAPI
import SimulatorCore

extension ECRSimulation {
    public func setRepositoryPolicy(_ input: SetRepositoryPolicyRequest, _ context: Context) throws
        -> SetRepositoryPolicyResponse
    {
        let context = try registry(input.registryId, context)
        var repository = try RepositoryRecord.get(input.repositoryName, context)
        repository.policy = try PolicyText.checked(input.policyText, of: "repository")
        try repository.update(context)
        return SetRepositoryPolicyResponse(
            registryId: context.account, repositoryName: repository.name, policyText: repository.policy)
    }

    public func getRepositoryPolicy(_ input: GetRepositoryPolicyRequest, _ context: Context) throws
        -> GetRepositoryPolicyResponse
    {
        let context = try registry(input.registryId, context)
        let repository = try RepositoryRecord.get(input.repositoryName, context)
        guard let policy = repository.policy else { throw AWSError.repositoryPolicyNotFound(repository.name, context) }
        return GetRepositoryPolicyResponse(registryId: context.account, repositoryName: repository.name, policyText: policy)
    }

    public func deleteRepositoryPolicy(
        _ input: DeleteRepositoryPolicyRequest, _ context: Context
    ) throws -> DeleteRepositoryPolicyResponse {
        let context = try registry(input.registryId, context)
        var repository = try RepositoryRecord.get(input.repositoryName, context)
        guard let policy = repository.policy else { throw AWSError.repositoryPolicyNotFound(repository.name, context) }
        repository.policy = nil
        try repository.update(context)
        return DeleteRepositoryPolicyResponse(
            registryId: context.account, repositoryName: repository.name, policyText: policy)
    }
}

/// Policies of repositories and registries, as ECR keeps them.
enum PolicyText {
    /// The policy in the form in which ECR gives it back.
    static func checked(_ text: String, of kind: String) throws -> String {
        do {
            _ = try PolicyDocument(parsing: text, as: .resource)
            return spaced(try JSON.parse(text))
        } catch {
            let reason = (error as? PolicySyntaxError).map { "\($0.message) \($0.explanation)" } ?? "\(error)"
            throw AWSError.invalidParameter("PolicyText", "Invalid \(kind) policy provided", explanation: reason)
        }
    }

    /// ECR writes policies with a space on both sides of colons, members on lines of their own and lists on one.
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
