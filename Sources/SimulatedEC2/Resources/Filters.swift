import AWSCore
import AWSModels
import EC2API
import SimulatorCore

/// The filters of a Describe operation: for each name, the values that an element has for it. A documented name that isn't
/// there is looked up as the path of a member.
struct FilterTable<Element>: Sendable {
    typealias Values = @Sendable (Element) -> [String?]

    private let values: [String: Values]
    private let tags: (@Sendable (Element) -> [Tag]?)?
    /// The shape of which paths are taken.
    private let shape: (name: @Sendable () -> String, of: @Sendable (Element) -> Node)

    /// - Parameters:
    ///   - tags: for resources that have them; answers `tag:KEY`, `tag-key` and `tag-value`.
    ///   - names: filters that AWS has and no element here has a value for.
    ///   - shape: of an element, whose members documented names lead to.
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

    /// The same, for elements that are shapes themselves.
    init(_ values: [String: Values] = [:], tags: (@Sendable (Element) -> [Tag]?)? = nil) where Element: Shape {
        self.init(values, tags: tags, shape: { $0 })
    }

    /// What of `elements` passes all filters. Within a filter one value must match, with `*` and `?` as wildcards.
    /// - Throws: `InvalidParameterValue` for a filter that doesn't exist, whether or not there are elements.
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
    /// As filters and XML write it.
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
