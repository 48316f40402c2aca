import DrydockTesting
import OCI
import SimulatedECR
import SimulatedIAM
import Testing

/// Which images are scanned, and the status of those that cannot be.
@Suite struct ScanSettings {
    private func aws(_ advisories: String = #"{"advisories":[]}"#, _ transitions: Transitions = .instant) throws -> AWS {
        let ecr = ECRSimulation(advisories: try AdvisoryList(parsing: Bytes(advisories.utf8)))
        return AWS(
            try Simulator(
                Configuration(transitions: transitions), services: [ecr, IAMSimulation(), STSSimulation()], doors: ecr.doors,
                directory: IAMDirectory()))
    }

    private func rule(_ frequency: ScanFrequency, _ filter: String) -> RegistryScanningRule {
        .init(scanFrequency: frequency, repositoryFilters: [.init(filter: filter, filterType: "WILDCARD")])
    }

    /// From the table in https://docs.aws.amazon.com/AmazonECR/latest/userguide/image-scanning-filters.html
    @Test(arguments: [
        ("prod", ["prod", "prod-repo", "prodrepo", "repo-prod", "repo-prod-repo"]), ("*prod", ["prod", "repo-prod"]),
        ("prod*", ["prod", "prod-repo", "prodrepo"]),
        ("*prod*", ["prod", "prod-repo", "prodrepo", "repo-prod", "repo-prod-repo"]), ("prod*repo", ["prod-repo", "prodrepo"]),
    ])
    func scanFiltersSelectRepositories(filter: String, fitting: [String]) async throws {
        let aws = try aws()
        let names = ["other", "prod", "prod-repo", "prodrepo", "repo-prod", "repo-prod-repo"]
        for name in names { try await aws.ecr.createRepository(.init(repositoryName: name)) }
        try await aws.ecr.putRegistryScanningConfiguration(.init(scanType: "BASIC", rules: [rule("SCAN_ON_PUSH", filter)]))
        let shown = try await aws.ecr.batchGetRepositoryScanningConfiguration(.init(repositoryNames: names))
            .scanningConfigurations
        #expect(shown?.filter { $0.scanOnPush == true }.map(\.repositoryName) == fitting)
        #expect(shown?.last?.appliedScanFilters?.count == (fitting.contains("repo-prod-repo") ? 1 : 0))
    }

    /// Assumed: the message.
    @Test(arguments: [("BASIC", "CONTINUOUS_SCAN"), ("ENHANCED", "MANUAL")] as [(ScanType, ScanFrequency)])
    func unsupportedScanFrequencyIsRejected(type: ScanType, frequency: ScanFrequency) async throws {
        let aws = try aws()
        let error = await refusal {
            try await aws.ecr.putRegistryScanningConfiguration(.init(scanType: type, rules: [rule(frequency, "*")]))
        }
        #expect(
            error?.message
                == "Invalid parameter at 'rules' failed to satisfy constraint: 'Scan frequency \(frequency.rawValue) is not supported for scan type \(type.rawValue)'"
        )
    }

    /// https://docs.aws.amazon.com/AmazonECR/latest/userguide/image-scanning-enhanced.html
    @Test func enhancedScanningSkipsImagesOlderThan14Days() async throws {
        let aws = try aws()
        for name in ["app", "off"] { try await aws.ecr.createRepository(.init(repositoryName: name)) }
        try await aws.putImage("old", tag: "old", to: "app")
        try await aws.putImage("new", tag: "new", to: "off")
        aws.clock.advance(by: .days(15))
        try await BuiltImage("new").push(to: "app", tag: "new", aws.registry())
        try await aws.ecr.putRegistryScanningConfiguration(
            .init(scanType: "ENHANCED", rules: [rule("CONTINUOUS_SCAN", "app")]))
        func status(_ tag: String, in repository: String) async throws -> ScanStatus? {
            try await aws.ecr.describeImageScanFindings(.init(repositoryName: repository, imageId: .init(imageTag: tag)))
                .imageScanStatus?.status
        }
        #expect(try await status("old", in: "app") == "SCAN_ELIGIBILITY_EXPIRED")
        // The image contains no operating system.
        #expect(try await status("new", in: "app") == "UNSUPPORTED_IMAGE")
        #expect(await refusal { _ = try await status("new", in: "off") }?.code == "ScanNotFoundException")
    }

    private static let release = LayerEntry.file("etc/os-release", "ID=debian\nVERSION_ID=12\n")

    private func scan(_ aws: AWS) async throws -> DescribeImageScanFindingsResponse {
        let id = ImageIdentifier(imageTag: "v1")
        _ = try await aws.ecr.startImageScan(.init(repositoryName: "app", imageId: id))
        return try await aws.ecr.describeImageScanFindings(.init(repositoryName: "app", imageId: id))
    }

    /// Advisories for a source package use the source package's version: https://wiki.debian.org/DebianSecurity
    @Test(arguments: [("2.4-3", []), ("2.4-4", ["CVE-1"])])
    func advisoryComparesSourcePackageVersion(fixed: String, found: [String]) async throws {
        let aws = try aws(
            #"{"advisories":[{"name":"CVE-1","severity":"LOW","package":"zlib","distribution":"debian","fixedIn":"\#(fixed)"}]}"#
        )
        try await aws.ecr.createRepository(.init(repositoryName: "app"))
        let status = "Package: zlib1g\nStatus: install ok installed\nSource: zlib (2.4-3)\nVersion: 1:1.2-1+b1\n"
        try await BuiltImage([[Self.release, .file("var/lib/dpkg/status", status)]]).push(to: "app", tag: "v1", aws.registry())
        #expect(try await scan(aws).imageScanFindings?.findings?.map(\.name) == found)
    }

    /// A tar archive with Alpine's package database and release file.
    private static let zstd = """
        KLUv/WQAJyUGAGIIHBhQ1QMk9GwrDQDzKyCYAvcZUvyWOzOGzxS2+QXkg+8NqFWML4pZo4H/kqK1zoyvKspAooZ3GFjY/EGqajf4\
        Cvg+WhjlcRKo0avC6jwQxV0TMkb5Ug4UT1rpBbDtbO1t5+7MOGvBtRPRobcgEN7BlGkeICAtaIrb+Qc9iB8oFYDQGpnVUch1A5Le\
        A4BtACpOUGOtShZINIAFxkbFkgFHDfCscgUIYNXd4fY4HBzAguekMA5A7A+y9K4POMCgAMaTeAPh1GL5
        """

    private func putImage(_ aws: AWS, layer bytes: Bytes, _ type: MediaType) async throws -> String {
        let config = try await aws.upload(Bytes("{}".utf8), to: "app"), layer = try await aws.upload(bytes, to: "app")
        let manifest = Manifest(
            image: Descriptor(mediaType: .ociConfig, digest: try #require(Digest(config)), size: 2),
            layers: [Descriptor(mediaType: type, digest: try #require(Digest(layer)), size: bytes.count)],
            mediaType: .ociManifest)
        try await aws.ecr.putImage(
            .init(repositoryName: "app", imageManifest: String(decoding: manifest.bytes, as: UTF8.self), imageTag: "v1"))
        return layer
    }

    /// Layers may be compressed with zstd or uncompressed: https://github.com/opencontainers/image-spec/blob/v1.1.1/layer.md
    @Test(arguments: [true, false]) func scanReadsZstdAndUncompressedLayers(isPacked: Bool) async throws {
        let aws = try aws(
            #"{"advisories":[{"name":"CVE-1","severity":"LOW","package":"openssl","releases":["3.19"],"fixedIn":"3.1.4-r1"}]}"#)
        try await aws.ecr.createRepository(.init(repositoryName: "app"))
        let packed = try #require(Base64.decode(Self.zstd))
        var plain = Bytes()
        try ArchiveReader.unpack(.bytes(packed)) { plain += $0 }
        _ = try await putImage(aws, layer: isPacked ? packed : plain, isPacked ? .ociLayerZstd : .ociLayer)
        let found = try await scan(aws)
        #expect(found.imageScanFindings?.findings?.map(\.name) == ["CVE-1"])
        #expect(found.imageScanFindings?.findingSeverityCounts == ["LOW": 1])
    }

    /// Assumed: the scan fails, and the message.
    @Test func damagedLayerFailsScan() async throws {
        let aws = try aws()
        try await aws.ecr.createRepository(.init(repositoryName: "app"))
        let layer = try await putImage(aws, layer: Bytes("this is no archive".utf8), .ociLayerGzip)
        let ended = try await scan(aws)
        #expect(ended.imageScanStatus?.status == .failed)
        #expect(ended.imageScanStatus?.description?.hasPrefix("The layer \(layer) cannot be read: ") == true)
    }

    @Test(arguments: [
        ("[", "not JSON: "), ("[]", "the file must be an object"), ("{}", "there is no list 'advisories'"),
        (#"{"advisories":[],"updated":1}"#, "the file has an unknown field 'updated'; there are updatedAt, advisories"),
        (#"{"advisories":[],"updatedAt":"yesterday"}"#, "'updatedAt' must be a time such as"),
        (#"{"advisories":[1]}"#, "advisories[0] must be an object"),
        (#"{"advisories":[{"severity":"LOW","package":"a"}]}"#, "advisories[0] has no 'name', which every advisory needs"),
        (
            #"{"advisories":[{"name":"X","severity":"BAD","package":"a"}]}"#,
            "advisories[0] (X).severity is 'BAD', not one of CRITICAL, HIGH"
        ),
        (
            #"{"advisories":[{"name":"X","severity":"LOW","package":"a","fixedin":"1"}]}"#,
            "advisories[0] (X) has an unknown field 'fixedin'"
        ),
        (
            #"{"advisories":[{"name":"X","severity":"LOW","package":"a","fixedIn":1}]}"#,
            "advisories[0] (X).fixedIn must be a string"
        ),
        (
            #"{"advisories":[{"name":"X","severity":"LOW","package":"a","releases":[11]}]}"#,
            "advisories[0] (X).releases must be a list of strings"
        ),
        (
            #"{"advisories":[{"name":"X","severity":"LOW","package":"a","attributes":{"score":5}}]}"#,
            "advisories[0] (X).attributes.score must be a string"
        ),
    ])
    func invalidAdvisoriesAreReported(text: String, reason: String) {
        do {
            _ = try AdvisoryList(parsing: Bytes(text.utf8))
            Issue.record("taken for a list: \(text)")
        } catch { #expect("\(error)".hasPrefix(reason), "\(error)") }
    }
}
