import Certificates
import Foundation
import Testing
import X509

@Suite struct CertificateAuthorities {
    @Test func issuedCertificateListsItsNamesAndVerifies() throws {
        let authority = try CertificateAuthority()
        let issued = try authority.issue(for: ["*.dkr.ecr.us-east-1.amazonaws.com", "localhost", "127.0.0.1", "::1"])
        let certificate = try Certificate(pemEncoded: issued.certificatePEM)
        let names = try #require(try certificate.extensions.subjectAlternativeNames).map { "\($0)" }
        #expect(names.count == 4)
        #expect(names.contains { $0.contains("*.dkr.ecr.us-east-1.amazonaws.com") })
        let root = try Certificate(pemEncoded: authority.certificatePEM)
        #expect(certificate.issuer == root.subject)
        #expect(root.publicKey.isValidSignature(certificate.signature, for: certificate))
        #expect(try certificate.extensions.basicConstraints == .notCertificateAuthority)
        #expect(issued.expiresAt.timeIntervalSinceNow < 398 * 86400)
    }

    @Test(arguments: [
        "", "a b", "-a.example", "a..b", "*", "a.*.b", "é.example", String(repeating: "a", count: 64) + ".example",
    ])
    func certificateAuthorityRejectsInvalidNames(_ name: String) throws {
        let authority = try CertificateAuthority()
        #expect(throws: AuthorityError.self) { try authority.issue(for: [name]) }
        #expect(throws: AuthorityError.self) { try authority.issue(for: []) }
    }

    @Test func storedAuthorityIsReusedWithPrivateKeyFile() throws {
        try withFolder { folder in
            let first = try folder.authority()
            #expect(try folder.authority().certificatePEM == first.certificatePEM)
            #expect(try String(contentsOfFile: folder.certificatePath, encoding: .utf8) == first.certificatePEM)
            let attributes = try FileManager.default.attributesOfItem(atPath: folder.path + "/ca-key.pem")
            #expect((attributes[.posixPermissions] as? NSNumber)?.intValue == 0o600)
        }
    }

    @Test func concurrentLoadsCreateOneAuthority() async throws {
        try await withFolder { folder in
            let found = try await withThrowingTaskGroup(of: String.self) { group in
                for _ in 0..<8 { group.addTask { try folder.authority().certificatePEM } }
                return try await group.reduce(into: Set<String>()) { $0.insert($1) }
            }
            #expect(found.count == 1)
        }
    }

    @Test func missingAuthorityCertificateIsRecreated() throws {
        try withFolder { folder in
            _ = try folder.authority()
            try FileManager.default.removeItem(atPath: folder.certificatePath)
            let again = try folder.authority()
            #expect(try folder.authority().certificatePEM == again.certificatePEM)
        }
    }

    @Test func expiredForeignOrIncompleteAuthorityIsRejected() throws {
        try withFolder { folder in
            _ = try folder.authority()
            let error = #expect(throws: AuthorityError.self) { try folder.authority(now: Date() + 86400 * 4000) }
            #expect(error?.description.contains("has expired") == true)
            try CertificateAuthority().certificatePEM.write(
                toFile: folder.certificatePath, atomically: true, encoding: .utf8)
            #expect(throws: AuthorityError.self) { try folder.authority() }
            try FileManager.default.removeItem(atPath: folder.path + "/ca-key.pem")
            let missing = #expect(throws: AuthorityError.self) { try folder.authority() }
            #expect(missing?.description.contains("ca-key.pem' is missing") == true)
        }
    }

    @Test(arguments: [("/proc/no/such", "No such file or directory"), ("/etc/passwd", "File exists")])
    func uncreatableAuthorityFolderIsNamedInError(path: String, reason: String) {
        let error = #expect(throws: AuthorityError.self) { try AuthorityFolder(path: path).authority() }
        #expect(error?.description == "cannot make the folder '\(path)' for certificates: \(reason).")
    }

    private func withFolder<T>(_ body: (AuthorityFolder) throws -> T) rethrows -> T {
        let path = FileManager.default.temporaryDirectory.path + "/authority-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: path) }
        return try body(AuthorityFolder(path: path))
    }

    private func withFolder<T>(_ body: (AuthorityFolder) async throws -> T) async rethrows -> T {
        let path = FileManager.default.temporaryDirectory.path + "/authority-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: path) }
        return try await body(AuthorityFolder(path: path))
    }
}
