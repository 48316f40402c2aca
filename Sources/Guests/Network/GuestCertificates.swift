import Certificates
import Foundation
import Glibc

/// The certificate authority of all guests: created at each start of Drydock, trusted only by guests.
struct GuestCertificates: Sendable {
    let certificates: ServerCertificates
    /// The folder that guests see at `/etc/ssl`.
    let folder: String
    static let bundle = "/etc/ssl/certs/ca-certificates.crt"

    /// - Throws: ``GuestFailure``
    init(folder: String) throws {
        self.folder = folder
        let certificates = folder + "/certs", bundle = certificates + "/ca-certificates.crt"
        do {
            let authority = try CertificateAuthority()
            self.certificates = try ServerCertificates(authority)
            try? FileManager.default.removeItem(atPath: folder)
            try FileManager.default.createDirectory(atPath: certificates, withIntermediateDirectories: true)
            try Data(authority.certificatePEM.utf8).write(to: URL(fileURLWithPath: bundle))
            if let settings = FileManager.default.contents(atPath: "/etc/ssl/openssl.cnf") {
                try settings.write(to: URL(fileURLWithPath: folder + "/openssl.cnf"))
            }
            for path in [folder, certificates] { chmod(path, 0o755) }
            for path in [bundle, folder + "/openssl.cnf"] { chmod(path, 0o644) }
        } catch { throw GuestFailure("cannot create certificates for guests in '\(folder)': \(error)") }
        // Some programs find certificates by the hash of their subject; OpenSSL, if installed, creates those names.
        if let program = Machine.find("openssl") { _ = Machine.output([program, "rehash", certificates]) }
    }
}
