import AWSCore
import EC2API
import GRDB
import SimulatorCore

struct VolumeRecord: StoredResource {
    static let kind = ResourceKind.volume
    static let columns: ColumnList = [
        "id", "zone", "size", "type", "iops", "throughput", "snapshot", "is_encrypted", "kms_key", "created_at", "instance",
        "device", "attached_at", "deletes_on_termination", "state", "attachment_state", "is_multi_attach", "source_volume",
        "initialization_rate", "is_fast_restored", "enables_io", "modified_at",
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
    /// Earlier versions had no volume states: volumes existed, attached or not.
    static let lifeMigration = Migration(
        "ec2.volume-life",
        """
        ALTER TABLE ec2_volume ADD COLUMN state TEXT NOT NULL DEFAULT 'in-use'
            CHECK (state IN ('creating', 'available', 'in-use', 'deleting'));
        ALTER TABLE ec2_volume ADD COLUMN attachment_state TEXT
            CHECK (attachment_state IN ('attaching', 'attached', 'detaching', 'busy'));
        ALTER TABLE ec2_volume ADD COLUMN is_multi_attach INTEGER NOT NULL DEFAULT 0;
        ALTER TABLE ec2_volume ADD COLUMN source_volume TEXT;
        ALTER TABLE ec2_volume ADD COLUMN initialization_rate INTEGER;
        ALTER TABLE ec2_volume ADD COLUMN is_fast_restored INTEGER NOT NULL DEFAULT 0;
        ALTER TABLE ec2_volume ADD COLUMN enables_io INTEGER NOT NULL DEFAULT 0;
        ALTER TABLE ec2_volume ADD COLUMN modified_at TEXT NOT NULL DEFAULT '';
        UPDATE ec2_volume SET state = 'available' WHERE instance IS NULL;
        UPDATE ec2_volume SET attachment_state = 'attached' WHERE instance IS NOT NULL
        """)

    var id, zone: String
    /// In GiB.
    var size: Int
    var type: String
    var iops, throughput: Int?
    /// Empty for a volume that was created blank.
    var snapshot: String
    var isEncrypted: Bool
    var kmsKey: String?
    var createdAt: Instant
    /// The instance to which it is attached. Nil for a free volume, and for a volume with Multi-Attach, whose attachments
    /// have a table of their own.
    var instance: String?
    var device: String?
    var attachedAt: Instant?
    var deletesOnTermination: Bool
    var state: State
    var attachmentState: AttachmentState?
    var isMultiAttach = false
    /// The volume from which it was copied.
    var sourceVolume: String?
    /// In MiB/s.
    var initializationRate: Int?
    var isFastRestored = false
    /// Whether I/O is enabled automatically when the data might be inconsistent.
    var enablesIO = false
    /// The start times of its last modifications, in milliseconds, separated by commas.
    var modifiedAt = ""

    enum State: String, Sendable {
        case creating, available
        case inUse = "in-use"
        case deleting
    }
    enum AttachmentState: String, Sendable { case attaching, attached, detaching, busy }
}

extension VolumeRecord {
    init(_ row: StoredRow) throws {
        let attachedAt: Int64? = try row[12]
        let state: String = try row[14], attachmentState: String? = try row[15]
        guard let known = State(rawValue: state) else { throw DamagedState("'\(state)' is not the state of a volume") }
        try self.init(
            id: row[0], zone: row[1], size: row[2], type: row[3], iops: row[4], throughput: row[5], snapshot: row[6],
            isEncrypted: row[7], kmsKey: row[8], createdAt: Instant(milliseconds: row[9]), instance: row[10], device: row[11],
            attachedAt: attachedAt.map { Instant(milliseconds: $0) }, deletesOnTermination: row[13], state: known,
            attachmentState: attachmentState.flatMap { AttachmentState(rawValue: $0) }, isMultiAttach: row[16],
            sourceVolume: row[17], initializationRate: row[18], isFastRestored: row[19], enablesIO: row[20], modifiedAt: row[21]
        )
    }

    var values: [(any DatabaseValueConvertible)?] {
        [
            id, zone, size, type, iops, throughput, snapshot, isEncrypted, kmsKey, createdAt.milliseconds,
            isMultiAttach ? nil : instance, isMultiAttach ? nil : device, isMultiAttach ? nil : attachedAt?.milliseconds,
            deletesOnTermination, state.rawValue, isMultiAttach ? nil : attachmentState?.rawValue, isMultiAttach, sourceVolume,
            initializationRate, isFastRestored, enablesIO, modifiedAt,
        ]
    }

    /// Returns the volume with an id.
    /// - Throws: AWS's errors for malformed or unknown ids. EBS reports a malformed id differently from the rest of EC2,
    ///   according to https://github.com/aws/aws-cli's integration tests.
    static func named(_ id: String, as parameter: String = "volumeId", _ context: Context) throws -> VolumeRecord {
        guard kind.isWellFormed(id) else { throw AWSError.invalidValue(id, for: parameter, "Expected: 'vol-...'.") }
        guard let found = try find(id, context) else { throw kind.notFound(id) }
        return found
    }

    /// Returns the GiB and IOPS of all volumes of a type.
    static func totals(of type: String, _ context: Context) throws -> (size: Int, iops: Int) {
        let statement = try context.db.cachedStatement(
            sql: """
                SELECT COALESCE(SUM(size), 0), COALESCE(SUM(iops), 0) FROM ec2_volume
                WHERE account = ? AND region = ? AND type = ?
                """)
        return try StoredRow.first(statement, [context.account, context.region, type]) { try ($0[0], $0[1]) } ?? (0, 0)
    }

    var encryption: VolumeEncryption { .init(isEncrypted: isEncrypted, stored: kmsKey) }

    /// Returns the number of bytes ever written to the volume. Assumed: only the source snapshot's data.
    func writtenBytes(_ context: Context) throws -> Int {
        guard !snapshot.isEmpty, let source = try? VisibleSnapshot.get(snapshot, context).shape else { return 0 }
        return source.fullSnapshotSizeInBytes ?? (source.volumeSize ?? 0) << 30
    }
}

// MARK: Life

/// The typical times that AWS takes to change a volume.
enum VolumeTimes {
    static let create = Duration.seconds(6)
    static let delete = Duration.seconds(8)
    static let attach = Duration.seconds(3)
    static let detach = Duration.seconds(6)
}

extension VolumeRecord {
    func noteDue(after time: Duration, _ context: Context) throws {
        try Due.set(Self.kind.type, id, at: context.now + context.transitions.duration(time), context)
    }

    static func settle(_ due: [Due], _ context: Context) throws {
        for due in due {
            guard var volume = try find(due.id, context) else { continue }
            switch volume.state {
            case .creating where !volume.encryption.isAccessible(context), .deleting:
                try volume.deleteUnlessNeeded(context)
            case .creating:
                volume.state = .available
                try volume.update(context)
            case .available, .inUse: break
            }
        }
    }
}
