public import AWSCore

// What many of EC2's requests have in common. The generator adds the conformances.

/// A request for a list that can be filtered. A few operations call the member `Filter`; it has both names here.
public protocol FilteredInput: Shape {
    var filters: [Filter]? { get set }
}

/// A request that makes something with tags.
public protocol TaggingInput: Shape {
    var tagSpecifications: [TagSpecification]? { get set }
}
