import AWSCore
import Foundation
import HTTPTypes
import HummingbirdCore
import NIOCore
import SimulatorCore
import Synchronization

/// Between Hummingbird's requests and the simulator's.
struct HTTPBridge: Sendable {
    let simulator: Simulator
    let control: ControlPlane

    /// - Throws: once the connection was closed, if that is how the reply ends.
    func respond(to request: Request, on channel: any Channel) async throws -> Response {
        if control.answers(request.head) {
            return response(await control.respond(to: request.head, body: body(of: request)), to: request)
        }
        let peer = channel.remoteAddress?.ipAddress ?? "127.0.0.1"
        if let length = length(of: request), length <= Self.largestOnLoop {
            // What API calls send is taken as a whole.
            guard let buffer = try? await request.body.collect(upTo: length) else { return Response(status: .badRequest) }
            let body = HTTPBody.bytes(Bytes(buffer.readableBytesView))
            let reply = await simulator.respond(to: request.head, body: body, from: peer)
            if let delivery = reply.delivery { return try await deliver(reply, delivery, to: request, on: channel) }
            return response(reply, to: request)
        }
        let fate = BodyFate()
        let body = body(of: request, fate)
        let reply = await withTaskExecutorPreference(globalConcurrentExecutor) {
            await simulator.respond(to: request.head, body: body, from: peer)
        }
        // Whoever reads a body takes an error of it for one of their own; a body that HTTP can't read is the client's mistake.
        let wasBroken = fate.isBroken.load(ordering: .relaxed) && reply.response.status.code >= 500
        if let delivery = reply.delivery { return try await deliver(reply, delivery, to: request, on: channel) }
        return response(wasBroken ? HTTPReply(HTTPResponse(status: .badRequest)) : reply, to: request)
    }

    /// Does to a reply what a bad network would.
    private func deliver(
        _ reply: HTTPReply, _ delivery: HTTPReply.Delivery, to request: Request, on channel: any Channel
    ) async throws -> Response {
        try await Task.sleep(for: delivery.delay)
        switch delivery.end {
        case .whole: return response(reply, to: request)
        case .dropped:
            try? await channel.close()
            throw ConnectionDropped()
        case .truncated(let count):
            let head = reply.response
            let pieces = HTTPBodyStream(pieces: reply.body)
            return Response(
                status: head.status, headers: head.headerFields,
                body: ResponseBody(contentLength: reply.body.length) { writer in
                    var rest = count
                    for try await piece in pieces where rest > 0 {
                        try await writer.write(ByteBuffer(bytes: piece.prefix(rest)))
                        rest -= piece.count
                    }
                    try? await channel.close()
                    throw ConnectionDropped()
                })
        }
    }

    /// Ends the handling of a request whose connection is gone.
    private struct ConnectionDropped: Error {}

    /// Longer bodies (parts of layers) are read and parsed apart from the event loop, which others wait for.
    private static let largestOnLoop = 256 << 10

    /// The announced length of a request's body, 0 for a request without one; nil where only its end will tell.
    private func length(of request: Request) -> Int? {
        if let length = request.headers.first(.contentLength) { return Int(length) }
        return request.headers.first(.transferEncoding) == nil ? 0 : nil
    }

    private func body(of request: Request, _ fate: BodyFate = BodyFate()) -> HTTPBody {
        let length = length(of: request)
        if length == 0 { return .empty }
        return .stream(HTTPBodyStream(BytesSequence(base: request.body, fate: fate)), length: length)
    }

    private func response(_ reply: HTTPReply, to request: Request) -> Response {
        let head = reply.response
        if request.method == .head {
            // The length is the one of the body that a GET would get.
            let length = head.headerFields[.contentLength].flatMap { Int($0) } ?? reply.body.length
            return Response(
                status: head.status, headers: head.headerFields,
                body: ResponseBody(contentLength: length) { try await $0.finish(nil) })
        }
        switch reply.body {
        case .bytes(let bytes):
            return Response(
                status: head.status, headers: head.headerFields, body: ResponseBody(byteBuffer: ByteBuffer(bytes: bytes)))
        case .stream(let stream, let length):
            return Response(
                status: head.status, headers: head.headerFields,
                body: ResponseBody(contentLength: length) { writer in
                    for try await chunk in stream { try await writer.write(ByteBuffer(bytes: chunk)) }
                    try await writer.finish(nil)
                })
        case .file(let path, let offset, let length):
            return Response(
                status: head.status, headers: head.headerFields,
                body: ResponseBody(contentLength: length) { writer in
                    try await Self.write(path, offset, length, to: &writer)
                    try await writer.finish(nil)
                })
        }
    }

    /// A file's bytes in pieces, so that memory stays flat; read to where they are sent from.
    private static func write(_ path: String, _ offset: Int, _ length: Int, to writer: inout any ResponseBodyWriter)
        async throws
    {
        let handle = try FileHandle(forReadingFrom: URL(fileURLWithPath: path))
        defer { try? handle.close() }
        // In turn, so that one that has been sent meanwhile is read into again: fresh memory costs as much as the reading.
        var buffers = [ByteBuffer](repeating: ByteBuffer(), count: length > pieceSize ? 3 : 1)
        var place = offset, turn = 0
        while place < offset + length {
            let wanted = min(offset + length - place, pieceSize)
            buffers[turn].clear(minimumCapacity: wanted)
            let count = buffers[turn].writeWithUnsafeMutableBytes(minimumWritableBytes: wanted) { space in
                max(0, pread(handle.fileDescriptor, space.baseAddress, wanted, off_t(place)))
            }
            // The length was promised: the client must see that something is missing.
            guard count > 0 else { throw BrokenFile(path: path) }
            place += count
            try await writer.write(buffers[turn])
            turn = (turn + 1) % buffers.count
        }
    }

    private struct BrokenFile: Error { let path: String }

    private static let pieceSize = 256 << 10

    /// Whether a request's body broke while it was read: badly chunked, or cut off.
    private final class BodyFate: Sendable {
        let isBroken = Atomic(false)
    }

    private struct BytesSequence: AsyncSequence, Sendable {
        typealias Element = Bytes
        let base: RequestBody
        let fate: BodyFate

        struct AsyncIterator: AsyncIteratorProtocol {
            var base: RequestBody.AsyncIterator
            let fate: BodyFate

            mutating func next() async throws -> Bytes? {
                do {
                    return try await base.next().map { Bytes($0.readableBytesView) }
                } catch {
                    fate.isBroken.store(true, ordering: .relaxed)
                    throw error
                }
            }
        }

        func makeAsyncIterator() -> AsyncIterator { AsyncIterator(base: base.makeAsyncIterator(), fate: fate) }
    }
}
