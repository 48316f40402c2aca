import AWSCore
import EC2API
import SimulatorCore

/// The requested properties of a volume, checked and completed with AWS's defaults.
struct VolumePlan: Sendable {
    var type: String
    /// In GiB.
    var size: Int
    var iops, throughput: Int?
    var encryption: VolumeEncryption

    /// - Parameter source: the snapshot from which the volume is created.
    /// - Throws: AWS's errors for values that the type does not allow, for a size below the snapshot's, and for keys.
    init(
        type: String?, size: Int?, iops: Int?, throughput: Int?, encrypted: Bool?, kmsKey: String?,
        from source: SnapshotSource?,
        _ context: Context
    ) throws {
        let rules = try VolumeTypeRules.named(type ?? "gp2")
        guard let size = size ?? source?.size else { throw AWSError.missingParameter("size/snapshot") }
        if let source, size < source.size {
            throw AWSError(
                "InvalidParameterValue",
                "Volume of size \(size)GB is smaller than snapshot '\(source.id)', expect size >= \(source.size)GB")
        }
        self.type = rules.name
        self.size = size
        (self.iops, self.throughput) = try rules.performance(size: size, iops: iops, throughput: throughput)
        encryption = try VolumeEncryption(
            encrypted, kmsKey: kmsKey, source: source?.encryption, isOwnSource: source?.isOwn ?? true, context)
    }

    /// - Throws: AWS's errors for a volume that exceeds the account's quota.
    func checkQuota(_ context: Context) throws {
        try VolumeTypeRules.named(type).checkQuota(adding: size, iops: iops ?? 0, context)
    }
}

extension VolumeTypeRules {
    /// Checks AWS's default quotas per region: storage by type, and provisioned IOPS.
    ///
    /// - Parameters:
    ///   - size: the storage to add, in GiB.
    ///   - iops: the IOPS to add.
    func checkQuota(adding size: Int, iops: Int, _ context: Context) throws {
        let (stored, provisioned) = try VolumeRecord.totals(of: name, context)
        guard stored + size <= quota.tebibytes * 1024 else {
            throw AWSError(
                "VolumeLimitExceeded",
                "You have exceeded your maximum \(name) storage limit of \(quota.tebibytes) TiB "
                    + "in this region. Please contact AWS Support to request an Elastic Block Store service limit increase.")
        }
        guard provisioned + iops <= quota.iops else {
            throw AWSError(
                "MaxIOPSLimitExceeded",
                "You have exceeded your maximum \(name) IOPS limit of \(quota.iops) in this "
                    + "region. Please contact AWS Support to request an Elastic Block Store service limit increase.")
        }
    }
}

/// A snapshot that can be the source of volumes and copies.
struct SnapshotSource: Sendable {
    let id: String
    /// In GiB.
    let size: Int
    let encryption: VolumeEncryption
    let isOwn: Bool
}

extension SnapshotSource {
    /// Returns the snapshot with an id, whichever account owns it.
    /// - Throws: AWS's errors for ids, for a snapshot that the account may not use, and for one that is not ready.
    init(_ id: String, _ context: Context) throws {
        let visible = try VisibleSnapshot.get(id, context)
        let snapshot = visible.shape
        guard snapshot.state == "completed" else {
            throw AWSError(
                "IncorrectState", "Snapshot is in invalid state - \(snapshot.state?.rawValue ?? "")",
                explanation: "DescribeSnapshots shows its progress; the waiter snapshot-completed waits for it.")
        }
        guard snapshot.storageTier != "archive" else {
            throw AWSError(
                "IncorrectState", "Snapshot \(id) is in the archive tier and must be restored before it can be used.")
        }
        self.init(
            id: id, size: snapshot.volumeSize ?? 1,
            encryption: .init(of: snapshot.encrypted, snapshot.kmsKeyId), isOwn: visible.owner == context.account)
    }
}

extension VolumeEncryption {
    /// Creates the encryption of an existing resource.
    init(of encrypted: Bool?, _ key: String?) {
        self = encrypted == true ? VolumeEncryption(isEncrypted: true, stored: key) : .none
    }
}
