public import AWSCore
import GRDB

/// A kind of resource: what its ids begin with, how AWS speaks of it, where it is kept, what it refers to.
public struct ResourceKind: Sendable {
    /// Where a kind's resources stand.
    public enum Storage: Sendable {
        /// A document each, in the table of all resources.
        case documents
        /// A table of columns of their own, for what is asked for all the time. It has `account`, `region` and `id`.
        case table(String)
        /// Nowhere: AWS's own (public images). Tells whether there is one of this id.
        case elsewhere(@Sendable (String, Context) throws -> Bool)
    }

    /// What follows an id's prefix.
    public enum IDForm: Sendable {
        /// 8 or 17 hex digits.
        case hex
        /// 8 lower-case letters and digits: `sir-fgr86ssh`.
        case word
        /// A UUID: `fleet-73fbd2ce-aa30-494c-8788-1cee4EXAMPLE`.
        case uuid
    }

    /// What stands before the dash of an id: `vpc`, `tgw-rtb`.
    public let prefix: String
    public let idForm: IDForm
    /// The name in tags, tag specifications, ARNs and policies: `vpc`, `security-group`.
    public let type: String
    public let storage: Storage
    /// The error codes for ids that name nothing and for ids that can't name anything.
    public let notFoundCode, malformedCode: String
    /// AWS's sentence for an absent id, with `%` where the id stands.
    public let notFoundText: String
    /// The sentence for several absent ids, with `%` where their list stands; nil for the usual one.
    let allNotFoundText: String?
    /// Whether the error for a malformed id quotes what was expected.
    public let expects: Bool
    /// AWS's sentence for what cannot be deleted while others need it, with `%` where the id stands.
    public let dependencyText: String
    /// What a resource of this kind refers to.
    public private(set) var references: [Reference]
    /// What policies can ask of a resource by the service's own condition keys (`ec2:InstanceType`), its tags apart.
    public let conditions: @Sendable (String, Context) throws -> [String: [String]]
    /// Whether the resource belongs to no account: AWS's public images.
    public let isPublic: Bool

    /// - Parameters:
    ///   - ids: what the kind's ids look like.
    ///   - code: what the error codes begin with: `InvalidVpcID`.
    ///   - notFound: `The vpc ID '%' does not exist`.
    ///   - allNotFound: `The security groups % do not exist`.
    ///   - notFoundCode: the code for absent ids where it is not `code` and `.NotFound`.
    ///   - malformed: the code for malformed ids where it is not `code` and `.Malformed`.
    public init(
        _ prefix: String, ids idForm: IDForm = .hex, type: String, in storage: Storage = .documents, code: String,
        notFound: String, allNotFound: String? = nil, notFoundCode: String? = nil, malformed: String? = nil,
        expects: Bool = true,
        dependency: String? = nil,
        refers references: [Reference] = [],
        isPublic: Bool = false, conditions: @escaping @Sendable (String, Context) throws -> [String: [String]] = { _, _ in [:] }
    ) {
        self.prefix = prefix
        self.idForm = idForm
        self.type = type
        self.storage = storage
        self.notFoundCode = notFoundCode ?? code + ".NotFound"
        malformedCode = malformed ?? code + ".Malformed"
        notFoundText = notFound
        allNotFoundText = allNotFound
        self.expects = expects
        dependencyText = dependency ?? "The \(type) '%' has dependencies and cannot be deleted."
        self.references = references
        self.isPublic = isPublic
        self.conditions = conditions
    }
}

extension ResourceKind {
    /// The same kind, which refers to these.
    public func referring(to references: [Reference]) -> ResourceKind {
        var copy = self
        copy.references = references
        return copy
    }
}

// MARK: Ids

extension ResourceKind {
    /// Whether a text has the form of an id of this kind: the prefix, and mostly 8 or 17 hex digits.
    public func isWellFormed(_ id: String) -> Bool {
        guard id.hasPrefix(prefix), id.utf8.dropFirst(prefix.utf8.count).first == 45 else { return false }
        let rest = id.utf8.dropFirst(prefix.utf8.count + 1)
        switch idForm {
        case .hex:
            guard rest.count == 8 || rest.count == 17 else { return false }
            return rest.allSatisfy { (48...57).contains($0) || (97...102).contains($0) }
        case .word: return rest.count == 8 && rest.allSatisfy { (48...57).contains($0) || (97...122).contains($0) }
        case .uuid:
            let dashes: Set = [8, 13, 18, 23]
            return rest.count == 36
                && rest.enumerated().allSatisfy { index, byte in
                    dashes.contains(index)
                        ? byte == 45 : (48...57).contains(byte) || (97...102).contains(byte)
                }
        }
    }

    /// A new id of this kind.
    public func newId(_ ids: IDGenerator) -> String {
        switch idForm {
        case .hex: ids.resource(prefix)
        case .word: "\(prefix)-\(ids.string(8, from: Self.wordAlphabet))"
        case .uuid: "\(prefix)-\(ids.uuid())"
        }
    }

    private static let wordAlphabet = Bytes("abcdefghijklmnopqrstuvwxyz0123456789".utf8)

    public func check(_ id: String) throws {
        guard isWellFormed(id) else { throw malformed(id) }
    }

    public func malformed(_ id: String) -> AWSError {
        // A kind without a code of its own for that says that there is no such thing.
        if malformedCode == notFoundCode { return notFound(id) }
        return AWSError(malformedCode, "Invalid id: \"\(id)\"" + (expects ? " (expecting \"\(prefix)-...\")" : ""))
    }

    public func notFound(_ id: String) -> AWSError {
        AWSError(notFoundCode, notFoundText.replacing("%", with: id))
    }

    /// Several absent ids at once, as Describe operations list them.
    public func notFound(_ ids: [String]) -> AWSError {
        guard ids.count > 1 else { return notFound(ids.first ?? "") }
        if let allNotFoundText {
            let list = ids.map { "'\($0)'" }.joined(separator: ", ")
            return AWSError(notFoundCode, allNotFoundText.replacing("%", with: list))
        }
        let text = notFoundText.replacing(" ID '%' does not exist", with: " IDs '\(ids.joined(separator: ", "))' do not exist")
        return AWSError(notFoundCode, text.replacing("%", with: ids.joined(separator: ", ")))
    }

    public func dependencyViolation(_ id: String) -> AWSError {
        AWSError("DependencyViolation", dependencyText.replacing("%", with: id))
    }

    /// The resource's ARN, of the service that has the request in hand. What is AWS's own belongs to no account.
    public func arn(_ id: String, _ context: Context) -> String {
        "arn:\(context.partition):\(context.service):\(context.region):\(isPublic ? "" : context.account):\(type)/\(id)"
    }

    /// Whether a resource of this id exists in the request's account and region.
    public func exists(_ id: String, _ context: Context) throws -> Bool {
        let arguments: StatementArguments = [context.account, context.region, id]
        switch storage {
        case .elsewhere(let exists): return try exists(id, context)
        case .documents: return try ResourceRow.find(self, id, context) != nil
        case .table(let table):
            let statement = try context.db.cachedStatement(
                sql: "SELECT EXISTS (SELECT 1 FROM \(table) WHERE account = ? AND region = ? AND id = ?)")
            return try Bool.fetchOne(statement, arguments: arguments) ?? false
        }
    }

    /// - Throws: the kind's errors for an id that is malformed or names nothing.
    public func require(_ id: String, _ context: Context) throws {
        try check(id)
        guard try exists(id, context) else { throw notFound(id) }
    }

    /// When each resource of the account and region was made, as a number that grows: what pages go on from.
    public func numbers(_ context: Context) throws -> [String: Int64] {
        let statement: Statement
        switch storage {
        case .elsewhere: return [:]
        case .documents:
            statement = try context.db.cachedStatement(
                sql: "SELECT id, number FROM resource WHERE account = ? AND region = ? AND kind = '\(type)'")
        case .table(let table):
            statement = try context.db.cachedStatement(sql: "SELECT id, number FROM \(table) WHERE account = ? AND region = ?")
        }
        let rows = try StoredRow.fetchCursor(statement, arguments: [context.account, context.region])
        var result: [String: Int64] = [:]
        while let row = try rows.next() { try result[row[0]] = row[1] }
        return result
    }
}
