import AWSCore
import EC2API
import SimulatorCore

// https://docs.aws.amazon.com/ebs/latest/userguide/monitoring-volume-status.html

extension EC2Simulation {
    public func describeVolumeStatus(
        _ input: DescribeVolumeStatusRequest, _ context: Context
    ) throws -> DescribeVolumeStatusResult {
        let paging = try Paging(input, ids: input.volumeIds, named: "volumeIds", context)
        for id in input.volumeIds ?? [] { _ = try VolumeRecord.named(id, as: "volumes", context) }
        let volumes = try VolumeRecord.list(input.volumeIds, context).filter { $0.state != .deleting }
        let zones = Dictionary(
            uniqueKeysWithValues: AWSRegion.current(context).zones.map { ($0.name, $0.id) })
        let shapes = try volumes.map { try $0.status(zoneId: zones[$0.zone], context) }
        let page = try paging.page(
            VolumeStatusItem.filters.apply(input.filters, to: shapes, context), of: .volume, id: \.volumeId)
        return DescribeVolumeStatusResult(nextToken: page.nextToken, volumeStatuses: page.items)
    }

    public func describeVolumeAttribute(
        _ input: DescribeVolumeAttributeRequest, _ context: Context
    ) throws -> DescribeVolumeAttributeResult {
        let volume = try VolumeRecord.named(input.volumeId, context)
        var result = DescribeVolumeAttributeResult()
        result.volumeId = volume.id
        if input.attribute == .productCodes {
            result.productCodes = []
        } else {
            result.autoEnableIO = AttributeBooleanValue(value: volume.enablesIO)
        }
        return result
    }

    public func modifyVolumeAttribute(_ input: ModifyVolumeAttributeRequest, _ context: Context) throws -> EmptyShape {
        var volume = try VolumeRecord.named(input.volumeId, context)
        guard let enables = input.autoEnableIO?.value else { throw AWSError.missingParameter("autoEnableIO") }
        volume.enablesIO = enables
        try volume.update(context)
        return EmptyShape()
    }

    /// Checks only that the volume exists. No host fails in Drydock, so I/O is never disabled.
    public func enableVolumeIO(_ input: EnableVolumeIORequest, _ context: Context) throws -> EmptyShape {
        _ = try VolumeRecord.named(input.volumeId, context)
        return EmptyShape()
    }
}

extension VolumeRecord {
    /// Returns the volume's status. Performance is checked only for attached volumes with provisioned IOPS.
    fileprivate func status(zoneId: String?, _ context: Context) throws -> VolumeStatusItem {
        let isKnown = state != .creating
        let attachments = try attachments(context)
        let isProvisioned = ["io1", "io2", "gp3"].contains(type) && !attachments.isEmpty
        let performance = isKnown ? (isProvisioned ? "normal" : "not-applicable") : "insufficient-data"
        var item = VolumeStatusItem()
        item.volumeId = id
        item.availabilityZone = zone
        item.availabilityZoneId = zoneId
        item.actions = []
        item.events = []
        item.volumeStatus = VolumeStatusInfo(
            details: [
                VolumeStatusDetails(name: "io-enabled", status: isKnown ? "passed" : "insufficient-data"),
                VolumeStatusDetails(name: "io-performance", status: performance),
            ], status: isKnown ? .ok : .insufficientData)
        item.attachmentStatuses = attachments.map {
            VolumeStatusAttachmentStatus(ioPerformance: performance, instanceId: $0.instance)
        }
        return item
    }
}

extension VolumeStatusItem {
    fileprivate static let filters = FilterTable<VolumeStatusItem>(
        [
            "attachment-status.instance-id": { $0.attachmentStatuses?.map(\.instanceId) ?? [] },
            "attachment-status.io-performance": { $0.attachmentStatuses?.map(\.ioPerformance) ?? [] },
            "availability-zone": { [$0.availabilityZone] },
            "volume-status.details-name": { $0.volumeStatus?.details?.map { $0.name?.rawValue } ?? [] },
            "volume-status.details-status": { $0.volumeStatus?.details?.map(\.status) ?? [] },
            "volume-status.status": { [$0.volumeStatus?.status?.rawValue] },
        ],
        // Volumes have no events or actions in Drydock.
        without: [
            "action.code", "action.description", "action.event-id", "event.description", "event.event-id", "event.event-type",
            "event.not-after", "event.not-before",
        ], shape: { $0 })
}
