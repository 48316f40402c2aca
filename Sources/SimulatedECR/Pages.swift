import SimulatorCore

extension Context {
    /// A page of a list. Its token is good for the same operation upon the same registry and repository only, which is assumed.
    func page<Element>(
        _ all: [Element], maximum: Int?, token: String?, of repository: String = ""
    ) throws -> Page<Element> {
        try Pagination.page(
            all, maximum: maximum, token: token, of: "\(operation)/\(region)/\(account)/\(repository)",
            invalidToken: .invalidToken)
    }
}
