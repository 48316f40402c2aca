import AWSCore
import Foundation
import SwiftASN1
import X509

/// A certificate in PEM form.
struct CertificateText {
    let certificate: Certificate

    /// - Throws: AWS's `MalformedCertificate` if the text is not a certificate.
    init(_ pem: String) throws {
        do {
            certificate = try Certificate(pemEncoded: pem.trimmingCharacters(in: .whitespacesAndNewlines) + "\n")
        } catch {
            throw AWSError(
                "MalformedCertificate", "Unable to parse certificate. Please ensure the certificate is in PEM format.")
        }
    }

    var expiresAt: Instant { Instant(seconds: Int64(certificate.notValidAfter.timeIntervalSince1970)) }
    var beginsAt: Instant { Instant(seconds: Int64(certificate.notValidBefore.timeIntervalSince1970)) }

    /// Rejects a private key that does not match the certificate.
    func check(privateKey pem: String) throws {
        let key: Certificate.PrivateKey
        do {
            key = try Certificate.PrivateKey(pemEncoded: pem.trimmingCharacters(in: .whitespacesAndNewlines) + "\n")
        } catch {
            throw AWSError(
                "MalformedCertificate", "Unable to parse key; the body must be PEM encoded and not encrypted by a password.",
                explanation: "The private key cannot be read: \(error).")
        }
        guard key.publicKey == certificate.publicKey else {
            throw AWSError("KeyPairMismatch", "Private key doesn't match certificate.")
        }
    }

    /// Rejects a chain that contains anything but certificates, or whose first certificate did not
    /// issue this one.
    func check(chain pem: String) throws {
        var issuer: Certificate?
        for block in pem.components(separatedBy: "-----END CERTIFICATE-----") where block.contains("BEGIN CERTIFICATE") {
            let next = try CertificateText(block + "-----END CERTIFICATE-----").certificate
            issuer = issuer ?? next
        }
        guard let issuer else {
            throw AWSError("MalformedCertificate", "Unable to parse certificate chain. It must be in PEM format.")
        }
        guard issuer.subject == certificate.issuer else {
            throw AWSError(
                "MalformedCertificate",
                "Unable to validate certificate chain. The certificate chain must start with the immediate signing certificate, "
                    + "followed by any intermediaries in order.")
        }
    }
}
