import AWSCore
import SwiftASN1

/// The ASN.1 structures of keys, in DER.
enum KeyStructures {
    private static let ed25519: ASN1ObjectIdentifier = [1, 3, 101, 112]

    /// Returns a sequence of non-negative integers, given by their big-endian bytes: the form of RSA keys in PKCS#1.
    static func integers(_ magnitudes: [Bytes]) -> Bytes {
        sequence { coder in
            for magnitude in magnitudes {
                let trimmed = magnitude.drop { $0 == 0 }
                if trimmed.isEmpty { try coder.serialize(0) } else { try coder.serialize(trimmed) }
            }
        }
    }

    /// Returns an RSA private key as PKCS#8's PrivateKeyInfo.
    static func privateKeyInfo(rsa key: Bytes) -> Bytes {
        sequence { coder in
            try coder.serialize(0)
            try serializeRSA(into: &coder)
            try coder.serialize(ASN1OctetString(contentBytes: key[...]))
        }
    }

    /// Returns an RSA public key as X.509's SubjectPublicKeyInfo.
    static func publicKeyInfo(rsa key: Bytes) -> Bytes {
        sequence { coder in
            try serializeRSA(into: &coder)
            try coder.serialize(ASN1BitString(bytes: key[...]))
        }
    }

    private static func serializeRSA(into coder: inout DER.Serializer) throws {
        try coder.appendConstructedNode(identifier: .sequence) { coder in
            try coder.serialize(ASN1ObjectIdentifier.AlgorithmIdentifier.rsaEncryption)
            try coder.serialize(ASN1Null())
        }
    }

    private static func sequence(_ content: (inout DER.Serializer) throws -> Void) -> Bytes {
        var coder = DER.Serializer()
        do { try coder.appendConstructedNode(identifier: .sequence, content) } catch {
            preconditionFailure("Integers, identifiers and bytes can always be serialized: \(error)")
        }
        return coder.serializedBytes
    }

    /// Reads a public key: a SubjectPublicKeyInfo, or PKCS#1's form of an RSA key.
    /// - Throws: `ASN1Error` if the bytes are neither.
    /// - Returns: nil for an algorithm that EC2 does not accept.
    static func publicKey(_ bytes: Bytes) throws -> SSHPublicKey.Kind? {
        let node = try DER.parse(bytes)
        if let key = try? rsaPublicKey(node) { return key }
        return try DER.sequence(node, identifier: .sequence) { nodes in
            guard let algorithm = nodes.next() else { return nil }
            let identifier = try DER.sequence(algorithm, identifier: .sequence) { nodes in
                let identifier = try ASN1ObjectIdentifier(derEncoded: &nodes)
                _ = nodes.next()
                return identifier
            }
            let key = try ASN1BitString(derEncoded: &nodes).bytes
            switch identifier {
            case .AlgorithmIdentifier.rsaEncryption: return try rsaPublicKey(try DER.parse(key))
            case ed25519: return key.count == 32 ? .ed25519(Bytes(key)) : nil
            default: return nil
            }
        }
    }

    private static func rsaPublicKey(_ node: ASN1Node) throws -> SSHPublicKey.Kind {
        try DER.sequence(node, identifier: .sequence) { nodes in
            let modulus = try ArraySlice<UInt8>(derEncoded: &nodes), exponent = try ArraySlice<UInt8>(derEncoded: &nodes)
            return .rsa(modulus: Bytes(modulus), exponent: Bytes(exponent))
        }
    }
}
