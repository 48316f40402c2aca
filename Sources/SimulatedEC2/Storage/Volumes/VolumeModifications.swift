import AWSCore
import EC2API
import SimulatorCore

// https://docs.aws.amazon.com/ebs/latest/userguide/ebs-modify-volume.html

extension Resource where S == VolumeModification {
    /// A volume's latest modification, deleted with the volume.
    static let volumeModification = Resource(
        ResourceKind(
            "vol-modification", type: "volume-modification", code: "InvalidVolumeModification",
            notFound: "Modification for volume '%' does not exist."),
        identity: { $0.volumeId ?? "" }, refers: [.to("volume", \.volumeId, .cascades)],
        life: LifeCycle(
            show: { $0.modificationState = VolumeModificationState(rawValue: $1) }, initial: "modifying", deleting: nil,
            steps: [
                "modifying": .init(after: VolumeModification.modifying, isFixed: false) { try $0.takeEffect($1) },
                "optimizing": .init(after: VolumeModification.optimizing, isFixed: false) { $0.complete($1) },
            ], gone: []),
        filters: [
            "originalMultiAttachEnabled": { [$0.originalMultiAttachEnabled?.text] },
            "targetMultiAttachEnabled": { [$0.targetMultiAttachEnabled?.text] },
        ])
}

// MARK: Handlers

extension EC2Simulation {
    public func modifyVolume(_ input: ModifyVolumeRequest, _ context: Context) throws -> ModifyVolumeResult {
        var volume = try VolumeRecord.named(input.volumeId, context)
        let target = try volume.target(of: input, context)
        try volume.checkModifiable(context)
        var modification = VolumeModification()
        modification.volumeId = volume.id
        modification.originalSize = volume.size
        modification.originalVolumeType = VolumeType(volume.type)
        modification.originalIops = volume.iops
        modification.originalThroughput = volume.throughput
        modification.originalMultiAttachEnabled = volume.isMultiAttach
        modification.targetSize = target.size
        modification.targetVolumeType = VolumeType(target.type)
        modification.targetIops = target.iops
        modification.targetThroughput = target.throughput
        modification.targetMultiAttachEnabled = target.isMultiAttach
        modification.startTime = context.now
        modification.progress = 0
        modification.modificationState = .modifying
        volume.modifications.append(context.now)
        try volume.update(context)
        try Resource.volumeModification.forget(volume.id, context)
        try Resource.volumeModification.insert(modification, phase: "modifying", context)
        let due = context.now + context.transitions.duration(VolumeModification.modifying)
        try Due.set(Resource.volumeModification.kind.type, volume.id, at: due, context)
        return ModifyVolumeResult(volumeModification: modification)
    }

    public func describeVolumesModifications(
        _ input: DescribeVolumesModificationsRequest, _ context: Context
    ) throws -> DescribeVolumesModificationsResult {
        let paging = try Paging(input, ids: input.volumeIds, named: "volumeIds", context)
        let all = try Resource.volumeModification.all(context)
        let ids = input.volumeIds ?? []
        for id in ids {
            _ = try VolumeRecord.named(id, as: "volumes", context)
            guard all.contains(where: { $0.shape.volumeId == id }) else { throw Resource.volumeModification.kind.notFound(id) }
        }
        let wanted = Set(ids)
        let test = try Resource.volumeModification.filterTable.predicate(input.filters, context)
        let found = all.compactMap { stored -> Stored<VolumeModification>? in
            guard wanted.isEmpty || wanted.contains(stored.shape.volumeId ?? "") else { return nil }
            var stored = stored
            stored.shape.showProgress(context)
            return test(stored.shape) ? stored : nil
        }
        let page = try paging.page(found) { .number($0.number) }
        return DescribeVolumesModificationsResult(
            nextToken: page.nextToken, volumesModifications: page.items.map(\.shape))
    }
}

// MARK: Life

extension VolumeModification {
    /// Assumed, for a small volume: the time until the volume has its new size and type, and until it has its new
    /// performance.
    fileprivate static let modifying = Duration.seconds(15)
    fileprivate static let optimizing = Duration.seconds(600)

    fileprivate mutating func takeEffect(_ context: Context) throws -> String {
        guard let volumeId, var volume = try VolumeRecord.find(volumeId, context) else { return "failed" }
        volume.size = targetSize ?? volume.size
        volume.type = targetVolumeType?.rawValue ?? volume.type
        volume.iops = targetIops
        volume.throughput = targetThroughput
        volume.isMultiAttach = targetMultiAttachEnabled ?? volume.isMultiAttach
        try volume.update(context)
        return "optimizing"
    }

    fileprivate mutating func complete(_ context: Context) -> String {
        progress = 100
        endTime = startTime.map {
            $0 + context.transitions.duration(Self.modifying) + context.transitions.duration(Self.optimizing)
        }
        return "completed"
    }

    fileprivate mutating func showProgress(_ context: Context) {
        guard modificationState == .optimizing, let startTime else { return }
        let whole = context.transitions.duration(Self.optimizing).milliseconds
        let passed =
            (context.now.milliseconds - startTime.milliseconds)
            - context.transitions.duration(Self.modifying).milliseconds
        progress = whole <= 0 ? 99 : Int(min(max(passed * 100 / whole, 0), 99))
    }
}

// MARK: What a volume can become

extension VolumeRecord {
    fileprivate struct Target {
        let type: String
        let size: Int
        let iops, throughput: Int?
        let isMultiAttach: Bool
    }

    /// - Throws: AWS's errors for a change that AWS does not allow.
    fileprivate func target(of input: ModifyVolumeRequest, _ context: Context) throws -> Target {
        guard
            input.size != nil || input.volumeType != nil || input.iops != nil || input.throughput != nil
                || input.multiAttachEnabled != nil
        else { throw AWSError.missingParameter("size") }
        let rules = try VolumeTypeRules.named(input.volumeType?.rawValue ?? type)
        let size = input.size ?? self.size
        guard size >= self.size else {
            throw AWSError("InvalidParameterValue", "New size cannot be smaller than existing size")
        }
        let isOtherType = rules.name != type
        // A volume of another type starts with 3,000 IOPS if that type provisions them and the request names none.
        let iops = input.iops ?? (rules.iops == nil ? nil : isOtherType ? 3000 : self.iops)
        let throughput = input.throughput ?? (isOtherType ? nil : self.throughput)
        let figures = try rules.performance(size: size, iops: iops, throughput: throughput)
        let shares = input.multiAttachEnabled ?? isMultiAttach
        if isMultiAttach, isOtherType || type == "io1" {
            throw AWSError(
                "UnsupportedOperation", "The volume '\(id)' has Multi-Attach enabled and cannot be modified in this way.")
        }
        if shares != isMultiAttach {
            guard rules.name == "io2" else {
                throw AWSError.invalidCombination("MultiAttachEnabled can be modified for io2 volumes only.")
            }
            guard try attachments(context).isEmpty else {
                throw AWSError("IncorrectState", "Multi-Attach can be modified only while the volume '\(id)' is not attached.")
            }
        }
        return Target(
            type: rules.name, size: size, iops: figures.iops, throughput: figures.throughput, isMultiAttach: shares)
    }

    /// The start times of its modifications in the last day.
    fileprivate var modifications: [Instant] {
        get { modifiedAt.split(separator: ",").compactMap { Int64($0).map { Instant(milliseconds: $0) } } }
        set { modifiedAt = newValue.map { "\($0.milliseconds)" }.joined(separator: ",") }
    }

    /// AWS's limits: one modification at a time, and four per day.
    fileprivate mutating func checkModifiable(_ context: Context) throws {
        guard state == .available || state == .inUse else {
            throw AWSError("IncorrectState", "Volume '\(id)' is in the '\(state.rawValue)' state.")
        }
        if let last = try Resource.volumeModification.find(id, context), last.phase == "modifying" || last.phase == "optimizing"
        {
            throw AWSError(
                "IncorrectModificationState",
                "Cannot modify volume '\(id)' while its last modification is in the state '\(last.phase)'.",
                explanation: "DescribeVolumesModifications shows its progress.")
        }
        modifications = modifications.filter { $0 + .hours(24) > context.now }
        if modifications.count >= 4, let first = modifications.first {
            throw AWSError(
                "VolumeModificationRateExceeded",
                "You've reached the maximum modification rate per volume limit. Wait until "
                    + "\((first + .hours(24)).iso8601(milliseconds: false)) for the next modification of this volume.")
        }
    }
}
