import AWSCore
import EC2API
import SimulatorCore

// https://docs.aws.amazon.com/ebs/latest/userguide/ebs-volumes.html

// MARK: Handlers

extension EC2Simulation {
    public func createVolume(_ input: CreateVolumeRequest, _ context: Context) throws -> Volume {
        try context.once(input, recalling: { try VolumeRecord.named($0, context).shown(context) }) {
            let volume = try create(input, context)
            return (volume.id, try volume.newborn(context))
        }
    }

    private func create(_ input: CreateVolumeRequest, _ context: Context) throws -> VolumeRecord {
        try Self.refuseOutpost(input.outpostArn, context)
        let tags = try TagSpecifications(input.tagSpecifications, allowed: .volume)
        let zone = try AWSRegion.zone(named: input.availabilityZone, id: input.availabilityZoneId, context)
        let snapshot = try input.snapshotId.flatMap { $0.isEmpty ? nil : try SnapshotSource($0, context) }
        let plan = try VolumePlan(
            type: input.volumeType?.rawValue, size: input.size, iops: input.iops, throughput: input.throughput,
            encrypted: input.encrypted, kmsKey: input.kmsKeyId, from: snapshot, context)
        try VolumeRecord.check(multiAttach: input.multiAttachEnabled, type: plan.type)
        if let rate = input.volumeInitializationRate {
            guard snapshot != nil else {
                throw AWSError.invalidCombination(
                    "The parameter VolumeInitializationRate is supported only for volumes created from snapshots.")
            }
            guard (100...300).contains(rate) else {
                throw AWSError.invalidValue("\(rate)", for: "VolumeInitializationRate", "Must be between 100 and 300.")
            }
        }
        try plan.checkQuota(context)
        var volume = VolumeRecord(
            plan, id: context.ids.resource("vol"), zone: zone.name, snapshot: snapshot?.id ?? "", createdAt: context.now)
        volume.isMultiAttach = input.multiAttachEnabled ?? false
        volume.initializationRate = input.volumeInitializationRate
        if let snapshot, input.volumeInitializationRate == nil {
            volume.isFastRestored = try FastRestore.isEnabled(snapshot.id, in: zone.name, context)
        }
        try volume.insert(context)
        try tags.apply(.volume, to: volume.id, context)
        try volume.noteDue(after: VolumeTimes.create, context)
        return volume
    }

    public func deleteVolume(_ input: DeleteVolumeRequest, _ context: Context) throws -> EmptyShape {
        var volume = try VolumeRecord.named(input.volumeId, context)
        if let instance = try volume.attachments(context).first?.instance {
            throw AWSError(
                "VolumeInUse", "Volume \(volume.id) is currently attached to \(instance)",
                explanation: "DetachVolume ends the attachment.")
        }
        guard volume.state != .deleting else { throw ResourceKind.volume.notFound(volume.id) }
        guard volume.state == .available else {
            throw AWSError("IncorrectState", "Volume '\(volume.id)' is in the '\(volume.state.rawValue)' state.")
        }
        volume.state = .deleting
        try volume.update(context)
        try volume.noteDue(after: VolumeTimes.delete, context)
        return EmptyShape()
    }

    public func describeVolumes(_ input: DescribeVolumesRequest, _ context: Context) throws -> DescribeVolumesResult {
        let paging = try Paging(input, ids: input.volumeIds, named: "volumeIds", context)
        if let wrong = input.volumeIds?.first(where: { !ResourceKind.volume.isWellFormed($0) }) {
            throw AWSError.invalidValue(wrong, for: "volumes", "Expected: 'vol-...'.")
        }
        let volumes = try VolumeRecord.list(input.volumeIds, context)
        let shapes = try VolumeRecord.shapes(volumes, context)
        let page = try paging.page(VolumeRecord.filters.apply(input.filters, to: shapes, context), of: .volume, id: \.volumeId)
        return DescribeVolumesResult(nextToken: page.nextToken, volumes: page.items)
    }
}

extension VolumeRecord {
    init(_ plan: VolumePlan, id: String, zone: String, snapshot: String, createdAt: Instant) {
        self.init(
            id: id, zone: zone, size: plan.size, type: plan.type, iops: plan.iops, throughput: plan.throughput,
            snapshot: snapshot, isEncrypted: plan.encryption.isEncrypted, kmsKey: plan.encryption.key, createdAt: createdAt,
            deletesOnTermination: false, state: .creating)
    }

    static func check(multiAttach: Bool?, type: String) throws {
        guard multiAttach == true, try !VolumeTypeRules.named(type).isMultiAttach else { return }
        throw AWSError.invalidCombination("The parameter MultiAttachEnabled is not supported for \(type) volumes.")
    }
}

extension AWSRegion {
    /// Returns the zone that a request names by its name or its id.
    /// - Throws: AWS's errors for an unknown zone, and for none or both.
    static func zone(named name: String?, id: String?, _ context: Context) throws -> Zone {
        let zones = current(context).zones
        switch (name.flatMap { $0.isEmpty ? nil : $0 }, id.flatMap { $0.isEmpty ? nil : $0 }) {
        case (nil, nil): throw AWSError.missingParameter("AvailabilityZone")
        case (_?, _?):
            throw AWSError.invalidCombination(
                "The parameter AvailabilityZone cannot be used with the parameter AvailabilityZoneId")
        case (let name?, nil):
            if let zone = zones.first(where: { $0.name == name }) { return zone }
            throw AWSError("InvalidZone.NotFound", "The zone '\(name)' does not exist.")
        case (nil, let id?):
            if let zone = zones.first(where: { $0.id == id }) { return zone }
            throw AWSError("InvalidZone.NotFound", "The zone '\(id)' does not exist.")
        }
    }
}

// MARK: Filters and rendering

extension VolumeRecord {
    static let filters = FilterTable<Volume>(
        [
            "attachment.attach-time": { $0.attachments?.map { $0.attachTime?.iso8601(milliseconds: true) } ?? [] },
            "attachment.delete-on-termination": { $0.attachments?.map { $0.deleteOnTermination?.text } ?? [] },
            "attachment.device": { $0.attachments?.map(\.device) ?? [] },
            "attachment.instance-id": { $0.attachments?.map(\.instanceId) ?? [] },
            "attachment.status": { $0.attachments?.map { $0.state?.rawValue } ?? [] },
            "availability-zone": { [$0.availabilityZone] },
            "availability-zone-id": { [$0.availabilityZoneId] },
            "create-time": { [$0.createTime?.iso8601(milliseconds: true)] },
            "encrypted": { [$0.encrypted?.text] },
            "fast-restored": { [$0.fastRestored?.text ?? "false"] },
            "multi-attach-enabled": { [$0.multiAttachEnabled?.text] },
            "operator.managed": { _ in ["false"] },
            "operator.principal": { _ in [] },
            "size": { [$0.size.map(String.init)] },
            "snapshot-id": { [$0.snapshotId] },
            "source-volume-id": { [$0.sourceVolumeId] },
            "status": { [$0.state?.rawValue] },
            "volume-id": { [$0.volumeId] },
            "volume-type": { [$0.volumeType?.rawValue] },
        ], tags: { $0.tags })

    /// Returns the volumes as AWS shows them, with their tags.
    static func shapes(_ volumes: [VolumeRecord], _ context: Context) throws -> [Volume] {
        let tags = try TagIndex(.volume, ids: volumes.map(\.id), context)
        let zones = Dictionary(
            uniqueKeysWithValues: (AWSRegion.named(context.region)?.zones ?? []).map { ($0.name, $0.id) })
        var shared: [String: [VolumeRecord]] = [:]
        if volumes.contains(where: \.isMultiAttach) {
            shared = Dictionary(grouping: try sharedAttachments("", [], context), by: \.id)
        }
        return volumes.map { volume in
            let attachments = volume.isMultiAttach ? shared[volume.id] ?? [] : volume.instance == nil ? [] : [volume]
            return volume.shape(tags: tags[volume.id], zoneId: zones[volume.zone], attachments: attachments)
        }
    }

    func shown(_ context: Context) throws -> Volume { try Self.shapes([self], context).first ?? Volume() }

    /// The volume as CreateVolume returns it.
    func newborn(_ context: Context) throws -> Volume {
        var volume = try shown(context)
        volume.attachments = nil
        volume.fastRestored = nil
        volume.sseType = nil
        return volume
    }

    private func shape(tags: [Tag], zoneId: String?, attachments: [VolumeRecord]) -> Volume {
        var volume = Volume()
        volume.volumeId = id
        volume.availabilityZone = zone
        volume.availabilityZoneId = zoneId
        volume.size = size
        volume.volumeType = VolumeType(type)
        volume.iops = iops
        volume.throughput = throughput
        volume.snapshotId = snapshot
        volume.encrypted = isEncrypted
        volume.kmsKeyId = kmsKey
        volume.createTime = createdAt
        volume.multiAttachEnabled = isMultiAttach
        volume.state = VolumeState(state.rawValue)
        volume.operator = OperatorResponse(managed: false)
        volume.sourceVolumeId = sourceVolume
        volume.volumeInitializationRate = initializationRate
        if isFastRestored { volume.fastRestored = true }
        volume.tags = tags.orNone
        volume.attachments = attachments.map(\.attachmentShape)
        return volume
    }
}
