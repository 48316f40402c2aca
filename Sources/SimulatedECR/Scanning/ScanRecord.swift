import AWSCore
import ECRAPI
import GRDB
import OCI
import SimulatorCore

extension ECRSimulation {
    static let scanMigration = Migration(
        "ecr.scan",
        """
        CREATE TABLE ecr_scan (
            account TEXT NOT NULL, region TEXT NOT NULL, repository TEXT NOT NULL, digest TEXT NOT NULL,
            started_at INTEGER NOT NULL, status TEXT, description TEXT, findings TEXT,
            PRIMARY KEY (account, region, repository, digest),
            FOREIGN KEY (account, region, repository, digest) REFERENCES ecr_image (account, region, repository, digest)
                ON DELETE CASCADE
        ) WITHOUT ROWID
        """)
}

/// An image's last scan. Its result is computed at the first request after the scan's end, then stored.
struct ScanRecord {
    /// A basic scan takes about this long.
    static let time = Duration.seconds(30)

    var startedAt: Instant
    var result: Result?

    struct Result {
        var status: ScanStatus
        var description: String
        var findings: ImageScanFindings?
    }

    func hasEnded(_ context: Context) -> Bool { endsAt(context) <= context.now }
    func endsAt(_ context: Context) -> Instant { startedAt + context.transitions.duration(Self.time) }

    static func find(_ digest: String, in repository: String, _ context: Context) throws -> ScanRecord? {
        let statement = try context.db.cachedStatement(
            sql: """
                SELECT started_at, status, description, findings FROM ecr_scan
                WHERE account = ? AND region = ? AND repository = ? AND digest = ?
                """)
        let row = try Row.fetchOne(statement, arguments: [context.account, context.region, repository, digest])
        guard let row else { return nil }
        var scan = ScanRecord(startedAt: Instant(milliseconds: row[0]))
        if let status: String = row[1] {
            let findings: String? = row[3]
            scan.result = Result(
                status: ScanStatus(status), description: row[2] ?? "", findings: try findings.map { try StoredShape.read($0) })
        }
        return scan
    }

    static func remove(_ digest: String, in repository: String, _ context: Context) throws {
        let statement = try context.db.cachedStatement(
            sql: "DELETE FROM ecr_scan WHERE account = ? AND region = ? AND repository = ? AND digest = ?")
        try statement.execute(arguments: [context.account, context.region, repository, digest])
    }

    func save(_ digest: String, in repository: String, _ context: Context) throws {
        let statement = try context.db.cachedStatement(sql: "INSERT OR REPLACE INTO ecr_scan VALUES (?, ?, ?, ?, ?, ?, ?, ?)")
        try statement.execute(arguments: [
            context.account, context.region, repository, digest, startedAt.milliseconds, result?.status.rawValue,
            result?.description, result?.findings.map { StoredShape.text($0) },
        ])
    }
}

extension ECRSimulation {
    /// Returns the scan, with its result if it has ended.
    func finished(_ scan: ScanRecord, of image: ImageRecord, _ context: Context) throws -> ScanRecord {
        guard scan.result == nil, scan.hasEnded(context) else { return scan }
        let manifest = try Manifest(parsing: try image.manifest(context), contentType: MediaType(image.mediaType))
        guard let packages = scanner.packages(of: manifest, blobs) else { return scan }
        var scan = scan
        do {
            scan.result = try result(of: image, try packages.get(), endedAt: scan.endsAt(context), context)
        } catch let error as UnreadableLayer {
            scan.result = ScanRecord.Result(status: .failed, description: error.description)
        }
        try scan.save(image.digest, in: image.repository, context)
        return scan
    }

    private func result(
        of image: ImageRecord, _ packages: InstalledPackages?, endedAt: Instant, _ context: Context
    ) throws -> ScanRecord.Result {
        let registry = try scanning(context)
        guard let packages else {
            let reason = "The operating system and/or package manager are not supported."
            return registry.scanType == "ENHANCED"
                ? ScanRecord.Result(status: "UNSUPPORTED_IMAGE", description: reason)
                : ScanRecord.Result(status: .failed, description: "UnsupportedImageError: \(reason)")
        }
        let matches = advisories.matches(packages)
        var counts: [String: Int] = [:]
        for match in matches { counts[match.advisory.severity, default: 0] += 1 }
        var findings = ImageScanFindings(
            imageScanCompletedAt: endedAt, vulnerabilitySourceUpdatedAt: advisories.updatedAt, findingSeverityCounts: counts)
        if registry.scanType == "ENHANCED" {
            findings.enhancedFindings = matches.map { $0.enhanced(image, packages, at: endedAt, context) }
            let repository = try RepositoryRecord.get(image.repository, context)
            if registry.frequency(of: repository) == "CONTINUOUS_SCAN" {
                return ScanRecord.Result(
                    status: .active, description: "Continuous scan is selected for image.", findings: findings)
            }
        } else {
            findings.findings = matches.map(\.finding)
        }
        return ScanRecord.Result(
            status: .complete, description: "The scan was completed successfully.", findings: findings)
    }
}

extension AdvisoryList.Match {
    fileprivate var finding: ImageScanFinding {
        let package = [("package_version", package.version), ("package_name", package.name)]
        return ImageScanFinding(
            name: advisory.name, description: advisory.description, uri: advisory.uri,
            severity: FindingSeverity(advisory.severity),
            attributes: (package + advisory.attributes).map { Attribute(key: $0.0, value: $0.1) })
    }

    /// Returns the finding as Amazon Inspector shows it.
    fileprivate func enhanced(
        _ image: ImageRecord, _ packages: InstalledPackages, at time: Instant, _ context: Context
    ) -> EnhancedImageScanFinding {
        let ids = IDGenerator(
            seed: context.configuration.seed, scope: "\(context.account) \(image.digest) \(advisory.name) \(package.name)")
        let vulnerable = VulnerablePackage(
            name: package.name, packageManager: packages.format.name, version: package.version,
            fixedInVersion: advisory.fixedIn)
        let details = AwsEcrContainerImageDetails(
            imageHash: image.digest, imageTags: image.tags, platform: "\(packages.distribution) \(packages.release)",
            pushedAt: image.pushedAt, registry: context.account, repositoryName: image.repository)
        return EnhancedImageScanFinding(
            awsAccountId: context.account, description: advisory.description,
            findingArn: context.arn("inspector2", "finding/\(ids.hex(32))"), firstObservedAt: time, lastObservedAt: time,
            packageVulnerabilityDetails: PackageVulnerabilityDetails(
                sourceUrl: advisory.uri, vendorSeverity: advisory.severity, vulnerabilityId: advisory.name,
                vulnerablePackages: [vulnerable]),
            resources: [
                Resource(
                    details: ResourceDetails(awsEcrContainerImage: details),
                    id: "\(RepositoryRecord.arn(image.repository, context))/\(image.digest)", type: "AWS_ECR_CONTAINER_IMAGE")
            ], severity: advisory.severity, status: "ACTIVE", title: "\(advisory.name) - \(package.name)",
            type: "PACKAGE_VULNERABILITY", updatedAt: time, fixAvailable: advisory.fixedIn == nil ? "NO" : "YES")
    }
}
