import AWSCore
import EC2API

extension InstanceTypeFigures {
    /// The type in the form of DescribeInstanceTypes.
    var shape: InstanceTypeInfo {
        var info = InstanceTypeInfo()
        info.instanceType = InstanceType(name)
        info.currentGeneration = isCurrentGeneration
        info.freeTierEligible = has("f")
        info.supportedUsageClasses = usageClasses.map { UsageClassType($0) }
        info.supportedRootDeviceTypes = (self["rd"] ?? "").map { $0 == "e" ? "ebs" : "instance-store" }
        info.supportedVirtualizationTypes = virtualizationTypes.map { VirtualizationType($0) }
        info.bareMetal = isBareMetal
        info.hypervisor = hypervisor.map { InstanceTypeHypervisor($0) }
        info.processorInfo = processor
        info.vCpuInfo = VCpuInfo(
            defaultVCpus: vCPUs, defaultCores: cores, defaultThreadsPerCore: threadsPerCore, validCores: numbers("vc"),
            validThreadsPerCore: numbers("vt"))
        info.memoryInfo = MemoryInfo(sizeInMiB: memory)
        info.instanceStorageSupported = self["ds"] != nil
        info.instanceStorageInfo = storage
        info.ebsInfo = ebs
        info.networkInfo = network
        if let (devices, total) = devices("gpu") {
            info.gpuInfo = GpuInfo(gpus: devices.map(\.gpu), totalGpuMemoryInMiB: total)
        }
        if let (devices, total) = devices("fpga") {
            info.fpgaInfo = FpgaInfo(
                fpgas: devices.map {
                    FpgaDeviceInfo(
                        name: $0.name, manufacturer: $0.manufacturer, count: $0.count,
                        memoryInfo: FpgaDeviceMemoryInfo(sizeInMiB: $0.memory))
                }, totalFpgaMemoryInMiB: total)
        }
        info.placementGroupInfo = PlacementGroupInfo(
            supportedStrategies: (self["pg"] ?? "").map { $0 == "c" ? "cluster" : $0 == "s" ? "spread" : "partition" })
        if let (devices, total) = devices("acc") {
            info.inferenceAcceleratorInfo = InferenceAcceleratorInfo(
                accelerators: devices.map {
                    InferenceDeviceInfo(
                        count: $0.count, name: $0.name, manufacturer: $0.manufacturer,
                        memoryInfo: InferenceDeviceMemoryInfo(sizeInMiB: $0.memory))
                }, totalInferenceMemoryInMiB: total)
        }
        info.hibernationSupported = has("h")
        info.burstablePerformanceSupported = isBurstable
        info.dedicatedHostsSupported = has("d")
        info.autoRecoverySupported = has("a")
        info.supportedBootModes = bootModes.map { BootModeType($0) }
        info.nitroEnclavesSupport = has("e") ? "supported" : "unsupported"
        info.nitroTpmSupport = has("p") ? "supported" : "unsupported"
        info.nitroTpmInfo = has("p") ? NitroTpmInfo(supportedVersions: ["2.0"]) : nil
        if let (devices, total) = devices("med") {
            info.mediaAcceleratorInfo = MediaAcceleratorInfo(
                accelerators: devices.map {
                    MediaDeviceInfo(
                        count: $0.count, name: $0.name, manufacturer: $0.manufacturer,
                        memoryInfo: MediaDeviceMemoryInfo(sizeInMiB: $0.memory))
                }, totalMediaMemoryInMiB: total)
        }
        if let (devices, total) = devices("neu") {
            info.neuronInfo = NeuronInfo(neuronDevices: devices.map(\.neuron), totalNeuronDeviceMemoryInMiB: total)
        }
        info.phcSupport = has("c") ? "supported" : "unsupported"
        info.rebootMigrationSupport = has("r") ? "supported" : "unsupported"
        return info
    }

    private var processor: ProcessorInfo {
        let fields = self["cpu"]?.split(separator: ":", omittingEmptySubsequences: false) ?? []
        return ProcessorInfo(
            supportedArchitectures: architectures.map { ArchitectureType($0) },
            sustainedClockSpeedInGhz: fields.count > 1 ? Double(fields[1]) : nil,
            supportedFeatures: self["pf"].map { $0.split(separator: ",").map { .init(String($0)) } },
            manufacturer: fields.first.flatMap { $0.isEmpty ? nil : String($0) })
    }

    private var storage: InstanceStorageInfo? {
        guard let support = self["ds"]?.split(separator: ":").last, self["ds"] != nil else { return nil }
        return InstanceStorageInfo(
            totalSizeInGB: disks.reduce(0) { $0 + $1.count * $1.size },
            disks: disks.map { DiskInfo(sizeInGB: $0.size, count: $0.count, type: DiskType($0.type)) },
            nvmeSupport: EphemeralNvmeSupport(Self.support(support.first)),
            encryptionSupport: InstanceStorageEncryptionSupport(Self.support(support.last)))
    }

    private var ebs: EbsInfo {
        let text = Array(self["eb"] ?? "uus")
        var info = EbsInfo(ebsOptimizedSupport: EbsOptimizedSupport(ebsOptimizedSupport), encryptionSupport: "supported")
        if text.count >= 3 {
            info.nvmeSupport = EbsNvmeSupport(Self.support(text[1]))
            info.attachmentLimitType = text[2] == "d" ? "dedicated" : "shared"
            info.maximumEbsAttachments = Int(String(text[3...]))
        }
        let figures = list("bw").compactMap { Int($0) }
        if figures.count >= 2 {
            let most = figures.count >= 4 ? Array(figures[2...3]) : figures
            info.ebsOptimizedInfo = EbsOptimizedInfo(
                baselineBandwidthInMbps: figures[0], baselineThroughputInMBps: Self.throughput(figures[0]),
                baselineIops: figures[1],
                maximumBandwidthInMbps: most[0], maximumThroughputInMBps: Self.throughput(most[0]), maximumIops: most[1])
        }
        let cards = (self["ec"] ?? "").split(separator: "+").map { $0.split(separator: ",").compactMap { Int($0) } }
        if !cards.isEmpty {
            info.maximumEbsCards = cards.count
            info.ebsCards = cards.enumerated().map { index, card in
                EbsCardInfo(
                    ebsCardIndex: index, baselineBandwidthInMbps: card[0], baselineThroughputInMBps: Self.throughput(card[0]),
                    baselineIops: card[1], maximumBandwidthInMbps: card[2], maximumThroughputInMBps: Self.throughput(card[2]),
                    maximumIops: card[3])
            }
        }
        return info
    }

    /// Converts Mbit/s to MB/s.
    private static func throughput(_ bandwidth: Int) -> Double { Double(bandwidth) / 8 }

    private var network: NetworkInfo {
        let limits = numbers("ni") ?? []
        let performance = (self["np"] ?? "").split(separator: "_").joined(separator: " ")
        let cards = networkCards(performance)
        var info = NetworkInfo()
        info.networkPerformance = performance
        info.maximumNetworkInterfaces = limits.first
        info.maximumNetworkCards = cards.count
        info.defaultNetworkCardIndex = 0
        info.networkCards = cards
        info.ipv4AddressesPerSecondaryInterface = self["si"].flatMap { Int($0) }
        info.ipv4AddressesPerInterface = limits.count > 1 ? limits[1] : nil
        info.ipv6AddressesPerInterface = limits.count > 2 ? limits[2] : nil
        info.ipv6Supported = has("6")
        info.enaSupport = EnaSupport(enaSupport)
        info.efaSupported = has("E")
        info.efaInfo = self["efa"].map { EfaInfo(maximumEfaInterfaces: Int($0)) }
        info.encryptionInTransitSupported = has("T")
        info.enaSrdSupported = has("S")
        info.bandwidthWeightings = self["nw"].map { $0.split(separator: ",").map { .init(String($0)) } }
        info.flexibleEnaQueuesSupport = has("Q") ? "supported" : "unsupported"
        info.connectionTrackingConfiguration = self["tcp"].map {
            DefaultConnectionTrackingConfiguration(
                defaultTcpEstablishedTimeout: Int($0), defaultUdpTimeout: 30, defaultUdpStreamTimeout: 180)
        }
        info.secondaryNetworkSupported = false
        return info
    }

    private func networkCards(_ performance: String) -> [NetworkCardInfo] {
        var cards: [NetworkCardInfo] = []
        for kind in (self["nc"] ?? "").split(separator: "+") {
            let x = kind.firstIndex(of: "x") ?? kind.startIndex
            let parts = kind[x...].dropFirst().split(separator: ":", omittingEmptySubsequences: false)
            let fields = parts.first?.split(separator: ",", omittingEmptySubsequences: false) ?? []
            func field(_ index: Int) -> Int? { index < fields.count ? Int(fields[index]) : nil }
            for _ in 0..<(Int(kind[..<x]) ?? 1) {
                cards.append(
                    NetworkCardInfo(
                        networkCardIndex: cards.count,
                        networkPerformance: parts.count > 2
                            ? parts[2].split(separator: "_").joined(separator: " ") : performance,
                        maximumNetworkInterfaces: field(0), additionalFlexibleNetworkInterfaces: field(6),
                        baselineBandwidthInGbps: fields.count > 1 ? Double(fields[1]) : nil,
                        peakBandwidthInGbps: fields.count > 2 ? Double(fields[2]) : nil,
                        defaultEnaQueueCountPerInterface: field(3), maximumEnaQueueCount: field(4),
                        maximumEnaQueueCountPerInterface: field(5),
                        interfaceTypes: parts.count > 1 && !parts[1].isEmpty
                            ? parts[1].split(separator: ",").map { NetworkCardInterfaceType(String($0)) } : nil))
            }
        }
        return cards
    }

    /// A GPU, an FPGA or another accelerator, in the tables' form.
    private struct Device {
        let fields: [Substring]
        var manufacturer: String? { fields[0].isEmpty ? nil : String(fields[0]) }
        var name: String { fields[1].split(separator: "_").joined(separator: " ").replacing("^", with: "+") }
        var count: Int? { Int(fields[2]) }
        var memory: Int? { Int(fields[3]) }

        var gpu: GpuDeviceInfo {
            GpuDeviceInfo(
                name: name, manufacturer: manufacturer, count: count, logicalGpuCount: fields.count > 5 ? Int(fields[5]) : nil,
                gpuPartitionSize: fields.count > 4 ? Double(fields[4]) : nil,
                workloads: fields.count > 6 ? fields[6].split(separator: ",").map(String.init) : nil,
                memoryInfo: GpuDeviceMemoryInfo(sizeInMiB: memory))
        }

        var neuron: NeuronDeviceInfo {
            NeuronDeviceInfo(
                count: count, name: name,
                coreInfo: fields.count > 5 ? NeuronDeviceCoreInfo(count: Int(fields[4]), version: Int(fields[5])) : nil,
                memoryInfo: NeuronDeviceMemoryInfo(sizeInMiB: memory))
        }
    }

    private func devices(_ key: String) -> ([Device], total: Int?)? {
        guard let text = self[key], let equals = text.lastIndex(of: "=") else { return nil }
        let devices = text[..<equals].split(separator: "+").map {
            Device(fields: $0.split(separator: ":", omittingEmptySubsequences: false))
        }
        return (devices.filter { $0.fields.count >= 4 }, Int(text[text.index(after: equals)...]))
    }
}
