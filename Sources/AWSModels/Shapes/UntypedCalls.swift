public import AWSCore

extension ModelTable {
    /// An operation without its types, whether there are types for it or not. Its messages are the ones that types would make.
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
        guard violations.isEmpty else { throw UnfitInput(violations: violations) }
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
