/// Members whose values AWS chooses by itself, or computes, although their form doesn't show it.
struct VaryingValue: Sendable {
    enum Treatment: Sendable {
        /// A token of a list's next page, good for the next request only.
        case token
        /// A zone of the region, which stands for another one wherever it comes again.
        case zone
        /// Only whether it is there, and of what form.
        case form
        /// It looks made up, but follows from the request.
        case computed
    }

    let service: String
    let member: String
    /// All if there are none.
    var operations: Set<String> = []
    let treatment: Treatment
    let reason: String

    static func of(_ service: String, _ operation: String, _ member: String) -> VaryingValue? {
        byMember[member]?.first {
            ($0.service == service || $0.service == "*") && ($0.operations.isEmpty || $0.operations.contains(operation))
        }
    }

    private static let byMember = Dictionary(grouping: all, by: \.member)

    static let all: [VaryingValue] = [
        .init(
            service: "ec2", member: "AvailabilityZone", treatment: .zone,
            reason: "EC2 chooses the zone where the request names none."),
        .init(
            service: "ec2", member: "AvailabilityZoneId", treatment: .zone,
            reason: "EC2 chooses the zone where the request names none, and its id differs between accounts."),
        .init(
            service: "ec2", member: "ZoneId", treatment: .zone, reason: "Which zone a name means differs between accounts."),
        .init(
            service: "ec2", member: "KeyFingerprint", operations: ["ImportKeyPair"], treatment: .computed,
            reason: "The fingerprint follows from the key in the request."),
        .init(
            service: "ec2", member: "Output", operations: ["GetConsoleOutput"], treatment: .form,
            reason: "What an instance prints depends on its image."),
        .init(
            service: "*", member: "NextToken", treatment: .token, reason: "A token is good for the next request only."),
        .init(
            service: "*", member: "nextToken", treatment: .token, reason: "A token is good for the next request only."),
        .init(service: "*", member: "Marker", treatment: .token, reason: "A token is good for the next request only."),
        .init(
            service: "sts", member: "PackedPolicySize", treatment: .form,
            reason: "How STS packs policies and tags is not documented."),
        .init(
            service: "ecr", member: "downloadUrl", treatment: .form, reason: "A presigned URL of the storage behind ECR."),
    ]
}
