public import AWSCore
public import AWSModels

// The permissions that a request needs, from AWS's own table. For each operation it lists the action, the resource types and
// their condition keys. Services add what only they know: what an id, name or ARN refers to, and the resource's properties.

/// A resource as policies see it.
public struct PermissionResource: Sendable {
    public var arn: String
    /// Values by condition key, without tags: `ec2:InstanceType`, `ec2:Vpc`.
    public var conditions: [String: [String]]
    /// The resource's own tags: `aws:ResourceTag/…`.
    public var tags: [Tags.Tag]
    /// True if the resource's policy must allow the action even in its own account, as a role's trust policy must.
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

/// A request whose permissions are checked, with the member names of the API's documentation.
public struct PermissionQuestion {
    public let operation: String
    public let permission: Permission
    public let input: any Shape
    /// The input under the documentation's names.
    public let node: Node
    public let context: Context

    /// Returns the texts at a path such as `NetworkInterfaces.SubnetId`, through all lists on it.
    public func values(at path: String) -> [String] { Self.values(at: path, in: node) }

    /// Returns the texts at a path in a document, through all lists on it.
    public static func values(at path: String, in node: Node) -> [String] {
        var found = [node]
        for name in path.split(separator: ".") {
            found = found.flatMap { node in (node.elements ?? [node]).compactMap { $0[String(name)] } }
        }
        return found.flatMap { $0.elements ?? [$0] }.compactMap(\.string).filter { !$0.isEmpty }
    }

    /// Returns the tags that the request sets, for one resource type if the request separates types.
    public func requestTags(_ type: String) -> [String: [String]] {
        var pairs: [(String, String)] = []
        for member in ["Tags", "tags"] { pairs += Self.pairs(node[member]) }
        for specification in tagSpecifications where specification["ResourceType"]?.string == type {
            pairs += Self.pairs(specification["Tags"])
        }
        var keys = pairs.map(\.0)
        for member in ["TagKeys", "tagKeys"] { keys += values(at: member) }
        guard !keys.isEmpty else { return [:] }
        var conditions = ["aws:TagKeys": keys]
        for (key, value) in pairs { conditions["aws:RequestTag/\(key)"] = [value] }
        return conditions
    }

    /// What the request tags by type. A Spot Fleet's stand within its configuration.
    public var tagSpecifications: [Node] {
        (node["TagSpecifications"] ?? node["SpotFleetRequestConfig"]?["TagSpecifications"])?.elements ?? []
    }

    private static func pairs(_ tags: Node?) -> [(String, String)] {
        (tags?.elements ?? []).map { tag in
            ((tag["Key"] ?? tag["key"])?.string ?? "", (tag["Value"] ?? tag["value"])?.string ?? "")
        }
    }

    /// Whether the request tags the new resources of a type.
    public func tags(_ type: String) -> Bool { !requestTags(type).isEmpty }
}

extension SimulatedService {
    public func authorizationTargets(_ operation: String, _ input: any Shape, _ context: Context) throws
        -> [AuthorizationTarget]
    { try targetsByTable(operation, input, context) }

    /// Returns the permissions that a request needs, from the table.
    /// - Throws: an internal error if the table has no row for the operation: it must not pass without permission.
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

    /// Returns the resources of a type that a request uses or creates.
    private func resources(_ use: Permission.ResourceUse, _ question: PermissionQuestion) throws -> [PermissionResource] {
        var found: [PermissionResource] = []
        for member in use.members {
            for value in question.values(at: member) {
                if let resource = try resource(use.type, by: member, value, question) { found.append(resource) }
            }
        }
        // Optional new resources count only if the request describes them.
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

    /// Returns the condition keys of a resource in an operation: the operation's own, or else those of the type.
    public func keys(of use: Permission.ResourceUse) -> [String] {
        use.conditionKeys.isEmpty ? permissions.resourceType(use.type)?.conditionKeys ?? [] : use.conditionKeys
    }

    /// Returns one permission, with only the condition keys that AWS's table has for it.
    public func target(
        _ action: String, _ resource: PermissionResource, _ keys: [String], _ question: PermissionQuestion
    ) -> AuthorizationTarget {
        var resource = resource
        resource.conditions.merge(requestConditions(question)) { first, _ in first }
        return target(action, resource, keys + question.permission.conditionKeys)
    }

    /// Returns one permission for a door, without an API request.
    public func target(_ action: String, _ resource: PermissionResource, _ keys: [String]) -> AuthorizationTarget {
        // `aws:RequestTag/${TagKey}` matches every key with that prefix.
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

    /// Returns the request's input under the documentation's names. JSON already has them. Most operations that only list need no
    /// resources, so they are skipped.
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
