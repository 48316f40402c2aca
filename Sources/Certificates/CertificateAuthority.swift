import Crypto
public import Foundation
import SwiftASN1
import X509

/// A local certificate authority. It issues certificates for the host names that the simulator serves. Clients that trust
/// the authority can reach these names over HTTPS.
public struct CertificateAuthority: Sendable {
    /// The authority's own certificate, which clients must trust.
    public let certificatePEM: String
    private let certificate: Certificate
    private let key: P256.Signing.PrivateKey

    /// Creates a new authority that exists only in memory.
    /// - Parameter now: the machine's time, not the simulator's: clients compare certificates with their own clock.
    public init(now: Date = Date()) throws {
        let key = P256.Signing.PrivateKey()
        try self.init(key, Self.ownCertificate(of: key, now: now))
    }

    init(_ key: P256.Signing.PrivateKey, _ certificate: Certificate) throws {
        self.key = key
        self.certificate = certificate
        certificatePEM = try certificate.serializeAsPEM().pemString + "\n"
    }

    static func ownCertificate(of key: P256.Signing.PrivateKey, now: Date) throws -> Certificate {
        let name = try DistinguishedName {
            OrganizationName("Drydock")
            // The key's fingerprint makes the name unique. Authorities with equal names would confuse clients that know an old
            // one.
            CommonName("Drydock local authority \(Self.fingerprint(of: key.publicKey).prefix(8))")
        }
        let publicKey = Certificate.PublicKey(key.publicKey)
        return try Certificate(
            version: .v3, serialNumber: .init(), publicKey: publicKey, notValidBefore: now - 86400,
            notValidAfter: now + 86400 * 3650, issuer: name, subject: name, signatureAlgorithm: .ecdsaWithSHA256,
            extensions: try .init {
                Critical(BasicConstraints.isCertificateAuthority(maxPathLength: 0))
                Critical(KeyUsage(keyCertSign: true, cRLSign: true))
                SubjectKeyIdentifier(hash: publicKey)
            },
            issuerPrivateKey: .init(key))
    }

    private static func fingerprint(of key: P256.Signing.PublicKey) -> String {
        SHA256.hash(data: key.derRepresentation).map { byte in
            let hex = String(byte, radix: 16)
            return hex.count == 1 ? "0" + hex : hex
        }.joined()
    }

    /// Whether clients still accept certificates of this authority.
    func isValid(at now: Date) -> Bool { certificate.notValidBefore <= now && now < certificate.notValidAfter }

    /// Issues a certificate for these names, valid for 397 days, the most that clients accept.
    /// - Parameter names: host names, `*.`-names and IP addresses; the first becomes the common name.
    /// - Throws: ``AuthorityError`` for no name, or a name that is not allowed in a certificate.
    public func issue(for names: [String], now: Date = Date()) throws -> IssuedCertificate {
        guard let first = names.first else { throw AuthorityError("a certificate needs a name.") }
        let alternatives = try names.map { name in
            guard let alternative = Self.alternative(name) else {
                throw AuthorityError("'\(name)' is neither a host name nor an IP address.")
            }
            return alternative
        }
        let leaf = P256.Signing.PrivateKey()
        let publicKey = Certificate.PublicKey(leaf.publicKey)
        let subject = try DistinguishedName {
            // A common name has at most 64 characters. Clients check the alternative names instead.
            CommonName(first.utf8.count <= 64 ? first : "Drydock")
        }
        let made = try Certificate(
            version: .v3, serialNumber: .init(), publicKey: publicKey, notValidBefore: now - 86400,
            notValidAfter: min(now + 86400 * 396, certificate.notValidAfter), issuer: certificate.subject, subject: subject,
            signatureAlgorithm: .ecdsaWithSHA256,
            extensions: try .init {
                Critical(BasicConstraints.notCertificateAuthority)
                Critical(KeyUsage(digitalSignature: true))
                try ExtendedKeyUsage([.serverAuth])
                SubjectAlternativeNames(alternatives)
                SubjectKeyIdentifier(hash: publicKey)
                AuthorityKeyIdentifier(
                    keyIdentifier: try certificate.extensions.subjectKeyIdentifier?.keyIdentifier)
            },
            issuerPrivateKey: .init(key))
        return IssuedCertificate(
            certificatePEM: try made.serializeAsPEM().pemString + "\n", privateKeyPEM: leaf.pemRepresentation + "\n",
            expiresAt: made.notValidAfter)
    }

    private static func alternative(_ name: String) -> GeneralName? {
        if let address = AddressBytes(name) { return .ipAddress(ASN1OctetString(contentBytes: address.bytes[...])) }
        return HostName.isWellFormed(name) ? .dnsName(name) : nil
    }
}

/// A server certificate with its private key.
public struct IssuedCertificate: Sendable {
    public let certificatePEM: String
    public let privateKeyPEM: String
    public let expiresAt: Date
}

/// An authority or certificate is unavailable. One line says why and what to do.
public struct AuthorityError: Error, Sendable, CustomStringConvertible {
    public let description: String
    init(_ description: String) { self.description = description }
}

/// An IP address as a certificate stores it: 4 or 16 bytes.
private struct AddressBytes {
    let bytes: [UInt8]

    init?(_ text: String) {
        var four = in_addr(), six = in6_addr()
        if inet_pton(AF_INET, text, &four) == 1 {
            bytes = withUnsafeBytes(of: &four) { [UInt8]($0) }
        } else if inet_pton(AF_INET6, text, &six) == 1 {
            bytes = withUnsafeBytes(of: &six) { [UInt8]($0) }
        } else {
            return nil
        }
    }
}

enum HostName {
    /// Whether all labels consist of at most 63 letters, digits, hyphens and underscores; the first may be `*`.
    static func isWellFormed(_ name: String) -> Bool {
        guard (1...253).contains(name.utf8.count) else { return false }
        let labels = name.split(separator: ".", omittingEmptySubsequences: false)
        for (index, label) in labels.enumerated() {
            if index == 0, label == "*", labels.count > 1 { continue }
            guard (1...63).contains(label.utf8.count), label.utf8.first != 45, label.utf8.last != 45 else { return false }
            for byte in label.utf8 {
                switch byte {
                case 45, 48...57, 65...90, 95, 97...122: break
                default: return false
                }
            }
        }
        return true
    }
}
