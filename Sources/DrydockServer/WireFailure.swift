import AWSCore
import HTTPTypes

/// A failure of the server itself, in the client's protocol, so that each client shows its message.
struct WireFailure {
    let code: String
    let message: String
    let status: HTTPResponse.Status

    init(_ code: String, _ message: String, status: HTTPResponse.Status) {
        self.code = code
        self.message = message
        self.status = status
    }

    /// Whether a path belongs to the control plane, including the Hub's part of it.
    static func isOfControl(_ path: some StringProtocol) -> Bool {
        ["/_drydock/", "/moto-api/", "/_localstack/"].contains { path.hasPrefix($0) }
    }

    func reply(to request: HTTPRequest) -> HTTPReply {
        let path = request.pathOnly
        if request.headerFields[.amzTarget] != nil {
            return json(
                .object([.init("__type", .string(code)), .init("message", .string(message))]), "application/x-amz-json-1.1")
        }
        if Self.isOfControl(path) {
            return json(.object([.init("error", .string(message))]), "application/json")
        }
        if path == "/v2" || path.hasPrefix("/v2/") {
            // https://github.com/opencontainers/distribution-spec/blob/main/spec.md#error-codes
            let error = Node.object([.init("code", .string("DENIED")), .init("message", .string(message))])
            return json(.object([.init("errors", .list([error]))]), "application/json")
        }
        return xml(request)
    }

    private func json(_ node: Node, _ type: String) -> HTTPReply { reply(JSON.write(node), type) }

    /// EC2's clients read errors under Errors, IAM's and STS's clients under the root.
    private func xml(_ request: HTTPRequest) -> HTTPReply {
        let escaped = message.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
        let error = "<Error><Code>\(code)</Code><Message>\(escaped)</Message></Error>"
        let isEC2 = request.headerFields[.authorization]?.contains("/ec2/aws4_request") ?? false
        let text = isEC2 ? "<Response><Errors>\(error)</Errors></Response>" : "<ErrorResponse>\(error)</ErrorResponse>"
        return reply(Bytes(text.utf8), "text/xml")
    }

    private func reply(_ body: Bytes, _ type: String) -> HTTPReply {
        var fields = HTTPFields()
        fields[.contentType] = type
        return HTTPReply(HTTPResponse(status: status, headerFields: fields), .bytes(body))
    }
}
