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
        let whole = node.fields?.isEmpty == false ? node : entry.parameters
        if isEC2, Self.wrapped.contains(operation.name) {
            return .object([.init("\(operation.name)Request", named(input, operation.inputSchema))])
        }
        let formed = formed(whole, isRequest: true)
        return isEC2 ? completed(formed, operation.name) : formed
    }

    func response(_ entry: Journal.Entry, _ operation: ServiceOperation?) -> Node {
        if entry.output == nil, entry.outputSize > Journal.Entry.largestPart { return Journal.Entry.omitted(entry.outputSize) }
        guard let operation, let output = entry.output else { return .null }
        if operation.outputSchema === EmptyShape.schema {
            return isEC2 ? .object([.init("_return", .bool(true))]) : .null
        }
        let formed = formed(written(output, operation.outputSchema))
        guard isEC2 else { return formed }
        if Self.wrapped.contains(operation.name) {
            let envelope: [Node.Field] = [
                .init("xmlns", .string("http://ec2.amazonaws.com/doc/2016-11-15/")),
                .init("requestId", .string(entry.requestId)),
            ]
            return .object([.init("\(operation.name)Response", .object(envelope + (formed.fields ?? [])))])
        }
        return .object([.init("requestId", .string(entry.requestId))] + (formed.fields ?? []))
    }

    /// The operations that EC2 got after it stopped having a form of its own for each request: they stand as they came.
    private static let wrapped: Set<String> = [
        "AssociateIamInstanceProfile", "CreateDefaultVpc", "DescribeAddressesAttribute",
        "DescribeIamInstanceProfileAssociations",
        "DescribeInstanceCreditSpecifications", "DescribeInstanceTypeOfferings", "DescribeInstanceTypes",
        "DescribeSecurityGroupRules", "DisassociateIamInstanceProfile", "ModifySecurityGroupRules",
        "ReplaceIamInstanceProfileAssociation",
    ]

    /// With the names of the API's documentation.
    private func named(_ shape: any Shape, _ schema: Schema) -> Node {
        func write(_ shape: some Shape) -> Bytes {
            var writer = ShapeWriter(schema: schema, layout: .model)
            writer.structure(shape)
            return writer.bytes
        }
        return (try? JSON.parse(write(shape))) ?? .null
    }

    /// What EC2 writes down though nobody said it, and where it writes what was said.
    private func completed(_ node: Node, _ operation: String) -> Node {
        guard var fields = node.fields else { return node }
        func complete(_ name: String, _ value: Node) {
            if !fields.contains(where: { $0.name == name }) { fields.append(.init(name, value)) }
        }
        switch operation {
        case "RunInstances":
            let own: Set<String> = ["imageId", "minCount", "maxCount", "keyName"]
            let item = fields.filter { own.contains($0.name) }
            fields.removeAll { own.contains($0.name) }
            fields.insert(.init("instancesSet", .object([.init("items", .list([.object(item)]))])), at: 0)
            complete("groupSet", .object([]))
            complete("blockDeviceMapping", .object([]))
            complete("monitoring", .object([.init("enabled", .bool(false))]))
            complete("disableApiTermination", .bool(false))
        case "StopInstances": complete("force", .bool(false))
        case "DescribeSecurityGroups":
            for index in fields.indices where fields[index].name == "groupSet" {
                let isByName = fields[index].value["items"]?.elements?.first?["groupName"] != nil
                fields[index].name = isByName ? "securityGroupSet" : "securityGroupIdSet"
            }
        default: break
        }
        return .object(fields)
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
        "keyPairId": ("keyPairIdSet", "keyPairId"), "owner": ("ownersSet", "owner"),
        "executableBy": ("executableBySet", "user"),
        "publicIp": ("publicIpsSet", "publicIp"), "allocationId": ("allocationIdsSet", "allocationId"),
        "zoneName": ("availabilityZoneSet", "zoneName"), "regionName": ("regionSet", "regionName"),
        "dhcpOptionsId": ("dhcpOptionsSet", "dhcpOptionsId"), "routeTableId": ("routeTableIdSet", "routeTableId"),
        "networkAclId": ("networkAclIdSet", "networkAclId"), "attributeName": ("accountAttributeNameSet", "attributeName"),
        "internetGatewayId": ("internetGatewayIdSet", "internetGatewayId"), "securityGroup": ("groupSet", "groupName"),
        "networkInterfaceId": ("networkInterfaceIdSet", "networkInterfaceId"), "value": ("valueSet", "value"),
        "tagSpecification": ("tagSpecificationSet", nil),
    ]

    /// One element of a request's list.
    private func element(_ node: Node, of list: String) -> Node {
        switch list {
        case "filterSet": return formed(node, isRequest: true)
        case "tagSpecificationSet":
            // The tags in it are the one list of EC2's that is one here too.
            return .object(
                (node.fields ?? []).map { field in
                    field.value.elements.map { tags in
                        .init("tags", .list(tags.map { formed($0) }))
                    } ?? .init(field.name.prefix(1).lowercased() + field.name.dropFirst(), field.value)
                })
        default: return formed(node)
        }
    }

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
                return self.element(element, of: list.name)
            }
            return .init(list.name, .object([.init("items", .list(formed))]))
        }
        if isEC2, isRequest, name == "ipPermissions", let permissions = field.value.elements {
            return .init(name, .object([.init("items", .list(permissions.map { permission($0) }))]))
        }
        if let time = time(name, field.value) { return .init(name, time) }
        return .init(name, formed(field.value))
    }

    /// A permission with all its lists, empty ones too.
    private func permission(_ node: Node) -> Node {
        var fields = formed(node).fields ?? []
        for list in ["groups", "ipRanges", "ipv6Ranges", "prefixListIds"] where !fields.contains(where: { $0.name == list }) {
            fields.append(.init(list, .object([])))
        }
        return .object(fields)
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
