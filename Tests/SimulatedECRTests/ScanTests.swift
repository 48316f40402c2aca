import DrydockTesting
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

    @Test func findingsComeFromTheImagesOwnPackages() async throws {
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

    @Test func anUpperLayerHidesALowerOne() async throws {
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

    @Test func pushesAreScannedIfWanted() async throws {
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

    @Test func enhancedScansSpeakAsInspectorDoes() async throws {
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
        ("1.2.3-r0", "1.2.3-r1", true), ("1.2.3_rc1-r9", "1.2.3-r0", true), ("1.2.3_p1", "1.2.3", false),
        ("1.2", "1.2.1", true),
        ("1.1.1k", "1.1.1l", true), ("1.10", "1.9", false),
    ])
    func alpineVersionsAreOrdered(one: String, other: String, isLess: Bool) {
        #expect((AlpineVersion(one) < AlpineVersion(other)) == isLess)
        #expect((AlpineVersion(other) < AlpineVersion(one)) != isLess)
    }
}
