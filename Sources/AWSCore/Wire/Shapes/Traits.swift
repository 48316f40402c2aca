// Members that many requests share. The generator adds the conformance to every request that has the members.

/// A request that can be checked for permission without being carried out.
public protocol DryRunInput: Shape {
    var dryRun: Bool? { get set }
}

/// A request with a client token: a repetition with the same token has no second effect.
public protocol ClientTokenInput: Shape {
    var clientToken: String? { get set }
}

/// A request for a paginated list.
public protocol PagedInput: Shape {
    var maxResults: Int? { get set }
    var nextToken: String? { get set }
}
