import AWSCore
import EC2API
import SimulatorCore

// https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/ri-modifying.html

extension Resource where S == ReservedInstancesModification {
    static let reservedInstancesModification = Resource(
        ResourceKind(
            "rimod", type: "reserved-instances-modification", code: "InvalidReservedInstancesModificationId",
            notFound: "The Reserved Instances modification '%' does not exist.",
            notFoundCode: "InvalidReservedInstancesModificationId", malformed: "InvalidReservedInstancesModificationId"),
        untagged: \.reservedInstancesModificationId, life: ReservedInstancesModification.life,
        filters: [
            "reserved-instances-id": { $0.reservedInstancesIds?.map(\.reservedInstancesId) ?? [] },
            "modification-result.reserved-instances-id": { $0.modificationResults?.map(\.reservedInstancesId) ?? [] },
            "modification-result.target-configuration.availability-zone": {
                $0.modificationResults?.map { $0.targetConfiguration?.availabilityZone } ?? []
            },
            "modification-result.target-configuration.availability-zone-id": {
                $0.modificationResults?.map { $0.targetConfiguration?.availabilityZoneId } ?? []
            },
            "modification-result.target-configuration.instance-count": {
                $0.modificationResults?.map { $0.targetConfiguration?.instanceCount.map(String.init) } ?? []
            },
            "modification-result.target-configuration.instance-type": {
                $0.modificationResults?.map { $0.targetConfiguration?.instanceType?.rawValue } ?? []
            },
        ])
}

extension EC2Simulation {
    public func modifyReservedInstances(
        _ input: ModifyReservedInstancesRequest, _ context: Context
    ) throws -> ModifyReservedInstancesResult {
        let id = try context.once(input, recalling: { $0 }) {
            var modification = ReservedInstancesModification()
            let targets = try ReservedInstancesModification.targets(input, context)
            let id = "rimod-\(context.ids.uuid())"
            modification.reservedInstancesModificationId = id
            modification.reservedInstancesIds = input.reservedInstancesIds.map { ReservedInstancesId(reservedInstancesId: $0) }
            modification.modificationResults = targets.map { ReservedInstancesModificationResult(targetConfiguration: $0) }
            modification.clientToken = input.clientToken
            modification.createDate = context.now
            modification.updateDate = context.now
            try Resource.reservedInstancesModification.place(modification, context)
            return (id, id)
        }
        return ModifyReservedInstancesResult(reservedInstancesModificationId: id)
    }

    public func describeReservedInstancesModifications(
        _ input: DescribeReservedInstancesModificationsRequest, _ context: Context
    ) throws -> DescribeReservedInstancesModificationsResult {
        let resource = Resource.reservedInstancesModification
        let all =
            try input.reservedInstancesModificationIds.flatMap { $0.isEmpty ? nil : $0 }?.map { id in
                guard let found = try resource.find(id, context) else { throw resource.kind.notFound(id) }
                return found
            } ?? resource.all(context)
        let test = try resource.filterTable.predicate(input.filters, context)
        let page = try Paging(input, context).page(all.filter { test($0.shape) }) { .number($0.number) }
        return DescribeReservedInstancesModificationsResult(
            nextToken: page.nextToken, reservedInstancesModifications: page.items.map(\.shape))
    }
}

extension ReservedInstancesModification {
    /// The duration is assumed.
    fileprivate static let life = LifeCycle<Self>(
        show: { $0.status = $1 }, initial: "processing", deleting: nil,
        steps: [
            "processing": .init(after: .seconds(120), isFixed: false) {
                try $0.fulfil($1)
                return "fulfilled"
            }
        ], gone: [])

    /// Retires the originals and creates their replacements, which have no upfront price and end when the originals would have.
    private mutating func fulfil(_ context: Context) throws {
        let originals = try (reservedInstancesIds ?? []).compactMap {
            try Resource.reservedInstances.find($0.reservedInstancesId ?? "", context)
        }
        guard let first = originals.first?.shape else { return }
        for var original in originals {
            original.shape.end = context.now
            try Resource.reservedInstances.move(&original, to: "retired", at: context.now, context)
        }
        for index in (modificationResults ?? []).indices {
            guard let target = modificationResults?[index].targetConfiguration else { continue }
            var made = first
            made.tags = nil
            let id = context.ids.uuid()
            made.reservedInstancesId = id
            made.instanceType = target.instanceType
            made.instanceCount = target.instanceCount
            made.scope = target.scope
            made.availabilityZone = target.availabilityZone
            made.availabilityZoneId = target.availabilityZoneId
            made.start = context.now
            made.duration = first.end.map { Int($0.seconds - context.now.seconds) }
            made.fixedPrice = 0
            try Resource.reservedInstances.place(made, phase: "active", context)
            modificationResults?[index].reservedInstancesId = id
        }
        effectiveDate = context.now
        updateDate = context.now
    }

    /// Returns the requested configurations in full.
    /// - Throws: AWS's errors for configurations that the originals cannot be changed to. Codes and messages are assumed.
    fileprivate static func targets(
        _ input: ModifyReservedInstancesRequest, _ context: Context
    ) throws -> [ReservedInstancesConfiguration] {
        guard !input.reservedInstancesIds.isEmpty else { throw AWSError.missingParameter("reservedInstancesIds") }
        guard !input.targetConfigurations.isEmpty else { throw AWSError.missingParameter("targetConfigurations") }
        let originals = try input.reservedInstancesIds.map { try ReservedInstances.required($0, context) }
        guard let first = originals.first?.shape else { return [] }
        for original in originals {
            guard original.phase == "active" else {
                throw AWSError(
                    "InvalidState",
                    "The Reserved Instances '\(original.shape.reservedInstancesId ?? "")' are not in the state 'active'.")
            }
            guard original.shape.isAlike(first) else {
                throw AWSError.invalidCombination(
                    "The Reserved Instances to be modified must be identical, except for Availability Zone, network platform, "
                        + "and instance type.")
            }
        }
        let isBusy = try Resource.reservedInstancesModification.all(context).contains { other in
            other.phase == "processing"
                && other.shape.reservedInstancesIds?.contains {
                    input.reservedInstancesIds.contains($0.reservedInstancesId ?? "")
                }
                    ?? false
        }
        guard !isBusy else {
            throw AWSError("InvalidState", "The Reserved Instances are being modified already.")
        }
        let targets = try input.targetConfigurations.map { try $0.completed(of: first, context) }
        // In quarters, so that the smallest size counts as one.
        let before = try originals.reduce(0) {
            try $0 + ReservedInstances.footprint($1.shape.instanceType, $1.shape.instanceCount)
        }
        let after = try targets.reduce(0) { try $0 + ReservedInstances.footprint($1.instanceType, $1.instanceCount) }
        guard before == after else {
            throw AWSError.invalidValue(
                "\(Double(after) / 4)", for: "targetConfigurations",
                "The instance size footprint of the targets must be that of the originals, \(Double(before) / 4).")
        }
        return targets
    }
}

extension ReservedInstances {
    fileprivate func isAlike(_ other: ReservedInstances) -> Bool {
        end == other.end && offeringClass == other.offeringClass && offeringType == other.offeringType
            && instanceTenancy == other.instanceTenancy && productDescription == other.productDescription
            && Self.family(instanceType) == Self.family(other.instanceType)
    }

    fileprivate static func family(_ type: InstanceType?) -> Substring { type?.rawValue.prefix { $0 != "." } ?? "" }

    /// Returns the normalization factor of the type's size, times four, for all instances.
    /// https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/apply_ri.html
    fileprivate static func footprint(_ type: InstanceType?, _ count: Int?) throws -> Int {
        let size = type?.rawValue.drop { $0 != "." }.dropFirst() ?? ""
        let small = ["nano": 1, "micro": 2, "small": 4, "medium": 8, "large": 16, "xlarge": 32]
        if let factor = small[String(size)] { return factor * (count ?? 0) }
        guard size.hasSuffix("xlarge"), let times = Int(size.dropLast(6)) else {
            throw AWSError.invalidValue(type?.rawValue ?? "", for: "instanceType", "Its size cannot be modified.")
        }
        return 32 * times * (count ?? 0)
    }
}

extension ReservedInstancesConfiguration {
    fileprivate func completed(of original: ReservedInstances, _ context: Context) throws -> Self {
        guard let count = instanceCount, count >= 1 else {
            throw AWSError.missingParameter("targetConfigurations.instanceCount")
        }
        var copy = self
        copy.instanceType = instanceType ?? original.instanceType
        let name = copy.instanceType?.rawValue ?? ""
        let type = try LaunchSettings.type(named: name)
        guard ReservedInstances.family(copy.instanceType) == ReservedInstances.family(original.instanceType) else {
            throw AWSError.invalidValue(name, for: "instanceType", "It is of another instance family.")
        }
        if copy.instanceType != original.instanceType {
            guard original.productDescription?.rawValue.hasPrefix("Linux/UNIX") ?? false, original.instanceTenancy == .default
            else {
                throw AWSError.invalidCombination(
                    "The instance size can be changed only of Linux/UNIX Reserved Instances with default tenancy.")
            }
        }
        let zones = AWSRegion.current(context).zones
        let zone = zones.first { $0.name == availabilityZone || $0.id == availabilityZoneId }
        if availabilityZone?.orNil != nil || availabilityZoneId?.orNil != nil, zone == nil {
            throw AWSError.invalidValue(availabilityZone ?? availabilityZoneId ?? "", for: "availabilityZone")
        }
        let isRegional = scope?.rawValue == "Region" || (scope == nil && zone == nil && original.scope?.rawValue == "Region")
        guard !isRegional || zone == nil else {
            throw AWSError.invalidCombination("An Availability Zone cannot be specified with the scope 'Region'.")
        }
        copy.scope = Scope(isRegional ? "Region" : "Availability Zone")
        let place = isRegional ? nil : zone ?? zones.first { $0.name == original.availabilityZone }
        guard isRegional || place != nil else { throw AWSError.missingParameter("targetConfigurations.availabilityZone") }
        if let place, !InstanceTypeOfferings.offers(type, zone: place.name, region: context.region) {
            throw AWSError.invalidValue(place.name, for: "availabilityZone", "It does not offer \(name).")
        }
        copy.availabilityZone = place?.name
        copy.availabilityZoneId = place?.id
        return copy
    }
}
