import AWSCore
import EC2API
import GRDB
import SimulatorCore

struct VolumeRecord: StoredResource {
    static let kind = ResourceKind.volume
    static let columns: ColumnList = [
        "id", "zone", "size", "type", "iops", "throughput", "snapshot", "is_encrypted", "kms_key", "created_at", "instance",
        "device",
        "attached_at", "deletes_on_termination",
    ]
    static let migration = Migration(
        "ec2.volume",
        """
        CREATE TABLE ec2_volume (
            number INTEGER PRIMARY KEY, account TEXT NOT NULL, region TEXT NOT NULL, id TEXT NOT NULL, zone TEXT NOT NULL,
            size INTEGER NOT NULL, type TEXT NOT NULL, iops INTEGER, throughput INTEGER, snapshot TEXT NOT NULL,
            is_encrypted INTEGER NOT NULL, kms_key TEXT, created_at INTEGER NOT NULL, instance TEXT, device TEXT,
            attached_at INTEGER, deletes_on_termination INTEGER NOT NULL,
            UNIQUE (account, region, id)
        );
        CREATE INDEX ec2_volume_instance ON ec2_volume (account, region, instance)
        """)

    var id, zone: String
    /// In GiB.
    var size: Int
    var type: String
    var iops, throughput: Int?
    /// Empty for a volume that began blank.
    var snapshot: String
    var isEncrypted: Bool
    var kmsKey: String?
    var createdAt: Instant
    /// What it is attached to; nil for a volume that is free.
    var instance: String?
    var device: String?
    var attachedAt: Instant?
    var deletesOnTermination: Bool
}

extension VolumeRecord {
    init(_ row: StoredRow) throws {
        let attachedAt: Int64? = try row[12]
        try self.init(
            id: row[0], zone: row[1], size: row[2], type: row[3], iops: row[4], throughput: row[5], snapshot: row[6],
            isEncrypted: row[7], kmsKey: row[8], createdAt: Instant(milliseconds: row[9]), instance: row[10], device: row[11],
            attachedAt: attachedAt.map { Instant(milliseconds: $0) }, deletesOnTermination: row[13])
    }

    var values: [(any DatabaseValueConvertible)?] {
        [
            id, zone, size, type, iops, throughput, snapshot, isEncrypted, kmsKey, createdAt.milliseconds, instance, device,
            attachedAt?.milliseconds, deletesOnTermination,
        ]
    }

    /// The volumes of instances, by instance, in the order of attachment.
    static func attached(to instances: [String], _ context: Context) throws -> [String: [VolumeRecord]] {
        try context.reading(ReadKey([String: [VolumeRecord]].self, context, "", instances.count == 1 ? instances : [])) {
            let volumes =
                instances.count == 1
                ? try all(context, "AND instance = ?", instances) : try all(context, "AND instance IS NOT NULL")
            return Dictionary(grouping: volumes) { $0.instance ?? "" }
        }
    }

    /// What becomes of volumes whose instances are terminated: deleted or set free.
    static func release(_ instances: [String], _ context: Context) throws {
        for volume in try instances.flatMap({ try all(context, "AND instance = ?", [$0]) }) {
            if volume.deletesOnTermination {
                try volume.delete(context)
            } else {
                var free = volume
                free.instance = nil
                free.device = nil
                free.attachedAt = nil
                try free.update(context)
            }
        }
    }
}

// MARK: Handlers

extension EC2Simulation {
    public func describeVolumes(_ input: DescribeVolumesRequest, _ context: Context) throws -> DescribeVolumesResult {
        let paging = try Paging(input, ids: input.volumeIds, named: "volumeIds", context)
        // Here alone AWS finds another word for what is no id: https://github.com/aws/aws-cli's integration tests.
        if let wrong = input.volumeIds?.first(where: { !ResourceKind.volume.isWellFormed($0) }) {
            throw AWSError.invalidValue(wrong, for: "volumes", "Expected: 'vol-...'.")
        }
        let volumes = try VolumeRecord.list(input.volumeIds, context)
        let tags = try TagIndex(.volume, ids: volumes.map(\.id), context)
        let shapes = volumes.map { $0.shape(tags: tags[$0.id], context) }
        let page = try paging.page(VolumeRecord.filters.apply(input.filters, to: shapes, context), of: .volume, id: \.volumeId)
        return DescribeVolumesResult(nextToken: page.nextToken, volumes: page.items)
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
            "fast-restored": { _ in ["false"] },
            "multi-attach-enabled": { _ in ["false"] },
            "operator.managed": { _ in ["false"] },
            "operator.principal": { _ in [] },
            "size": { [$0.size.map(String.init)] },
            "snapshot-id": { [$0.snapshotId] },
            "source-volume-id": { _ in [] },
            "status": { [$0.state?.rawValue] },
            "volume-id": { [$0.volumeId] },
            "volume-type": { [$0.volumeType?.rawValue] },
        ], tags: { $0.tags })

    func shape(tags: [Tag], _ context: Context) -> Volume {
        var volume = Volume()
        volume.volumeId = id
        volume.availabilityZone = zone
        volume.availabilityZoneId = AWSRegion.named(context.region)?.zones.first { $0.name == zone }?.id
        volume.size = size
        volume.volumeType = VolumeType(type)
        volume.iops = iops
        volume.throughput = throughput
        volume.snapshotId = snapshot
        volume.encrypted = isEncrypted
        volume.kmsKeyId = kmsKey
        volume.createTime = createdAt
        volume.multiAttachEnabled = false
        volume.state = instance == nil ? "available" : "in-use"
        volume.operator = OperatorResponse(managed: false)
        volume.tags = tags.orNone
        volume.attachments =
            instance.map { instance in
                [
                    VolumeAttachment(
                        deleteOnTermination: deletesOnTermination, volumeId: id, instanceId: instance, device: device,
                        state: "attached",
                        attachTime: attachedAt)
                ]
            } ?? []
        return volume
    }

    /// As a part of its instance.
    var mapping: InstanceBlockDeviceMapping {
        InstanceBlockDeviceMapping(
            deviceName: device,
            ebs: EbsInstanceBlockDevice(
                attachTime: attachedAt, deleteOnTermination: deletesOnTermination, status: "attached", volumeId: id,
                ebsCardIndex: 0))
    }
}
