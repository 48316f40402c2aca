import AWSCore
import EC2API
import GRDB
import SimulatorCore

extension EC2Simulation {
    static let keyPairMigration = Migration(
        "ec2.key_pair",
        """
        CREATE TABLE ec2_key_pair (
            account TEXT NOT NULL, region TEXT NOT NULL, id TEXT NOT NULL, name TEXT NOT NULL, type TEXT NOT NULL,
            fingerprint TEXT NOT NULL, public_key TEXT NOT NULL, created_at INTEGER NOT NULL,
            PRIMARY KEY (account, region, name), UNIQUE (account, region, id)
        ) WITHOUT ROWID
        """)
}
