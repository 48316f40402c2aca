import AWSCore
import Crypto
import CryptoExtras
public import Foundation
import SwiftASN1
@_spi(CMS) import X509

/// Signs the identity documents of instances, so that programs can verify where they run. AWS has a certificate per region for
/// this; Drydock has one of its own.
public struct InstanceIdentity: Sendable {
    /// The certificate that verifies the signatures.
    public let certificatePEM: String
    private let certificate: Certificate
    private let key: _RSA.Signing.PrivateKey

    init(_ key: _RSA.Signing.PrivateKey, _ certificate: Certificate) throws {
        self.key = key
        self.certificate = certificate
        certificatePEM = try certificate.serializeAsPEM().pemString + "\n"
    }

    static func ownCertificate(of key: _RSA.Signing.PrivateKey, now: Date) throws -> Certificate {
        let publicKey = Certificate.PublicKey(key.publicKey)
        let name = try DistinguishedName {
            OrganizationName("Drydock")
            CommonName("Drydock instance identity")
        }
        return try Certificate(
            version: .v3, serialNumber: .init(), publicKey: publicKey, notValidBefore: now - 86400,
            notValidAfter: now + 86400 * 3650, issuer: name, subject: name, signatureAlgorithm: .sha256WithRSAEncryption,
            extensions: try .init {
                Critical(BasicConstraints.notCertificateAuthority)
                Critical(KeyUsage(digitalSignature: true))
                SubjectKeyIdentifier(hash: publicKey)
            },
            issuerPrivateKey: .init(key))
    }

    /// Returns the Base64 text of a document's RSA signature with SHA-256 (PKCS #1 v1.5).
    /// - Throws: an error of BoringSSL.
    public func signature(of document: Bytes) throws -> String {
        let digest = SHA256.hash(data: document)
        return Self.lines(try Bytes(key.signature(for: digest, padding: .insecurePKCS1v1_5).rawRepresentation))
    }

    /// Returns the Base64 text of a PKCS #7 message that contains a document and its signature.
    /// - Throws: an error of BoringSSL or SwiftASN1.
    public func message(with document: Bytes, signedAt time: Date) throws -> String {
        let message = try CMS.sign(
            document, signatureAlgorithm: .sha256WithRSAEncryption, certificate: certificate, privateKey: .init(key),
            signingTime: time, detached: false)
        return Self.lines(message)
    }

    /// Base64 in lines of 64 characters, as the metadata service shows it.
    private static func lines(_ bytes: Bytes) -> String {
        let text = Array(Base64.encode(bytes))
        return stride(from: 0, to: text.count, by: 64).map { String(text[$0..<min($0 + 64, text.count)]) }.joined(
            separator: "\n")
    }
}

extension AuthorityFolder {
    /// The certificate that verifies the identity documents of instances.
    public var identityCertificatePath: String { path + "/instance-identity.pem" }
    private var identityKeyPath: String { path + "/instance-identity-key.pem" }

    /// Returns the signer in this folder, and creates it if needed. Concurrent callers get the same one.
    /// - Throws: ``AuthorityError`` if the folder cannot be written, or if its key or certificate is damaged.
    public func identity(now: Date = Date()) throws -> InstanceIdentity {
        let lock = try lock()
        defer { close(lock) }
        let key: _RSA.Signing.PrivateKey
        if let text = try read(identityKeyPath) {
            guard let found = try? _RSA.Signing.PrivateKey(pemRepresentation: text) else {
                throw AuthorityError("'\(identityKeyPath)' is not an RSA key in PEM form. Remove it to have a new one made.")
            }
            key = found
        } else {
            key = try _RSA.Signing.PrivateKey(keySize: .bits2048)
            try write(key.pemRepresentation + "\n", to: identityKeyPath, mode: 0o600)
        }
        // A certificate of another key, or an expired one, is replaced.
        if let text = try read(identityCertificatePath), let found = try? Certificate(pemEncoded: text),
            found.publicKey == Certificate.PublicKey(key.publicKey), now < found.notValidAfter
        {
            return try InstanceIdentity(key, found)
        }
        let identity = try InstanceIdentity(key, InstanceIdentity.ownCertificate(of: key, now: now))
        try write(identity.certificatePEM, to: identityCertificatePath, mode: 0o644)
        return identity
    }
}
