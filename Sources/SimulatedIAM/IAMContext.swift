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
}

/// One page of a list: IAM's pages hold 100 items unless told otherwise. A marker says after which item the next page
/// begins, so that whoever deletes what a page showed misses nothing on the next.
struct IAMPage<Element> {
    let items: [Element]
    let nextToken: String?

    /// - Parameter key: unique to an item; it sorts the list.
    init(_ all: [Element], by key: (Element) -> String, marker: String?, maxItems: Int?) throws {
        var rest = all.map { (key: key($0), item: $0) }.sorted { $0.key < $1.key }
        if let marker {
            guard let last = Self.decode(marker) else { throw AWSError.invalidMarker }
            rest.removeFirst(rest.firstIndex { $0.key > last } ?? rest.count)
        }
        let page = rest.prefix(maxItems ?? 100)
        items = page.map(\.item)
        nextToken = page.count < rest.count ? page.last.map { Self.encode($0.key) } : nil
    }

    private static var prefix: String { "drydock-after:" }

    private static func encode(_ key: String) -> String { Base64.encode(Bytes((prefix + key).utf8)) }

    private static func decode(_ marker: String) -> String? {
        guard let bytes = Base64.decode(marker), let text = String(validating: bytes, as: UTF8.self), text.hasPrefix(prefix)
        else {
            return nil
        }
        return String(text.dropFirst(prefix.count))
    }
}

extension Instant {
    /// A column of milliseconds.
    init(column: Int64) { self.init(milliseconds: column) }
}
