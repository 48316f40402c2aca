import AWSCore
import EC2API
import SimulatorCore

// The account's settings for volumes and snapshots in a region.

// MARK: Encryption by default

extension EC2Simulation {
    public func getEbsEncryptionByDefault(
        _ input: GetEbsEncryptionByDefaultRequest, _ context: Context
    ) throws -> GetEbsEncryptionByDefaultResult {
        GetEbsEncryptionByDefaultResult(
            ebsEncryptionByDefault: try AccountSettings.value(.ebsEncryptionByDefault, context) != nil)
    }

    public func enableEbsEncryptionByDefault(
        _ input: EnableEbsEncryptionByDefaultRequest, _ context: Context
    ) throws -> EnableEbsEncryptionByDefaultResult {
        try AccountSettings.set(.ebsEncryptionByDefault, to: "true", context)
        return EnableEbsEncryptionByDefaultResult(ebsEncryptionByDefault: true)
    }

    public func disableEbsEncryptionByDefault(
        _ input: DisableEbsEncryptionByDefaultRequest, _ context: Context
    ) throws -> DisableEbsEncryptionByDefaultResult {
        try AccountSettings.set(.ebsEncryptionByDefault, to: nil, context)
        return DisableEbsEncryptionByDefaultResult(ebsEncryptionByDefault: false)
    }

    public func getEbsDefaultKmsKeyId(
        _ input: GetEbsDefaultKmsKeyIdRequest, _ context: Context
    ) throws -> GetEbsDefaultKmsKeyIdResult {
        GetEbsDefaultKmsKeyIdResult(kmsKeyId: try AccountSettings.value(.ebsKmsKey, context) ?? VolumeEncryption.managedAlias)
    }

    public func modifyEbsDefaultKmsKeyId(
        _ input: ModifyEbsDefaultKmsKeyIdRequest, _ context: Context
    ) throws -> ModifyEbsDefaultKmsKeyIdResult {
        guard !input.kmsKeyId.isEmpty else { throw AWSError.missingParameter("KmsKeyId") }
        guard let key = try VolumeEncryption.key(input.kmsKeyId, context) else {
            throw AWSError.kmsKeyNotFound(input.kmsKeyId)
        }
        try AccountSettings.set(.ebsKmsKey, to: key == context.managedKey("ebs") ? nil : key, context)
        return ModifyEbsDefaultKmsKeyIdResult(kmsKeyId: key)
    }

    public func resetEbsDefaultKmsKeyId(
        _ input: ResetEbsDefaultKmsKeyIdRequest, _ context: Context
    ) throws -> ResetEbsDefaultKmsKeyIdResult {
        try AccountSettings.set(.ebsKmsKey, to: nil, context)
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
        let state = try AccountSettings.value(.snapshotBlockPublicAccess, context)
        return GetSnapshotBlockPublicAccessStateResult(
            state: state.map { SnapshotBlockPublicAccessState($0) } ?? .unblocked, managedBy: .account)
    }

    public func enableSnapshotBlockPublicAccess(
        _ input: EnableSnapshotBlockPublicAccessRequest, _ context: Context
    ) throws -> EnableSnapshotBlockPublicAccessResult {
        guard input.state == .blockAllSharing || input.state == .blockNewSharing else {
            throw AWSError.invalidValue(input.state.rawValue, for: "State")
        }
        try AccountSettings.set(.snapshotBlockPublicAccess, to: input.state.rawValue, context)
        return EnableSnapshotBlockPublicAccessResult(state: input.state)
    }

    public func disableSnapshotBlockPublicAccess(
        _ input: DisableSnapshotBlockPublicAccessRequest, _ context: Context
    ) throws -> DisableSnapshotBlockPublicAccessResult {
        try AccountSettings.set(.snapshotBlockPublicAccess, to: nil, context)
        return DisableSnapshotBlockPublicAccessResult(state: .unblocked)
    }
}
