import AWSCore
import Crypto
import SimulatorCore

/// A key pair that EC2 generates. Its private key is returned once, in the format of ssh or PuTTY.
struct GeneratedKey: Sendable {
    private enum Kind: Sendable {
        case rsa(RSAPrivateKey)
        case ed25519(seed: Bytes, checkNumber: Bytes)
    }
    private let kind: Kind
    let publicKey: SSHPublicKey

    /// Generates a 2,048-bit RSA key.
    static func rsa(_ ids: IDGenerator) -> GeneratedKey {
        let key = RSAPrivateKey(generatedBy: ids)
        return GeneratedKey(
            kind: .rsa(key),
            publicKey: SSHPublicKey(kind: .rsa(modulus: RSAPrivateKey.bytes(key.modulus), exponent: [1, 0, 1])))
    }

    static func ed25519(_ ids: IDGenerator) throws -> GeneratedKey {
        let seed = ids.bytes(32)
        let point = try Curve25519.Signing.PrivateKey(rawRepresentation: seed).publicKey.rawRepresentation
        return GeneratedKey(
            kind: .ed25519(seed: seed, checkNumber: ids.bytes(4)), publicKey: SSHPublicKey(kind: .ed25519(Bytes(point))))
    }

    /// The fingerprint that EC2 shows for a generated key: SHA-1 of the DER PKCS#8 private key for RSA, SHA-256 for ED25519.
    var fingerprint: String {
        guard case .rsa(let key) = kind else { return publicKey.sha256Fingerprint }
        return SSHPublicKey.colons(Insecure.SHA1.hash(data: KeyStructures.privateKeyInfo(rsa: Self.pkcs1(key))))
    }

    /// Returns the private key for OpenSSH: PKCS#1 for RSA, OpenSSH's own format for ED25519.
    func pem(comment: String) -> String {
        switch kind {
        case .rsa(let key): Self.armour("RSA PRIVATE KEY", Self.pkcs1(key))
        case .ed25519(let seed, let checkNumber):
            Self.armour("OPENSSH PRIVATE KEY", openSSH(seed, checkNumber, comment))
        }
    }

    /// Returns the private key in PuTTY's format, version 2.
    func ppk(comment: String) -> String {
        let algorithm: String, secret: Bytes
        switch kind {
        case .rsa(let key):
            algorithm = "ssh-rsa"
            secret = [key.privateExponent, key.prime1, key.prime2, key.coefficient].flatMap {
                SSHEncoding.integer(RSAPrivateKey.bytes($0))
            }
        case .ed25519(let seed, _):
            algorithm = "ssh-ed25519"
            secret = SSHEncoding.string(seed)
        }
        let authenticated = [Bytes(algorithm.utf8), Bytes("none".utf8), Bytes(comment.utf8), publicKey.blob, secret]
        let macKey = Insecure.SHA1.hash(data: Bytes("putty-private-key-file-mac-key".utf8))
        let mac = HMAC<Insecure.SHA1>.authenticationCode(
            for: authenticated.flatMap { SSHEncoding.string($0) }, using: SymmetricKey(data: Bytes(macKey)))
        let open = Self.wrapped(publicKey.blob), closed = Self.wrapped(secret)
        return """
            PuTTY-User-Key-File-2: \(algorithm)
            Encryption: none
            Comment: \(comment)
            Public-Lines: \(open.count)
            \(open.joined(separator: "\n"))
            Private-Lines: \(closed.count)
            \(closed.joined(separator: "\n"))
            Private-MAC: \(SSHPublicKey.colons(mac).split(separator: ":").joined())
            """
    }

    // MARK: Forms

    private static func pkcs1(_ key: RSAPrivateKey) -> Bytes {
        let secrets = [key.privateExponent, key.prime1, key.prime2, key.exponent1, key.exponent2, key.coefficient]
        return KeyStructures.integers(
            [[], RSAPrivateKey.bytes(key.modulus), [1, 0, 1]] + secrets.map { RSAPrivateKey.bytes($0) })
    }

    private func openSSH(_ seed: Bytes, _ checkNumber: Bytes, _ comment: String) -> Bytes {
        guard case .ed25519(let point) = publicKey.kind else { return [] }
        var secret = checkNumber + checkNumber + SSHEncoding.string("ssh-ed25519") + SSHEncoding.string(point)
        secret += SSHEncoding.string(seed + point) + SSHEncoding.string(comment)
        var padding: UInt8 = 1
        while secret.count % 8 != 0 {
            secret.append(padding)
            padding += 1
        }
        let none = SSHEncoding.string("none")
        return Bytes("openssh-key-v1\0".utf8) + none + none + SSHEncoding.string(Bytes()) + SSHEncoding.word(1)
            + SSHEncoding.string(publicKey.blob) + SSHEncoding.string(secret)
    }

    private static func wrapped(_ bytes: Bytes) -> [String] {
        let text = Base64.encode(bytes).utf8
        return stride(from: 0, to: text.count, by: 64).map { start in
            String(decoding: text.dropFirst(start).prefix(64), as: UTF8.self)
        }
    }

    private static func armour(_ label: String, _ bytes: Bytes) -> String {
        "-----BEGIN \(label)-----\n\(wrapped(bytes).joined(separator: "\n"))\n-----END \(label)-----"
    }
}
