// Members that many requests share. The generator adds the conformance to every request that has the members.

/// A request that can be checked for permission without being carried out.
public protocol DryRunInput: Shape {
    var dryRun: Bool? { get set }
}

/// A request that can be repeated without taking effect twice.
public protocol ClientTokenInput: Shape {
    var clientToken: String? { get set }
}

/// A request for a paginated list.
public protocol PagedInput: Shape {
    var maxResults: Int? { get set }
    var nextToken: String? { get set }
}
