/// Members whose values AWS chooses or computes, although their form does not show it.
struct VaryingValue: Sendable {
    enum Treatment: Sendable {
        /// A page token, valid for the next request only.
        case token
        /// An Availability Zone of the region, which maps to one of the target's.
        case zone
        /// Only presence and form are compared.
        case form
        /// The value looks generated, but follows from the request.
        case computed
    }

    let service: String
    let member: String
    /// The operations; if empty, all.
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
