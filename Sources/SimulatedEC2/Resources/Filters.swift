import AWSCore
import AWSModels
import EC2API
import SimulatorCore

/// The filters of a Describe operation: each name maps to an element's values. A documented name without such an entry is
/// resolved as the path of a member.
struct FilterTable<Element>: Sendable {
    typealias Values = @Sendable (Element) -> [String?]

    private let values: [String: Values]
    private let tags: (@Sendable (Element) -> [Tag]?)?
    /// The shape whose members are resolved by path.
    private let shape: (name: @Sendable () -> String, of: @Sendable (Element) -> Node)

    /// - Parameters:
    ///   - tags: the element's tags, for `tag:KEY`, `tag-key` and `tag-value`; only for resources that have tags.
    ///   - names: filters of AWS for which no element has a value here.
    ///   - shape: returns an element's shape, whose members the documented names refer to.
    init<S: Shape>(
        _ values: [String: Values] = [:], without names: [String] = [], tags: (@Sendable (Element) -> [Tag]?)? = nil,
        shape: @escaping @Sendable (Element) -> S
    ) {
        let nothing: Values = { _ in [] }
        self.values = values.merging(names.map { ($0, nothing) }) { value, _ in value }
        self.tags = tags
        self.shape = (
            { S.schema.name },
            { element in
                var writer = ShapeWriter(schema: S.schema, layout: .model)
                writer.structure(shape(element))
                return (try? JSON.parse(writer.bytes)) ?? .null
            }
        )
    }

    /// Creates the same for elements that are shapes themselves.
    init(_ values: [String: Values] = [:], tags: (@Sendable (Element) -> [Tag]?)? = nil) where Element: Shape {
        self.init(values, tags: tags, shape: { $0 })
    }

    /// Returns the elements that match all filters. Within a filter one value must match; `*` and `?` are wildcards.
    /// - Throws: `InvalidParameterValue` for an unknown filter, even if there are no elements.
    func apply(_ filters: [Filter]?, to elements: [Element], _ context: Context) throws -> [Element] {
        guard let filters, !filters.isEmpty else { return elements }
        let test = try predicate(filters, context)
        return elements.filter(test)
    }

    func predicate(_ filters: [Filter]?, _ context: Context) throws -> (Element) -> Bool {
        guard let filters, !filters.isEmpty else { return { _ in true } }
        guard filters.reduce(0, { $0 + ($1.values?.count ?? 0) }) <= 200 else { throw AWSError.tooManyFilterValues }
        let tests = try filters.map { filter in
            let name = filter.name ?? "null"
            guard let values = try values(of: name, context.operation) else { throw AWSError.unknownFilter(name) }
            guard let wanted = filter.values, !wanted.isEmpty else { throw AWSError.filterWithoutValues(name) }
            return { (element: Element) in
                values(element).contains { value in
                    guard let value else { return false }
                    return wanted.contains { Wildcard.matches(value, $0) }
                }
            }
        }
        return { element in tests.allSatisfy { $0(element) } }
    }

    private func values(of name: String, _ operation: String) throws -> Values? {
        if let values = values[name] { return values }
        if DocumentedLists.filters("ec2", operation)?.contains(name) == true,
            let path = FilterPath(name, in: shape.name(), of: .ec2)
        {
            return { path.values(in: shape.of($0)) }
        }
        guard let tags else { return nil }
        switch name {
        case "tag-key": return { element in tags(element)?.map(\.key) ?? [] }
        case "tag-value": return { element in tags(element)?.map(\.value) ?? [] }
        default:
            guard name.hasPrefix("tag:") else { return nil }
            let key = String(name.dropFirst(4))
            return { element in tags(element)?.filter { $0.key == key }.map(\.value) ?? [] }
        }
    }
}

extension Bool {
    /// The value as filters and XML write it.
    var text: String { self ? "true" : "false" }
}

extension AWSError {
    static func unknownFilter(_ name: String) -> AWSError {
        AWSError("InvalidParameterValue", "The filter '\(name)' is invalid")
    }

    static let tooManyFilterValues = AWSError(
        "FilterLimitExceeded", "The maximum number of filter values specified on a single call is 200")

    static func filterWithoutValues(_ name: String) -> AWSError {
        AWSError("InvalidParameterValue", "The filter '\(name)' must have at least one value.")
    }
}
