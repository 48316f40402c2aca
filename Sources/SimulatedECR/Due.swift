import AWSCore
public import SimulatorCore

// ECR's scheduled work: replication, lifecycle policies, upload expiry and the removal of unreferenced blobs. Database triggers
// maintain the core's schedule, so handlers do not.

extension ECRSimulation {
    /// The kinds of scheduled work.
    enum DueKind: String {
        /// A row of `ecr_replication`; the id is its number.
        case replication = "ecr-replication"
        /// A repository's lifecycle policy; the id is the repository's name.
        case lifecycle = "ecr-lifecycle"
        case upload = "ecr-upload"
        /// A replication backfill, by its id.
        case backfill = "ecr-backfill"
        /// Blobs that lost references: one entry for the whole simulator.
        case orphans = "ecr-orphans"
    }

    /// The interval of lifecycle policies depends on the configuration, which the database does not know. The trigger therefore
    /// schedules a policy at once.
    static let dueMigration = Migration(
        "ecr.due",
        """
        CREATE TRIGGER ecr_replication_begun AFTER INSERT ON ecr_replication WHEN new.status = 'IN_PROGRESS'
        BEGIN INSERT OR REPLACE INTO due
            VALUES (new.account, new.region, 'ecr', 'ecr-replication', new.number, new.due_at); END;
        CREATE TRIGGER ecr_upload_begun AFTER INSERT ON ecr_upload
        BEGIN INSERT OR REPLACE INTO due
            VALUES (new.account, new.region, 'ecr', 'ecr-upload', new.id, new.started_at + 86400000); END;
        CREATE TRIGGER ecr_upload_ended AFTER DELETE ON ecr_upload
        BEGIN DELETE FROM due
            WHERE account = old.account AND region = old.region AND kind = 'ecr-upload' AND id = old.id; END;
        CREATE TRIGGER ecr_lifecycle_made AFTER INSERT ON ecr_repository WHEN new.lifecycle_policy IS NOT NULL
        BEGIN INSERT OR REPLACE INTO due VALUES (new.account, new.region, 'ecr', 'ecr-lifecycle', new.name, 0); END;
        CREATE TRIGGER ecr_lifecycle_set AFTER UPDATE OF lifecycle_set_at ON ecr_repository
            WHEN new.lifecycle_policy IS NOT NULL AND new.lifecycle_set_at IS NOT old.lifecycle_set_at
        BEGIN INSERT OR REPLACE INTO due VALUES (new.account, new.region, 'ecr', 'ecr-lifecycle', new.name, 0); END;
        CREATE TRIGGER ecr_lifecycle_removed AFTER UPDATE OF lifecycle_policy ON ecr_repository
            WHEN new.lifecycle_policy IS NULL AND old.lifecycle_policy IS NOT NULL
        BEGIN DELETE FROM due
            WHERE account = old.account AND region = old.region AND kind = 'ecr-lifecycle' AND id = old.name; END;
        CREATE TRIGGER ecr_repository_deleted AFTER DELETE ON ecr_repository WHEN old.lifecycle_policy IS NOT NULL
        BEGIN DELETE FROM due
            WHERE account = old.account AND region = old.region AND kind = 'ecr-lifecycle' AND id = old.name; END;
        CREATE TRIGGER ecr_orphan_found AFTER INSERT ON ecr_orphan
        BEGIN INSERT OR REPLACE INTO due VALUES ('', '', 'ecr', 'ecr-orphans', '', 0); END;
        INSERT INTO due SELECT account, region, 'ecr', 'ecr-replication', number, due_at FROM ecr_replication
            WHERE status = 'IN_PROGRESS';
        INSERT INTO due SELECT account, region, 'ecr', 'ecr-upload', id, started_at + 86400000 FROM ecr_upload;
        INSERT INTO due SELECT account, region, 'ecr', 'ecr-lifecycle', name, 0 FROM ecr_repository
            WHERE lifecycle_policy IS NOT NULL;
        INSERT INTO due SELECT '', '', 'ecr', 'ecr-orphans', '', 0 WHERE EXISTS (SELECT 1 FROM ecr_orphan);
        """)

    public func settle(_ kind: String, _ due: [Due], _ context: Context) throws {
        switch DueKind(rawValue: kind) {
        case .replication: try replicate(due.compactMap { Int64($0.id) }, context)
        case .lifecycle: for due in due { try runLifecycle(of: due.id, context) }
        case .backfill: for due in due { try advanceBackfill(due, context) }
        case .upload: try expireUploads(due.map(\.id), context)
        case .orphans: collector.collectSoon(context)
        case nil: throw DamagedState("a change of the unknown kind '\(kind)' is due in ECR")
        }
    }

    public func joined(_ simulator: Simulator) { collector.know(simulator) }
}
