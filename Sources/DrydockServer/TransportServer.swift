import AWSClient
import AWSCore
import HTTPTypes
import HummingbirdCore
import NIOCore

/// A transport behind a port: a proxy or a recording for clients of any language.
public struct TransportServer: Sendable {
    public let transport: any HTTPTransport
    public let options: Server.Options
    private let observe: @Sendable (String) -> Void

    /// - Parameter observe: is told of requests that got no answer.
    public init(
        _ transport: any HTTPTransport, _ options: Server.Options = .init(),
        observe: @escaping @Sendable (String) -> Void = { _ in }
    ) {
        self.transport = transport
        self.options = options
        self.observe = observe
    }

    /// Serves until SIGTERM or SIGINT, or until the task is cancelled.
    /// - Throws: ``ServerError`` if the address cannot be listened on.
    public func run(handlesSignals: Bool = true, onReady: @escaping @Sendable (Int) async -> Void) async throws {
        let listener = HTTPListener(
            host: options.host, port: options.port, channels: .http1(), onReady: onReady,
            respond: { request, _ in await respond(to: request) })
        try await HTTPListener.run([listener], handlesSignals: handlesSignals)
    }

    /// Serves while `body` runs, which is told the port.
    /// - Throws: ``ServerError`` if the address cannot be listened on; what `body` throws.
    public func serving<Result: Sendable>(_ body: @escaping @Sendable (Int) async throws -> Result) async throws -> Result {
        let (ready, continuation) = AsyncStream.makeStream(of: Int.self)
        return try await withThrowingTaskGroup(of: Result?.self) { group in
            group.addTask {
                defer { continuation.finish() }
                try await run(handlesSignals: false) { port in continuation.yield(port) }
                return nil
            }
            group.addTask {
                for await port in ready { return try await body(port) }
                return nil
            }
            defer { group.cancelAll() }
            while let result = try await group.next() { if let result { return result } }
            throw CancellationError()
        }
    }

    private func respond(to request: Request) async -> Response {
        do {
            let buffer = try await request.body.collect(upTo: 512 << 20)
            let reply = try await transport.send(
                request.head, body: .bytes(Bytes(buffer.readableBytesView)), timeout: .seconds(120))
            let body = try await reply.body.collect(upTo: 512 << 20)
            var head = reply.response
            for name in [HTTPField.Name.connection, .transferEncoding, .contentLength] { head.headerFields[name] = nil }
            return Response(
                status: head.status, headers: head.headerFields, body: ResponseBody(byteBuffer: ByteBuffer(bytes: body)))
        } catch {
            observe("\(error)")
            return Self.unanswered("\(error)", request)
        }
    }

    /// An error that no client takes for a reason to try again, in the client's own protocol.
    private static func unanswered(_ reason: String, _ request: Request) -> Response {
        let isJSON = request.headers[.amzTarget] != nil
        var fields = HTTPFields()
        fields[.contentType] = isJSON ? "application/x-amz-json-1.1" : "text/xml"
        let body: Bytes
        if isJSON {
            body = JSON.write(.object([.init("__type", .string("NotRecorded")), .init("message", .string(reason))]))
        } else {
            let escaped = reason.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
            let error = "<Error><Code>NotRecorded</Code><Message>\(escaped)</Message></Error>"
            // EC2's clients look below Errors, those of IAM and STS below the root.
            let isEC2 = request.headers[.authorization]?.contains("/ec2/aws4_request") ?? false
            body = Bytes(
                (isEC2 ? "<Response><Errors>\(error)</Errors></Response>" : "<ErrorResponse>\(error)</ErrorResponse>").utf8)
        }
        return Response(status: .badRequest, headers: fields, body: ResponseBody(byteBuffer: ByteBuffer(bytes: body)))
    }
}
