public import AWSCore

/// The pages of an operation's results, each fetched on demand.
public struct Pages<Input: Shape, Output: Shape>: AsyncSequence, Sendable {
    public typealias Element = Output
    let paginator: Paginator<Input, Output>
    let input: Input
    let invoker: any OperationInvoker

    /// Starts from the first page.
    public func makeAsyncIterator() -> AsyncIterator {
        AsyncIterator(paginator: paginator, input: input, invoker: invoker)
    }

    /// Requests the next page when the next element is asked for.
    public struct AsyncIterator: AsyncIteratorProtocol {
        let paginator: Paginator<Input, Output>
        var input: Input
        let invoker: any OperationInvoker
        private var lastToken: String?
        private var isAtEnd = false

        init(paginator: Paginator<Input, Output>, input: Input, invoker: any OperationInvoker) {
            self.paginator = paginator
            self.input = input
            self.invoker = invoker
        }

        /// Requests the next page; nil after the last.
        /// - Throws: what the operation throws; ``RepeatedPage`` if the service repeats a token.
        public mutating func next() async throws -> Output? {
            if isAtEnd { return nil }
            let page = try await invoker.invoke(paginator.operation, input)
            if let token = paginator.nextToken(after: page) {
                guard token != lastToken else { throw RepeatedPage(operation: paginator.operation.name, token: token) }
                lastToken = token
                paginator.setToken(&input, token)
            } else {
                isAtEnd = true
            }
            return page
        }
    }

    /// Returns all pages merged into one output. Members that no page has are nil.
    public func all() async throws -> Output {
        var iterator = makeAsyncIterator()
        guard var results = try await iterator.next() else {
            return Output(from: ShapeReader(.object([]), schema: Output.schema, layout: .json))
        }
        while let page = try await iterator.next() { paginator.append(&results, page) }
        return results
    }
}

/// A service returned the same token twice, so its pages would never end.
public struct RepeatedPage: Error, Sendable, CustomStringConvertible {
    public let operation: String
    public let token: String
    public var description: String { "\(operation): The same next token was received twice: \(token)" }
}

extension AWSClient {
    /// Returns the pages of an operation's results.
    ///
    /// - Parameters:
    ///   - paginator: for example `EC2.Paginators.describeInstances`.
    ///   - input: the input of the first request.
    ///   - pageSize: the most results per page; ignored if the operation has no such parameter.
    public func pages<Input: Shape, Output: Shape>(
        of paginator: Paginator<Input, Output>, _ input: Input, pageSize: Int? = nil
    ) -> Pages<Input, Output> {
        var input = input
        if let pageSize { paginator.setLimit?(&input, pageSize) }
        return Pages(paginator: paginator, input: input, invoker: self)
    }
}
