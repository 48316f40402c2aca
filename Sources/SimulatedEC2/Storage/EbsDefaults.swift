import AWSCore
import EC2API
import SimulatorCore

// The account's settings for volumes and snapshots in a region.

enum EbsDefaults {
    static let encryption = AccountDocument<GetEbsEncryptionByDefaultResult>("ebs-encryption-by-default")
    /// The ARN of the key for volumes whose request names none.
    static let key = AccountDocument<GetEbsDefaultKmsKeyIdResult>("ebs-kms-key")
    static let snapshotAccess = AccountDocument<GetSnapshotBlockPublicAccessStateResult>("snapshot-block-public-access")

    static func encryptsVolumes(_ context: Context) throws -> Bool {
        try encryption.get(context)?.ebsEncryptionByDefault == true
    }
}

// MARK: Encryption by default

extension EC2Simulation {
    public func getEbsEncryptionByDefault(
        _ input: GetEbsEncryptionByDefaultRequest, _ context: Context
    ) throws -> GetEbsEncryptionByDefaultResult {
        GetEbsEncryptionByDefaultResult(
            ebsEncryptionByDefault: try EbsDefaults.encryptsVolumes(context))
    }

    public func enableEbsEncryptionByDefault(
        _ input: EnableEbsEncryptionByDefaultRequest, _ context: Context
    ) throws -> EnableEbsEncryptionByDefaultResult {
        try EbsDefaults.encryption.set(.init(ebsEncryptionByDefault: true), context)
        return EnableEbsEncryptionByDefaultResult(ebsEncryptionByDefault: true)
    }

    public func disableEbsEncryptionByDefault(
        _ input: DisableEbsEncryptionByDefaultRequest, _ context: Context
    ) throws -> DisableEbsEncryptionByDefaultResult {
        try EbsDefaults.encryption.clear(context)
        return DisableEbsEncryptionByDefaultResult(ebsEncryptionByDefault: false)
    }

    public func getEbsDefaultKmsKeyId(
        _ input: GetEbsDefaultKmsKeyIdRequest, _ context: Context
    ) throws -> GetEbsDefaultKmsKeyIdResult {
        GetEbsDefaultKmsKeyIdResult(kmsKeyId: try EbsDefaults.key.get(context)?.kmsKeyId ?? VolumeEncryption.managedAlias)
    }

    public func modifyEbsDefaultKmsKeyId(
        _ input: ModifyEbsDefaultKmsKeyIdRequest, _ context: Context
    ) throws -> ModifyEbsDefaultKmsKeyIdResult {
        guard !input.kmsKeyId.isEmpty else { throw AWSError.missingParameter("KmsKeyId") }
        guard let key = try VolumeEncryption.key(input.kmsKeyId, context) else {
            throw AWSError.kmsKeyNotFound(input.kmsKeyId)
        }
        if key == context.managedKey("ebs") {
            try EbsDefaults.key.clear(context)
        } else {
            try EbsDefaults.key.set(.init(kmsKeyId: key), context)
        }
        return ModifyEbsDefaultKmsKeyIdResult(kmsKeyId: key)
    }

    public func resetEbsDefaultKmsKeyId(
        _ input: ResetEbsDefaultKmsKeyIdRequest, _ context: Context
    ) throws -> ResetEbsDefaultKmsKeyIdResult {
        try EbsDefaults.key.clear(context)
        return ResetEbsDefaultKmsKeyIdResult(kmsKeyId: VolumeEncryption.managedAlias)
    }
}

extension VolumeEncryption {
    /// The alias of the key that AWS manages.
    fileprivate static let managedAlias = "alias/aws/ebs"
}

// MARK: Block public access

extension EC2Simulation {
    public func getSnapshotBlockPublicAccessState(
        _ input: GetSnapshotBlockPublicAccessStateRequest, _ context: Context
    ) throws -> GetSnapshotBlockPublicAccessStateResult {
        GetSnapshotBlockPublicAccessStateResult(
            state: try EbsDefaults.snapshotAccess.get(context)?.state ?? .unblocked, managedBy: .account)
    }

    public func enableSnapshotBlockPublicAccess(
        _ input: EnableSnapshotBlockPublicAccessRequest, _ context: Context
    ) throws -> EnableSnapshotBlockPublicAccessResult {
        guard input.state == .blockAllSharing || input.state == .blockNewSharing else {
            throw AWSError.invalidValue(input.state.rawValue, for: "State")
        }
        try EbsDefaults.snapshotAccess.set(.init(state: input.state), context)
        return EnableSnapshotBlockPublicAccessResult(state: input.state)
    }

    public func disableSnapshotBlockPublicAccess(
        _ input: DisableSnapshotBlockPublicAccessRequest, _ context: Context
    ) throws -> DisableSnapshotBlockPublicAccessResult {
        try EbsDefaults.snapshotAccess.clear(context)
        return DisableSnapshotBlockPublicAccessResult(state: .unblocked)
    }
}

// MARK: Earlier states

extension EbsDefaults {
    /// Earlier versions stored these settings in a table, as text, not as documents.
    static let migration = Migration(
        "ec2.account-settings-as-documents",
        """
        INSERT INTO resource (account, region, kind, id, phase, document)
        SELECT account, region, 'account-setting', name, '', CASE name
            WHEN 'ebs-encryption-by-default' THEN json_object('EbsEncryptionByDefault', json('true'))
            WHEN 'ebs-kms-key' THEN json_object('KmsKeyId', value)
            ELSE json_object('State', value) END
        FROM ec2_account_setting;
        DROP TABLE ec2_account_setting
        """)

    /// Creates that earlier table.
    static let earlierMigration = Migration(
        "ec2.account-setting",
        """
        CREATE TABLE ec2_account_setting (
            account TEXT NOT NULL, region TEXT NOT NULL, name TEXT NOT NULL, value TEXT NOT NULL,
            PRIMARY KEY (account, region, name)
        ) WITHOUT ROWID
        """)
}
