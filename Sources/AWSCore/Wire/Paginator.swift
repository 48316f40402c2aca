/// How to page through an operation's results. Generated from botocore's definitions; the client runs it.
public struct Paginator<Input: Shape, Output: Shape>: Sendable {
    public let operation: Operation<Input, Output>
    /// Sets the token in the request for the next page.
    public let setToken: @Sendable (inout Input, String) -> Void
    /// Limits the number of results per page; nil if the operation has no such parameter.
    public let setLimit: (@Sendable (inout Input, Int) -> Void)?
    /// Appends a page's results to those of earlier pages.
    public let append: @Sendable (_ results: inout Output, _ page: Output) -> Void
    private let token: @Sendable (Output) -> String?

    /// - Parameter nextToken: returns the token that the service sent with a page; nil or empty on the last page.
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

    /// Returns the token of the next page, or nil if this page is the last.
    public func nextToken(after page: Output) -> String? {
        // Some services send an empty token with the last page.
        token(page).flatMap { $0.isEmpty ? nil : $0 }
    }
}

/// Concatenates two lists; nil only if both are nil. Generated paginators use it.
package func joinedPages<Element>(_ first: [Element]?, _ second: [Element]?) -> [Element]? {
    guard let second else { return first }
    return (first ?? []) + second
}
