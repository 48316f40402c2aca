import AWSCore
import Crypto

/// An SSH public key: RSA or ED25519.
struct SSHPublicKey: Sendable {
    enum Kind: Sendable {
        case rsa(modulus: Bytes, exponent: Bytes)
        case ed25519(Bytes)
    }
    let kind: Kind

    /// EC2's name for the type.
    var type: String { if case .rsa = kind { "rsa" } else { "ed25519" } }
    private var algorithm: String { if case .rsa = kind { "ssh-rsa" } else { "ssh-ed25519" } }

    /// The key in RFC 4253's encoding.
    var blob: Bytes {
        switch kind {
        case .rsa(let modulus, let exponent):
            SSHEncoding.string(algorithm) + SSHEncoding.integer(exponent) + SSHEncoding.integer(modulus)
        case .ed25519(let point): SSHEncoding.string(algorithm) + SSHEncoding.string(point)
        }
    }

    /// Returns a line for `authorized_keys`.
    func line(comment: String) -> String { "\(algorithm) \(Base64.encode(blob)) \(comment)" }

    /// The fingerprint that EC2 shows for an imported key: MD5 of the DER public key for RSA, SHA-256 of the SSH encoding for
    /// ED25519.
    var importedFingerprint: String {
        switch kind {
        case .rsa(let modulus, let exponent):
            let key = KeyStructures.integers([modulus, exponent])
            return Self.colons(Insecure.MD5.hash(data: KeyStructures.publicKeyInfo(rsa: key)))
        case .ed25519: return sha256Fingerprint
        }
    }

    var sha256Fingerprint: String { Base64.encode(Bytes(SHA256.hash(data: blob))) }

    static func colons(_ digest: some Sequence<UInt8>) -> String {
        digest.map { String(hexOf: [$0]) }.joined(separator: ":")
    }
}

// MARK: Reading

extension SSHPublicKey {
    /// Reads the formats that ImportKeyPair accepts: an OpenSSH line, an RFC 4716 file, a PEM public key, or base64 of DER.
    /// - Returns: nil for any other format, and for keys that EC2 doesn't accept.
    init?(reading text: String) {
        let lines = text.split(whereSeparator: \.isNewline).map { String($0) }
        guard let first = lines.first(where: { !$0.allSatisfy(\.isWhitespace) }) else { return nil }
        if first.hasPrefix("---- BEGIN SSH2") {
            var isContinued = false
            let body = lines.filter { line in
                let isHeader = isContinued || line.contains(":")
                isContinued = isHeader && line.hasSuffix("\\")
                return !isHeader && !line.hasPrefix("----")
            }
            guard let blob = Base64.decode(body.joined()) else { return nil }
            self.init(blob: blob)
        } else if first.hasPrefix("-----BEGIN") {
            guard let der = Base64.decode(lines.filter { !$0.hasPrefix("-----") }.joined()) else { return nil }
            self.init(der: der)
        } else {
            let words = first.split(whereSeparator: \.isWhitespace)
            if words.count >= 2, words[0].hasPrefix("ssh-") {
                guard let blob = Base64.decode(String(words[1])) else { return nil }
                self.init(blob: blob)
                guard algorithm == words[0] else { return nil }
            } else {
                guard let der = Base64.decode(lines.joined()) else { return nil }
                self.init(der: der)
            }
        }
    }

    init?(blob: Bytes) {
        var reader = SSHEncoding.Reader(blob)
        switch reader.string().map({ String(decoding: $0, as: UTF8.self) }) {
        case "ssh-rsa":
            guard let exponent = reader.string(), let modulus = reader.string() else { return nil }
            self.init(modulus: modulus, exponent: exponent)
        case "ssh-ed25519":
            guard let point = reader.string(), point.count == 32 else { return nil }
            self.init(kind: .ed25519(point))
        default: return nil
        }
    }

    private init?(der: Bytes) {
        switch try? KeyStructures.publicKey(der) {
        case .rsa(let modulus, let exponent)?: self.init(modulus: modulus, exponent: exponent)
        case .ed25519(let point)?: self.init(kind: .ed25519(point))
        case nil: return nil
        }
    }

    private init?(modulus: Bytes, exponent: Bytes) {
        let modulus = Bytes(modulus.drop { $0 == 0 }), exponent = Bytes(exponent.drop { $0 == 0 })
        // ssh-keygen's default is 3072 bits (https://github.com/aws/aws-cli/issues/5336). EC2 accepts 8192 too
        // (https://github.com/cloudposse/terraform-aws-key-pair/issues/16).
        guard [1024, 2048, 3072, 4096, 8192].contains(modulus.count * 8), !exponent.isEmpty, exponent.count <= 8 else {
            return nil
        }
        self.init(kind: .rsa(modulus: modulus, exponent: exponent))
    }
}

/// The encoding of strings and integers in SSH messages (RFC 4251 §5).
enum SSHEncoding {
    static func word(_ value: Int) -> Bytes { stride(from: 24, through: 0, by: -8).map { UInt8(value >> $0 & 255) } }
    static func string(_ content: Bytes) -> Bytes { word(content.count) + content }
    static func string(_ text: String) -> Bytes { string(Bytes(text.utf8)) }

    /// Encodes a non-negative integer, given its big-endian bytes.
    static func integer(_ magnitude: Bytes) -> Bytes {
        let trimmed = Bytes(magnitude.drop { $0 == 0 })
        return string(trimmed.first.map { $0 >= 0x80 } == true ? [0] + trimmed : trimmed)
    }

    struct Reader {
        private var bytes: ArraySlice<UInt8>
        init(_ bytes: Bytes) { self.bytes = bytes[...] }

        mutating func string() -> Bytes? {
            guard bytes.count >= 4 else { return nil }
            let length = bytes.prefix(4).reduce(0) { $0 << 8 | Int($1) }
            bytes = bytes.dropFirst(4)
            guard length <= bytes.count else { return nil }
            defer { bytes = bytes.dropFirst(length) }
            return Bytes(bytes.prefix(length))
        }
    }
}
