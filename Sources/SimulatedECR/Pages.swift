import SimulatorCore

extension Context {
    /// A page of a list. Its token is good for the same question only: which registry, which repository, which filter.
    /// - Parameter position: by which the list is sorted.
    func page<Element>(
        _ all: [Element], maximum: Int?, token: String?, at position: (Element) throws -> PagePosition
    ) throws -> Page<Element> {
        try Pagination.page(all, maximum: maximum, token: token, of: question, at: position, invalidToken: .invalidToken)
    }

    /// A page of a list that doesn't change once it is there: what a scan found.
    func page<Element>(fixed all: [Element], maximum: Int?, token: String?) throws -> Page<Element> {
        let page = try page(Array(all.indices), maximum: maximum, token: token) { .number(Int64($0)) }
        return Page(items: page.items.map { all[$0] }, nextToken: page.nextToken)
    }
}
