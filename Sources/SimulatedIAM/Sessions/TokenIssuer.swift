public import AWSCore
import Crypto
import CryptoExtras
import Foundation
public import SimulatorCore
import Synchronization

/// A simulator as an issuer of OpenID Connect tokens: it plays whatever issuer it is told to, so that what GitHub Actions and
/// EKS do to get credentials can be tested without them.
///
/// Its ES256 and ES384 keys follow from the simulator's seed; the RSA key is made once a process, when one is first wanted.
public struct TokenIssuer: Sendable {
    public enum Algorithm: String, Sendable, CaseIterable {
        case rs256 = "RS256"
        case es256 = "ES256"
        case es384 = "ES384"
    }

    private let configuration: SimulatorCore.Configuration
    private var seed: UInt64 { configuration.seed }

    public init(_ simulator: Simulator) { configuration = simulator.configuration }

    private static let rsa = Mutex<_RSA.Signing.PrivateKey?>(nil)

    private static func rsaKey() throws -> _RSA.Signing.PrivateKey {
        try rsa.withLock { made in
            if let made { return made }
            let key = try _RSA.Signing.PrivateKey(keySize: .bits2048)
            made = key
            return key
        }
    }

    private func es256() throws -> P256.Signing.PrivateKey {
        try P256.Signing.PrivateKey(rawRepresentation: material("ES256").bytes(32))
    }

    private func es384() throws -> P384.Signing.PrivateKey {
        try P384.Signing.PrivateKey(rawRepresentation: material("ES384").bytes(48))
    }

    private func material(_ name: String) -> IDGenerator {
        configuration.ids(for: .issuerKey, of: name, else: IDGenerator(seed: seed, scope: "issuer \(name)"))
    }

    /// The public keys that signatures are verified by.
    func keys() throws -> [WebKey] {
        var keys = [
            WebKey(id: "drydock-es256", .p256(try es256().publicKey)),
            WebKey(id: "drydock-es384", .p384(try es384().publicKey)),
        ]
        let parts = try Self.rsa.withLock { try $0?.publicKey.getKeyPrimitives() }
        if let parts {
            keys.append(
                WebKey(id: "drydock-rs256", .rsa(modulus: Bytes(parts.modulus), exponent: Bytes(parts.publicExponent))))
        }
        return keys
    }

    /// The keys as a JWK set (RFC 7517 §5), the RSA key among them.
    public func keySet() throws -> Node {
        _ = try Self.rsaKey()
        return .object([.init("keys", .list(try keys().map(\.node)))])
    }

    /// The discovery document of an issuer, as OpenID Connect Discovery 1.0 has it.
    public static func discovery(issuer: String, keysAt keys: String) -> Node {
        func list(_ texts: [String]) -> Node { .list(texts.map(Node.string)) }
        return .object([
            .init("issuer", .string(issuer)), .init("jwks_uri", .string(keys)),
            .init("subject_types_supported", list(["public"])), .init("response_types_supported", list(["id_token"])),
            .init("claims_supported", list(["sub", "aud", "exp", "iat", "iss", "jti", "nbf"])),
            .init("id_token_signing_alg_values_supported", list(Algorithm.allCases.map(\.rawValue))),
            .init("scopes_supported", list(["openid"])),
        ])
    }

    /// A signed token.
    ///
    /// - Parameters:
    ///   - issuer: `https://token.actions.githubusercontent.com`
    ///   - claims: beside iss, sub, aud, iat, nbf, exp and jti; those take their place.
    /// - Throws: what the keys' library throws; nothing in practice.
    public func token(
        issuer: String, subject: String, audience: [String], claims: [Node.Field] = [], lifetime: Duration = .minutes(10),
        algorithm: Algorithm = .rs256, now: Instant
    ) throws -> String {
        var fields: [Node.Field] = [
            .init("iss", .string(issuer)), .init("sub", .string(subject)),
            .init("aud", audience.count == 1 ? .string(audience[0]) : .list(audience.map(Node.string))),
            .init("iat", .integer(now.seconds)), .init("nbf", .integer(now.seconds)),
            .init("exp", .integer((now + lifetime).seconds)),
            .init("jti", .string(IDGenerator(seed: seed, scope: "token \(issuer) \(subject) \(now.milliseconds)").uuid())),
        ]
        let names = Set(claims.map(\.name))
        fields.removeAll { names.contains($0.name) }
        return try sign(.object(fields + claims), algorithm)
    }

    func sign(_ claims: Node, _ algorithm: Algorithm) throws -> String {
        let header = Node.object([
            .init("typ", .string("JWT")), .init("alg", .string(algorithm.rawValue)),
            .init("kid", .string("drydock-\(algorithm.rawValue.lowercased())")),
        ])
        let text = Base64URL.encode(JSON.write(header)) + "." + Base64URL.encode(JSON.write(claims))
        let bytes = Bytes(text.utf8)
        let signature: Bytes
        switch algorithm {
        case .rs256:
            signature = Bytes(
                try Self.rsaKey().signature(for: SHA256.hash(data: bytes), padding: .insecurePKCS1v1_5).rawRepresentation)
        case .es256: signature = Bytes(try es256().signature(for: bytes).rawRepresentation)
        case .es384: signature = Bytes(try es384().signature(for: bytes).rawRepresentation)
        }
        return text + "." + Base64URL.encode(signature)
    }
}
