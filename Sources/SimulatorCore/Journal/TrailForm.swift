import AWSCore

/// CloudTrail's format of requests and responses: members begin with a lower-case letter, and secrets are left out or masked. The
/// service's style decides the rest.
struct TrailForm {
    let style: TrailStyle

    func request(_ entry: Journal.Entry, _ operation: ServiceOperation?) -> Node {
        guard let operation, entry.parameters.fields?.isEmpty == false else {
            return entry.parameters.fields?.isEmpty == false ? formed(entry.parameters) : .null
        }
        let input = operation.read(ShapeReader(entry.parameters, schema: operation.inputSchema, layout: entry.layout))
        // Rejected members that the model does not have are shown as received.
        let node = written(input, operation.inputSchema)
        let whole = node.fields?.isEmpty == false ? node : entry.parameters
        if style.verbatim.contains(operation.name) {
            return .object([.init("\(operation.name)Request", named(input, operation.inputSchema))])
        }
        let formed = formed(whole, isRequest: true)
        guard var fields = formed.fields else { return formed }
        style.complete(&fields, operation.name)
        return .object(fields)
    }

    func response(_ entry: Journal.Entry, _ operation: ServiceOperation?) -> Node {
        if entry.output == nil, entry.outputSize > Journal.Entry.largestPart { return Journal.Entry.omitted(entry.outputSize) }
        guard let operation, let output = entry.output else { return .null }
        if operation.outputSchema === EmptyShape.schema { return style.emptyResponse }
        let formed = formed(written(output, operation.outputSchema))
        if style.verbatim.contains(operation.name) {
            let envelope: [Node.Field] = [
                .init("xmlns", .string(style.namespace)), .init("requestId", .string(entry.requestId)),
            ]
            return .object([.init("\(operation.name)Response", .object(envelope + (formed.fields ?? [])))])
        }
        guard style.namesRequest else { return formed }
        return .object([.init("requestId", .string(entry.requestId))] + (formed.fields ?? []))
    }

    /// Writes a shape with the names of the API's documentation.
    private func named(_ shape: any Shape, _ schema: Schema) -> Node {
        func write(_ shape: some Shape) -> Bytes {
            var writer = ShapeWriter(schema: schema, layout: .model)
            writer.structure(shape)
            return writer.bytes
        }
        return (try? JSON.parse(write(shape))) ?? .null
    }

    private func written(_ shape: any Shape, _ schema: Schema) -> Node {
        func write(_ shape: some Shape) -> Bytes {
            var writer = ShapeWriter(schema: schema, layout: .json)
            writer.structure(shape)
            return writer.bytes
        }
        return (try? JSON.parse(write(shape))) ?? .null
    }

    // MARK: Names and values

    /// Returns one element of a request's list.
    private func element(_ node: Node, of list: TrailStyle.List) -> Node {
        if let wrapper = list.wrapper, node.fields == nil { return .object([.init(wrapper, node)]) }
        switch list.elements {
        case .plain: return formed(node)
        case .asRequest: return formed(node, isRequest: true)
        case .withPlainList(let name):
            return .object(
                (node.fields ?? []).map { field in
                    field.value.elements.map { .init(name, .list($0.map { formed($0) })) }
                        ?? .init(Self.trailName(field.name), field.value)
                })
        }
    }

    private func formed(_ node: Node, isRequest: Bool = false) -> Node {
        switch node {
        case .object(let fields):
            return .object(fields.compactMap { field in self.field(field, isRequest: isRequest) })
        case .list(let elements):
            let formed = elements.map { self.formed($0) }
            guard style.listsHaveItems else { return .list(formed) }
            return .object(formed.isEmpty ? [] : [.init("items", .list(formed))])
        default: return node
        }
    }

    private func field(_ field: Node.Field, isRequest: Bool) -> Node.Field? {
        var name = Self.trailName(field.name)
        if Secret.left.contains(name) { return nil }
        if Secret.masked.contains(name) { return .init(name, .string(style.mask)) }
        if name == "return" { name = "_return" }
        if isRequest, let elements = field.value.elements, let list = style.lists[name] {
            let formed = elements.map { element($0, of: list) }
            return .init(list.name, .object([.init("items", .list(formed))]))
        }
        if isRequest, let lists = style.completeElements[name], let elements = field.value.elements {
            return .init(name, .object([.init("items", .list(elements.map { complete($0, lists) }))]))
        }
        if let time = time(name, field.value) { return .init(name, time) }
        return .init(name, formed(field.value))
    }

    /// Returns an element with all its lists, including empty ones.
    private func complete(_ node: Node, _ lists: [String]) -> Node {
        var fields = formed(node).fields ?? []
        for list in lists where !fields.contains(where: { $0.name == list }) { fields.append(.init(list, .object([]))) }
        return .object(fields)
    }

    private static func trailName(_ name: String) -> String { name.prefix(1).lowercased() + name.dropFirst() }

    private func time(_ name: String, _ value: Node) -> Node? {
        guard ["Time", "Date", "At", "Until"].contains(where: name.hasSuffix) || name == "expiration" else { return nil }
        let seconds: Double
        switch value {
        case .integer(let whole): seconds = Double(whole)
        case .number(let number): seconds = number
        default: return nil
        }
        if style.timesAreMilliseconds { return .integer(Int64((seconds * 1000).rounded())) }
        return .string(Instant(seconds: seconds).iso8601(milliseconds: false))
    }

    /// Members that a trail leaves out or masks.
    private enum Secret {
        static let left: Set<String> = ["secretAccessKey", "layerPartBlob"]
        static let masked: Set<String> = [
            "password", "oldPassword", "newPassword", "sessionToken", "authorizationToken", "keyMaterial", "passwordData",
            "privateKey", "userData", "tokenCode", "authenticationCode1", "authenticationCode2", "base32StringSeed",
            "qRCodePNG", "webIdentityToken", "sAMLAssertion", "serviceSpecificCredentialSecret", "servicePassword",
            "publicKeyMaterial",
        ]
    }
}
