import AWSCore
import AWSModels

extension ImportedFile {
    /// Reads LocalStack's snapshots. A test's content holds responses, parts of responses and other data, without their
    /// operation, which is inferred from the members.
    func snapshot(_ node: Node) throws -> [RecordedExchange] {
        var result: [RecordedExchange] = []
        if let content = node["recorded-content"] {
            walk(content, "", service(of: node["id"]?.string), &result)
        } else {
            for test in node.fields ?? [] {
                guard let content = test.value["recorded-content"] else { continue }
                walk(content, "", service(of: test.name), &result)
            }
        }
        if result.isEmpty { throw ImportFailure("the snapshot has no recorded content") }
        return result
    }

    private func service(of id: String?) -> String? {
        guard let id else { return service }
        for part in id.split(separator: "/") { if ModelTable.named(String(part)) != nil { return String(part) } }
        return service
    }

    private func walk(_ node: Node, _ path: String, _ service: String?, _ result: inout [RecordedExchange]) {
        switch node {
        case .list(let items) where items.contains { $0.fields != nil }:
            for (index, item) in items.enumerated() { walk(item, "\(path).\(index + 1)", service, &result) }
        case .object(let fields):
            if !path.isEmpty, let exchange = recognised(node, fields, path, service) { return result.append(exchange) }
            if path.isEmpty
                || fields.contains(where: { $0.value.fields != nil }) && fields.allSatisfy({ $0.name != "ResponseMetadata" })
            {
                for field in fields { walk(field.value, path.isEmpty ? field.name : "\(path).\(field.name)", service, &result) }
            } else {
                result.append(
                    skipped("no structure or response of ec2, ecr, iam or sts has these members", path, service: service))
            }
        default: result.append(skipped("a value of the test's own, not a response", path, service: service))
        }
    }

    private func recognised(_ node: Node, _ fields: [Node.Field], _ path: String, _ service: String?) -> RecordedExchange? {
        let metadata = node["ResponseMetadata"]
        let status = Int(metadata?["HTTPStatusCode"]?.number ?? 200)
        if node["Error"]?["Code"]?.string != nil {
            return parsed(service: service, operation: nil, status: max(status, 300), node, part: path)
        }
        let names = Set(fields.map(\.name)).subtracting(["ResponseMetadata"])
        guard !names.isEmpty else { return nil }
        let tables = ModelTable.all.filter { $0.model.id == service } + ModelTable.all.filter { $0.model.id != service }
        let hint = path.lowercased().filter { $0.isLetter }
        for table in tables {
            let outputs = table.operations.values.filter { operation in
                operation.output.map { names.isSubset(of: table.memberNames($0)) } ?? false
            }
            let scored = outputs.sorted { $0.name < $1.name }.map { ($0, Self.score($0, node, hint, table)) }
            let best = scored.max { $0.1 < $1.1 }?.0
            // A response contains metadata; a part of one is only a structure.
            if let best, metadata != nil {
                return parsed(service: table.model.id, operation: best.name, status: status, node, part: path)
            }
            guard metadata == nil else { continue }
            let shapes = table.shapes(withMembers: names)
            let nearest = shapes.min { (table.memberNames($0).count, $0) < (table.memberNames($1).count, $1) }
            if let nearest {
                var exchange = parsed(
                    service: table.model.id, operation: table.operations.keys.sorted().first, node, part: path)
                exchange.notes.shape = nearest
                if let best { exchange.notes.operation = best.name } else { exchange.notes.operation = table.user(of: nearest) }
                return exchange
            }
        }
        return nil
    }

    /// Returns how well a response fits an operation. In order of weight: its nested members fit, the test's name for it names
    /// the operation, much of the output is present, and tests use the operation's verb often.
    private static func score(
        _ operation: ModelTable.Operation, _ node: Node, _ hint: String, _ table: ModelTable
    ) -> (Int, Int, Int, Int) {
        var conforming = ConformingNode(codec: DynamicCodec(table: table))
        let shape = table.shape(operation.output)
        _ = conforming.structure(node, shape, "")
        let isNamed = hint.contains(operation.name.lowercased())
        let verbs = ["Update", "Modify", "Create", "List", "Get", "Describe"]
        let verb = verbs.firstIndex { operation.name.hasPrefix($0) } ?? -1
        return (-conforming.differences.count, isNamed ? 1 : 0, -shape.names.count, verb)
    }
}

extension ModelTable {
    func memberNames(_ shape: String) -> Set<String> { self.shape(shape).names }

    /// Returns the first operation whose output contains the structure at any depth, or `(structure)` if none does.
    func user(of shape: String) -> String {
        for operation in operations.values.sorted(by: { $0.name < $1.name }) {
            var open = [operation.output].compactMap { $0 }, seen: Set<String> = []
            while let next = open.popLast() {
                guard seen.insert(next).inserted else { continue }
                if next == shape { return operation.name }
                open += self.shape(next).members.compactMap(\.target)
            }
        }
        return operations.keys.sorted().first ?? ""
    }
}
