import AWSCore
import AWSModels
import HTTPTypes

/// Verifies an exchange by its shape alone: decoding with the client's codec and re-encoding with the simulator's must
/// give the same document.
struct ShapeVerification {
    private(set) var differences: [Difference] = []
    private(set) var members = 0
    private(set) var covered = 0

    let codec: DynamicCodec
    let operation: ModelTable.Operation

    init(_ table: ModelTable, _ operation: ModelTable.Operation) {
        codec = DynamicCodec(table: table)
        self.operation = operation
    }

    /// - Throws: ``MalformedMessage`` if a body does not follow the protocol.
    mutating func verify(_ exchange: RecordedExchange) throws {
        if exchange.notes.encoding == .parsed { return try verifyParsed(exchange) }
        if exchange.response.status >= 300 {
            try verifyError(exchange.response)
        } else {
            try verifyOutput(exchange.response.body, as: exchange.notes.shape)
        }
        if exchange.notes.hasRequest { try verifyRequest(exchange.request) }
    }

    /// - Parameter part: the name of the body's structure, if it is not a whole output.
    private mutating func verifyOutput(_ body: Bytes, as part: String?) throws {
        let shape = codec.table.shape(part ?? operation.output)
        var content =
            part == nil || codec.layout == .json ? try codec.content(operation, body) : try XML.parse(body).content
        // EC2 returns `<return>true</return>` for outputs without members.
        if shape.schema.members.isEmpty
            || content["return"] != nil && !shape.schema.members.contains(where: { $0.wire == "return" })
        {
            content = .object((content.fields ?? []).filter { $0.name != "return" })
        }
        let structure = codec.read(content, shape, codec.layout)
        compare(content, try codec.parsed(codec.write(structure, codec.layout)))
        enumerations(structure)
    }

    private mutating func verifyRequest(_ request: RecordedExchange.Request) throws {
        let shape = codec.table.shape(operation.input)
        let sent: Node, again: Node
        if codec.layout == .json {
            sent = try JSON.parse(request.body.isEmpty ? Bytes("{}".utf8) : request.body)
            again = try JSON.parse(codec.write(codec.read(sent, shape, .json), .json))
        } else {
            let form = request.method == "GET" ? RecordedExchange.query(of: request.url) : request.body
            let layout: WireLayout = codec.table.model.wire == .ec2Query ? .ec2Query : .awsQuery
            let pairs = try QueryString.pairs(form).filter {
                !["Action", "Version"].contains($0.name) && !$0.name.hasPrefix("X-Amz-")
            }
            sent = try QueryString.tree(pairs)
            let bytes = codec.write(codec.read(sent, shape, layout), layout)
            again = try QueryString.tree(try QueryString.pairs(bytes.dropFirst()))
        }
        var comparison = TreeComparison()
        comparison.compare(sent, again, "request")
        differences += comparison.differences
    }

    private mutating func verifyError(_ response: RecordedExchange.Response) throws {
        var head = HTTPResponse(status: .init(code: response.status))
        for header in response.headers {
            if let name = HTTPField.Name(header.name) { head.headerFields.append(HTTPField(name: name, value: header.value)) }
        }
        let error = codec.table.model.error(head, response.body)
        guard error.code != "\(response.status)" else {
            differences.append(
                Difference(.lost, "Error.Code", recorded: String(decoding: response.body.prefix(120), as: UTF8.self)))
            return
        }
        verify(error)
    }

    private mutating func verify(_ error: AWSError) {
        let (head, body) = codec.table.model.response(error, requestId: error.requestId ?? "")
        let again = codec.table.model.error(head, body)
        members += 3
        covered += 3
        func check(_ kind: Difference.Kind, _ path: String, _ recorded: String, _ found: String) {
            guard recorded != found else { return }
            covered -= 1
            differences.append(Difference(kind, path, recorded: recorded, found: found))
        }
        check(.errorCode, "Error.Code", error.code, again.code)
        check(.errorMessage, "Error.Message", error.message, again.message)
        check(.status, "status", "\(error.status)", "\(again.status)")
    }

    private mutating func verifyParsed(_ exchange: RecordedExchange) throws {
        let node = try JSON.parse(exchange.notes.isInput ? exchange.request.body : exchange.response.body)
        if !exchange.notes.isInput, let error = node["Error"], let code = error["Code"]?.string {
            verify(AWSError(code, status: max(300, exchange.response.status), error["Message"]?.string ?? ""))
            return
        }
        let name = exchange.notes.shape ?? (exchange.notes.isInput ? operation.input : operation.output)
        let shape = codec.table.shape(name)
        var conforming = ConformingNode(codec: codec, readsMisprints: exchange.notes.origin == ImportFormat.examples.rawValue)
        let recorded = conforming.structure(node, shape, "")
        differences += conforming.differences
        members += conforming.differences.filter { $0.kind == .lost || $0.kind == .wrongType }.count
        let structure = codec.read(recorded, shape, .model)
        compare(
            recorded,
            try codec.node(exchange.notes.isInput ? codec.throughARequest(structure) : codec.throughTheWire(structure)))
        enumerations(structure)
    }

    private mutating func compare(_ recorded: Node, _ again: Node) {
        var comparison = TreeComparison()
        comparison.compare(recorded, again)
        differences += comparison.differences
        members += comparison.members
        covered += comparison.covered
    }

    // MARK: Enumerations

    private mutating func enumerations(_ structure: DynamicStructure, _ path: String = "") {
        for entry in structure.values {
            let member = structure.shape.schema.members[entry.index]
            let path = TreeComparison.join(path, member.name)
            switch entry.value {
            case .string(let text): check(text, member.constraint?.values, path)
            case .strings(let texts): for text in texts { check(text, member.elementConstraint?.values, path) }
            case .structure(let value): enumerations(value, path)
            case .structures(let values): for value in values { enumerations(value, path) }
            case .structureMap(let values): for value in values.values { enumerations(value, path) }
            default: break
            }
        }
    }

    private mutating func check(_ text: String, _ values: [String]?, _ path: String) {
        guard let values, !values.contains(text), !text.isEmpty, !text.hasPrefix("<") else { return }
        differences.append(Difference(.enumeration, path, recorded: text))
    }
}

/// Converts a node printed by an SDK to the form of the model's layout: times and policies become text.
struct ConformingNode {
    let codec: DynamicCodec
    /// Whether an unknown name is read as the most similar known one.
    var readsMisprints = false
    private(set) var differences: [Difference] = []

    init(codec: DynamicCodec, readsMisprints: Bool = false) {
        self.codec = codec
        self.readsMisprints = readsMisprints
    }

    mutating func structure(_ node: Node, _ shape: DynamicShape, _ path: String) -> Node {
        guard let fields = node.fields else {
            if !node.isNull { differences.append(Difference(.wrongType, path, recorded: TreeComparison.text(node))) }
            return .object([])
        }
        var result: [Node.Field] = []
        for field in fields where !field.value.isNull && !(path.isEmpty && Self.envelope.contains(field.name)) {
            let path = TreeComparison.join(path, field.name)
            if let index = shape.schema.members.firstIndex(where: { $0.name == field.name }) {
                if let value = value(field.value, shape.schema.members[index], shape.members[index], path) {
                    result.append(.init(field.name, value))
                }
            } else if let index = readsMisprints ? Misspelling.member(like: field.name, of: shape, besides: fields) : nil {
                let member = shape.schema.members[index]
                differences.append(Difference(.misprint, path, recorded: field.name, found: member.name))
                // Examples often use a list's name for a single element, and the reverse.
                var meant = field.value
                if member.kind == .structure, let items = meant.elements, items.count == 1 { meant = items[0] }
                if let value = value(meant, member, shape.members[index], path) { result.append(.init(member.name, value)) }
            } else {
                differences.append(Difference(.lost, path, recorded: TreeComparison.text(field.value)))
            }
        }
        return .object(result)
    }

    private static let envelope: Set<String> = ["ResponseMetadata", "ResultMetadata"]

    private mutating func value(
        _ node: Node, _ member: Schema.Member, _ extra: DynamicShape.Member, _ path: String
    ) -> Node? {
        switch member.kind {
        case .structure: return structure(node, codec.table.shape(extra.target), path)
        case .list:
            guard let items = node.elements else {
                if Self.isPlaceholder(node) { return nil }
                if let items = pairs(node, extra) {
                    differences.append(Difference(.spelled, path, recorded: TreeComparison.text(node), found: "a list"))
                    return .list(items)
                }
                if readsMisprints, extra.element == .structure, node.fields != nil {
                    differences.append(Difference(.misprint, path, recorded: "an object", found: "a list"))
                    return .list([node].compactMap { element($0, extra, path) })
                }
                return wrong(node, path)
            }
            return .list(items.compactMap { element($0, extra, path) })
        case .map:
            guard let fields = node.fields else { return wrong(node, path) }
            return .object(fields.compactMap { field in element(field.value, extra, path).map { .init(field.name, $0) } })
        default: return scalar(node, member.kind, path)
        }
    }

    /// Returns a list of keys and values that a test wrote as an object; nil for anything else.
    private func pairs(_ node: Node, _ extra: DynamicShape.Member) -> [Node]? {
        guard extra.element == .structure, codec.table.shape(extra.target).names == ["Key", "Value"], let fields = node.fields,
            fields.allSatisfy({ $0.value.string != nil })
        else { return nil }
        return fields.map { .object([.init("Key", .string($0.name)), .init("Value", $0.value)]) }
    }

    private mutating func element(_ node: Node, _ extra: DynamicShape.Member, _ path: String) -> Node? {
        extra.element == .structure ? structure(node, codec.table.shape(extra.target), path) : scalar(node, extra.element, path)
    }

    private mutating func wrong(_ node: Node, _ path: String) -> Node? {
        differences.append(Difference(.wrongType, path, recorded: TreeComparison.text(node)))
        return nil
    }

    private static func isPlaceholder(_ node: Node) -> Bool {
        guard let text = node.string else { return false }
        return text.hasPrefix("<") && text.hasSuffix(">") || text == "datetime" || text == "timestamp"
    }

    private mutating func scalar(_ node: Node, _ kind: Schema.Kind, _ path: String) -> Node? {
        switch kind {
        case .integer, .double:
            if Self.isPlaceholder(node) { return .integer(0) }
            if let text = node.string, let value = Double(text) {
                differences.append(Difference(.spelled, path, recorded: "\"\(text)\"", found: text))
                return kind == .integer ? Int64(exactly: value).map(Node.integer) ?? wrong(node, path) : .number(value)
            }
            if let value = node.number {
                guard kind == .integer else { return .number(value) }
                return Int64(exactly: value).map(Node.integer) ?? wrong(node, path)
            }
            return wrong(node, path)
        case .boolean:
            if case .bool = node { return node }
            if Self.isPlaceholder(node) { return .bool(true) }
            guard let text = node.string?.lowercased(), text == "true" || text == "false" else { return wrong(node, path) }
            differences.append(Difference(.spelled, path, recorded: "\"\(node.string ?? "")\"", found: text))
            return .bool(text == "true")
        case .timestamp: return instant(node, path)
        case .blob:
            guard let text = node.string else { return wrong(node, path) }
            return .string(Base64.decode(text) == nil ? Base64.encode(Bytes(text.utf8)) : text)
        default:
            switch node {
            case .string: return node
            // SDKs return policies as objects; on the wire they are text.
            case .object, .list: return .string(String(decoding: JSON.write(node), as: UTF8.self))
            default:
                let text = TreeComparison.text(node)
                differences.append(Difference(.spelled, path, recorded: text, found: "\"\(text)\""))
                return .string(text)
            }
        }
    }

    private mutating func instant(_ node: Node, _ path: String) -> Node? {
        var instant: Instant?
        if Self.isPlaceholder(node) {
            instant = Instant(seconds: 1_000_000_000 as Int64)
        } else if let text = node.string {
            instant = Instant(parsing: text) ?? Instant(parsing: text.replacing(" ", with: "T"))
        } else if let number = node.number, abs(number) < 1e12 {
            instant = Instant(seconds: number)
        } else if node["__class__"]?.string == "datetime" {
            func part(_ name: String) -> Int { node[name]?.number.map { Int($0) } ?? 0 }
            instant = Instant(
                year: part("year"), month: part("month"), day: part("day"), hour: part("hour"), minute: part("minute"),
                second: part("second"), millisecond: part("microsecond") / 1000)
        }
        guard var instant else { return wrong(node, path) }
        // IAM and STS write whole seconds.
        if codec.table.model.wire == .awsQuery { instant = Instant(seconds: instant.seconds) }
        return .string(instant.description)
    }
}
