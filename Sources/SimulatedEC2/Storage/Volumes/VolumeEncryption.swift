import AWSCore
import EC2API
import SimulatorCore

/// Whether a new volume or a copy of a snapshot is encrypted, and with which key.
///
/// https://docs.aws.amazon.com/ebs/latest/userguide/how-ebs-encryption-works.html
struct VolumeEncryption: Sendable, Equatable {
    var isEncrypted: Bool
    /// The key's ARN.
    var key: String?

    static let none = VolumeEncryption(isEncrypted: false, stored: nil)

    init(isEncrypted: Bool, stored key: String?) {
        self.isEncrypted = isEncrypted
        self.key = key
    }

    /// - Parameters:
    ///   - encrypted: the request's value.
    ///   - kmsKey: the key's id, ARN, alias or alias ARN.
    ///   - source: the snapshot from which it is created.
    /// - Throws: AWS's errors for a key without encryption or with a malformed id, and for decryption of an encrypted
    ///   source. AWS checks later whether the key exists; see ``isAccessible(_:)``.
    init(_ encrypted: Bool?, kmsKey: String?, source: VolumeEncryption?, isOwnSource: Bool = true, _ context: Context) throws {
        let isDefault = try EbsDefaults.encryptsVolumes(context)
        let kmsKey = kmsKey.flatMap { $0.isEmpty ? nil : $0 }
        if source?.isEncrypted == true, encrypted == false {
            throw AWSError(
                "InvalidParameterValue", "Encrypted flag cannot be set to false when creating from an encrypted snapshot.")
        }
        guard encrypted == true || isDefault || source?.isEncrypted == true else {
            guard kmsKey == nil else { throw AWSError.keyWithoutEncryption }
            self = .none
            return
        }
        isEncrypted = true
        if let kmsKey {
            // A key needs Encrypted or encryption by default, even if the source is encrypted.
            guard encrypted == true || isDefault else { throw AWSError.keyWithoutEncryption }
            key =
                try Self.key(kmsKey, context)
                ?? (kmsKey.hasPrefix("arn:")
                    ? kmsKey : context.arn("kms", kmsKey.hasPrefix("alias/") ? kmsKey : "key/\(kmsKey)"))
        } else if let source, source.isEncrypted, isOwnSource {
            key = source.key
        } else {
            key = try Self.defaultKey(context)
        }
    }

    /// Returns the key for requests that name none.
    static func defaultKey(_ context: Context) throws -> String {
        try EbsDefaults.key.get(context)?.kmsKeyId ?? context.managedKey("ebs")
    }

    /// Returns the ARN of the key that a request names; nil if the user's list of existing keys lacks it.
    static func key(_ text: String, _ context: Context) throws -> String? {
        let absent = AWSError("InvalidKmsKey.NotFound", "")
        do {
            return try context.kmsKey(text, malformed: .invalidValue(text, for: "KmsKeyId"), absent: absent)
        } catch let error as AWSError where error.code == absent.code { return nil }
    }

    /// Whether the key, if any, can be used. AWS finds out only after its response.
    func isAccessible(_ context: Context) -> Bool { key.map { !context.isAbsentKey($0) } ?? true }
}

extension AWSError {
    static let keyWithoutEncryption = AWSError(
        "InvalidParameterDependency", "The parameter KmsKeyId requires the parameter Encrypted to be set.")

    static func kmsKeyNotFound(_ text: String) -> AWSError {
        AWSError("InvalidKmsKey.NotFound", "The KMS key '\(text)' does not exist.")
    }
}
