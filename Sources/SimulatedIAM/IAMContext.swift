import AWSCore
import GRDB
import SimulatorCore

extension Context {
    /// Returns an ARN such as `arn:aws:iam::123456789012:user/path/Name`; IAM's ARNs have no region.
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

/// One page of a list, with 100 items by default. A marker names the last item returned, so callers who delete the
/// items of one page miss none on the next.
struct IAMPage<Element> {
    let items: [Element]
    /// Continues the list; nil on the last page.
    let marker: String?
    var isTruncated: Bool { marker != nil }

    /// - Parameter key: the sort key, unique to each item.
    init(_ all: [Element], by key: (Element) -> String, marker: String?, maxItems: Int?) throws {
        var rest = all.map { (key: key($0), item: $0) }.sorted { $0.key < $1.key }
        if let marker {
            guard let last = Self.decode(marker) else { throw AWSError.invalidMarker }
            rest.removeFirst(rest.firstIndex { $0.key > last } ?? rest.count)
        }
        let page = rest.prefix(maxItems ?? 100)
        items = page.map(\.item)
        self.marker = page.count < rest.count ? page.last.map { Self.encode($0.key) } : nil
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
    /// Reads a column of milliseconds.
    init(column: Int64) { self.init(milliseconds: column) }
}
