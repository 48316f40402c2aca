public import AWSCore
import GRDB

/// A kind of resource: its id prefix, AWS's error messages for it, its storage and its references.
public struct ResourceKind: Sendable {
    /// Where a kind's resources are stored.
    public enum Storage: Sendable {
        /// One document each, in the table of all resources.
        case documents
        /// A table with columns of their own, for frequent reads. It has `account`, `region` and `id`.
        case table(String)
        /// Not stored: AWS's own, such as public images. The closure returns whether the id exists.
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

    /// The text before the last dash of an id: `vpc`, `tgw-rtb`.
    public let prefix: String
    public let idForm: IDForm
    /// The name in tags, tag specifications, ARNs and policies: `vpc`, `security-group`.
    public let type: String
    public let storage: Storage
    /// The error codes for ids that do not exist and for malformed ids.
    public let notFoundCode, malformedCode: String
    /// AWS's sentence for a missing id, with `%` for the id.
    public let notFoundText: String
    /// AWS's sentence for several missing ids, with `%` for their list; nil for the usual one.
    let allNotFoundText: String?
    /// Whether the error for a malformed id quotes the expected form.
    public let expects: Bool
    /// AWS's sentence for a resource that others need, with `%` for the id.
    public let dependencyText: String
    /// The references of this kind.
    public private(set) var references: [Reference]
    /// The values of the service's own condition keys (`ec2:InstanceType`) for a resource, without tags.
    public let conditions: @Sendable (String, Context) throws -> [String: [String]]
    /// Whether the resource belongs to no account, like AWS's public images.
    public let isPublic: Bool

    /// - Parameters:
    ///   - idForm: the form of the part after the prefix.
    ///   - code: the beginning of the error codes: `InvalidVpcID`.
    ///   - notFound: `The vpc ID '%' does not exist`.
    ///   - allNotFound: `The security groups % do not exist`.
    ///   - notFoundCode: the code for missing ids if it is not `code` and `.NotFound`.
    ///   - malformed: the code for malformed ids if it is not `code` and `.Malformed`.
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
    /// Returns the same kind with these references.
    public func referring(to references: [Reference]) -> ResourceKind {
        var copy = self
        copy.references = references
        return copy
    }
}

// MARK: Ids

extension ResourceKind {
    /// Whether a text has the form of this kind's ids: the prefix and, for most kinds, 8 or 17 hex digits.
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

    /// Checks the form of an id.
    /// - Throws: the kind's error for a malformed id.
    public func check(_ id: String) throws {
        guard isWellFormed(id) else { throw malformed(id) }
    }

    /// Returns AWS's error for a malformed id.
    public func malformed(_ id: String) -> AWSError {
        // A kind without its own code for malformed ids reports them as not found.
        if malformedCode == notFoundCode { return notFound(id) }
        return AWSError(malformedCode, "Invalid id: \"\(id)\"" + (expects ? " (expecting \"\(prefix)-...\")" : ""))
    }

    /// Returns AWS's error for an id that does not exist.
    public func notFound(_ id: String) -> AWSError {
        AWSError(notFoundCode, notFoundText.replacing("%", with: id))
    }

    /// Returns the error for several missing ids, as Describe operations list them.
    public func notFound(_ ids: [String]) -> AWSError {
        guard ids.count > 1 else { return notFound(ids.first ?? "") }
        if let allNotFoundText {
            let list = ids.map { "'\($0)'" }.joined(separator: ", ")
            return AWSError(notFoundCode, allNotFoundText.replacing("%", with: list))
        }
        let text = notFoundText.replacing(" ID '%' does not exist", with: " IDs '\(ids.joined(separator: ", "))' do not exist")
        return AWSError(notFoundCode, text.replacing("%", with: ids.joined(separator: ", ")))
    }

    /// Returns AWS's error for the deletion of a resource that others need.
    public func dependencyViolation(_ id: String) -> AWSError {
        AWSError("DependencyViolation", dependencyText.replacing("%", with: id))
    }

    /// Returns the resource's ARN in the service that handles the request. AWS's own resources have no account.
    public func arn(_ id: String, _ context: Context) -> String {
        context.arn(context.service, "\(type)/\(id)", account: isPublic ? "" : nil)
    }

    /// Whether a resource with this id exists in the request's account and region.
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

    /// Checks that a resource exists.
    /// - Throws: the kind's error if the id is malformed or does not exist.
    public func require(_ id: String, _ context: Context) throws {
        try check(id)
        guard try exists(id, context) else { throw notFound(id) }
    }

    /// Returns a number for each resource of the account and region that grows with its creation; pages continue from it.
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
