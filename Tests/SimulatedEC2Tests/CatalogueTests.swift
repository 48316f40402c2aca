import DrydockTesting
import Foundation
import Testing

@testable import SimulatedEC2

@Suite(.simulator) struct InstanceTypes {
    @Test func everyTypeRendersWholeFigures() {
        #expect(InstanceTypeTable.entries.count > 600)
        #expect(Set(InstanceTypeTable.entries.map(\.name)).count == InstanceTypeTable.entries.count)
        for entry in InstanceTypeTable.entries {
            let figures = InstanceTypeFigures(entry)
            #expect(figures.vCPUs >= 1 && figures.memory >= 512 && figures.cores >= 1, "\(figures.name)")
            #expect(!figures.architectures.isEmpty, "\(figures.name)")
            #expect(figures.shape.networkInfo?.networkPerformance?.isEmpty == false, "\(figures.name)")
            #expect(figures.vCPUs == figures.cores * figures.threadsPerCore || figures.isBareMetal, "\(figures.name)")
        }
    }

    @Test func t3MicroIsAsAWSTellsIt() async throws {
        let type = try #require(
            try await AWS.current.ec2.describeInstanceTypes(.init(instanceTypes: ["t3.micro"])).instanceTypes?.first)
        #expect(type.vCpuInfo?.defaultVCpus == 2)
        #expect(type.vCpuInfo?.defaultCores == 1)
        #expect(type.vCpuInfo?.validThreadsPerCore == [1, 2])
        #expect(type.memoryInfo?.sizeInMiB == 1024)
        #expect(type.hypervisor == "nitro")
        #expect(type.burstablePerformanceSupported == true)
        #expect(type.networkInfo?.maximumNetworkInterfaces == 2)
        #expect(type.networkInfo?.ipv4AddressesPerInterface == 2)
        #expect(type.networkInfo?.networkPerformance == "Up to 5 Gigabit")
        #expect(type.ebsInfo?.ebsOptimizedInfo?.baselineThroughputInMBps == 10.875)
        #expect(type.processorInfo?.supportedArchitectures == ["x86_64"])
        #expect(type.placementGroupInfo?.supportedStrategies == ["partition", "spread"])
        #expect(type.supportedBootModes == ["legacy-bios", "uefi"])
        #expect(type.supportedUsageClasses == ["on-demand", "spot"])
    }

    @Test func gpusAreCounted() async throws {
        let type = try #require(
            try await AWS.current.ec2.describeInstanceTypes(.init(instanceTypes: ["g4dn.xlarge"])).instanceTypes?.first)
        #expect(type.gpuInfo?.gpus?.first?.name == "T4")
        #expect(type.gpuInfo?.totalGpuMemoryInMiB == 16_384)
        #expect(type.instanceStorageInfo?.disks?.first?.sizeInGB == 125)
    }

    /// A recording of AWS, older than today's figures: what it has must be found again, but for what AWS changed since.
    @Test(
        .enabled(if: Recorded.exists("aws-instance-selector"), "set DRYDOCK_RECORDED to the folder of recorded AWS responses"),
        arguments: ["t3_micro", "t3_micro_and_p3_16xl", "c4_large"])
    func figuresAgreeWithARecording(file: String) async throws {
        let url = Recorded.folder.appending(path: "aws-instance-selector/DescribeInstanceTypes/\(file).json")
        let json = try #require(try JSONSerialization.jsonObject(with: Data(contentsOf: url)) as? [String: Any])
        for recorded in try #require(json["InstanceTypes"] as? [[String: Any]]) {
            let name = try #require(recorded["InstanceType"] as? String)
            // P3 has retired since the recording.
            guard let figures = InstanceTypeTable.figures(of: name) else { continue }
            let cpu = try #require(recorded["VCpuInfo"] as? [String: Any])
            #expect(cpu["DefaultVCpus"] as? Int == figures.vCPUs)
            #expect(cpu["DefaultCores"] as? Int == figures.cores)
            #expect((recorded["MemoryInfo"] as? [String: Any])?["SizeInMiB"] as? Int == figures.memory)
            let network = try #require(recorded["NetworkInfo"] as? [String: Any])
            #expect(network["MaximumNetworkInterfaces"] as? Int == figures.maximumNetworkInterfaces)
            #expect(network["EnaSupport"] as? String == figures.enaSupport)
            #expect(recorded["Hypervisor"] as? String == figures.hypervisor)
        }
    }

    @Test func unknownTypesAreNamed() async throws {
        let error = await refusal {
            try await AWS.current.ec2.describeInstanceTypes(.init(instanceTypes: ["t3.micro", "t9.huge"]))
        }
        #expect(error?.code == "InvalidInstanceType")
        #expect(error?.message == "The following supplied instance types do not exist: [t9.huge]")
    }

    @Test func pagesGoThroughAllTypes() async throws {
        let ec2 = AWS.current.ec2
        var names: [String] = [], token: String?
        repeat {
            let page = try await ec2.describeInstanceTypes(.init(maxResults: 100, nextToken: token))
            names += page.instanceTypes?.compactMap { $0.instanceType?.rawValue } ?? []
            token = page.nextToken
        } while token != nil
        #expect(names.count > 500 && Set(names).count == names.count)
    }

    @Test func filtersFindBurstableARMTypes() async throws {
        let found = try await AWS.current.ec2.describeInstanceTypes(
            .init(filters: [
                Filter(name: "burstable-performance-supported", values: ["true"]),
                Filter(name: "processor-info.supported-architecture", values: ["arm64"]),
            ])
        ).instanceTypes
        #expect(Set(found?.compactMap { $0.instanceType?.rawValue.split(separator: ".").first } ?? []) == ["t4g"])
    }

    @Test func oneZoneOfVirginiaIsOld() async throws {
        let offerings = try await AWS.current.ec2.describeInstanceTypeOfferings(
            .init(locationType: "availability-zone", filters: [Filter(name: "instance-type", values: ["t3.micro"])])
        ).instanceTypeOfferings
        #expect(
            offerings?.compactMap(\.location).sorted() == [
                "us-east-1a", "us-east-1b", "us-east-1c", "us-east-1d", "us-east-1f",
            ])
    }
}

@Suite(.simulator) struct Images {
    @Test(arguments: ["focal-20.04", "jammy-22.04", "noble-24.04", "plucky-25.04", "questing-25.10", "resolute-26.04"])
    func everyUbuntuIsThere(release: String) async throws {
        for architecture in ["x86_64", "arm64"] as [ArchitectureValues] {
            #expect(try await AWS.current.ubuntu(architecture, release: release).hasPrefix("ami-0"))
        }
    }

    @Test func idsAreStableAndRegional() {
        let ids = PublicImage.all.map { $0.id(region: "us-east-1") }
        #expect(Set(ids).count == ids.count)
        #expect(Set(ids).isDisjoint(with: PublicImage.all.map { $0.id(region: "eu-west-1") }))
        #expect(ids.allSatisfy { $0.utf8.count == 21 })
    }

    @Test(arguments: [
        ("amazon", "al2023-ami-2023*-x86_64", "/dev/xvda"), ("137112412989", "amzn2-ami-kernel-5.10-hvm-*-gp2", "/dev/xvda"),
        ("136693071363", "debian-12-amd64-*", "/dev/xvda"),
        ("801119661308", "Windows_Server-2022-English-Full-Base-*", "/dev/sda1"),
    ])
    func imagesAreFoundByOwnerAndName(owner: String, name: String, device: String) async throws {
        let images =
            try await AWS.current.ec2.describeImages(
                .init(owners: [owner], filters: [Filter(name: "name", values: [name])])
            ).images ?? []
        #expect(!images.isEmpty)
        #expect(images.allSatisfy { $0.rootDeviceName == device && $0.state == "available" })
        #expect(images.allSatisfy { $0.blockDeviceMappings?.first?.ebs?.snapshotId?.hasPrefix("snap-0") == true })
    }

    @Test func idsThatNameNothingAreRefused() async throws {
        let ec2 = AWS.current.ec2
        let absent = await refusal { try await ec2.describeImages(.init(imageIds: ["ami-0123456789abcdef0"])) }
        #expect(absent?.code == "InvalidAMIID.NotFound")
        #expect(absent?.message == "The image id '[ami-0123456789abcdef0]' does not exist")
        let malformed = await refusal { try await ec2.describeImages(.init(imageIds: ["image"])) }
        #expect(malformed?.code == "InvalidAMIID.Malformed")
        #expect(malformed?.message == "Invalid id: \"image\" (expecting \"ami-...\")")
    }

    @Test func deprecatedImagesAreLeftOutUnlessAskedFor() async throws {
        let aws = AWS.current
        aws.clock.set(try #require(Instant(year: 2026, month: 11, day: 24)))
        let filter = [Filter(name: "name", values: ["ubuntu/images/hvm-ssd/ubuntu-focal-20.04-amd64-server-*"])]
        let listed = try await aws.ec2.describeImages(.init(filters: filter)).images ?? []
        let all = try await aws.ec2.describeImages(.init(includeDeprecated: true, filters: filter)).images ?? []
        #expect(!listed.isEmpty && listed.count < all.count)
    }

    @Test func nobodyHasImagesOfTheirOwnYet() async throws {
        #expect(try await AWS.current.ec2.describeImages(.init(owners: ["self"])).images?.isEmpty != false)
    }
}

/// The folder of recorded AWS responses, outside of the project.
enum Recorded {
    static var folder: URL {
        if let path = ProcessInfo.processInfo.environment["DRYDOCK_RECORDED"] { return URL(fileURLWithPath: path) }
        return URL(fileURLWithPath: #filePath).appending(path: "../../../../shared/recorded").standardized
    }
    static func exists(_ name: String) -> Bool { FileManager.default.fileExists(atPath: folder.appending(path: name).path) }
}
