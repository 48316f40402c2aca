public import AWSCore
import Crypto
import CryptoExtras
import Foundation
public import SimulatorCore
import Synchronization

/// Issues OpenID Connect tokens in the name of any issuer, so that the logins of GitHub Actions and EKS can be tested without
/// them.
///
/// The ES256 and ES384 keys are derived from the simulator's seed. The RSA key is created once per process, at first use.
public struct TokenIssuer: Sendable {
    /// The signature algorithms of its tokens (RFC 7518).
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

    /// Returns the public keys that verify signatures.
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

    /// Returns the keys, including the RSA key, as a JWK set (RFC 7517 §5).
    public func keySet() throws -> Node {
        _ = try Self.rsaKey()
        return .object([.init("keys", .list(try keys().map(\.node)))])
    }

    /// Returns an issuer's discovery document (OpenID Connect Discovery 1.0).
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

    /// Returns a signed token.
    ///
    /// - Parameters:
    ///   - issuer: for example, `https://token.actions.githubusercontent.com`
    ///   - claims: additional claims; they override iss, sub, aud, iat, nbf, exp and jti.
    /// - Throws: errors of the cryptography library, which do not occur in practice.
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
