public import AWSCore

/// The resources that exist in services that are not simulated, as the user lists them. Unlisted kinds are not checked.
///
///     {"kms-keys": ["arn:aws:kms:us-east-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab"],
///      "kms-aliases": {"alias/app": "1234abcd-12ab-34cd-56ef-1234567890ab"},
///      "s3-buckets": ["my-flow-logs"], "log-groups": [], "load-balancers": ["arn:aws:elasticloadbalancing:…"]}
///
/// Short forms refer to the configuration's account and region.
public struct ExistingResources: Sendable {
    /// The ARNs of the resources, by listed kind.
    private let arns: [String: Set<String>]
    /// The keys of KMS aliases, by alias ARN; nil if aliases are not listed.
    let aliases: [String: String]?

    /// No kind is listed: every well-formed reference is accepted.
    public static let unknown = ExistingResources(arns: [:], aliases: nil)

    private init(arns: [String: Set<String>], aliases: [String: String]?) {
        self.arns = arns
        self.aliases = aliases
    }

    /// Whether a resource exists; nil if its kind is not listed.
    func contains(_ arn: String, _ kind: ExternalKind) -> Bool? { arns[kind.name].map { $0.contains(arn) } }

    /// - Throws: ``ExistingResourcesError`` with the error, its position and the expected form.
    public init(parsing bytes: Bytes, account: String, region: String) throws {
        let node: Node
        do { node = try JSON.parse(bytes) } catch { throw ExistingResourcesError("not JSON: \(error)") }
        try self.init(node, account: account, region: region)
    }

    /// - Throws: ``ExistingResourcesError`` with the error, its position and the expected form.
    public init(_ node: Node, account: String, region: String) throws {
        guard let fields = node.fields else {
            throw ExistingResourcesError("expected an object of lists, {\"kms-keys\": […]}")
        }
        let accountRegion = AccountRegion(account: account, region: region)
        var arns: [String: Set<String>] = [:]
        var aliases: [String: String]?
        for field in fields {
            guard let kind = ExternalKind.all.first(where: { $0.name == field.name }) else {
                let names = ExternalKind.all.map(\.name).joined(separator: ", ")
                throw ExistingResourcesError("there is no '\(field.name)'; expected \(names)")
            }
            if kind.name == ExternalKind.kmsAlias.name {
                aliases = try Self.aliases(field.value, at: accountRegion)
                continue
            }
            guard let items = field.value.elements else {
                throw ExistingResourcesError("'\(kind.name)' must be a list of ARNs or names")
            }
            arns[kind.name] = Set(try items.map { try accountRegion.arn($0, kind) })
        }
        if arns[ExternalKind.kmsKey.name] != nil {
            // A list of keys implies that all their aliases are listed; the key of a listed alias exists.
            aliases = aliases ?? [:]
            arns[ExternalKind.kmsKey.name]?.formUnion(aliases?.values.map { $0 } ?? [])
        }
        self.init(arns: arns, aliases: aliases)
    }

    private static func aliases(_ node: Node, at accountRegion: AccountRegion) throws -> [String: String] {
        guard let fields = node.fields else {
            throw ExistingResourcesError("'kms-aliases' must be an object of aliases and their keys")
        }
        var aliases: [String: String] = [:]
        for field in fields {
            aliases[try accountRegion.arn(.string(field.name), .kmsAlias)] = try accountRegion.arn(field.value, .kmsKey)
        }
        return aliases
    }

    /// The account and region of short forms.
    private struct AccountRegion {
        let account, region: String

        func arn(_ node: Node, _ kind: ExternalKind) throws -> String {
            guard let text = node.string else { throw ExistingResourcesError("'\(kind.name)' must name resources by texts") }
            let partition = Context.partition(of: region)
            if !text.hasPrefix("arn:"), let resource = kind.expanded(text) {
                return "arn:\(partition):\(kind.service):\(kind.isRegional ? "\(region):\(account)" : ":"):\(resource)"
            }
            let parts = text.split(separator: ":", maxSplits: 5, omittingEmptySubsequences: false)
            guard parts.count == 6, parts[0] == "arn", parts[2] == kind.service, kind.isResource(parts[5]) else {
                throw ExistingResourcesError("'\(text)' is none of the kind '\(kind.name)'")
            }
            return parts.prefix(5).joined(separator: ":") + ":" + kind.identity(parts[5])
        }
    }
}

/// An error in a list of existing resources.
public struct ExistingResourcesError: Error, CustomStringConvertible {
    public let description: String
    init(_ description: String) { self.description = description }
}
