import AWSCore
import Crypto
import CryptoExtras
import Foundation
import SimulatorCore

/// A parsed JSON web token (RFC 7519).
struct WebToken {
    let header, claims: Node
    let signature: Bytes
    private let signed: Bytes

    init?(_ text: String) {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 3, let head = Base64URL.decode(parts[0]), let body = Base64URL.decode(parts[1]),
            let signature = Base64URL.decode(parts[2]), let header = try? JSON.parse(head), header.fields != nil,
            let claims = try? JSON.parse(body), claims.fields != nil
        else { return nil }
        self.header = header
        self.claims = claims
        self.signature = signature
        signed = Bytes("\(parts[0]).\(parts[1])".utf8)
    }

    /// Whether one of the keys made the token's signature.
    func isSigned(by keys: [WebKey]) -> Bool {
        let id = header["kid"]?.string
        let algorithm = header["alg"]?.string ?? ""
        return keys.contains { (id == nil || $0.id == nil || $0.id == id) && $0.verifies(signature, signed, algorithm) }
    }

    /// Returns a claim's values as text: one value, or the elements of a list.
    func texts(_ name: String) -> [String] {
        guard let value = claims[name] else { return [] }
        return (value.elements ?? [value]).compactMap { element in
            switch element {
            case .string(let text): text
            case .integer(let number): String(number)
            case .bool(let flag): flag ? "true" : "false"
            default: nil
            }
        }
    }

    func seconds(_ name: String) -> Int64? {
        switch claims[name] {
        case .integer(let value)?: value
        case .number(let value)?: Int64(value)
        default: nil
        }
    }
}

enum Base64URL {
    static func encode(_ bytes: Bytes) -> String {
        Base64.encode(bytes).replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
    }

    static func decode(_ text: some StringProtocol) -> Bytes? {
        let plain = String(text).replacing("-", with: "+").replacing("_", with: "/")
        return Base64.decode(plain + String(repeating: "=", count: (4 - plain.utf8.count % 4) % 4))
    }
}

/// An issuer's public key (RFC 7517).
enum WebKeyMaterial: Sendable {
    case rsa(modulus: Bytes, exponent: Bytes)
    case p256(P256.Signing.PublicKey)
    case p384(P384.Signing.PublicKey)
}

struct WebKey: Sendable {
    let id: String?
    let material: WebKeyMaterial

    init(id: String?, _ material: WebKeyMaterial) {
        self.id = id
        self.material = material
    }

    /// - Returns: nil for a kind of key that IAM does not support.
    init?(_ node: Node) {
        id = node["kid"]?.string
        func bytes(_ name: String) -> Bytes? { node[name]?.string.flatMap { Base64URL.decode($0) } }
        switch (node["kty"]?.string, node["crv"]?.string) {
        case ("RSA"?, _):
            guard let modulus = bytes("n"), let exponent = bytes("e") else { return nil }
            material = .rsa(modulus: modulus, exponent: exponent)
        case ("EC"?, "P-256"?):
            guard let x = bytes("x"), let y = bytes("y"),
                let key = try? P256.Signing.PublicKey(x963Representation: [4] + x + y)
            else { return nil }
            material = .p256(key)
        case ("EC"?, "P-384"?):
            guard let x = bytes("x"), let y = bytes("y"),
                let key = try? P384.Signing.PublicKey(x963Representation: [4] + x + y)
            else { return nil }
            material = .p384(key)
        default: return nil
        }
    }

    var node: Node {
        var fields: [Node.Field] = [.init("use", .string("sig"))]
        if let id { fields.append(.init("kid", .string(id))) }
        func add(_ name: String, _ bytes: Bytes) { fields.append(.init(name, .string(Base64URL.encode(bytes)))) }
        switch material {
        case .rsa(let modulus, let exponent):
            fields += [.init("kty", .string("RSA")), .init("alg", .string("RS256"))]
            add("n", modulus)
            add("e", exponent)
        case .p256(let key):
            let point = Bytes(key.x963Representation)
            fields += [.init("kty", .string("EC")), .init("crv", .string("P-256")), .init("alg", .string("ES256"))]
            add("x", Bytes(point[1..<33]))
            add("y", Bytes(point[33...]))
        case .p384(let key):
            let point = Bytes(key.x963Representation)
            fields += [.init("kty", .string("EC")), .init("crv", .string("P-384")), .init("alg", .string("ES384"))]
            add("x", Bytes(point[1..<49]))
            add("y", Bytes(point[49...]))
        }
        return .object(fields)
    }

    /// Verifies a signature with the algorithms that IAM accepts: the RS and ES families.
    func verifies(_ signature: Bytes, _ signed: Bytes, _ algorithm: String) -> Bool {
        switch (material, algorithm) {
        case (.rsa(let modulus, let exponent), "RS256"):
            guard let key = try? _RSA.Signing.PublicKey(n: modulus, e: exponent) else { return false }
            return key.isValidSignature(
                .init(rawRepresentation: signature), for: SHA256.hash(data: signed), padding: .insecurePKCS1v1_5)
        case (.p256(let key), "ES256"):
            guard let signature = try? P256.Signing.ECDSASignature(rawRepresentation: signature) else { return false }
            return key.isValidSignature(signature, for: signed)
        case (.p384(let key), "ES384"):
            guard let signature = try? P384.Signing.ECDSASignature(rawRepresentation: signature) else { return false }
            return key.isValidSignature(signature, for: signed)
        default: return false
        }
    }
}
