import SimulatorCore

extension Context {
    /// Returns a page of a list. Its token is valid only for the same registry, repository and filter.
    /// - Parameter position: the key that sorts the list.
    func page<Element>(
        _ all: [Element], maximum: Int?, token: String?, at position: (Element) throws -> PagePosition
    ) throws -> Page<Element> {
        try Pagination.page(all, maximum: maximum, token: token, of: question, at: position, invalidToken: .invalidToken)
    }

    /// Returns a page of a list that never changes, such as a scan's findings.
    func page<Element>(fixed all: [Element], maximum: Int?, token: String?) throws -> Page<Element> {
        let page = try page(Array(all.indices), maximum: maximum, token: token) { .number(Int64($0)) }
        return Page(items: page.items.map { all[$0] }, nextToken: page.nextToken)
    }
}
