import AWSCore
import HTTPServing
import HTTPTypes

/// Passes on the requests that the policy accepts; rejects all others before they have any effect.
struct GuardedResponder<Base: HTTPResponder>: HTTPResponder {
    let base: Base
    let policy: WebPagePolicy

    func respondAtOnce(to request: HTTPRequest, body: Bytes, from peer: String) -> ImmediateAnswer? {
        switch policy.verdict(on: request) {
        case .passes: base.respondAtOnce(to: request, body: body, from: peer)
        case .passesPage(let origin):
            base.respondAtOnce(to: request, body: body, from: peer)?.map { Self.readable($0, by: origin) }
        case .preflight(let origin): .reply(Self.preflight(request, of: origin))
        case .refused(let reason): .reply(WireFailure("AccessDenied", reason, status: .forbidden).reply(to: request))
        }
    }

    func respond(to request: HTTPRequest, body: HTTPBody, from peer: String) async -> HTTPReply {
        switch policy.verdict(on: request) {
        case .passes: await base.respond(to: request, body: body, from: peer)
        case .passesPage(let origin):
            Self.readable(await base.respond(to: request, body: body, from: peer), by: origin)
        case .preflight(let origin): Self.preflight(request, of: origin)
        case .refused(let reason): WireFailure("AccessDenied", reason, status: .forbidden).reply(to: request)
        }
    }

    /// Lets the page read the response and its headers: https://fetch.spec.whatwg.org/#http-responses
    private static func readable(_ reply: HTTPReply, by origin: String) -> HTTPReply {
        var reply = reply
        reply.response.headerFields[.accessControlAllowOrigin] = origin
        // `*` exposes all headers of requests without credentials; this server allows no others.
        reply.response.headerFields[.accessControlExposeHeaders] = "*"
        reply.response.headerFields.append(HTTPField(name: .vary, value: "Origin"))
        return reply
    }

    private static func preflight(_ request: HTTPRequest, of origin: String) -> HTTPReply {
        var reply = readable(HTTPReply(HTTPResponse(status: .noContent)), by: origin)
        reply.response.headerFields[.accessControlAllowMethods] = "GET, HEAD, POST, PUT, PATCH, DELETE"
        // List each header: `*` does not include Authorization.
        if let headers = request.headerFields[.accessControlRequestHeaders] {
            reply.response.headerFields[.accessControlAllowHeaders] = headers
        }
        if request.headerFields[.requestPrivateNetwork] == "true" {
            reply.response.headerFields[.allowPrivateNetwork] = "true"
        }
        reply.response.headerFields[.accessControlMaxAge] = "600"
        return reply
    }
}

// https://wicg.github.io/private-network-access/
extension HTTPField.Name {
    fileprivate static let requestPrivateNetwork = Self("Access-Control-Request-Private-Network")!
    fileprivate static let allowPrivateNetwork = Self("Access-Control-Allow-Private-Network")!
}
