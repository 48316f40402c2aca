import AWSCore
import AWSModels

extension ImportedFile {
    /// Reads placebo's `ec2.DescribeInstances_1.json`: `{status_code, data}`.
    func placebo(_ node: Node) throws -> [RecordedExchange] {
        guard let data = node["data"] else { throw ImportFailure("placebo's data is missing") }
        var service = "unknown", operation = stem
        if let dot = stem.lastIndex(of: ".") {
            service = String(stem[..<dot])
            operation = String(stem[stem.index(after: dot)...])
        }
        if let underscore = operation.lastIndex(of: "_"), Int(operation[operation.index(after: underscore)...]) != nil {
            operation = String(operation[..<underscore])
        }
        if let table = ModelTable.all.first(where: { $0.model.endpointPrefix == service }) { service = table.model.id }
        let status = Int(node["status_code"]?.number ?? 200)
        return [parsed(service: service, operation: operation, status: status, data)]
    }

    /// Reads a raw body: XML, JSON, or JSON with the operation next to the body.
    func bodies(_ bytes: Bytes) throws -> [RecordedExchange] {
        guard let first = bytes.first(where: { $0 == 60 || $0 == 123 }) else {
            throw ImportFailure("the file is neither XML nor JSON")
        }
        // A brace in front of XML is left over from extracting the body out of program code.
        let isXML = first == 60 || bytes.drop { $0 != 123 }.dropFirst().first { ![32, 9, 10, 13].contains($0) } == 60
        return isXML ? try xmlBody(bytes) : try jsonBody(try JSON.parse(bytes))
    }

    private func xmlBody(_ bytes: Bytes) throws -> [RecordedExchange] {
        guard let start = bytes.firstIndex(of: 60), let end = bytes.lastIndex(of: 62), start < end else {
            throw ImportFailure("the file is not XML")
        }
        let body = Bytes(bytes[start...end])
        return [try xml(body)]
    }

    func xml(_ body: Bytes, status: Int? = nil, part: String = "") throws -> RecordedExchange {
        let (root, content) = try XML.parse(body)
        let service = Self.service(in: body) ?? self.service
        let table = service.flatMap(ModelTable.named)
        var exchange: RecordedExchange
        if root == "Response" || root == "ErrorResponse" || content["Errors"] != nil {
            let operation = Self.operation(in: stem, table)
            exchange = self.exchange(
                service: service, operation: operation, status: status ?? 400, body: body, encoding: .wire, part: part)
        } else if let table, !root.hasSuffix("Response"), table.operation(root) == nil, table.has(root) {
            // A structure without its enclosing response.
            exchange = self.exchange(
                service: service, operation: table.user(of: root), status: status ?? 200, body: body, encoding: .wire,
                part: part)
            exchange.notes.shape = root
        } else {
            let name = root.hasSuffix("Response") ? String(root.dropLast(8)) : root
            let operation = table?.operation(name)?.name ?? name
            exchange = self.exchange(
                service: service, operation: operation, status: status ?? 200, body: body, encoding: .wire, part: part)
        }
        exchange.notes.version = RecordedExchange.version(in: body)
        return exchange
    }

    /// Returns `ec2` for `xmlns="http://ec2.amazonaws.com/doc/…"`. Also works for services without a model.
    private static func service(in body: Bytes) -> String? {
        let head = String(decoding: body.prefix(600), as: UTF8.self)
        guard let end = head.firstRange(of: ".amazonaws.com/doc/") else { return nil }
        let name = head[..<end.lowerBound].split(separator: "/", omittingEmptySubsequences: false).last.map(String.init)
        return name.flatMap { name in ModelTable.all.first { $0.model.endpointPrefix == name }?.model.id ?? name }
    }

    /// Returns the longest part of a file name that is an operation: `ec2-describe-vpcs`, `describe_vpcs_2`,
    /// `test-DescribeVpcs`.
    static func operation(in stem: String, _ table: ModelTable?) -> String? {
        guard let table else { return nil }
        let words = stem.split { !$0.isLetter && !$0.isNumber }.map(String.init)
        for length in stride(from: words.count, to: 0, by: -1) {
            for start in 0...(words.count - length) {
                if let found = table.operation(words[start..<(start + length)].joined()) { return found.name }
            }
        }
        return nil
    }

    private func jsonBody(_ node: Node) throws -> [RecordedExchange] {
        if let target = node["operation"]?.string, let response = node["response"]?.string {
            return [try cycle(node, target, response)]
        }
        let status = node["Error"] == nil ? 200 : 400
        // A folder with an operation's name contains bodies as an SDK printed them.
        for table in ModelTable.all {
            if let operation = table.operations[folderName] {
                return [parsed(service: table.model.id, operation: operation.name, status: status, node)]
            }
        }
        let table = service.flatMap(ModelTable.named)
        let operation = Self.operation(in: stem, table)
        if table?.model.wire == .awsJson1_1 {
            return [
                exchange(service: service, operation: operation ?? stem, status: 200, body: JSON.write(node), encoding: .wire)
            ]
        }
        return [parsed(service: service, operation: operation ?? stem, status: status, node)]
    }

    /// Reads a recorded cycle: the operation's target, request, status and response as text.
    private func cycle(_ node: Node, _ target: String, _ response: String) throws -> RecordedExchange {
        let status = Int(node["status"]?.number ?? 200)
        let body = Bytes(response.utf8)
        let request = node["request"]?.string ?? ""
        if let start = body.firstIndex(of: 60), body.firstIndex(of: 123).map({ $0 > start }) ?? true || !target.contains(".") {
            guard let end = body.lastIndex(of: 62), start < end else { throw ImportFailure("the response is not XML") }
            var exchange = try xml(Bytes(body[start...end]), status: status)
            if let pairs = try? QueryString.pairs(Bytes(request.utf8)), pairs.contains(where: { $0.name == "Action" }) {
                exchange.request.body = Bytes(request.utf8)
                exchange.request.headers = [.init("Content-Type", "application/x-www-form-urlencoded")]
                exchange.notes.hasRequest = true
            }
            return exchange
        }
        let parts = target.split(separator: ".").map(String.init)
        let table = ModelTable.all.first { $0.model.targetPrefix == parts.first } ?? service.flatMap(ModelTable.named)
        var exchange = exchange(
            service: table?.model.id ?? service, operation: parts.last, status: status, body: body, encoding: .wire)
        if (try? JSON.parse(request)) != nil {
            exchange.request.body = Bytes(request.utf8)
            exchange.request.headers = [.init("Content-Type", "application/x-amz-json-1.1"), .init("X-Amz-Target", target)]
            exchange.notes.hasRequest = true
        }
        return exchange
    }

    // MARK: Examples

    /// Reads botocore's `{service, operation, input, output}` or `examples-1.json`, or the AWS CLI's `{service,
    /// operation, examples}`.
    func examples(_ node: Node) throws -> [RecordedExchange] {
        if let groups = node["examples"]?.fields {
            return groups.flatMap { group in
                (group.value.elements ?? []).enumerated().flatMap {
                    example($0.element, self.service, group.name, "\(group.name)-\($0.offset)")
                }
            }
        }
        let service = node["service"]?.string ?? self.service
        let operation = node["operation"]?.string ?? stem
        guard let examples = node["examples"]?.elements else { return example(node, service, operation, "") }
        return examples.enumerated().map { index, example in
            let part = "\(index + 1)"
            let command = example["command"]?.string ?? ""
            if command.contains("--query") {
                return skipped("the command's --query changed the output", part, service: service, operation: operation)
            }
            guard let output = example["output"], !output.isNull else {
                let reason =
                    example["output_text"]?.string == nil ? "the example shows no output" : "the example's output is not JSON"
                return skipped(reason, part, service: service, operation: operation)
            }
            guard output.fields != nil else {
                return skipped("the example's output is not an object", part, service: service, operation: operation)
            }
            return shown(output, service, operation, part)
        }
    }

    /// Reads JSON in an AWS CLI example: mostly an output, sometimes a file that the command reads.
    private func shown(_ node: Node, _ service: String?, _ name: String, _ part: String) -> RecordedExchange {
        let output = parsed(service: service, operation: name, status: node["Error"] == nil ? 200 : 400, node, part: part)
        guard let table = service.flatMap(ModelTable.named), let operation = table.operation(name) else { return output }
        let names = Set((node.fields ?? []).map(\.name)).subtracting(["ResponseMetadata"])
        let known = table.shape(operation.output).names
        guard !names.isSubset(of: known), node["Error"] == nil else { return output }
        if names.isSubset(of: table.shape(operation.input).names) { return input(output, node, shape: nil) }
        guard names.isDisjoint(with: known) else { return output }
        if let below = table.structure(below: operation.input, withMembers: names) {
            return input(output, node, shape: below)
        }
        if let below = table.structure(below: operation.output, withMembers: names) {
            // The example omits the enclosing member.
            var part = output
            part.notes.shape = below
            return part
        }
        // A policy or an image manifest, which the API treats as text.
        if names.contains("Statement") || names.contains("schemaVersion") {
            return skipped("the example shows a document that the command sends", part, service: service, operation: name)
        }
        return output
    }

    private func input(_ exchange: RecordedExchange, _ node: Node, shape: String?) -> RecordedExchange {
        var exchange = exchange
        exchange.response.body = JSON.write(.object([]))
        exchange.request.body = JSON.write(node)
        exchange.request.headers = [.init("Content-Type", "application/json")]
        exchange.notes.isInput = true
        exchange.notes.shape = shape
        return exchange
    }

    private func example(_ node: Node, _ service: String?, _ operation: String, _ part: String) -> [RecordedExchange] {
        var result: [RecordedExchange] = []
        if let input = node["input"], input.fields != nil {
            var exchange = parsed(
                service: service, operation: operation, .object([]), part: part.isEmpty ? "input" : "\(part)-input")
            exchange.request.body = JSON.write(input)
            exchange.request.headers = [.init("Content-Type", "application/json")]
            exchange.notes.isInput = true
            result.append(exchange)
        }
        if let output = node["output"], output.fields != nil {
            result.append(
                parsed(service: service, operation: operation, output, part: part.isEmpty ? "output" : "\(part)-output"))
        }
        return result.isEmpty
            ? [skipped("the example shows neither input nor output", part, service: service, operation: operation)] : result
    }
}
