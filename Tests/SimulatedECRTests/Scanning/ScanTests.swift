import DrydockTesting
import Foundation
import GRDB
import HTTPTypes
import OCI
import SimulatedIAM
import Testing

@testable import SimulatedECR

@Suite struct Scans {
    static let advisories = """
        {"updatedAt":"2026-11-01T00:00:00Z","advisories":[
          {"name":"CVE-2022-0778","severity":"HIGH","package":"openssl","distribution":"debian","releases":["11"],
           "fixedIn":"1.1.1k-1+deb11u2","uri":"https://example.org/CVE-2022-0778"},
          {"name":"CVE-2011-3374","severity":"LOW","package":"apt"},
          {"name":"CVE-2020-0001","severity":"CRITICAL","package":"libssl1.1","fixedIn":"1.1.1d-0"},
          {"name":"CVE-2020-0002","severity":"MEDIUM","package":"openssl","distribution":"alpine"}]}
        """

    private func aws(_ transitions: Transitions = .aws) throws -> AWS {
        let ecr = ECRSimulation(advisories: try AdvisoryList(parsing: Bytes(Self.advisories.utf8)))
        return AWS(
            try Simulator(
                Configuration(transitions: transitions), services: [ecr, IAMSimulation(), STSSimulation()], doors: ecr.doors,
                directory: IAMDirectory()))
    }

    private static let debian = [
        LayerEntry.file("etc/os-release", "ID=debian\nVERSION_ID=\"11\"\n"),
        .file(
            "var/lib/dpkg/status",
            """
            Package: libssl1.1
            Status: install ok installed
            Source: openssl
            Version: 1.1.1k-1+deb11u1

            Package: apt
            Status: install ok installed
            Version: 2.2.4

            Package: gone
            Status: deinstall ok config-files
            Version: 1

            """),
    ]

    @Test func scanFindingsMatchImagePackages() async throws {
        let aws = try aws()
        try await aws.ecr.createRepository(.init(repositoryName: "app"))
        try await BuiltImage([Self.debian, [.file("hello", "x")]]).push(to: "app", tag: "v1", aws.registry())
        let id = ImageIdentifier(imageTag: "v1")
        let none = await refusal { _ = try await aws.ecr.describeImageScanFindings(.init(repositoryName: "app", imageId: id)) }
        #expect(none?.code == "ScanNotFoundException")
        #expect(
            none?.message
                == "Image scan does not exist for the image with '{imageDigest:'null', imageTag:'v1'}' in the repository with name 'app' in the registry with id '123456789012'"
        )
        let started = try await aws.ecr.startImageScan(.init(repositoryName: "app", imageId: id))
        #expect(started.imageScanStatus?.status == .inProgress)
        let early = try await aws.ecr.describeImageScanFindings(.init(repositoryName: "app", imageId: id))
        #expect(early.imageScanStatus?.status == .inProgress && early.imageScanFindings == nil)
        // Assumed: the duration of a scan.
        aws.clock.advance(by: .minutes(1))
        let done = try await aws.ecr.describeImageScanFindings(.init(repositoryName: "app", imageId: id))
        #expect(done.imageScanStatus?.status == .complete)
        #expect(done.imageScanFindings?.findings?.map(\.name) == ["CVE-2022-0778", "CVE-2011-3374"])
        #expect(done.imageScanFindings?.findingSeverityCounts == ["HIGH": 1, "LOW": 1])
        #expect(done.imageScanFindings?.findings?.first?.attributes?.map(\.value) == ["1.1.1k-1+deb11u1", "libssl1.1"])
        let again = await refusal { _ = try await aws.ecr.startImageScan(.init(repositoryName: "app", imageId: id)) }
        #expect(again?.code == "LimitExceededException")
        #expect(again?.message == "The scan quota per image has been exceeded. Wait and try again.")
        aws.clock.advance(by: .days(1))
        _ = try await aws.ecr.startImageScan(.init(repositoryName: "app", imageId: id))
    }

    @Test func scanHonorsUpperLayersAndWhiteouts() async throws {
        let aws = try aws(.instant)
        try await aws.ecr.createRepository(.init(repositoryName: "app"))
        let upgrade = LayerEntry.file("var/lib/dpkg/status", "Package: apt\nStatus: install ok installed\nVersion: 2.3\n")
        let client = try await aws.registry()
        try await BuiltImage([Self.debian, [upgrade]]).push(to: "app", tag: "new", client)
        try await BuiltImage([Self.debian, [.file("var/lib/dpkg/.wh.status", "")]]).push(to: "app", tag: "none", client)
        func scan(_ tag: String) async throws -> DescribeImageScanFindingsResponse {
            _ = try await aws.ecr.startImageScan(.init(repositoryName: "app", imageId: .init(imageTag: tag)))
            return try await aws.ecr.describeImageScanFindings(.init(repositoryName: "app", imageId: .init(imageTag: tag)))
        }
        #expect(try await scan("new").imageScanFindings?.findings?.map(\.name) == ["CVE-2011-3374"])
        let unsupported = try await scan("none")
        #expect(unsupported.imageScanStatus?.status == .failed)
        #expect(
            unsupported.imageScanStatus?.description
                == "UnsupportedImageError: The operating system and/or package manager are not supported.")
    }

    /// Returns a header in rpm's format: an index of tags and the data it points to.
    private static func header(_ strings: [(Int, String)], epoch: Int? = nil) -> Bytes {
        func number(_ value: Int) -> Bytes { [24, 16, 8, 0].map { UInt8(value >> $0 & 255) } }
        var index = Bytes(), data = Bytes()
        if let epoch {
            index += number(1003) + number(4) + number(0) + number(1)
            data += number(epoch)
        }
        for (tag, text) in strings {
            index += number(tag) + number(6) + number(data.count) + number(1)
            data += Bytes(text.utf8) + [0]
        }
        return number(index.count / 16) + number(data.count) + index + data
    }

    private static func rpmDatabase(_ headers: [Bytes]) throws -> LayerEntry {
        let path = FileManager.default.temporaryDirectory.path + "/rpmdb-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: path) }
        let queue = try DatabaseQueue(path: path)
        try queue.write { db in
            try db.execute(sql: "CREATE TABLE Packages (hnum INTEGER PRIMARY KEY AUTOINCREMENT, blob BLOB NOT NULL)")
            for header in headers {
                try db.execute(sql: "INSERT INTO Packages (blob) VALUES (?)", arguments: [Data(header)])
            }
        }
        try queue.close()
        let bytes = Bytes(try Data(contentsOf: URL(fileURLWithPath: path)))
        return LayerEntry("usr/lib/sysimage/rpm/rpmdb.sqlite", .file(.bytes(bytes)))
    }

    @Test func scanReadsRPMDatabase() async throws {
        let list = """
            {"updatedAt":"2026-11-01T00:00:00Z","advisories":[
              {"name":"CVE-1","severity":"HIGH","package":"openssl","distribution":"amzn","fixedIn":"1:3.0.8-1.amzn2023.0.11"},
              {"name":"CVE-2","severity":"LOW","package":"bash","fixedIn":"5.1-1"},
              {"name":"CVE-3","severity":"MEDIUM","package":"bash","fixedIn":"5.2.15-2.amzn2023"}]}
            """
        let ecr = ECRSimulation(advisories: try AdvisoryList(parsing: Bytes(list.utf8)))
        let aws = AWS(
            try Simulator(
                Configuration(transitions: .instant), services: [ecr, IAMSimulation(), STSSimulation()], doors: ecr.doors,
                directory: IAMDirectory()))
        try await aws.ecr.createRepository(.init(repositoryName: "app"))
        let database = try Self.rpmDatabase([
            Self.header(
                [
                    (1000, "openssl-libs"), (1001, "3.0.8"), (1002, "1.amzn2023.0.9"),
                    (1044, "openssl-3.0.8-1.amzn2023.0.9.src.rpm"),
                ],
                epoch: 1),
            Self.header([(1000, "bash"), (1001, "5.2.15"), (1002, "1.amzn2023"), (1044, "bash-5.2.15-1.amzn2023.src.rpm")]),
            Bytes([0, 0, 0, 9, 0, 0, 0, 1]), Bytes(),
        ])
        let release = LayerEntry.file("etc/os-release", "ID=\"amzn\"\nVERSION_ID=\"2023\"\n")
        let broken = LayerEntry.file("var/lib/rpm/rpmdb.sqlite", "not a database")
        let client = try await aws.registry()
        try await BuiltImage([[release, database]]).push(to: "app", tag: "v1", client)
        try await BuiltImage([[release, broken]]).push(to: "app", tag: "broken", client)
        func scan(_ tag: String) async throws -> DescribeImageScanFindingsResponse {
            _ = try await aws.ecr.startImageScan(.init(repositoryName: "app", imageId: .init(imageTag: tag)))
            return try await aws.ecr.describeImageScanFindings(.init(repositoryName: "app", imageId: .init(imageTag: tag)))
        }
        let findings = try await scan("v1").imageScanFindings?.findings
        #expect(findings?.map(\.name) == ["CVE-1", "CVE-3"])
        #expect(findings?.first?.attributes?.map(\.value) == ["1:3.0.8-1.amzn2023.0.9", "openssl-libs"])
        #expect(try await scan("broken").imageScanStatus?.status == .failed)
    }

    @Test func largeImagesAreScannedInBackground() async throws {
        let aws = try aws(.instant)
        try await aws.ecr.createRepository(.init(repositoryName: "app"))
        var random = SystemRandomNumberGenerator()
        let filler = (0..<(LargeScans.inlineSize / 8 + 1)).flatMap { _ in withUnsafeBytes(of: random.next()) { Bytes($0) } }
        let large = LayerEntry("filler", .file(.bytes(filler)))
        try await BuiltImage([Self.debian, [large]]).push(to: "app", tag: "v1", aws.registry())
        let id = ImageIdentifier(imageTag: "v1")
        _ = try await aws.ecr.startImageScan(.init(repositoryName: "app", imageId: id))
        var found = try await aws.ecr.describeImageScanFindings(.init(repositoryName: "app", imageId: id))
        #expect(found.imageScanStatus?.status == .inProgress)
        let deadline = ContinuousClock.now + .minutes(10)
        while found.imageScanStatus?.status == .inProgress, ContinuousClock.now < deadline {
            try await Task.sleep(for: .milliseconds(20))
            found = try await aws.ecr.describeImageScanFindings(.init(repositoryName: "app", imageId: id))
        }
        #expect(found.imageScanFindings?.findings?.count == 2)
    }

    @Test func scanningConfigurationIsStored() async throws {
        let aws = try aws(.instant)
        try await aws.ecr.createRepository(.init(repositoryName: "app"))
        let put = try await aws.ecr.putImageScanningConfiguration(
            .init(repositoryName: "app", imageScanningConfiguration: .init(scanOnPush: true)))
        #expect(put.imageScanningConfiguration?.scanOnPush == true && put.registryId == "123456789012")
        let shown = try await aws.ecr.describeRepositories(.init()).repositories?.first
        #expect(shown?.imageScanningConfiguration?.scanOnPush == true)
        let absent = await refusal {
            try await aws.ecr.putImageScanningConfiguration(
                .init(repositoryName: "none", imageScanningConfiguration: .init(scanOnPush: true)))
        }
        #expect(absent?.code == "RepositoryNotFoundException")
        var registry = try await aws.ecr.getRegistryScanningConfiguration(.init())
        #expect(registry.scanningConfiguration?.scanType == "BASIC" && registry.scanningConfiguration?.rules?.isEmpty == true)
        try await aws.ecr.putRegistryScanningConfiguration(.init(scanType: "ENHANCED", rules: []))
        registry = try await aws.ecr.getRegistryScanningConfiguration(.init())
        #expect(registry.scanningConfiguration?.scanType == "ENHANCED" && registry.registryId == "123456789012")
    }

    @Test func scanOnPushFollowsFilters() async throws {
        let aws = try aws(.instant)
        try await aws.ecr.putRegistryScanningConfiguration(
            .init(
                scanType: "BASIC",
                rules: [
                    .init(
                        scanFrequency: "SCAN_ON_PUSH", repositoryFilters: [.init(filter: "prod*", filterType: "WILDCARD")])
                ]))
        for name in ["prod", "dev"] {
            try await aws.ecr.createRepository(.init(repositoryName: name))
            try await BuiltImage([Self.debian]).push(to: name, tag: "v1", aws.registry())
        }
        let id = ImageIdentifier(imageTag: "v1")
        let found = try await aws.ecr.describeImageScanFindings(.init(repositoryName: "prod", imageId: id))
        #expect(found.imageScanFindings?.findings?.count == 2)
        let none = await refusal { _ = try await aws.ecr.describeImageScanFindings(.init(repositoryName: "dev", imageId: id)) }
        #expect(none?.code == "ScanNotFoundException")
        let shown = try await aws.ecr.batchGetRepositoryScanningConfiguration(
            .init(repositoryNames: ["prod", "dev", "absent"]))
        #expect(shown.scanningConfigurations?.map(\.scanFrequency?.rawValue) == ["SCAN_ON_PUSH", "MANUAL"])
        #expect(shown.failures?.first?.failureCode == "REPOSITORY_NOT_FOUND")
    }

    @Test func enhancedScanReturnsInspectorFindings() async throws {
        let aws = try aws(.instant)
        try await aws.ecr.putRegistryScanningConfiguration(
            .init(
                scanType: "ENHANCED",
                rules: [
                    .init(scanFrequency: "CONTINUOUS_SCAN", repositoryFilters: [.init(filter: "*", filterType: "WILDCARD")])
                ]))
        try await aws.ecr.createRepository(.init(repositoryName: "app"))
        try await BuiltImage([Self.debian]).push(to: "app", tag: "v1", aws.registry())
        let id = ImageIdentifier(imageTag: "v1")
        let found = try await aws.ecr.describeImageScanFindings(.init(repositoryName: "app", imageId: id))
        #expect(found.imageScanStatus?.status == .active && found.imageScanFindings?.findings == nil)
        let finding = found.imageScanFindings?.enhancedFindings?.first
        #expect(finding?.title == "CVE-2022-0778 - libssl1.1" && finding?.fixAvailable == "YES")
        #expect(finding?.packageVulnerabilityDetails?.vulnerablePackages?.first?.version == "1.1.1k-1+deb11u1")
        let refused = await refusal { _ = try await aws.ecr.startImageScan(.init(repositoryName: "app", imageId: id)) }
        #expect(refused?.code == "ValidationException" && refused?.message == "This feature is disabled")
    }

    @Test(arguments: [
        ("1.0", "1.0-1", true), ("1.0~rc1", "1.0", true), ("1:0.1", "2.0", false), ("1.10", "1.9", false),
        ("1.1.1k-1+deb11u1", "1.1.1k-1+deb11u2", true), ("2.36-9+deb12u4", "2.36-9+deb12u10", true), ("1.0a", "1.0+", true),
    ])
    func debianVersionsAreOrdered(one: String, other: String, isLess: Bool) {
        #expect((DebianVersion(one) < DebianVersion(other)) == isLess)
        #expect((DebianVersion(other) < DebianVersion(one)) != isLess)
    }

    @Test(arguments: [
        ("1.0-1", "1.0-2", true), ("1.1.1k-7.el8", "1.1.1k-12.el8_9", true), ("1:1.0-1", "2.0-1", false),
        ("1.0~rc1-1", "1.0-1", true), ("1.0^git1-1", "1.0-1", false), ("1.0^git1-1", "1.0.1-1", true),
        ("1.10-1", "1.9-1", false),
        ("1.0a-1", "1.0.1-1", true), ("1.0-1", "1.0.0-1", true), ("1.0a-1", "1.0b-1", true), ("2.0.0-1", "2.0-1", false),
    ])
    func rpmVersionsAreOrdered(one: String, other: String, isLess: Bool) {
        #expect((RPMVersion(one) < RPMVersion(other)) == isLess)
        #expect((RPMVersion(other) < RPMVersion(one)) != isLess)
    }

    @Test(arguments: [("1.0-1", "1.0-1"), ("0:1.0-1", "1.0-1"), ("1.00-1", "1.0-1"), ("1.0-1", "1_0-1"), ("1.0", "1.0-7")])
    func equivalentRPMVersionsAreEqual(one: String, other: String) {
        #expect(RPMVersion(one) == RPMVersion(other))
    }

    @Test(arguments: [
        ("1.2.3-r0", "1.2.3-r1", true), ("1.2.3_rc1-r9", "1.2.3-r0", true), ("1.2.3_p1", "1.2.3", false),
        ("1.2", "1.2.1", true),
        ("1.1.1k", "1.1.1l", true), ("1.10", "1.9", false), ("1.01", "1.1", true), ("1.010", "1.02", false),
        ("1.2_rc1", "1.2_p1", true), ("1.0.5", "1.2", true), ("1.0", "1.0.0", true),
    ])
    func alpineVersionsAreOrdered(one: String, other: String, isLess: Bool) {
        #expect((AlpineVersion(one) < AlpineVersion(other)) == isLess)
        #expect((AlpineVersion(other) < AlpineVersion(one)) != isLess)
    }
}
