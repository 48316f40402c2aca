public import AWSCore

extension ModelTable {
    /// Returns an operation that is called through this table; nil if the model does not contain it. It sends and reads the same
    /// messages as generated code, which may exist too.
    public func untypedOperation(_ name: String) -> UntypedOperation? {
        guard let operation = operation(named: name) else { return nil }
        let codec = DynamicCodec(table: self)
        return UntypedOperation(
            name, model, members: { self.shape(operation.input).schema },
            readInput: { _ = codec.read($0, self.shape(operation.input), .model, report: $1) },
            readOutput: { _ = codec.read($0, self.shape(operation.output), .model, report: $1) },
            call: { try await codec.call(operation, $1, by: $0) })
    }
}

extension DynamicCodec {
    fileprivate func call(_ operation: ModelTable.Operation, _ input: Node, by invoker: any OperationInvoker) async throws
        -> Node
    {
        let report = ShapeReader.Report(), model = table.model
        let structure = read(input, table.shape(operation.input), .model, report: report)
        let violations = report.violations.filter(\.isOfForm)
        guard violations.isEmpty else { throw UnencodableInput(violations: violations) }
        return try await invoker.exchange(with: model) { endpoint, token in
            model.request(operation.name, structure.shape.schema, endpoint: endpoint, idempotencyToken: token) {
                self.write(structure, to: &$0)
            }
        } read: { response, body in
            let content = try model.content(response, body, resultWrapper: operation.resultWrapper)
            return try node(read(content, table.shape(operation.output), model.responseLayout))
        }
    }
}

extension OperationInvoker {
    /// Calls any operation of AWS's model by name, whether or not a method exists for it.
    ///
    ///     let answer = try await client.call("ec2", "DescribeIpams", ["MaxResults": 5])
    ///     let ids = answer["Ipams"]?.elements?.compactMap { $0["IpamId"]?.string }
    ///
    /// - Parameters:
    ///   - service: `ec2`, `ecr`, `iam`, `ssm` or `sts`.
    ///   - operation: the name in AWS's API, `DescribeIpams`, or in the AWS CLI, `describe-ipams`.
    ///   - input: members with the names of AWS's documentation. Idempotency tokens are filled in.
    /// - Returns: the output's members with the same names. Members that AWS omits are absent.
    /// - Throws: ``UnknownOperation``; ``UnencodableInput`` for unknown members, missing required members and wrong types; and
    ///   the call's errors.
    @discardableResult
    public func call(_ service: String, _ operation: String, _ input: Node = [:]) async throws -> Node {
        guard let table = ModelTable.named(service), let name = table.operation(operation)?.name,
            let operation = table.untypedOperation(name)
        else { throw UnknownOperation(service: service, operation: operation) }
        return try await operation(self, input)
    }
}

/// The error for a service or an operation that AWS's models do not contain.
public struct UnknownOperation: Error, Sendable, Equatable, CustomStringConvertible {
    public let service: String
    public let operation: String
    public var description: String {
        guard ModelTable.named(service) != nil else {
            let known = ModelTable.all.map(\.model.id).joined(separator: ", ")
            return "'\(service)' is not a known service; known services are \(known)"
        }
        return "\(service) has no operation '\(operation)'"
    }
}
