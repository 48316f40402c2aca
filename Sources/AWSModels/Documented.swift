/// Facts that only the documentation of a service's operations has.
public struct DocumentedLists: Sendable {
    /// The filters' names, in the documentation's order. `tag:` is a filter whose name continues with a tag key.
    public let filters: [String]
    /// The allowed page sizes. An undocumented upper bound is `Int.max`.
    public let pageBounds: ClosedRange<Int>?

    /// Returns the facts of an operation.
    /// - Returns: nil for an operation without filters and bounds, and for an unknown operation.
    public static func of(_ service: String, _ operation: String) -> DocumentedLists? {
        let text: SortedText? =
            switch service {
            case "ec2": ec2
            case "ecr": ecr
            case "iam": iam
            case "ssm": ssm
            case "sts": sts
            default: nil
            }
        return (text?.record(operation)).map { DocumentedLists($0.words) }
    }

    /// Returns an operation's documented filters; nil if it has none.
    public static func filters(_ service: String, _ operation: String) -> [String]? {
        (of(service, operation)?.filters).flatMap { $0.isEmpty ? nil : $0 }
    }

    /// Returns the documented range of an operation's `MaxResults`; nil if its documentation has none.
    public static func pageBounds(_ service: String, _ operation: String) -> ClosedRange<Int>? {
        of(service, operation)?.pageBounds
    }

    /// Returns the service's operations that have documented filters.
    public static func filteredOperations(_ service: String) -> [String] {
        service == "ec2" ? ec2.names.filter { filters(service, $0) != nil } : []
    }

    /// Parses a row: `5..1000 name name…`, with `-` for no bounds and `5..` for no upper bound.
    private init(_ words: [String]) {
        filters = Array(words.dropFirst())
        let bounds = (words.first ?? "-").utf8.split(separator: 46, omittingEmptySubsequences: false)
        let upper = bounds.last.flatMap { Int(Substring($0)) } ?? .max
        pageBounds = bounds.count == 3 ? bounds.first.flatMap { Int(Substring($0)) }.map { $0...max($0, upper) } : nil
    }
}
