import AWSCore
import EC2API
import SimulatorCore

// MARK: Handlers

extension EC2Simulation {
    public func describeInstanceTypes(
        _ input: DescribeInstanceTypesRequest, _ context: Context
    ) throws -> DescribeInstanceTypesResult {
        let names = input.instanceTypes?.map(\.rawValue) ?? []
        guard names.count <= 100 else {
            throw AWSError("InvalidParameterValue", "The maximum number of instance types that can be specified is 100.")
        }
        var types: [InstanceTypeFigures]
        if names.isEmpty {
            types = InstanceTypeTable.all
        } else {
            let absent = names.filter { InstanceTypeTable.figures(of: $0) == nil }
            guard absent.isEmpty else { throw AWSError.instanceTypesNotFound(absent) }
            types = Set(names).sorted().compactMap { InstanceTypeTable.figures(of: $0) }
        }
        if input.includeUnsupportedInRegion != true {
            let offered = types.filter { InstanceTypeOfferings.offers($0, region: context.region) }
            if !names.isEmpty, offered.count < types.count {
                let known = Set(offered.map(\.name))
                throw AWSError.instanceTypesNotFound(names.filter { !known.contains($0) })
            }
            types = offered
        }
        types = try InstanceTypeFigures.filters.apply(input.filters, to: types, context)
        // Without a requested page size, AWS returns pages of 100.
        let page = try Paging(input, ids: names, named: "InstanceTypes", usually: 100, context).page(fixed: types)
        return DescribeInstanceTypesResult(
            instanceTypes: page.items.map { figures in
                var shape = figures.shape
                if input.includeUnsupportedInRegion == true {
                    shape.supportedInRegion = InstanceTypeOfferings.offers(figures, region: context.region)
                }
                return shape
            }, nextToken: page.nextToken)
    }

    public func describeInstanceTypeOfferings(
        _ input: DescribeInstanceTypeOfferingsRequest, _ context: Context
    ) throws -> DescribeInstanceTypeOfferingsResult {
        let kind = input.locationType ?? "region"
        let zones = AWSRegion.named(context.region)?.zones ?? []
        let locations: [(location: String, zone: String?)]
        switch kind {
        case "region": locations = [(context.region, nil)]
        case "availability-zone": locations = zones.map { ($0.name, $0.name) }
        case "availability-zone-id": locations = zones.map { ($0.id, $0.name) }
        default: locations = []
        }
        var offerings: [InstanceTypeOffering] = []
        for type in InstanceTypeTable.all {
            for (location, zone) in locations {
                let isOffered =
                    zone.map { InstanceTypeOfferings.offers(type, zone: $0, region: context.region) }
                    ?? InstanceTypeOfferings.offers(type, region: context.region)
                guard isOffered else { continue }
                offerings.append(
                    InstanceTypeOffering(instanceType: InstanceType(type.name), locationType: kind, location: location))
            }
        }
        let filters = FilterTable<InstanceTypeOffering>([
            "location": { [$0.location] }, "instance-type": { [$0.instanceType?.rawValue] },
        ])
        let page = try Paging(input, context).page(
            fixed: filters.apply(input.filters, to: offerings, context))
        return DescribeInstanceTypeOfferingsResult(instanceTypeOfferings: page.items, nextToken: page.nextToken)
    }
}

// MARK: Filters

extension InstanceTypeFigures {
    static let filters = FilterTable<InstanceTypeFigures>(
        [
            "auto-recovery-supported": { [$0.has("a").text] },
            "bare-metal": { [$0.isBareMetal.text] },
            "burstable-performance-supported": { [$0.isBurstable.text] },
            "current-generation": { [$0.isCurrentGeneration.text] },
            "dedicated-hosts-supported": { [$0.has("d").text] },
            "ebs-info.attachment-limit-type": { [$0.shape.ebsInfo?.attachmentLimitType?.rawValue] },
            "ebs-info.ebs-optimized-info.baseline-bandwidth-in-mbps": {
                [$0.optimized?.baselineBandwidthInMbps.map(String.init)]
            },
            "ebs-info.ebs-optimized-info.baseline-iops": { [$0.optimized?.baselineIops.map(String.init)] },
            "ebs-info.ebs-optimized-info.baseline-throughput-in-mbps": {
                [$0.optimized?.baselineThroughputInMBps.map { "\($0)" }]
            },
            "ebs-info.ebs-optimized-info.maximum-bandwidth-in-mbps": {
                [$0.optimized?.maximumBandwidthInMbps.map(String.init)]
            },
            "ebs-info.ebs-optimized-info.maximum-iops": { [$0.optimized?.maximumIops.map(String.init)] },
            "ebs-info.ebs-optimized-info.maximum-throughput-in-mbps": {
                [$0.optimized?.maximumThroughputInMBps.map { "\($0)" }]
            },
            "ebs-info.ebs-optimized-support": { [$0.ebsOptimizedSupport] },
            "ebs-info.encryption-support": { _ in ["supported"] },
            "ebs-info.maximum-ebs-attachments": { [$0.shape.ebsInfo?.maximumEbsAttachments.map(String.init)] },
            "ebs-info.nvme-support": { [$0.shape.ebsInfo?.nvmeSupport?.rawValue] },
            "free-tier-eligible": { [$0.has("f").text] },
            "hibernation-supported": { [$0.has("h").text] },
            "hypervisor": { [$0.hypervisor] },
            "instance-storage-info.disk.count": { $0.disks.map { String($0.count) } },
            "instance-storage-info.disk.size-in-gb": { $0.disks.map { String($0.size) } },
            "instance-storage-info.disk.type": { $0.disks.map(\.type) },
            "instance-storage-info.encryption-support": { [$0.shape.instanceStorageInfo?.encryptionSupport?.rawValue] },
            "instance-storage-info.nvme-support": { [$0.shape.instanceStorageInfo?.nvmeSupport?.rawValue] },
            "instance-storage-info.total-size-in-gb": { [$0.shape.instanceStorageInfo?.totalSizeInGB.map(String.init)] },
            "instance-storage-supported": { [(!$0.disks.isEmpty).text] },
            "instance-type": { [$0.name] },
            "memory-info.size-in-mib": { [String($0.memory)] },
            "network-info.bandwidth-weightings": { $0.list("nw").map(String.init) },
            "network-info.efa-info.maximum-efa-interfaces": { [$0["efa"].map(String.init)] },
            "network-info.efa-supported": { [$0.has("E").text] },
            "network-info.ena-support": { [$0.enaSupport] },
            "network-info.encryption-in-transit-supported": { [$0.has("T").text] },
            "network-info.flexible-ena-queues-support": { [$0.has("Q") ? "supported" : "unsupported"] },
            "network-info.ipv4-addresses-per-interface": { [$0.shape.networkInfo?.ipv4AddressesPerInterface.map(String.init)] },
            "network-info.ipv6-addresses-per-interface": { [$0.shape.networkInfo?.ipv6AddressesPerInterface.map(String.init)] },
            "network-info.ipv6-supported": { [$0.has("6").text] },
            "network-info.maximum-network-cards": { [$0.shape.networkInfo?.maximumNetworkCards.map(String.init)] },
            "network-info.maximum-network-interfaces": { [String($0.maximumNetworkInterfaces)] },
            "network-info.network-performance": { [$0.shape.networkInfo?.networkPerformance] },
            "nitro-enclaves-support": { [$0.has("e") ? "supported" : "unsupported"] },
            "nitro-tpm-info.supported-versions": { $0.has("p") ? ["2.0"] : [] },
            "nitro-tpm-support": { [$0.has("p") ? "supported" : "unsupported"] },
            "processor-info.supported-architecture": { $0.architectures },
            "processor-info.supported-features": { $0.list("pf").map(String.init) },
            "processor-info.sustained-clock-speed-in-ghz": {
                [$0.shape.processorInfo?.sustainedClockSpeedInGhz.map { "\($0)" }]
            },
            "reboot-migration-support": { [$0.has("r") ? "supported" : "unsupported"] },
            "supported-boot-mode": { $0.bootModes },
            "supported-root-device-type": { ($0["rd"] ?? "").map { $0 == "e" ? "ebs" : "instance-store" } },
            "supported-usage-class": { $0.usageClasses },
            "supported-virtualization-type": { $0.virtualizationTypes },
            "vcpu-info.default-cores": { [String($0.cores)] },
            "vcpu-info.default-threads-per-core": { [String($0.threadsPerCore)] },
            "vcpu-info.default-vcpus": { [String($0.vCPUs)] },
            "vcpu-info.valid-cores": { $0.numbers("vc")?.map(String.init) ?? [] },
            "vcpu-info.valid-threads-per-core": { $0.numbers("vt")?.map(String.init) ?? [] },
        ], shape: { $0.shape })

    var optimized: EbsOptimizedInfo? { shape.ebsInfo?.ebsOptimizedInfo }
}

extension AWSError {
    static func instanceTypesNotFound(_ names: [String]) -> AWSError {
        AWSError(
            "InvalidInstanceType", "The following supplied instance types do not exist: [\(names.joined(separator: ", "))]")
    }
}
