import AWSCore
import ArgumentParser
import ECRAPI
import OCI

struct ImagesCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "images", abstract: "List the ECR repositories and images of a running server or a state folder.",
        discussion: """
            Prints one line per image, newest first: tags, digest, size, push and pull times, scan findings.

            The server is called with AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY if both are set and --account is not; \
            otherwise as the account's root.

            Example: drydock images my-app
            """)

    @OptionGroup var options: RegistryOptions
    @Flag(help: "Print JSON.") var json = false
    @Argument(help: "Only these repositories.", transform: { try RepositoryArgument.name($0) })
    var repositories: [RepositoryName] = []

    func run() async throws {
        let lists = try await RegistryOptions.explained {
            let ecr = try await options.client().ecr
            var lists: [(Repository, [ListedImage])] = []
            for repository in try await ecr.allRepositories(named: repositories.map(\.description)) {
                lists.append((repository, try await ecr.allImages(of: repository.repositoryName ?? "")))
            }
            return lists
        }
        if json {
            let node = Node.list(lists.map { Self.node($0, $1) })
            print(String(decoding: JSON.write(node, pretty: true), as: UTF8.self))
        } else if lists.isEmpty {
            print("There are no repositories in \(options.region).")
        } else {
            for (repository, images) in lists { Self.show(repository, images) }
        }
    }

    private static func show(_ repository: Repository, _ images: [ListedImage]) {
        let mutability =
            repository.imageTagMutability == .mutable ? "" : ", \(repository.imageTagMutability?.rawValue.lowercased() ?? "")"
        print("\(repository.repositoryUri ?? "")  (\(images.count) image\(images.count == 1 ? "" : "s")\(mutability))")
        let rows = images.map(\.columns)
        let widths = (0..<5).map { column in rows.map { $0[column].count }.max() ?? 0 }
        for row in rows {
            let cells = zip(row, widths).map { $0 + String(repeating: " ", count: $1 - $0.count) }
            print(String(("  " + cells.joined(separator: "  ") + "  " + row[5]).reversed().drop { $0 == " " }.reversed()))
        }
    }

    private static func node(_ repository: Repository, _ images: [ListedImage]) -> Node {
        .object([
            .init("repository", .string(repository.repositoryName ?? "")),
            .init("uri", .string(repository.repositoryUri ?? "")),
            .init("images", .list(images.map(\.node))),
        ])
    }
}

/// An image and the result of its last scan.
struct ListedImage {
    let detail: ImageDetail
    let scan: ListedScan?

    /// Tags, digest, size, push, pull, scan.
    var columns: [String] {
        let status = detail.imageStatus.map { $0 == "ACTIVE" ? "" : " (\($0.rawValue.lowercased()))" } ?? ""
        return [
            (detail.imageTags?.joined(separator: ", ") ?? "<untagged>") + status,
            String(detail.imageDigest?.split(separator: ":").last?.prefix(12) ?? ""), Self.size(detail.imageSizeInBytes ?? 0),
            "pushed \(Self.time(detail.imagePushedAt))",
            detail.lastRecordedPullTime == nil ? "never pulled" : "pulled \(Self.time(detail.lastRecordedPullTime))",
            scan?.text ?? "",
        ]
    }

    var node: Node {
        var fields: [Node.Field] = [
            .init("tags", .list((detail.imageTags ?? []).map { .string($0) })),
            .init("digest", .string(detail.imageDigest ?? "")),
            .init("size", .integer(Int64(detail.imageSizeInBytes ?? 0))),
            .init("mediaType", .string(detail.imageManifestMediaType ?? "")),
            .init("pushedAt", .string(detail.imagePushedAt?.description ?? "")),
        ]
        if let pulled = detail.lastRecordedPullTime { fields.append(.init("pulledAt", .string(pulled.description))) }
        if let status = detail.imageStatus { fields.append(.init("status", .string(status.rawValue))) }
        if let scan { fields.append(.init("scan", scan.node)) }
        return .object(fields)
    }

    private static func time(_ instant: Instant?) -> String {
        String((instant?.iso8601(milliseconds: false) ?? "").prefix(16)).replacing("T", with: " ")
    }

    /// Formats a size like Docker: three digits, powers of ten.
    private static func size(_ bytes: Int) -> String {
        var value = Double(bytes), unit = 0
        while value >= 1000, unit < 4 {
            value /= 1000
            unit += 1
        }
        let name = ["B", "kB", "MB", "GB", "TB"][unit]
        if unit == 0 || value >= 100 { return "\(Int(value.rounded())) \(name)" }
        let tenths = Int((value * 10).rounded())
        return "\(tenths / 10).\(tenths % 10) \(name)"
    }
}

extension ECRClient {
    fileprivate func allRepositories(named names: [String]) async throws -> [Repository] {
        if !names.isEmpty { return try await describeRepositories(.init(repositoryNames: names)).repositories ?? [] }
        var all: [Repository] = [], token: String?
        repeat {
            let page = try await describeRepositories(.init(nextToken: token, maxResults: 1000))
            all += page.repositories ?? []
            token = page.nextToken
        } while token != nil
        return all
    }

    /// Returns a repository's images, newest first.
    fileprivate func allImages(of repository: String) async throws -> [ListedImage] {
        var all: [ImageDetail] = [], token: String?
        repeat {
            let page = try await describeImages(
                .init(repositoryName: repository, nextToken: token, maxResults: 1000, filter: .init(imageStatus: "ANY")))
            all += page.imageDetails ?? []
            token = page.nextToken
        } while token != nil
        // AWS returns scans for one image at a time. Send a few requests in parallel, since most of the time is latency.
        let details = Array(all.reversed())
        return try await withThrowingTaskGroup(of: (Int, ListedScan?).self) { group in
            var scans = [ListedScan?](repeating: nil, count: details.count)
            for index in details.indices {
                if index >= Self.scansAtOnce, let (done, scan) = try await group.next() { scans[done] = scan }
                group.addTask { (index, try await scan(of: details[index], in: repository)) }
            }
            for try await (done, scan) in group { scans[done] = scan }
            return zip(details, scans).map { ListedImage(detail: $0, scan: $1) }
        }
    }

    private static var scansAtOnce: Int { 16 }

    private func scan(of image: ImageDetail, in repository: String) async throws -> ListedScan? {
        do {
            let found = try await describeImageScanFindings(
                .init(repositoryName: repository, imageId: .init(imageDigest: image.imageDigest), maxResults: 1))
            return ListedScan(
                status: found.imageScanStatus?.status?.rawValue ?? "",
                counts: found.imageScanFindings?.findingSeverityCounts)
        } catch let error as AWSError where error.code == "ScanNotFoundException" { return nil }
    }
}

/// A scan's status, and its findings by severity if it has finished.
struct ListedScan {
    let status: String
    let counts: [String: Int]?

    private static let order = ["CRITICAL", "HIGH", "MEDIUM", "LOW", "INFORMATIONAL", "UNDEFINED"]

    private var found: [(severity: String, count: Int)]? {
        counts.map { counts in Self.order.compactMap { name in counts[name].map { (name, $0) } } }
    }

    var text: String {
        guard let found else { return "scan \(status.lowercased().replacing("_", with: " "))" }
        return found.isEmpty ? "no findings" : found.map { "\($0.count) \($0.severity.lowercased())" }.joined(separator: ", ")
    }

    var node: Node {
        var fields: [Node.Field] = [.init("status", .string(status))]
        if let found {
            fields.append(.init("findings", .object(found.map { .init($0.severity, .integer(Int64($0.count))) })))
        }
        return .object(fields)
    }
}
