import AWSCore
import Crypto
import GRDB
import SimulatorCore

/// Secrets as they lie in the database: AES-GCM under a key that follows from the state's own secret and the name of the KMS key,
/// so that no value stands in a state's file in plain text.
///
/// KMS itself is not simulated: a key is a name here. Whoever has the whole file has the values too, since the state's secret is
/// in it: forks and snapshots must open what they were given.
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

    /// The first bytes of what KMS encrypts: clients see `AQICAH…`.
    private static let head: Bytes = [1, 2, 2, 0, 0x78]

    /// - Parameter arn: the parameter's, which KMS would be told as the encryption context.
    func seal(_ value: String, of arn: String, key: String) throws -> String {
        let context = Bytes(arn.utf8)
        // From what is sealed: the same value under the same name looks the same, and no nonce serves two values.
        let nonce = HMAC<SHA256>.authenticationCode(for: context + [0] + Bytes(value.utf8), using: self.key("nonce of \(key)"))
        let box = try AES.GCM.seal(
            Bytes(value.utf8), using: self.key(key), nonce: AES.GCM.Nonce(data: Bytes(nonce).prefix(12)),
            authenticating: context)
        return Base64.encode(Self.head + Bytes(box.nonce) + Bytes(box.ciphertext) + Bytes(box.tag))
    }

    /// - Throws: ``DamagedState`` if this is not what was sealed for this parameter.
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

/// The KMS key that a secret is sealed with, by whatever a request calls it.
enum EncryptionKey {
    static let usual = "alias/aws/ssm"

    /// The key that a request names, by id, alias or ARN.
    /// - Returns: its ARN.
    /// - Throws: `InvalidKeyId` for what names no key, or one that is known not to exist.
    @discardableResult
    static func check(_ id: String, _ context: Context) throws -> String {
        try context.kmsKey(id, malformed: .invalidKey(id), absent: .invalidKey(id))
    }

    /// Asks whether the caller may use a key of one's own. The account's key of AWS serves everybody who may use Parameter Store.
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
