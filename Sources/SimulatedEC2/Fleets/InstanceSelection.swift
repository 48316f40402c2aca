import AWSCore
import EC2API
import SimulatorCore

// https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/ec2-fleet-attribute-based-instance-type-selection.html

extension EC2Simulation {
    public func getInstanceTypesFromInstanceRequirements(
        _ input: GetInstanceTypesFromInstanceRequirementsRequest, _ context: Context
    ) throws -> GetInstanceTypesFromInstanceRequirementsResult {
        let paging = try Paging(input, context)
        let selection = try InstanceSelection(
            input.instanceRequirements, architectures: input.architectureTypes, virtualizations: input.virtualizationTypes)
        let offered = InstanceTypeTable.all.filter { InstanceTypeOfferings.offers($0, region: context.region) }
        let names = selection.types(of: offered).map(\.name).sorted()
        let page = try paging.page(names) { .name($0) }
        return GetInstanceTypesFromInstanceRequirementsResult(
            instanceTypes: page.items.map { InstanceTypeInfoFromInstanceRequirements(instanceType: $0) },
            nextToken: page.nextToken)
    }
}

/// Selects instance types by their attributes.
struct InstanceSelection {
    let requirements: InstanceRequirements
    private let architectures, virtualizations: Set<String>

    /// - Parameters:
    ///   - architectures: nil for any.
    ///   - virtualizations: nil for any.
    /// - Throws: AWS's errors for requirements that contradict each other.
    init(
        _ requirements: InstanceRequirementsRequest, architectures: [ArchitectureType]? = nil,
        virtualizations: [VirtualizationType]? = nil
    ) throws {
        try self.init(
            try LaunchTemplateData.converted(requirements) as InstanceRequirements, architectures: architectures,
            virtualizations: virtualizations)
    }

    init(
        _ requirements: InstanceRequirements, architectures: [ArchitectureType]? = nil,
        virtualizations: [VirtualizationType]? = nil
    ) throws {
        self.requirements = requirements
        self.architectures = Set((architectures ?? []).map(\.rawValue))
        self.virtualizations = Set((virtualizations ?? []).map(\.rawValue))
        try check()
    }

    /// Checks the requirements. The messages are assumed.
    private func check() throws {
        func check<Value: Comparable>(_ name: String, _ low: Value?, _ high: Value?, least: Value) throws {
            if let low, low < least { throw AWSError.invalidValue("\(low)", for: "\(name).Min") }
            guard let high else { return }
            guard high >= low ?? least else {
                throw AWSError.invalidValue("\(high)", for: "\(name).Max", "It must not be less than the minimum.")
            }
        }
        let own = requirements
        guard let cpus = own.vCpuCount?.min else { throw AWSError.missingParameter("VCpuCount.Min") }
        guard let memory = own.memoryMiB?.min else { throw AWSError.missingParameter("MemoryMiB.Min") }
        try check("VCpuCount", cpus, own.vCpuCount?.max, least: 0)
        try check("MemoryMiB", memory, own.memoryMiB?.max, least: 0)
        try check("MemoryGiBPerVCpu", own.memoryGiBPerVCpu?.min, own.memoryGiBPerVCpu?.max, least: 0)
        try check("NetworkInterfaceCount", own.networkInterfaceCount?.min, own.networkInterfaceCount?.max, least: 0)
        try check("TotalLocalStorageGB", own.totalLocalStorageGB?.min, own.totalLocalStorageGB?.max, least: 0)
        try check("BaselineEbsBandwidthMbps", own.baselineEbsBandwidthMbps?.min, own.baselineEbsBandwidthMbps?.max, least: 0)
        try check("AcceleratorCount", own.acceleratorCount?.min, own.acceleratorCount?.max, least: 0)
        try check(
            "AcceleratorTotalMemoryMiB", own.acceleratorTotalMemoryMiB?.min, own.acceleratorTotalMemoryMiB?.max, least: 0)
        try check("NetworkBandwidthGbps", own.networkBandwidthGbps?.min, own.networkBandwidthGbps?.max, least: 0)
        if own.excludedInstanceTypes?.isEmpty == false, own.allowedInstanceTypes?.isEmpty == false {
            throw AWSError.invalidCombination(
                "The parameters ExcludedInstanceTypes and AllowedInstanceTypes cannot be used together.")
        }
        if own.spotMaxPricePercentageOverLowestPrice != nil, own.maxSpotPriceAsPercentageOfOptimalOnDemandPrice != nil {
            throw AWSError.invalidCombination(
                "Only one of SpotMaxPricePercentageOverLowestPrice and MaxSpotPriceAsPercentageOfOptimalOnDemandPrice can be "
                    + "specified.")
        }
        for list in [own.excludedInstanceTypes, own.allowedInstanceTypes] where (list?.count ?? 0) > 400 {
            throw AWSError.invalidValue("\(list?.count ?? 0)", for: "InstanceTypes", "Constraints: up to 400.")
        }
        if own.baselinePerformanceFactors?.cpu?.references?.isEmpty == false {
            throw AWSError.notSimulated("ec2", "instance requirements with baseline performance factors")
        }
    }

    func types(of all: [InstanceTypeFigures]) -> [InstanceTypeFigures] { all.filter { matches($0) } }

    func matches(_ type: InstanceTypeFigures) -> Bool {
        let own = requirements
        guard Self.isIn(type.vCPUs, own.vCpuCount?.min, own.vCpuCount?.max),
            Self.isIn(type.memory, own.memoryMiB?.min, own.memoryMiB?.max),
            architectures.isEmpty || !architectures.isDisjoint(with: type.architectures),
            virtualizations.isEmpty || !virtualizations.isDisjoint(with: type.virtualizationTypes),
            Self.allows(own.bareMetal?.rawValue ?? "excluded", type.isBareMetal),
            Self.allows(own.burstablePerformance?.rawValue ?? "excluded", type.isBurstable),
            Self.isIn(
                Double(type.memory) / 1024 / Double(max(type.vCPUs, 1)), own.memoryGiBPerVCpu?.min, own.memoryGiBPerVCpu?.max),
            Self.isIn(type.maximumNetworkInterfaces, own.networkInterfaceCount?.min, own.networkInterfaceCount?.max)
        else { return false }
        if let generations = own.instanceGenerations, !generations.isEmpty,
            !generations.contains(type.isCurrentGeneration ? .current : .previous)
        {
            return false
        }
        if let makers = own.cpuManufacturers, !makers.isEmpty, !makers.contains(type.cpuManufacturer) { return false }
        if own.excludedInstanceTypes?.contains(where: { Wildcard.matches(type.name, $0) }) == true { return false }
        if let allowed = own.allowedInstanceTypes, !allowed.isEmpty,
            !allowed.contains(where: { Wildcard.matches(type.name, $0) })
        {
            return false
        }
        if own.requireHibernateSupport == true, !type.has("h") { return false }
        if own.requireEncryptionInTransit == true, !type.has("T") { return false }
        return hasStorage(type) && hasBandwidth(type) && hasAccelerators(type)
    }

    private func hasStorage(_ type: InstanceTypeFigures) -> Bool {
        let disks = type.disks
        guard Self.allows(requirements.localStorage?.rawValue ?? "included", !disks.isEmpty) else { return false }
        if let kinds = requirements.localStorageTypes, !kinds.isEmpty, !disks.isEmpty,
            !disks.contains(where: { disk in kinds.contains { disk.type == $0.rawValue } })
        {
            return false
        }
        let total = disks.reduce(0) { $0 + $1.count * $1.size }
        return Self.isIn(Double(total), requirements.totalLocalStorageGB?.min, requirements.totalLocalStorageGB?.max)
    }

    private func hasBandwidth(_ type: InstanceTypeFigures) -> Bool {
        if let ebs = requirements.baselineEbsBandwidthMbps, ebs.min != nil || ebs.max != nil,
            !Self.isIn(type.optimized?.baselineBandwidthInMbps ?? 0, ebs.min, ebs.max)
        {
            return false
        }
        guard let network = requirements.networkBandwidthGbps, network.min != nil || network.max != nil else { return true }
        let cards = type.shape.networkInfo?.networkCards ?? []
        return Self.isIn(cards.reduce(0) { $0 + ($1.baselineBandwidthInGbps ?? 0) }, network.min, network.max)
    }

    private func hasAccelerators(_ type: InstanceTypeFigures) -> Bool {
        let own = requirements
        let isAsked =
            own.acceleratorCount?.min != nil || own.acceleratorCount?.max != nil || own.acceleratorTypes?.isEmpty == false
            || own.acceleratorManufacturers?.isEmpty == false || own.acceleratorNames?.isEmpty == false
            || own.acceleratorTotalMemoryMiB?.min != nil || own.acceleratorTotalMemoryMiB?.max != nil
        guard isAsked else { return true }
        let devices = type.accelerators
        let count = devices.reduce(0) { $0 + $1.count }, memory = devices.reduce(0) { $0 + $1.memory }
        func has(_ wanted: [String]?, _ value: (InstanceTypeFigures.Accelerator) -> String) -> Bool {
            guard let wanted, !wanted.isEmpty else { return true }
            return devices.contains { wanted.contains(value($0)) }
        }
        return Self.isIn(count, own.acceleratorCount?.min, own.acceleratorCount?.max)
            && Self.isIn(memory, own.acceleratorTotalMemoryMiB?.min, own.acceleratorTotalMemoryMiB?.max)
            && has(own.acceleratorTypes?.map(\.rawValue), \.kind)
            && has(own.acceleratorManufacturers?.map(\.rawValue), \.manufacturer)
            && has(own.acceleratorNames?.map(\.rawValue), \.name)
    }

    private static func isIn<Value: Comparable>(_ value: Value, _ low: Value?, _ high: Value?) -> Bool {
        (low.map { value >= $0 } ?? true) && (high.map { value <= $0 } ?? true)
    }

    /// Returns whether `included`, `required` or `excluded` allows a type with or without the property.
    private static func allows(_ word: String, _ isSo: Bool) -> Bool {
        switch word {
        case "required": isSo
        case "excluded": !isSo
        default: true
        }
    }
}

extension InstanceTypeFigures {
    /// An accelerator of the type, in the terms of instance requirements.
    struct Accelerator {
        let kind, manufacturer, name: String
        let count, memory: Int

        init(_ kind: String, _ manufacturer: String?, _ name: String?, _ count: Int?, _ memory: Int?) {
            self.kind = kind
            self.manufacturer = manufacturer == "AWS" ? "amazon-web-services" : (manufacturer ?? "").lowercased()
            self.name = (name ?? "").lowercased().replacing(" ", with: "-")
            self.count = count ?? 0
            self.memory = (memory ?? 0) * (count ?? 0)
        }
    }

    fileprivate var accelerators: [Accelerator] {
        guard ["gpu", "fpga", "acc", "med", "neu"].contains(where: { self[$0] != nil }) else { return [] }
        let info = shape
        var devices = (info.gpuInfo?.gpus ?? []).map {
            Accelerator("gpu", $0.manufacturer, $0.name, $0.count, $0.memoryInfo?.sizeInMiB)
        }
        devices += (info.fpgaInfo?.fpgas ?? []).map {
            Accelerator("fpga", $0.manufacturer, $0.name, $0.count, $0.memoryInfo?.sizeInMiB)
        }
        devices += (info.inferenceAcceleratorInfo?.accelerators ?? []).map {
            Accelerator("inference", $0.manufacturer, $0.name, $0.count, $0.memoryInfo?.sizeInMiB)
        }
        devices += (info.mediaAcceleratorInfo?.accelerators ?? []).map {
            Accelerator("media", $0.manufacturer, $0.name, $0.count, $0.memoryInfo?.sizeInMiB)
        }
        // A type with both lists the same devices in each; Neuron devices is the newer name.
        if info.inferenceAcceleratorInfo == nil {
            devices += (info.neuronInfo?.neuronDevices ?? []).map {
                Accelerator("inference", "AWS", $0.name, $0.count, $0.memoryInfo?.sizeInMiB)
            }
        }
        return devices
    }

    fileprivate var cpuManufacturer: CpuManufacturer {
        switch self["cpu"]?.split(separator: ":", omittingEmptySubsequences: false).first ?? "" {
        case "AWS": .amazonWebServices
        case let name: CpuManufacturer(name.lowercased())
        }
    }
}
