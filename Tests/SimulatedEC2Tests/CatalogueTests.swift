import DrydockTesting
import Foundation
import Testing

@testable import SimulatedEC2

@Suite(.simulator) struct InstanceTypes {
    @Test func everyInstanceTypeHasCompleteFigures() {
        let all = InstanceTypeTable.all
        #expect(all.count == 1401)
        #expect(Set(all.map(\.name)).count == all.count)
        for figures in all {
            #expect(InstanceTypeTable.figures(of: figures.name)?.memory == figures.memory)
            #expect(figures.vCPUs >= 1 && figures.memory >= 512 && figures.cores >= 1, "\(figures.name)")
            #expect(!figures.architectures.isEmpty, "\(figures.name)")
            #expect(figures.shape.networkInfo?.networkPerformance?.isEmpty == false, "\(figures.name)")
            #expect(figures.vCPUs == figures.cores * figures.threadsPerCore || figures.isBareMetal, "\(figures.name)")
        }
    }

    @Test func t3MicroMatchesAWSInstanceTypeData() async throws {
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

    @Test func describeInstanceTypesReportsGpusAndDisks() async throws {
        let type = try #require(
            try await AWS.current.ec2.describeInstanceTypes(.init(instanceTypes: ["g4dn.xlarge"])).instanceTypes?.first)
        #expect(type.gpuInfo?.gpus?.first?.name == "T4")
        #expect(type.gpuInfo?.totalGpuMemoryInMiB == 16_384)
        #expect(type.instanceStorageInfo?.disks?.first?.sizeInGB == 125)
    }

    /// Compares the figures with an older recording of AWS, except where AWS has changed them since.
    @Test(
        .enabled(if: Recorded.exists("aws-instance-selector"), "set DRYDOCK_RECORDED to the folder of recorded AWS responses"),
        arguments: ["t3_micro", "t3_micro_and_p3_16xl", "c4_large"])
    func instanceTypesMatchRecordedResponses(file: String) async throws {
        let url = Recorded.folder.appending(path: "aws-instance-selector/DescribeInstanceTypes/\(file).json")
        let json = try #require(try JSONSerialization.jsonObject(with: Data(contentsOf: url)) as? [String: Any])
        for recorded in try #require(json["InstanceTypes"] as? [[String: Any]]) {
            let name = try #require(recorded["InstanceType"] as? String)
            // P3 was retired after the recording.
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

    @Test func newerInstanceTypesReportNetworkAndEbsCards() async throws {
        let types =
            try await AWS.current.ec2.describeInstanceTypes(
                .init(
                    instanceTypes: ["m8g.xlarge", "p5.48xlarge", "u7i-12tb.224xlarge", "g4ad.xlarge"],
                    includeUnsupportedInRegion: true)
            ).instanceTypes ?? []
        #expect(types.count == 4)
        let gpu = try #require(types.first { $0.instanceType == "p5.48xlarge" })
        #expect(gpu.networkInfo?.networkCards?.count == 32 && gpu.networkInfo?.maximumNetworkCards == 32)
        #expect(gpu.networkInfo?.networkCards?.last?.networkCardIndex == 31)
        #expect(gpu.networkInfo?.networkCards?.first?.interfaceTypes == ["interface", "efa", "efa-only"])
        #expect(gpu.networkInfo?.networkPerformance == "3200 Gigabit")
        #expect(gpu.networkInfo?.networkCards?.first?.networkPerformance == "100 Gigabit")
        let cards = InstanceTypeTable.all.filter { $0.shape.ebsInfo?.ebsCards != nil }
        #expect(cards.count == 33 && cards.allSatisfy { $0.shape.ebsInfo?.maximumEbsCards == 2 })
        #expect(types.first { $0.instanceType == "m8g.xlarge" }?.memoryInfo?.sizeInMiB == 16_384)
    }

    @Test func regionMayOfferOnlySomeTypesOfFamily() async throws {
        let client = AWS.current.acting(as: Credentials(accessKeyId: "test", secretAccessKey: "test"), region: "af-south-1").ec2
        func offered(_ kind: LocationType, _ type: String) async throws -> [String?] {
            try await client.describeInstanceTypeOfferings(
                .init(locationType: kind, filters: [Filter(name: "instance-type", values: [type])])
            ).instanceTypeOfferings?.map(\.location) ?? []
        }
        #expect(try await offered("region", "inf1.xlarge") == ["af-south-1"])
        #expect(try await offered("region", "inf1.6xlarge") == [])
        #expect(try await offered("availability-zone", "inf1.xlarge") == ["af-south-1a", "af-south-1b"])
        #expect(try await offered("availability-zone", "g4dn.xlarge") == ["af-south-1b", "af-south-1c"])
        let error = await refusal { try await client.describeInstanceTypes(.init(instanceTypes: ["inf1.6xlarge"])) }
        #expect(error?.code == "InvalidInstanceType")
    }

    @Test func unknownInstanceTypesAreNamedInError() async throws {
        let error = await refusal {
            try await AWS.current.ec2.describeInstanceTypes(.init(instanceTypes: ["t3.micro", "t9.huge"]))
        }
        #expect(error?.code == "InvalidInstanceType")
        #expect(error?.message == "The following supplied instance types do not exist: [t9.huge]")
    }

    @Test func describeInstanceTypesPaginatesWithoutDuplicates() async throws {
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

    @Test func usEast1eDoesNotOfferT3Micro() async throws {
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
    func everyUbuntuReleaseHasImages(release: String) async throws {
        for architecture in ["x86_64", "arm64"] as [ArchitectureValues] {
            #expect(try await AWS.current.ubuntu(architecture, release: release).hasPrefix("ami-0"))
        }
    }

    @Test func imageIdsAreUniqueAndRegional() {
        let ids = PublicImage.all.map { $0.id(region: "us-east-1") }
        #expect(Set(ids).count == ids.count)
        #expect(Set(ids).isDisjoint(with: PublicImage.all.map { $0.id(region: "eu-west-1") }))
        #expect(ids.allSatisfy { $0.utf8.count == 21 })
        // Users write these ids into their files, so they must not change from version to version.
        let noble = PublicImage.all.first { $0.name == "ubuntu/images/hvm-ssd-gp3/ubuntu-noble-24.04-amd64-server-20250821" }
        #expect(noble?.id(region: "us-east-1") == "ami-08bd69fa63eede95f")
        #expect(noble?.id(region: "eu-west-1") == "ami-075254b81a8c5d197")
    }

    @Test(arguments: [
        ("amazon", "al2023-ami-2023*-x86_64", "/dev/xvda"), ("137112412989", "amzn2-ami-kernel-5.10-hvm-*-gp2", "/dev/xvda"),
        ("136693071363", "debian-12-amd64-*", "/dev/xvda"),
        ("801119661308", "Windows_Server-2022-English-Full-Base-*", "/dev/sda1"),
        ("amazon", "amzn-ami-hvm-*-x86_64-gp2", "/dev/xvda"), ("amazon", "amzn-ami-vpc-nat*", "/dev/xvda"),
        ("amazon", "amzn2-ami-hvm-*-x86_64-ebs", "/dev/xvda"), ("amazon", "amzn2-ami-ecs-hvm-*-x86_64-ebs", "/dev/xvda"),
        ("591542846629", "al2023-ami-ecs-hvm-*", "/dev/xvda"), ("602401143452", "amazon-eks-node-1.31-v*", "/dev/xvda"),
        ("amazon", "bottlerocket-aws-k8s-1.33-aarch64-*", "/dev/xvda"),
        ("099720109477", "ubuntu/images/hvm-ssd/ubuntu-trusty-14.04-amd64-server-*", "/dev/sda1"),
        ("099720109477", "ubuntu/images/hvm-ssd/ubuntu-xenial-16.04-*", "/dev/sda1"),
        ("309956199498", "RHEL-8*_HVM-*-x86_64-*", "/dev/sda1"), ("309956199498", "RHEL-9*_HVM-*-arm64-*", "/dev/sda1"),
        ("013907871322", "suse-sles-15-sp6-v*-hvm-ssd-x86_64", "/dev/sda1"),
        ("792107900819", "Rocky-9-EC2-Base-9*", "/dev/sda1"), ("764336703387", "AlmaLinux OS 9*", "/dev/sda1"),
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

    @Test func unknownAndMalformedImageIdsAreRejected() async throws {
        let ec2 = AWS.current.ec2
        let absent = await refusal { try await ec2.describeImages(.init(imageIds: ["ami-0123456789abcdef0"])) }
        #expect(absent?.code == "InvalidAMIID.NotFound")
        #expect(absent?.message == "The image id '[ami-0123456789abcdef0]' does not exist")
        let malformed = await refusal { try await ec2.describeImages(.init(imageIds: ["image"])) }
        #expect(malformed?.code == "InvalidAMIID.Malformed")
        #expect(malformed?.message == "Invalid id: \"image\" (expecting \"ami-...\")")
    }

    @Test func describeImagesOmitsDeprecatedImagesByDefault() async throws {
        let aws = AWS.current
        aws.clock.set(try #require(Instant(year: 2026, month: 11, day: 24)))
        let filter = [Filter(name: "name", values: ["ubuntu/images/hvm-ssd/ubuntu-focal-20.04-amd64-server-*"])]
        let listed = try await aws.ec2.describeImages(.init(filters: filter)).images ?? []
        let all = try await aws.ec2.describeImages(.init(includeDeprecated: true, filters: filter)).images ?? []
        #expect(!listed.isEmpty && listed.count < all.count)
    }

    @Test func imagesReportUsageOperationPlatformAndOwner() async throws {
        func newest(_ name: String) async throws -> EC2API.Image {
            try #require(
                try await AWS.current.ec2.describeImages(.init(filters: [Filter(name: "name", values: [name])])).images?.first)
        }
        let redHat = try await newest("RHEL-9.6*"), suse = try await newest("suse-sles-15-sp7-v*")
        #expect(redHat.usageOperation == "RunInstances:0010" && redHat.platformDetails == "Red Hat Enterprise Linux")
        #expect(redHat.platform == nil && suse.usageOperation == "RunInstances:000g" && suse.platformDetails == "SUSE Linux")
        let sql = try await newest("Windows_Server-2022-English-Full-SQL_2022_Standard-*")
        #expect(sql.platform == "windows" && sql.usageOperation == "RunInstances:0006")
        let rocky = try await newest("Rocky-9-EC2-Base-9.6*")
        #expect(rocky.imageOwnerAlias == nil && rocky.imageLocation?.hasPrefix("792107900819/Rocky-9") == true)
        let old = try await newest("amzn-ami-pv-*-x86_64-s3")
        #expect(old.rootDeviceType == "instance-store" && old.virtualizationType == "paravirtual")
        #expect(old.enaSupport == nil && old.blockDeviceMappings?.isEmpty != false)
        let amazon = try await AWS.current.ec2.describeImages(
            .init(owners: ["amazon"], filters: [Filter(name: "name", values: ["Rocky*"])]))
        #expect(amazon.images?.isEmpty != false)
        // Instance-store root devices are not simulated, and paravirtual images need an old instance type.
        let store = await refusal { try await AWS.current.run { $0.imageId = old.imageId } }
        #expect(store?.isNotSimulated == true)
        let paravirtual = try await newest("amzn-ami-pv-*-x86_64-ebs")
        let wrong = await refusal { try await AWS.current.run { $0.imageId = paravirtual.imageId } }
        #expect(wrong?.code == "InvalidParameterCombination")
        try await AWS.current.run(type: "t1.micro") { $0.imageId = paravirtual.imageId }
    }

    // MARK: Added ones

    @Test func addedImageIdsMapToCatalogueImages() async throws {
        let id = "ami-0fb653ca2d3203ac1"
        let absent = await refusal { try await AWS.current.ec2.describeImages(.init(imageIds: [id])) }
        #expect(absent?.explanation?.contains("--images \(id)=NAME") == true)
        #expect(absent?.explanation?.contains("--any-image") == true)
        let images = try AddedImages([(id, "*/ubuntu-focal-20.04-amd64-server-*")])
        let aws = AWS(try .drydock(images: images))
        let image = try #require(try await aws.ec2.describeImages(.init(imageIds: [id])).images?.first)
        #expect(image.name == "ubuntu/images/hvm-ssd/ubuntu-focal-20.04-amd64-server-20250603.1" && image.imageId == id)
        try await aws.run { $0.imageId = id }
        // Forks and all regions have the added image.
        let fork = AWS(try aws.simulator.fork())
        let there = fork.acting(as: Credentials(accessKeyId: "test", secretAccessKey: "test"), region: "eu-west-1").ec2
        #expect(try await there.describeImages(.init(imageIds: [id])).images?.count == 1)
        for (id, name) in [("ami-1", "*ubuntu*"), ("ami-0fb653ca2d3203ac1", "nothing")] {
            #expect(throws: AddedImageError.self) { try AddedImages([(id, name)]) }
        }
    }

    @Test func imagesCanBeAddedFromDescribeImagesJSON() async throws {
        let document = try JSON.parse(
            """
            {"Images": [{"ImageId": "ami-12345678", "Name": "mine-1", "OwnerId": "111122223333", "Architecture": "arm64",
              "RootDeviceName": "/dev/sda1", "CreationDate": "2024-02-03T04:05:06.000Z", "PlatformDetails": "SUSE Linux",
              "BlockDeviceMappings": [{"DeviceName": "/dev/sda1", "Ebs": {"VolumeSize": 12, "VolumeType": "gp3"}}]}]}
            """)
        let aws = AWS(try .drydock(images: AddedImages(documents: [document])))
        let found = try await aws.ec2.describeImages(
            .init(owners: ["111122223333"], filters: [Filter(name: "name", values: ["mine-*"])])
        ).images
        #expect(found?.map(\.imageId) == ["ami-12345678"] && found?.first?.usageOperation == "RunInstances:000g")
        #expect(found?.first?.creationDate == "2024-02-03T04:05:06.000Z")
        let instance = try await aws.run(type: "t4g.micro") { $0.imageId = "ami-12345678" }.first
        #expect(instance?.imageId == "ami-12345678" && instance?.architecture == "arm64")
        #expect(throws: AddedImageError.self) { try AddedImages(documents: [.object([])]) }
        #expect(throws: AddedImageError.self) { try AddedImages(documents: [.list([.object([.init("Name", .string("n"))])])]) }
    }

    @Test func anyImageOptionAcceptsUnknownImageIds() async throws {
        let aws = AWS(try .drydock(images: AddedImages(takesAnyId: true)))
        let instance = try await aws.run(type: "t4g.micro") { $0.imageId = "ami-0123456789abcdef0" }.first
        #expect(instance?.imageId == "ami-0123456789abcdef0")
        #expect(try await aws.ec2.describeImages(.init(imageIds: ["ami-87654321"])).images?.count == 1)
        #expect(
            await refusal { try await aws.ec2.describeImages(.init(imageIds: ["ami-x"])) }?.code == "InvalidAMIID.Malformed")
        #expect(try await aws.ec2.describeImages(.init(owners: ["self"])).images?.isEmpty != false)
    }

    @Test func newAccountOwnsNoImages() async throws {
        #expect(try await AWS.current.ec2.describeImages(.init(owners: ["self"])).images?.isEmpty != false)
    }
}

/// The folder of recorded AWS responses, outside the repository.
enum Recorded {
    static var folder: URL {
        if let path = ProcessInfo.processInfo.environment["DRYDOCK_RECORDED"] { return URL(fileURLWithPath: path) }
        return URL(fileURLWithPath: #filePath).appending(path: "../../../../shared/recorded").standardized
    }
    static func exists(_ name: String) -> Bool { FileManager.default.fileExists(atPath: folder.appending(path: name).path) }
}
