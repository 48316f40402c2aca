import AWSCore

/// CloudTrail's own form of requests and responses: members begin with a small letter, EC2's lists are `{"items": […]}`,
/// and secrets are left out or masked.
struct TrailForm {
    let service: String
    private var isEC2: Bool { service == "ec2" }

    func request(_ entry: Journal.Entry, _ operation: ServiceOperation?) -> Node {
        guard let operation, entry.parameters.fields?.isEmpty == false else {
            return entry.parameters.fields?.isEmpty == false ? formed(entry.parameters) : .null
        }
        let input = operation.read(ShapeReader(entry.parameters, schema: operation.inputSchema, layout: entry.layout))
        // What the model doesn't know was refused; it is shown as it came.
        let node = written(input, operation.inputSchema)
        return formed(node.fields?.isEmpty == false ? node : entry.parameters, isRequest: true)
    }

    func response(_ entry: Journal.Entry, _ operation: ServiceOperation?) -> Node {
        guard let operation, let output = entry.output else { return .null }
        if operation.outputSchema === EmptyShape.schema {
            return isEC2 ? .object([.init("_return", .bool(true))]) : .null
        }
        let formed = formed(written(output, operation.outputSchema))
        guard isEC2 else { return formed }
        return .object([.init("requestId", .string(entry.requestId))] + (formed.fields ?? []))
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

    /// What CloudTrail calls some of EC2's request lists, and what it wraps their elements into.
    private static let lists: [String: (name: String, element: String?)] = [
        "instanceId": ("instancesSet", "instanceId"), "resourceId": ("resourcesSet", "resourceId"), "tag": ("tagSet", nil),
        "groupId": ("groupSet", "groupId"), "groupName": ("groupSet", "groupName"), "securityGroupId": ("groupSet", "groupId"),
        "volumeId": ("volumeSet", "volumeId"), "imageId": ("imagesSet", "imageId"), "filter": ("filterSet", nil),
        "vpcId": ("vpcSet", "vpcId"), "subnetId": ("subnetSet", "subnetId"), "keyName": ("keySet", "keyName"),
    ]

    private func formed(_ node: Node, isRequest: Bool = false) -> Node {
        switch node {
        case .object(let fields):
            return .object(fields.compactMap { field in self.field(field, isRequest: isRequest) })
        case .list(let elements):
            let formed = elements.map { self.formed($0) }
            guard isEC2 else { return .list(formed) }
            return .object(formed.isEmpty ? [] : [.init("items", .list(formed))])
        default: return node
        }
    }

    private func field(_ field: Node.Field, isRequest: Bool) -> Node.Field? {
        var name = field.name.prefix(1).lowercased() + field.name.dropFirst()
        if Secret.left.contains(name) { return nil }
        if Secret.masked.contains(name) { return .init(name, .string(isEC2 ? Secret.removed : Secret.hidden)) }
        if name == "return" { name = "_return" }
        if isEC2, isRequest, let elements = field.value.elements, let list = Self.lists[name] {
            let formed = elements.map { element -> Node in
                if let wrapper = list.element, element.fields == nil { return .object([.init(wrapper, element)]) }
                return self.formed(element)
            }
            return .init(list.name, .object([.init("items", .list(formed))]))
        }
        if let time = time(name, field.value) { return .init(name, time) }
        return .init(name, formed(field.value))
    }

    /// EC2's times are milliseconds there.
    private func time(_ name: String, _ value: Node) -> Node? {
        guard ["Time", "Date", "At", "Until"].contains(where: name.hasSuffix) || name == "expiration" else { return nil }
        let seconds: Double
        switch value {
        case .integer(let whole): seconds = Double(whole)
        case .number(let number): seconds = number
        default: return nil
        }
        if isEC2 { return .integer(Int64((seconds * 1000).rounded())) }
        return .string(Instant(seconds: seconds).iso8601(milliseconds: false))
    }

    /// What never stands in a trail.
    private enum Secret {
        static let hidden = "HIDDEN_DUE_TO_SECURITY_REASONS"
        static let removed = "<sensitiveDataRemoved>"
        static let left: Set<String> = ["secretAccessKey", "layerPartBlob"]
        static let masked: Set<String> = [
            "password", "oldPassword", "newPassword", "sessionToken", "authorizationToken", "keyMaterial", "passwordData",
            "privateKey", "userData", "tokenCode", "authenticationCode1", "authenticationCode2", "base32StringSeed",
            "qRCodePNG", "webIdentityToken", "sAMLAssertion", "serviceSpecificCredentialSecret", "servicePassword",
            "publicKeyMaterial",
        ]
    }
}
