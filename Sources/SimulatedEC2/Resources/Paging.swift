import AWSCore
import AWSModels
import EC2API
import SimulatorCore

/// Pages of EC2's lists, with the documented page sizes. AWS allows no page size together with ids.
struct Paging {
    private let maximum: Int?
    private let token: String?
    private let context: Context

    /// The page sizes for operations that document none.
    private static let usualBounds = 5...1000

    /// - Parameters:
    ///   - ids: the ids that the request names; `parameter` is the wire name of the parameter (`vpcIds`).
    ///   - usual: the page size if the request has none; nil returns everything.
    /// - Throws: AWS's errors for sizes out of bounds, and for ids together with a size.
    init(
        _ input: some Shape, ids: [String]? = nil, named parameter: String = "", usually usual: Int? = nil, _ context: Context
    ) throws {
        let paged = input as? any PagedInput
        self.context = context
        token = paged?.nextToken
        maximum = paged?.maxResults ?? usual
        guard let maximum = paged?.maxResults else { return }
        if let ids, !ids.isEmpty {
            throw AWSError(
                "InvalidParameterCombination",
                "The parameter \(parameter) cannot be used with the parameter maxResults")
        }
        let bounds = DocumentedLists.pageBounds("ec2", context.operation) ?? Self.usualBounds
        guard maximum >= bounds.lowerBound else { throw AWSError.maxResultsTooSmall(maximum, minimum: bounds.lowerBound) }
        guard maximum <= bounds.upperBound else { throw AWSError.maxResultsTooLarge(maximum, maximum: bounds.upperBound) }
    }

    /// Whether the request asks for the whole list at once.
    var isWhole: Bool { maximum == nil && token?.isEmpty ?? true }

    /// - Parameter position: the list's sort key.
    func page<Element>(_ all: [Element], at position: (Element) throws -> PagePosition) throws -> Page<Element> {
        if isWhole { return Page(items: all, nextToken: nil) }
        return try Pagination.page(
            all, maximum: maximum, token: token, of: context.question, at: position,
            invalidToken: .invalidNextToken(token ?? ""))
    }

    /// Returns a page of all records of a table, and reads only those.
    func page<Record: StoredResource>(of type: Record.Type) throws -> Page<Record> {
        let question = context.question
        let after = try Pagination.number(token: token, of: question, invalidToken: .invalidNextToken(token ?? "")) ?? 0
        let numbered = try Record.after(after, limit: maximum.map { $0 + 1 } ?? -1, context)
        guard let maximum, numbered.count > maximum, maximum > 0 else {
            return Page(items: numbered.map(\.record), nextToken: nil)
        }
        return Page(
            items: numbered.prefix(maximum).map(\.record),
            nextToken: Pagination.token(after: numbered[maximum - 1].number, of: question))
    }

    /// Returns a page of a constant list, such as what AWS offers.
    func page<Element>(fixed all: [Element]) throws -> Page<Element> {
        if isWhole { return Page(items: all, nextToken: nil) }
        let page = try page(Array(all.indices)) { .number(Int64($0)) }
        return Page(items: page.items.map { all[$0] }, nextToken: page.nextToken)
    }

    /// Returns a page of a long list that is generated while it is read. Each element has its position.
    func page<Element>(of all: some Sequence<(position: Int64, element: Element)>) throws -> Page<Element> {
        let question = context.question
        let after = try Pagination.number(token: token, of: question, invalidToken: .invalidNextToken(token ?? "")) ?? -1
        var items: [Element] = []
        var last: Int64 = 0
        for (position, element) in all where position > after {
            if items.count == maximum {
                return Page(items: items, nextToken: Pagination.token(after: last, of: question))
            }
            items.append(element)
            last = position
        }
        return Page(items: items, nextToken: nil)
    }

    /// Returns a page of resources in order of creation.
    func page<Element>(_ all: [Element], of kind: ResourceKind, id: (Element) -> String?) throws -> Page<Element> {
        if isWhole { return Page(items: all, nextToken: nil) }
        let numbers = try kind.numbers(context)
        return try page(all) { .number(numbers[id($0) ?? ""] ?? .max) }
    }
}

extension AWSError {
    static func invalidNextToken(_ token: String) -> AWSError {
        AWSError("InvalidNextToken", "The token '\(token)' is invalid")
    }

    static func maxResultsTooSmall(_ value: Int, minimum: Int) -> AWSError {
        AWSError(
            "InvalidParameterValue",
            "Value ( \(value) ) for parameter maxResults is invalid. Expecting a value greater than or equal to \(minimum).")
    }

    static func maxResultsTooLarge(_ value: Int, maximum: Int) -> AWSError {
        AWSError(
            "InvalidParameterValue",
            "Value ( \(value) ) for parameter maxResults is invalid. Expecting a value less than or equal to \(maximum).")
    }
}
