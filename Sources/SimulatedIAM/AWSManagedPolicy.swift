import AWSCore

/// A policy that AWS keeps for every account.
struct AWSManagedPolicy: Sendable {
    let name: String
    /// `/`, `/job-function/`, `/service-role/`
    let path: String
    let id: String
    let version: Int
    let createdAt, updatedAt: Instant
    let description: String
    let document: String

    init(
        _ name: String, path: String = "/", id: String, version: Int, created: String, updated: String, _ description: String,
        _ document: String
    ) {
        self.name = name
        self.path = path
        self.id = id
        self.version = version
        createdAt = Instant(parsing: created) ?? Instant(milliseconds: 0)
        updatedAt = Instant(parsing: updated) ?? Instant(milliseconds: 0)
        self.description = description
        self.document = document
    }

    func arn(_ partition: String) -> String { "arn:\(partition):iam::aws:policy\(path)\(name)" }

    /// The policy of an ARN, in any partition.
    static func named(_ arn: String) -> AWSManagedPolicy? {
        let parts = arn.split(separator: ":", maxSplits: 5, omittingEmptySubsequences: false)
        guard parts.count == 6, parts[2] == "iam", parts[4] == "aws", parts[5].hasPrefix("policy") else { return nil }
        return byPath[String(parts[5].dropFirst("policy".count))]
    }

    private static let byPath = Dictionary(all.map { ($0.path + $0.name, $0) }, uniquingKeysWith: { first, _ in first })
}
