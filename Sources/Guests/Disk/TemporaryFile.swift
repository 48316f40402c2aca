import AWSCore
import Foundation
import Glibc

/// A file without a name. It is removed with this object, even if the process crashes.
final class TemporaryFile: Sendable {
    private let descriptor: Int32
    let size: Int
    private let spool: LimitedBlobStore.Spool

    /// Writes a body to a file as it arrives.
    /// - Throws: ``DockerFailure`` if there is no room, or the body's error.
    init(_ body: HTTPBody, in layerStore: LimitedBlobStore) async throws {
        let spool = layerStore.spool()
        let path = Self.newPath()
        let file = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw Self.failure() }
        unlink(path)
        descriptor = file
        var size = 0
        do {
            try await body.forEachPiece { piece in
                try Task.checkCancellation()
                do { try spool.grow(by: piece.count) } catch { throw Self.full }
                try piece.withUnsafeBytes { bytes in
                    var rest = bytes[...]
                    while !rest.isEmpty {
                        let written = write(file, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
                        guard written > 0 else { throw Self.failure() }
                        rest = rest.dropFirst(written)
                    }
                }
                size += piece.count
            }
        } catch {
            close(file)
            throw error
        }
        self.size = size
        self.spool = spool
    }

    /// Opens an existing file and removes its name.
    /// - Throws: ``DockerFailure`` if there is no room.
    init(taking path: String, in layerStore: LimitedBlobStore) throws {
        spool = layerStore.spool()
        descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw Self.failure() }
        unlink(path)
        size = Int(lseek(descriptor, 0, SEEK_END))
        do { try spool.grow(by: size) } catch { throw Self.full }
    }

    deinit { close(descriptor) }

    static func newPath() -> String { FileManager.default.temporaryDirectory.path + "/drydock-\(UUID().uuidString)" }

    private static var full: DockerFailure { DockerFailure(500, "write /var/lib/docker/tmp: no space left on device") }

    private static func failure() -> DockerFailure {
        DockerFailure(
            500, "cannot keep a file in \(FileManager.default.temporaryDirectory.path): \(String(cString: strerror(errno)))")
    }

    /// Valid as long as this object exists.
    var body: HTTPBody { .file(path: "/proc/self/fd/\(descriptor)", offset: 0, length: size) }

    /// The content; the stream keeps the file until it is read.
    var pieces: HTTPBodyStream {
        let offset = Offset()
        return HTTPBodyStream { [self] in
            let piece = Bytes(unsafeUninitializedCapacity: 256 << 10) { buffer, count in
                count = max(0, pread(descriptor, buffer.baseAddress, buffer.count, off_t(offset.value)))
            }
            offset.value += piece.count
            return piece.isEmpty ? nil : piece
        }
    }

    private final class Offset: @unchecked Sendable {
        // Unchecked: a body is read once, piece after piece.
        var value = 0
    }
}
