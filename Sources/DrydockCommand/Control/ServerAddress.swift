import AWSClient
import AWSCore
import ArgumentParser
import Drydock
import Foundation
import HTTPTypes

/// The running server that a command uses.
struct ServerAddress: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "The server's URL; also read from DRYDOCK_ENDPOINT and AWS_ENDPOINT_URL.", valueName: "url"))
    var endpoint = Self.usual

    /// The URL from the environment, or the default address of `drydock serve`.
    static let usual: String = {
        let environment = ProcessInfo.processInfo.environment
        let named = ["DRYDOCK_ENDPOINT", "AWS_ENDPOINT_URL"].compactMap { environment[$0] }.first { !$0.isEmpty }
        return named ?? "http://localhost:4566"
    }()

    func validate() throws {
        guard Endpoint(url: endpoint) != nil else {
            throw ValidationError("--endpoint must be a URL such as http://localhost:4566, not '\(endpoint)'.")
        }
    }

    /// Sends a request to the control plane.
    /// - Parameters:
    ///   - message: the request's body; nil for none.
    ///   - timeout: how long to wait for the response.
    /// - Returns: the response.
    /// - Throws: ``Failure`` in one sentence, also if the server rejects the request.
    func ask(
        _ method: HTTPRequest.Method, _ path: String, _ message: Node? = nil, timeout: Duration = .seconds(60)
    ) async throws -> Node {
        try await ask(
            method, path, body: message.map { .bytes(JSON.write($0)) } ?? .empty,
            type: message == nil ? nil : "application/json", timeout: timeout)
    }

    /// Sends a request with any body.
    /// - Parameters:
    ///   - type: the body's media type.
    ///   - transport: how requests reach the server, or a simulator in this process.
    func ask(
        _ method: HTTPRequest.Method, _ path: String, body: HTTPBody, type: String?, timeout: Duration,
        over transport: any HTTPTransport = NetworkTransport.ofCommands
    ) async throws -> Node {
        guard let server = Endpoint(url: endpoint) else { return .null }
        var request = HTTPRequest(
            method: method, scheme: server.scheme, authority: server.authority, path: "/_drydock/" + path)
        if let type { request.headerFields[.contentType] = type }
        if let length = body.length, type != nil { request.headerFields[.contentLength] = "\(length)" }
        // A file's bytes are not signed.
        var bytes: Bytes?
        if case .bytes(let whole) = body { bytes = whole }
        await request.signForControlPlane(body: bytes)
        let reply: HTTPReply
        do {
            reply = try await transport.send(request, body: body, timeout: timeout)
        } catch let error as TransportError {
            throw Failure("\(error). Is 'drydock serve' running? --endpoint sets another address.")
        }
        let answer = try? JSON.parse(try await reply.body.collect(upTo: 256 << 20))
        guard reply.response.status.code == 200, let answer else {
            let reason =
                answer?["error"]?.string ?? answer?["message"]?.string
                ?? "it responded with status \(reply.response.status.code)"
            throw Failure("\(endpoint): \(reason)")
        }
        return answer
    }
}

extension Node {
    /// Returns lines of `name: value`.
    func lines(below prefix: String = "") -> [String] {
        (fields ?? []).flatMap { field -> [String] in
            let name = prefix + field.name
            switch field.value {
            case .object: return field.value.lines(below: name + ".")
            case .list(let items): return ["\(name): \(items.map(\.text).joined(separator: ", "))"]
            default: return ["\(name): \(field.value.text)"]
            }
        }
    }

    private var text: String { string ?? String(decoding: JSON.write(self), as: UTF8.self) }
}
