import AWSCore
import Crypto
import Foundation

/// A random key for all values that grant access (``AccessValue``), so that knowing the seed is not enough to make such values.
///
/// The key is never part of a database, snapshot, response or journal. It survives a reset, and forks share it.
public struct AccessSeal: Sendable, CustomStringConvertible, CustomReflectable {
    private let root: SymmetricKey

    /// Returns a key that lasts as long as the process.
    public static func random() -> AccessSeal { AccessSeal(root: SymmetricKey(size: .bits256)) }

    private init(root: SymmetricKey) { self.root = root }

    func key(for value: AccessValue) -> SymmetricKey { SymmetricKey(data: code(value, [])) }

    func ids(for value: AccessValue, salt: Bytes) -> IDGenerator {
        IDGenerator(sealedWith: SymmetricKey(data: code(value, salt)))
    }

    private func code(_ value: AccessValue, _ salt: Bytes) -> Bytes {
        Bytes(HMAC<SHA256>.authenticationCode(for: Bytes(value.rawValue.utf8) + [0] + salt, using: root))
    }

    static func randomBytes(_ count: Int) -> Bytes {
        SymmetricKey(size: .init(bitCount: count * 8)).withUnsafeBytes { Bytes($0) }
    }

    // The key must not be printed with a configuration.
    public var description: String { "AccessSeal" }
    public var customMirror: Mirror { Mirror(self, children: []) }
}

// MARK: The file

extension AccessSeal {
    private static func path(_ folder: String) -> String { folder + "/drydock.key" }

    /// Returns the key of a state folder; nil if it has none.
    ///
    /// - Throws: ``StateError`` if the file cannot be read, is not a key, or is readable by others.
    public static func find(in folder: String) throws -> AccessSeal? {
        let path = path(folder)
        switch FileKind(at: path, followsLinks: false) {
        case .absent: return nil
        case .regular: break
        case .folder, .other: throw StateError("'\(path)' is not a regular file. Move it away; the next start creates a key.")
        }
        let descriptor = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC)
        guard descriptor >= 0 else { throw StateError("cannot read '\(path)': \(String(cString: strerror(errno))).") }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & 0o077 == 0 else {
            throw StateError("'\(path)' can be read by others. It grants access to everything here: chmod 600 '\(path)'.")
        }
        var text = Bytes(repeating: 0, count: 128)
        let count = read(descriptor, &text, text.count)
        let line = String(decoding: text.prefix(max(0, count)), as: UTF8.self)
        guard let key = Base64.decode(line.trimmingCharacters(in: .whitespacesAndNewlines)), key.count == 32 else {
            throw StateError(
                "'\(path)' is not a key of Drydock. Move it away; the next start creates another, which invalidates passwords and tokens."
            )
        }
        return AccessSeal(root: SymmetricKey(data: key))
    }

    /// Returns the key of a state folder, and creates it if there is none.
    ///
    /// - Throws: ``StateError`` if the file can be neither read nor written.
    public static func kept(in folder: String) throws -> AccessSeal {
        if let seal = try find(in: folder) { return seal }
        let seal = random()
        let path = path(folder), part = "\(path).\(UUID().uuidString).part"
        do {
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        } catch {
            throw StateError("cannot create the state folder '\(folder)': \(Store.reason(error))")
        }
        let text = seal.root.withUnsafeBytes { Base64.encode(Bytes($0)) } + "\n"
        let descriptor = open(part, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw StateError("cannot write '\(path)': \(String(cString: strerror(errno))).") }
        let written = Bytes(text.utf8).withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
        let isWhole = written == text.utf8.count && fsync(descriptor) == 0
        let reason = String(cString: strerror(errno))
        close(descriptor)
        // Write the file whole or not at all, so that no later start finds a partial key.
        guard isWhole, rename(part, path) == 0 else {
            unlink(part)
            throw StateError("cannot write '\(path)': \(isWhole ? String(cString: strerror(errno)) : reason).")
        }
        return seal
    }
}
