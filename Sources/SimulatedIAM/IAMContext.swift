import AWSCore
import GRDB
import SimulatorCore

extension Context {
    /// `arn:aws:iam::123456789012:user/path/Name`; IAM's ARNs have no region.
    func iamArn(_ kind: String, path: String, name: String) -> String {
        "arn:\(partition):iam::\(account):\(kind)\(path)\(name)"
    }

    func row(_ sql: String, _ arguments: StatementArguments) throws -> Row? {
        try Row.fetchOne(try db.cachedStatement(sql: sql), arguments: arguments)
    }

    func rows(_ sql: String, _ arguments: StatementArguments) throws -> [Row] {
        try Row.fetchAll(try db.cachedStatement(sql: sql), arguments: arguments)
    }

    func count(_ sql: String, _ arguments: StatementArguments) throws -> Int {
        try Int.fetchOne(try db.cachedStatement(sql: sql), arguments: arguments) ?? 0
    }

    func execute(_ sql: String, _ arguments: StatementArguments) throws {
        try db.cachedStatement(sql: sql).execute(arguments: arguments)
    }

    /// One page of a list: IAM's pages hold 100 unless told otherwise.
    func page<Element>(_ all: [Element], marker: String?, maxItems: Int?) throws -> Page<Element> {
        try Pagination.page(all, maximum: maxItems ?? 100, token: marker, invalidToken: .invalidMarker)
    }
}

extension Instant {
    /// A column of milliseconds.
    init(column: Int64) { self.init(milliseconds: column) }
}
