import AWSCore
import Foundation
import SimulatorCore
import Testing

@testable import SimulatedEC2

/// Checks the keys with real programs: `openssl` and `ssh-keygen` (openssh-client).
@Suite struct KeyMaterial {
    private func ids(_ seed: UInt64 = 1) -> IDGenerator { IDGenerator(seed: seed, stream: 7) }

    @Test func seedDeterminesTheKeys() throws {
        #expect(GeneratedKey.rsa(ids()).pem(comment: "k") == GeneratedKey.rsa(ids()).pem(comment: "k"))
        #expect(try GeneratedKey.ed25519(ids()).pem(comment: "k") == GeneratedKey.ed25519(ids()).pem(comment: "k"))
        #expect(GeneratedKey.rsa(ids(1)).fingerprint != GeneratedKey.rsa(ids(2)).fingerprint)
    }

    @Test(.enabled(if: Program.exists("openssl"), "apt-get install openssl"), arguments: [1, 2, 3] as [UInt64])
    func opensslAcceptsRSAKeys(seed: UInt64) throws {
        let key = GeneratedKey.rsa(ids(seed))
        let file = try TemporaryFile(key.pem(comment: "k") + "\n")
        #expect(try Program.run("openssl", "rsa", "-in", file.path, "-check", "-noout").contains("RSA key ok"))
        #expect(try Program.run("openssl", "rsa", "-in", file.path, "-text", "-noout").contains("2048 bit"))
    }

    @Test(.enabled(if: Program.exists("openssl"), "apt-get install openssl"))
    func keyFingerprintsMatchDocumentedAlgorithm() throws {
        let key = GeneratedKey.rsa(ids())
        let file = try TemporaryFile(key.pem(comment: "k") + "\n")
        let created = try Program.shell(
            "openssl pkcs8 -in \(file.path) -inform PEM -outform DER -topk8 -nocrypt | openssl sha1 -c")
        #expect(created.split(separator: " ").last?.trimmingCharacters(in: .newlines) == key.fingerprint)
        let imported = try Program.shell("openssl rsa -in \(file.path) -pubout -outform DER | openssl md5 -c")
        #expect(imported.split(separator: " ").last?.trimmingCharacters(in: .newlines) == key.publicKey.importedFingerprint)
    }

    @Test(.enabled(if: Program.exists("ssh-keygen"), "apt-get install openssh-client"), arguments: ["rsa", "ed25519"])
    func sshKeygenDerivesSamePublicKey(type: String) throws {
        let key = try type == "rsa" ? GeneratedKey.rsa(ids()) : GeneratedKey.ed25519(ids())
        let file = try TemporaryFile(key.pem(comment: "universal") + "\n")
        let line = try Program.run("ssh-keygen", "-y", "-f", file.path).trimmingCharacters(in: .newlines)
        #expect(line.split(separator: " ").prefix(2) == key.publicKey.line(comment: "").split(separator: " ").prefix(2))
        let read = try #require(SSHPublicKey(reading: line))
        #expect(read.blob == key.publicKey.blob)
        #expect(read.importedFingerprint == key.publicKey.importedFingerprint)
    }

    @Test(.enabled(if: Program.exists("ssh-keygen"), "apt-get install openssh-client"), arguments: ["RFC4716", "PKCS8"])
    func publicKeysAreParsedInRFC4716AndPKCS8(form: String) throws {
        let key = GeneratedKey.rsa(ids())
        let file = try TemporaryFile(key.publicKey.line(comment: "k") + "\n")
        let text = try Program.run("ssh-keygen", "-e", "-m", form, "-f", file.path)
        #expect(SSHPublicKey(reading: text)?.blob == key.publicKey.blob)
    }

    @Test(arguments: [
        "", "ssh-rsa", "ssh-rsa AAAA", "ssh-dss AAAAB3NzaC1kc3MAAACB", "nonsense", "-----BEGIN PUBLIC KEY-----\nAAAA\n",
    ])
    func invalidSSHPublicKeysAreRejected(text: String) { #expect(SSHPublicKey(reading: text) == nil) }

    @Test(.enabled(if: Program.exists("puttygen"), "apt-get install putty-tools"), arguments: ["rsa", "ed25519"])
    func puttygenReadsGeneratedPPK(type: String) throws {
        let key = try type == "rsa" ? GeneratedKey.rsa(ids()) : GeneratedKey.ed25519(ids())
        let file = try TemporaryFile(key.ppk(comment: "universal"))
        let line = try Program.run("puttygen", file.path, "-O", "public-openssh")
        #expect(SSHPublicKey(reading: line)?.blob == key.publicKey.blob)
    }
}

/// Runs an installed program to its end.
enum Program {
    static func exists(_ name: String) -> Bool {
        (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
            .contains { FileManager.default.isExecutableFile(atPath: "\($0)/\(name)") }
    }

    static func run(_ command: String...) throws -> String { try execute("/usr/bin/env", command) }
    static func shell(_ line: String) throws -> String { try execute("/bin/sh", ["-c", line]) }

    private static func execute(_ path: String, _ arguments: [String]) throws -> String {
        let process = Process(), pipe = Pipe()
        process.executableURL = URL(fileURLWithPath: path)
        process.arguments = arguments
        process.standardOutput = pipe
        process.standardError = FileHandle.nullDevice
        try process.run()
        let output = pipe.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return String(decoding: output, as: UTF8.self)
    }
}

/// A private file that is deleted with its last reference.
final class TemporaryFile {
    let path: String
    init(_ text: String) throws {
        path = NSTemporaryDirectory() + UUID().uuidString
        guard FileManager.default.createFile(atPath: path, contents: Data(text.utf8), attributes: [.posixPermissions: 0o600])
        else {
            throw CocoaError(.fileWriteUnknown)
        }
    }
    deinit { try? FileManager.default.removeItem(atPath: path) }
}
