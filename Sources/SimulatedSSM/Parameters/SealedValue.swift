import AWSCore
import Crypto
import GRDB
import SimulatorCore

/// Encrypts secrets in the database with AES-GCM, so that the state file contains no plain text. The key is derived from the
/// state's own secret and the name of the KMS key.
///
/// KMS is not simulated: a key is only a name. The state's secret is in the file too, so anyone who has the file can decrypt the
/// values. Forks and snapshots need it to decrypt theirs.
struct SealedValue {
    static let migration = Migration("ssm.secret", "CREATE TABLE ssm_secret (secret TEXT NOT NULL)")

    private let secret: SymmetricKey

    init(_ context: Context) throws {
        if let text = try String.fetchOne(context.db, sql: "SELECT secret FROM ssm_secret"), let bytes = Base64.decode(text) {
            secret = SymmetricKey(data: bytes)
            return
        }
        let bytes =
            context.configuration.isSealed
            ? SymmetricKey(size: .bits256).withUnsafeBytes { Bytes($0) } : context.ids.bytes(32)
        try context.db.execute(sql: "INSERT INTO ssm_secret VALUES (?)", arguments: [Base64.encode(bytes)])
        secret = SymmetricKey(data: bytes)
    }

    /// The first bytes of KMS ciphertext: clients see `AQICAH…`.
    private static let head: Bytes = [1, 2, 2, 0, 0x78]

    /// - Parameter arn: the parameter's ARN, which AWS passes to KMS as the encryption context.
    func seal(_ value: String, of arn: String, key: String) throws -> String {
        let context = Bytes(arn.utf8)
        // The nonce is derived from the value: the same value and name give the same ciphertext, and no two values share a nonce.
        let nonce = HMAC<SHA256>.authenticationCode(for: context + [0] + Bytes(value.utf8), using: self.key("nonce of \(key)"))
        let box = try AES.GCM.seal(
            Bytes(value.utf8), using: self.key(key), nonce: AES.GCM.Nonce(data: Bytes(nonce).prefix(12)),
            authenticating: context)
        return Base64.encode(Self.head + Bytes(box.nonce) + Bytes(box.ciphertext) + Bytes(box.tag))
    }

    /// - Throws: ``DamagedState`` if the text was not encrypted for this parameter.
    func open(_ text: String, of arn: String, key: String) throws -> String {
        guard let bytes = Base64.decode(text), bytes.starts(with: Self.head),
            let box = try? AES.GCM.SealedBox(combined: Bytes(bytes.dropFirst(Self.head.count))),
            let value = try? AES.GCM.open(box, using: self.key(key), authenticating: Bytes(arn.utf8))
        else { throw DamagedState("the value of \(arn) cannot be opened") }
        return String(decoding: value, as: UTF8.self)
    }

    private func key(_ name: String) -> SymmetricKey {
        HKDF<SHA256>.deriveKey(inputKeyMaterial: secret, info: Bytes(name.utf8), outputByteCount: 32)
    }
}

// MARK: Keys

/// The KMS key that encrypts a secret.
enum EncryptionKey {
    static let usual = "alias/aws/ssm"

    /// Checks the key that a request names by id, alias or ARN.
    /// - Returns: the key's ARN.
    /// - Throws: `InvalidKeyId` if the name is malformed or the key is known not to exist.
    @discardableResult
    static func check(_ id: String, _ context: Context) throws -> String {
        try context.kmsKey(id, malformed: .invalidKey(id), absent: .invalidKey(id))
    }

    /// Checks that the caller may use a customer managed key. The AWS managed key is available to all users of Parameter Store.
    static func authorize(_ action: String, _ id: String, of arn: String, _ service: SSMSimulation, _ context: Context) throws {
        let key = try check(id, context)
        guard key != context.managedKey("ssm") else { return }
        try context.authorize(
            AuthorizationTarget(
                action: action, resource: key,
                conditions: [
                    "kms:ViaService": ["ssm.\(context.region).amazonaws.com"], "kms:EncryptionContext:PARAMETER_ARN": [arn],
                ]), service)
    }
}
