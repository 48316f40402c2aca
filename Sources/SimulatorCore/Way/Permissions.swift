public import AWSCore
public import AWSModels

// What a request needs permission for, by AWS's own table: for each operation the action, the types of resources, and the keys
// by which policies can ask about each. Services say what only they know: what an id, a name or an ARN means, and what is known
// of the resource.

/// A resource as policies see it.
public struct PermissionResource: Sendable {
    public var arn: String
    /// By condition key, tags apart: `ec2:InstanceType`, `ec2:Vpc`.
    public var conditions: [String: [String]]
    /// The resource's own tags: `aws:ResourceTag/…`.
    public var tags: [Tags.Tag]
    /// True where even in its own account the resource's policy must allow: a role's trust policy.
    public var needsResourcePolicy: Bool

    public init(
        _ arn: String, _ conditions: [String: [String]] = [:], tags: [Tags.Tag] = [], needsResourcePolicy: Bool = false
    ) {
        self.arn = arn
        self.conditions = conditions
        self.tags = tags
        self.needsResourcePolicy = needsResourcePolicy
    }
}

/// A request as its permissions are asked for: what it says, by the names of the API's documentation.
public struct PermissionQuestion {
    public let operation: String
    public let permission: Permission
    public let input: any Shape
    /// The input with the documentation's names.
    public let node: Node
    public let context: Context

    /// The texts at a path, `NetworkInterfaces.SubnetId`, through whatever lists lie on it.
    public func values(at path: String) -> [String] { Self.values(at: path, in: node) }

    public static func values(at path: String, in node: Node) -> [String] {
        var found = [node]
        for name in path.split(separator: ".") {
            found = found.flatMap { node in (node.elements ?? [node]).compactMap { $0[String(name)] } }
        }
        return found.flatMap { $0.elements ?? [$0] }.compactMap(\.string).filter { !$0.isEmpty }
    }

    /// The tags that the request gives to what it makes or tags; by type where it tells types apart.
    public func requestTags(_ type: String) -> [String: [String]] {
        var pairs: [(String, String)] = []
        for member in ["Tags", "tags"] { pairs += Self.pairs(node[member]) }
        for specification in node["TagSpecifications"]?.elements ?? [] where specification["ResourceType"]?.string == type {
            pairs += Self.pairs(specification["Tags"])
        }
        var keys = pairs.map(\.0)
        for member in ["TagKeys", "tagKeys"] { keys += values(at: member) }
        guard !keys.isEmpty else { return [:] }
        var conditions = ["aws:TagKeys": keys]
        for (key, value) in pairs { conditions["aws:RequestTag/\(key)"] = [value] }
        return conditions
    }

    private static func pairs(_ tags: Node?) -> [(String, String)] {
        (tags?.elements ?? []).map { tag in
            ((tag["Key"] ?? tag["key"])?.string ?? "", (tag["Value"] ?? tag["value"])?.string ?? "")
        }
    }

    /// Whether the request gives tags to what it makes of a type.
    public func tags(_ type: String) -> Bool { !requestTags(type).isEmpty }
}

extension SimulatedService {
    public func authorizationTargets(_ operation: String, _ input: any Shape, _ context: Context) throws
        -> [AuthorizationTarget]
    { try targetsByTable(operation, input, context) }

    /// What a request needs permission for, by the table.
    /// - Throws: an internal error for an operation without a row: it must not pass for one that needs nothing.
    public func targetsByTable(_ operation: String, _ input: any Shape, _ context: Context) throws -> [AuthorizationTarget] {
        guard let permission = permissions.permission(for: operation) else {
            throw AWSError(
                "InternalError", status: 500, "An internal error has occurred",
                explanation: "Drydock's table of permissions has no row for \(model.id):\(operation).")
        }
        let question = PermissionQuestion(
            operation: operation, permission: permission, input: input, node: try node(input, permission, context),
            context: context)
        var targets = try permission.resources.flatMap { use in
            try resources(use, question).map { target(permission.action, $0, keys(of: use), question) }
        }
        if targets.isEmpty {
            targets = [target(permission.action, PermissionResource("*"), permission.conditionKeys, question)]
        }
        return targets + (try taggingTargets(question)) + (try dependentTargets(question))
    }

    /// The resources of a type that a request concerns.
    private func resources(_ use: Permission.ResourceUse, _ question: PermissionQuestion) throws -> [PermissionResource] {
        var found: [PermissionResource] = []
        for member in use.members {
            for value in question.values(at: member) {
                if let resource = try resource(use.type, by: member, value, question) { found.append(resource) }
            }
        }
        // What is made besides is made in any case, or if the request says something of it.
        if use.isMade, found.isEmpty, use.isRequired || makes(use.type, question) {
            return try made(use.type, question).map { resource in
                var resource = resource
                resource.conditions.merge(question.requestTags(use.type)) { $1 }
                return resource
            }
        }
        if found.isEmpty, use.isRequired { found = try unnamed(use.type, question) }
        let requestTags = (use.conditionKeys + question.permission.conditionKeys).contains {
            $0.hasPrefix("aws:RequestTag/") || $0 == "aws:TagKeys"
        }
        guard requestTags else { return found }
        return found.map { resource in
            var resource = resource
            resource.conditions.merge(question.requestTags(use.type)) { $1 }
            return resource
        }
    }

    /// What policies can ask about a resource of an operation: where its row doesn't say, what they can ask about the type.
    public func keys(of use: Permission.ResourceUse) -> [String] {
        use.conditionKeys.isEmpty ? permissions.resourceType(use.type)?.conditionKeys ?? [] : use.conditionKeys
    }

    /// One permission, with the keys that AWS's table has for it and no others.
    public func target(
        _ action: String, _ resource: PermissionResource, _ keys: [String], _ question: PermissionQuestion
    ) -> AuthorizationTarget {
        var resource = resource
        resource.conditions.merge(requestConditions(question)) { first, _ in first }
        return target(action, resource, keys + question.permission.conditionKeys)
    }

    /// One permission that no request of the API asks for: a door's.
    public func target(_ action: String, _ resource: PermissionResource, _ keys: [String]) -> AuthorizationTarget {
        // `aws:RequestTag/${TagKey}` stands for every key of that beginning.
        func isKnown(_ name: String) -> Bool {
            keys.contains { key in
                guard let variable = key.utf8.firstIndex(of: UInt8(ascii: "$")) else { return key == name }
                let end = name.utf8.firstIndex(of: UInt8(ascii: "/")).map(name.utf8.index(after:))
                return end.map { key.utf8[..<variable].elementsEqual(name.utf8[..<$0]) } ?? false
            }
        }
        var conditions = resource.conditions.isEmpty ? [:] : resource.conditions.filter { isKnown($0.key) }
        if !resource.tags.isEmpty {
            for key in keys {
                let prefix = key.prefix { $0 != "$" }
                guard prefix.hasSuffix(":ResourceTag/") else { continue }
                for tag in resource.tags { conditions[prefix + tag.key] = [tag.value] }
            }
        }
        return AuthorizationTarget(
            action: action, resource: resource.arn, conditions: conditions, needsResourcePolicy: resource.needsResourcePolicy)
    }

    /// What a request says, by the names of the API's documentation. JSON comes with them; most that only lists concerns
    /// nothing by name.
    private func node(_ input: any Shape, _ permission: Permission, _ context: Context) throws -> Node {
        if model.wire == .awsJson1_1, context.parameters != .null { return context.parameters }
        if permission.resources.isEmpty, permission.dependentActions.isEmpty { return .object([]) }
        func write(_ shape: some Shape) -> Bytes {
            var writer = ShapeWriter(schema: type(of: shape).schema, layout: .model)
            writer.structure(shape)
            return writer.bytes
        }
        return try JSON.parse(write(input))
    }
}
