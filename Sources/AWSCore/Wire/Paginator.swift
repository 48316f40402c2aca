/// How an operation's results come in pages. Generated from botocore's definitions; whoever calls operations runs it.
public struct Paginator<Input: Shape, Output: Shape>: Sendable {
    public let operation: Operation<Input, Output>
    /// Puts a page's token into the request for the next page.
    public let setToken: @Sendable (inout Input, String) -> Void
    /// Limits the number of results in a page, where the operation allows that.
    public let setLimit: (@Sendable (inout Input, Int) -> Void)?
    /// Appends the results of a page to those of the pages before it.
    public let append: @Sendable (_ results: inout Output, _ page: Output) -> Void
    private let token: @Sendable (Output) -> String?

    /// - Parameter nextToken: a page's token as the service gave it; nil or empty on the last page.
    public init(
        _ operation: Operation<Input, Output>, nextToken: @escaping @Sendable (Output) -> String?,
        setToken: @escaping @Sendable (inout Input, String) -> Void,
        setLimit: (@Sendable (inout Input, Int) -> Void)? = nil,
        append: @escaping @Sendable (_ results: inout Output, _ page: Output) -> Void
    ) {
        self.operation = operation
        self.setToken = setToken
        self.setLimit = setLimit
        self.append = append
        token = nextToken
    }

    /// The token of the page after this one, or nil if this is the last.
    public func nextToken(after page: Output) -> String? {
        // Some services end with an empty token instead of none.
        token(page).flatMap { $0.isEmpty ? nil : $0 }
    }
}

/// Both lists one after the other; nil only if both are. Generated paginators use it.
package func joinedPages<Element>(_ first: [Element]?, _ second: [Element]?) -> [Element]? {
    guard let second else { return first }
    return (first ?? []) + second
}
