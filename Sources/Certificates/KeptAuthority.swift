import AWSCore
import Crypto
public import Foundation
import X509

/// The folder of a saved authority, which clients trust only once: `ca.pem` is public, `ca-key.pem` only for its owner.
public struct AuthorityFolder: Sendable {
    public let path: String
    /// The certificate file that clients must trust.
    public var certificatePath: String { path + "/ca.pem" }
    var keyPath: String { path + "/ca-key.pem" }

    public init(path: String) { self.path = path }

    /// `$XDG_DATA_HOME/drydock/certificates`, by default under `~/.local/share`.
    public static var standard: AuthorityFolder {
        AuthorityFolder(path: UserFolder.path + "/certificates")
    }

    /// Returns the authority in this folder, and creates it if needed. Concurrent callers get the same one.
    /// - Throws: ``AuthorityError`` if the folder cannot be written, or if its authority is incomplete or expired.
    public func authority(now: Date = Date()) throws -> CertificateAuthority {
        let lock = try lock()
        defer { close(lock) }
        let keyPEM = try read(keyPath)
        let certificatePEM = try read(certificatePath)
        guard let keyPEM else {
            guard certificatePEM == nil else {
                throw AuthorityError(
                    "'\(keyPath)' is missing, so '\(certificatePath)' can no longer sign. Remove it; the next start creates a new authority."
                )
            }
            return try make(P256.Signing.PrivateKey(), writesKey: true, now: now)
        }
        guard let key = try? P256.Signing.PrivateKey(pemRepresentation: keyPEM) else {
            throw AuthorityError(
                "'\(keyPath)' is not a P-256 key in PEM form. Remove the folder; the next start creates a new authority.")
        }
        // The process that wrote the key may have stopped before it wrote the certificate.
        guard let certificatePEM else { return try make(key, writesKey: false, now: now) }
        guard let certificate = try? Certificate(pemEncoded: certificatePEM),
            certificate.publicKey == Certificate.PublicKey(key.publicKey)
        else {
            throw AuthorityError(
                "'\(certificatePath)' is not the certificate of '\(keyPath)'. Remove the folder; the next start creates a new authority."
            )
        }
        let authority = try CertificateAuthority(key, certificate)
        guard authority.isValid(at: now) else {
            throw AuthorityError("'\(certificatePath)' has expired. Remove the folder; the next start creates a new authority.")
        }
        return authority
    }

    private func make(_ key: P256.Signing.PrivateKey, writesKey: Bool, now: Date) throws -> CertificateAuthority {
        let authority = try CertificateAuthority(key, CertificateAuthority.ownCertificate(of: key, now: now))
        if writesKey { try write(key.pemRepresentation + "\n", to: keyPath, mode: 0o600) }
        try write(authority.certificatePEM, to: certificatePath, mode: 0o644)
        return authority
    }

    /// Makes the folder if needed, and locks it until the returned descriptor is closed.
    func lock() throws -> Int32 {
        do {
            try FileManager.default.createDirectory(
                atPath: path, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o755])
        } catch {
            throw AuthorityError("cannot make the folder '\(path)' for certificates: \(Self.reason(error)).")
        }
        let descriptor = open(path + "/.lock", O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0, flock(descriptor, LOCK_EX) == 0 else {
            let reason = String(cString: strerror(errno))
            if descriptor >= 0 { close(descriptor) }
            throw AuthorityError("cannot write the folder '\(path)' for certificates: \(reason).")
        }
        return descriptor
    }

    /// Returns nil if the file does not exist.
    func read(_ path: String) throws -> String? {
        guard FileManager.default.fileExists(atPath: path) else { return nil }
        do {
            return try String(contentsOfFile: path, encoding: .utf8)
        } catch { throw AuthorityError("cannot read '\(path)': \(Self.reason(error)).") }
    }

    /// Writes a file atomically. Users excluded by `mode` can never read it.
    func write(_ text: String, to path: String, mode: mode_t) throws {
        let part = path + ".part"
        unlink(part)
        let descriptor = open(part, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode)
        guard descriptor >= 0 else {
            throw AuthorityError("cannot write '\(part)': \(String(cString: strerror(errno))).")
        }
        let file = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
        do {
            try file.write(contentsOf: Data(text.utf8))
            try file.synchronize()
        } catch { throw AuthorityError("cannot write '\(part)': \(Self.reason(error)).") }
        guard rename(part, path) == 0 else {
            throw AuthorityError("cannot write '\(path)': \(String(cString: strerror(errno))).")
        }
    }

    static func reason(_ error: any Error) -> String {
        var error = error as NSError
        while let cause = error.userInfo[NSUnderlyingErrorKey] as? NSError { error = cause }
        if error.domain == NSPOSIXErrorDomain { return String(cString: strerror(Int32(error.code))) }
        // Foundation's error codes that have a short system message.
        let numbers: [CocoaError.Code: Int32] = [
            .fileNoSuchFile: ENOENT, .fileReadNoSuchFile: ENOENT, .fileWriteFileExists: EEXIST, .fileReadNoPermission: EACCES,
            .fileWriteNoPermission: EACCES, .fileWriteOutOfSpace: ENOSPC, .fileWriteVolumeReadOnly: EROFS,
        ]
        if error.domain == NSCocoaErrorDomain, let number = numbers[CocoaError.Code(rawValue: error.code)] {
            return String(cString: strerror(number))
        }
        let text = error.localizedDescription
        return text.hasSuffix(".") ? String(text.dropLast()) : text
    }
}
