import AWSCore
import Foundation
import NIOCore
import NIOHTTP1

/// Writes a response from outside the connection's thread, in pieces if it is long.
struct ResponseWriter: Sendable {
    let channel: any Channel
    let form: ResponseForm

    /// Writes the whole response, or closes the connection if that fails.
    func write(_ reply: HTTPReply) async {
        if await !writeWhole(reply) { try? await channel.close() }
    }

    /// - Returns: whether the connection can be used further.
    private func writeWhole(_ reply: HTTPReply) async -> Bool {
        do {
            if let delivery = reply.delivery {
                try await Task.sleep(for: delivery.delay)
                switch delivery.end {
                case .whole: break
                case .dropped: return false
                case .truncated(let count):
                    try await writeHead(reply)
                    try await write(HTTPBodyStream(pieces: reply.body), atMost: count)
                    return false
                }
            }
            if form.isHead || reply.body.length == 0 {
                try await writeAll(reply, nil)
            } else {
                switch reply.body {
                case .bytes(let bytes): try await writeAll(reply, ByteBuffer(bytes: bytes))
                case .stream(let stream, _):
                    try await writeHead(reply)
                    try await write(stream, atMost: .max)
                    try await channel.writeAndFlush(HTTPServerResponsePart.end(nil))
                case .file(let path, let offset, let length):
                    try await writeHead(reply)
                    try await writeFile(path, offset, length)
                    try await channel.writeAndFlush(HTTPServerResponsePart.end(nil))
                }
            }
            return !form.ends(with: reply)
        } catch {
            // Part of the response may already be sent, so only closing the connection tells the client.
            return false
        }
    }

    /// Writes the response in one call to the connection's thread.
    private func writeAll(_ reply: HTTPReply, _ body: ByteBuffer?) async throws {
        let head = form.head(of: reply)
        try await channel.eventLoop.flatSubmit { [channel] in
            channel.write(HTTPServerResponsePart.head(head), promise: nil)
            if let body { channel.write(HTTPServerResponsePart.body(.byteBuffer(body)), promise: nil) }
            return channel.writeAndFlush(HTTPServerResponsePart.end(nil))
        }.get()
    }

    private func writeHead(_ reply: HTTPReply) async throws {
        try await channel.writeAndFlush(HTTPServerResponsePart.head(form.head(of: reply)))
    }

    private func write(_ pieces: HTTPBodyStream, atMost count: Int) async throws {
        var rest = count
        for try await piece in pieces where rest > 0 {
            try await channel.writeAndFlush(
                HTTPServerResponsePart.body(.byteBuffer(ByteBuffer(bytes: piece.prefix(rest)))))
            rest -= piece.count
        }
    }

    /// Writes a file in pieces, so that memory use stays constant. Reads the next piece while the last one is sent.
    private func writeFile(_ path: String, _ offset: Int, _ length: Int) async throws {
        let handle = try FileHandle(forReadingFrom: URL(fileURLWithPath: path))
        defer { try? handle.close() }
        // Buffers are reused in turn after they are sent: new memory costs as much as reading.
        var buffers = [ByteBuffer](repeating: ByteBuffer(), count: length > Self.pieceSize ? 3 : 1)
        var position = offset, turn = 0
        var sent: EventLoopFuture<Void>?
        while position < offset + length {
            let wanted = min(offset + length - position, Self.pieceSize)
            buffers[turn].clear(minimumCapacity: wanted)
            let count = buffers[turn].writeWithUnsafeMutableBytes(minimumWritableBytes: wanted) { space in
                max(0, pread(handle.fileDescriptor, space.baseAddress, wanted, off_t(position)))
            }
            // The client was told the length, so it must notice that data is missing.
            guard count > 0 else { throw UnreadableFile(path: path, reason: "\(offset + length - position) bytes are missing") }
            position += count
            try await sent?.get()
            sent = channel.writeAndFlush(HTTPServerResponsePart.body(.byteBuffer(buffers[turn])))
            turn = (turn + 1) % buffers.count
        }
        try await sent?.get()
    }

    private static let pieceSize = 256 << 10
}
