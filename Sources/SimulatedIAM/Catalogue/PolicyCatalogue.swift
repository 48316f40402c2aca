import AWSCore
import CCatalogue
import CLibArchive
import SimulatorCore

/// An AWS managed policy.
struct AWSManagedPolicy: Sendable {
    let name: String
    /// `/`, `/job-function/`, `/service-role/`
    let path: String
    let version: Int
    let createdAt, updatedAt: Instant
    let document: String

    /// AWS's id if known, otherwise one derived from the name.
    var id: String {
        KnownPolicies.all[name]?.id ?? IDGenerator(seed: 0, scope: "managed policy \(path)\(name)").iam("ANPA")
    }
    /// AWS's description, or nil if unknown.
    var description: String? { KnownPolicies.all[name]?.description }

    func arn(_ partition: String) -> String { "arn:\(partition):iam::aws:policy\(path)\(name)" }

    /// Returns the policy with this ARN, in any partition.
    static func named(_ arn: String) -> AWSManagedPolicy? { path(of: arn).flatMap { PolicyCatalogue.shared.policy($0) } }

    /// Whether the ARN is that of an AWS managed policy, even one missing from the catalogue.
    static func isARN(_ arn: String) -> Bool { path(of: arn) != nil }

    static var all: [AWSManagedPolicy] { PolicyCatalogue.shared.all }

    private static func path(of arn: String) -> String? {
        let parts = arn.split(separator: ":", maxSplits: 5, omittingEmptySubsequences: false)
        guard parts.count == 6, parts[2] == "iam", parts[4] == "aws", parts[5].hasPrefix("policy/") else { return nil }
        return String(parts[5].dropFirst("policy".count))
    }
}

/// AWS's managed policies, compressed in the binary and decompressed at first use.
///
/// `tools/catalogue/managed-policies` writes the compressed file.
final class PolicyCatalogue: Sendable {
    static let shared = PolicyCatalogue()

    private let text: Bytes
    /// The position of each policy's line, by path and name.
    private let lines: [String: Range<Int>]

    private init() {
        let text = Self.unpacked()
        var lines: [String: Range<Int>] = [:]
        var start = 0
        while start < text.count {
            let end = text[start...].firstIndex(of: 10) ?? text.count
            let fields = text[start..<end].split(separator: 9, maxSplits: 2, omittingEmptySubsequences: false)
            if fields.count == 3 {
                lines[String(decoding: fields[1], as: UTF8.self) + String(decoding: fields[0], as: UTF8.self)] = start..<end
            }
            start = end + 1
        }
        self.text = text
        self.lines = lines
    }

    /// - Parameter path: the path with the name, such as `/service-role/AWSLambdaRole`.
    func policy(_ path: String) -> AWSManagedPolicy? { lines[path].flatMap(read) }

    var all: [AWSManagedPolicy] { lines.values.compactMap(read) }

    private func read(_ range: Range<Int>) -> AWSManagedPolicy? {
        let fields = text[range].split(separator: 9, omittingEmptySubsequences: false)
            .map { String(decoding: $0, as: UTF8.self) }
        guard fields.count == 6, let version = Int(fields[2]), let created = Instant(parsing: fields[3]),
            let updated = Instant(parsing: fields[4])
        else { return nil }
        return AWSManagedPolicy(
            name: fields[0], path: fields[1], version: version, createdAt: created, updatedAt: updated, document: fields[5])
    }

    private static func unpacked() -> Bytes {
        let packed = catalogue_managed_policies()
        guard let archive = archive_read_new() else { return [] }
        defer { archive_read_free(archive) }
        archive_read_support_format_raw(archive)
        archive_read_support_filter_xz(archive)
        var header: OpaquePointer?
        guard archive_read_open_memory(archive, packed.start, packed.count) == ARCHIVE_OK,
            archive_read_next_header(archive, &header) == ARCHIVE_OK
        else { return [] }
        var out = Bytes(), part = Bytes(repeating: 0, count: 1 << 20)
        while true {
            let count = archive_read_data(archive, &part, part.count)
            guard count > 0 else { return out }
            out += part[..<count]
        }
    }
}
