public import AWSCore

/// A page of results. Its token holds the position of the last item and a digest of the request and its caller. Deleting or
/// creating items between two pages neither loses nor repeats items.
public struct Page<Element> {
    public let items: [Element]
    /// The token of the next page; nil on the last page.
    public let nextToken: String?

    public init(items: [Element], nextToken: String?) {
        self.items = items
        self.nextToken = nextToken
    }
}

/// An element's position in its list, after which the next page starts. Lists are sorted by it.
public struct PagePosition: Comparable, Sendable {
    fileprivate let number: Int64
    private let name: String

    /// For resources in the order of their creation.
    public static func number(_ number: Int64) -> PagePosition { PagePosition(number: number, name: "") }
    /// For lists sorted by name.
    public static func name(_ name: String) -> PagePosition { PagePosition(number: 0, name: name) }
    /// For parts of resources: resources in the order of their creation, the parts of each by name.
    public static func part(_ number: Int64, _ name: String) -> PagePosition { PagePosition(number: number, name: name) }

    // By bytes, the order of SQLite and AWS, not Unicode's.
    public static func < (left: PagePosition, right: PagePosition) -> Bool {
        left.number != right.number
            ? left.number < right.number : left.name.utf8.lexicographicallyPrecedes(right.name.utf8)
    }

    /// `12:name`.
    fileprivate var text: String { "\(number):\(name)" }

    fileprivate init?(_ text: Substring) {
        let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, let number = Int64(parts[0]) else { return nil }
        self.init(number: number, name: String(parts[1]))
    }

    private init(number: Int64, name: String) {
        self.number = number
        self.name = name
    }
}

/// Tokens and pages of lists. A token is valid only for the question that it was made for.
public enum Pagination {
    /// Returns the number after which a page starts, for lists read from the database page by page; nil for the first page.
    /// - Parameters: as in ``page(_:maximum:token:of:isDescending:at:invalidToken:)``.
    public static func number(
        token: String?, of question: UInt64, invalidToken: @autoclosure () -> AWSError
    ) throws -> Int64? {
        guard let token, !token.isEmpty else { return nil }
        guard let position = decode(token, of: question) else { throw invalidToken() }
        return position.number
    }

    /// Returns the token of the page that starts after a number.
    public static func token(after number: Int64, of question: UInt64) -> String { encode(.number(number), of: question) }

    /// Returns a page of a list that is in memory.
    /// - Parameters:
    ///   - all: the elements, sorted by unique positions.
    ///   - maximum: the maximum number of items on this page; nil returns all remaining ones.
    ///   - token: the token of an earlier page.
    ///   - question: a digest of the request and its caller; a token is valid only for its own.
    ///   - isDescending: whether the list begins with its greatest position.
    ///   - invalidToken: the service's error for a token that was not made here.
    public static func page<Element>(
        _ all: [Element], maximum: Int?, token: String?, of question: UInt64, isDescending: Bool = false,
        at position: (Element) throws -> PagePosition, invalidToken: @autoclosure () -> AWSError
    ) throws -> Page<Element> {
        var start = all.startIndex
        if let token, !token.isEmpty {
            guard let last = decode(token, of: question) else { throw invalidToken() }
            // Binary search, because the list is sorted.
            var end = all.endIndex
            while start < end {
                let middle = start + (end - start) / 2
                let here = try position(all[middle])
                if isDescending ? here < last : here > last { end = middle } else { start = middle + 1 }
            }
        }
        guard let maximum, start + maximum < all.count else { return Page(items: Array(all[start...]), nextToken: nil) }
        let items = Array(all[start..<start + maximum])
        guard let last = items.last else { return Page(items: [], nextToken: nil) }
        return Page(items: items, nextToken: encode(try position(last), of: question))
    }

    /// Opaque to clients like AWS's tokens, but not a secret.
    private static func encode(_ position: PagePosition, of question: UInt64) -> String {
        Base64.encode(Bytes("drydock-page:\(question):\(position.text)".utf8))
    }

    private static func decode(_ token: String, of question: UInt64) -> PagePosition? {
        guard let bytes = Base64.decode(token) else { return nil }
        let parts = String(decoding: bytes, as: UTF8.self).split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
        guard parts.count == 3, parts[0] == "drydock-page", parts[1] == "\(question)" else { return nil }
        return PagePosition(parts[2])
    }
}

extension Context {
    /// A digest of the request, its caller, account and region, without the page members: equal only for the same list.
    public var question: UInt64 {
        var hash = Fingerprint()
        hash.add(service)
        hash.add(operation)
        hash.add(caller.account)
        hash.add(account)
        hash.add(region)
        // A first request without parameters equals a second one that has only a token.
        hash.add(parameters.fields == nil ? .object([]) : parameters, except: Self.pageMembers)
        return hash.value
    }

    private static let pageMembers: Set<String> = [
        "NextToken", "nextToken", "MaxResults", "maxResults", "Marker", "MaxItems", "DryRun",
    ]
}

/// FNV-1a: short, equal in every process, and not secret.
private struct Fingerprint {
    private(set) var value: UInt64 = 0xCBF2_9CE4_8422_2325

    mutating func add(_ text: String) {
        for byte in text.utf8 { value = (value ^ UInt64(byte)) &* 0x0000_0100_0000_01B3 }
        // A separator, so that two texts differ from their concatenation.
        value = (value ^ 0xFF) &* 0x0000_0100_0000_01B3
    }

    mutating func add(_ node: Node, except names: Set<String> = []) {
        switch node {
        case .null: add("null")
        case .bool(let value): add(value ? "true" : "false")
        case .integer(let value): add("\(value)")
        case .number(let value): add("\(value)")
        case .string(let value): add(value)
        case .list(let elements):
            add("[")
            for element in elements { add(element) }
            add("]")
        case .object(let fields):
            add("{")
            for field in fields where !names.contains(field.name) {
                add(field.name)
                add(field.value)
            }
            add("}")
        }
    }
}
