// What many requests have in common. The generator adds the conformances to every request that has the members.

/// A request that can ask whether it would be allowed, without being carried out.
public protocol DryRunInput: Shape {
    var dryRun: Bool? { get set }
}

/// A request that a caller can repeat without having it carried out twice.
public protocol ClientTokenInput: Shape {
    var clientToken: String? { get set }
}

/// A request for a list that comes in pages.
public protocol PagedInput: Shape {
    var maxResults: Int? { get set }
    var nextToken: String? { get set }
}
