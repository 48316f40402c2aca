import AWSCore
import AWSModels
import EC2API
import ECRAPI
import IAMAPI
import SSMAPI
import STSAPI

/// All operations and waiters that steps can name, such as `ecr.CreateRepository` and
/// `ec2.InstanceRunning`.
struct ServiceCatalogue: Sendable {
    static let shared = ServiceCatalogue()

    private struct Service {
        var operations: [String: UntypedOperation]
        var waiters: [String: UntypedWaiter]
        /// All of AWS's operations; those without Swift types are called through this table.
        var table: ModelTable
    }
    private let services: [String: Service]

    private init() {
        func service(_ table: ModelTable, _ operations: [UntypedOperation], _ waiters: [UntypedWaiter]) -> Service {
            Service(
                operations: Dictionary(operations.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first }),
                waiters: Dictionary(waiters.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first }),
                table: table)
        }
        services = [
            "ec2": service(.ec2, EC2.untypedOperations, EC2.untypedWaiters),
            "ecr": service(.ecr, ECR.untypedOperations, ECR.untypedWaiters),
            "iam": service(.iam, IAM.untypedOperations, IAM.untypedWaiters),
            "ssm": service(.ssm, SSM.untypedOperations, SSM.untypedWaiters),
            "sts": service(.sts, STS.untypedOperations, STS.untypedWaiters),
        ]
    }

    /// - Throws: ``TemplateError`` with the expected form.
    func operation(_ name: String) throws(TemplateError) -> UntypedOperation {
        let (service, word) = try split(name, "an operation such as ecr.CreateRepository")
        if let operation = service.operations[word] ?? service.table.untypedOperation(word) { return operation }
        throw TemplateError(
            "'\(name)' is not an operation" + Suggestion.text(for: word, among: service.table.model.operationNames.sorted()))
    }

    func waiter(_ name: String) throws(TemplateError) -> UntypedWaiter {
        let (service, word) = try split(name, "a waiter such as ec2.InstanceRunning, or a time such as 30s")
        if let waiter = service.waiters[word] { return waiter }
        throw TemplateError("'\(name)' is not a waiter" + Suggestion.text(for: word, among: service.waiters.keys.sorted()))
    }

    private func split(_ name: String, _ expected: String) throws(TemplateError) -> (Service, String) {
        let parts = name.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 2 else { throw TemplateError("'\(name)' is not \(expected)") }
        guard let service = services[parts[0]] else {
            throw TemplateError(
                "'\(parts[0])' is not a service" + Suggestion.text(for: parts[0], among: services.keys.sorted()))
        }
        return (service, parts[1])
    }
}
