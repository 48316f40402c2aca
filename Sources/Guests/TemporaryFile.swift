import AWSCore
import Foundation
import Glibc

/// A file without a name, gone with this object however the process ends.
final class TemporaryFile: Sendable {
    private let descriptor: Int32
    let size: Int

    /// Takes in a body as it arrives.
    /// - Parameter limit: the most bytes to take.
    /// - Throws: ``DockerFailure`` if there is no room, and what the body throws.
    init(_ body: HTTPBody, upTo limit: Int) async throws {
        let path = Self.newPath()
        let file = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw Self.failure() }
        unlink(path)
        descriptor = file
        var size = 0
        do {
            try await body.forEachPiece { piece in
                try Task.checkCancellation()
                guard size + piece.count <= limit else {
                    throw DockerFailure(500, "write /var/lib/docker/tmp: no space left on device")
                }
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
    }

    /// Takes the name off a file that is there.
    init(taking path: String) throws {
        descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw Self.failure() }
        unlink(path)
        size = Int(lseek(descriptor, 0, SEEK_END))
    }

    deinit { close(descriptor) }

    static func newPath() -> String { FileManager.default.temporaryDirectory.path + "/drydock-\(UUID().uuidString)" }

    private static func failure() -> DockerFailure {
        DockerFailure(
            500, "cannot keep a file in \(FileManager.default.temporaryDirectory.path): \(String(cString: strerror(errno)))")
    }

    /// For as long as this object is there.
    var body: HTTPBody { .file(path: "/proc/self/fd/\(descriptor)", offset: 0, length: size) }

    /// The content, which keeps the file until it was read.
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
        // Unchecked: a body is read once, one piece after the other.
        var value = 0
    }
}
