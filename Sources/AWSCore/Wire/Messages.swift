import HTTPTypes

// The wire protocols: writes requests and reads responses for the client, writes responses for the server.
// https://smithy.io/2.0/aws/protocols/ describes ec2Query, awsQuery and awsJson1_1.

extension HTTPField.Name {
    public static let amzTarget = Self("x-amz-target")!
    public static let amzRequestId = Self("x-amzn-requestid")!
    public static let amzErrorType = Self("x-amzn-errortype")!
    public static let explanation = Self("x-drydock-explanation")!
}

extension ServiceModel {
    static let formType = "application/x-www-form-urlencoded; charset=utf-8"
    static let jsonType = "application/x-amz-json-1.1"

    // MARK: Requests

    /// Returns an operation's unsigned request: method, path (the endpoint's own), headers and body.
    ///
    /// - Parameter idempotencyToken: generates the idempotency tokens that the input omits.
    public func request<I: Shape>(
        _ operation: String, _ input: I, endpoint: Endpoint, idempotencyToken: (() -> String)? = nil
    ) -> (HTTPRequest, Bytes) {
        request(operation, I.schema, endpoint: endpoint, idempotencyToken: idempotencyToken) { $0.structure(input) }
    }

    /// The same for an untyped input, which `structure` writes.
    package func request(
        _ operation: String, _ schema: Schema, endpoint: Endpoint, idempotencyToken: (() -> String)?,
        _ structure: (inout ShapeWriter) -> Void
    ) -> (HTTPRequest, Bytes) {
        var request = HTTPRequest(method: .post, scheme: endpoint.scheme, authority: endpoint.authority, path: endpoint.path)
        var writer = ShapeWriter(schema: schema, layout: requestLayout)
        writer.idempotencyToken = idempotencyToken
        switch wire {
        case .awsJson1_1:
            request.headerFields[.contentType] = Self.jsonType
            request.headerFields[.amzTarget] = "\(targetPrefix).\(operation)"
        case .ec2Query, .awsQuery:
            request.headerFields[.contentType] = Self.formType
            writer.raw("Action=\(operation)&Version=\(apiVersion)")
        }
        structure(&writer)
        return (request, writer.bytes)
    }

    package var requestLayout: WireLayout {
        switch wire {
        case .awsJson1_1: .json
        case .ec2Query: .ec2Query
        case .awsQuery: .awsQuery
        }
    }

    package var responseLayout: WireLayout { wire == .awsJson1_1 ? .json : .xml }

    // MARK: Responses

    /// Returns the response of a successful operation.
    public func response(
        _ operation: String, _ output: any Shape, outputSchema: Schema, resultWrapper: String?, requestId: String
    ) -> (HTTPResponse, Bytes) {
        var response = HTTPResponse(status: .ok)
        switch wire {
        case .awsJson1_1:
            var writer = ShapeWriter(schema: outputSchema, layout: .json)
            write(output, to: &writer)
            response.headerFields[.contentType] = Self.jsonType
            response.headerFields[.amzRequestId] = requestId
            return (response, writer.bytes)
        case .ec2Query:
            var writer = ShapeWriter(schema: outputSchema, layout: .xml)
            writer.raw("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<")
            writer.raw(operation)
            writer.raw("Response xmlns=\"")
            writer.raw(xmlNamespace)
            writer.raw("\"><requestId>")
            writer.raw(requestId)
            writer.raw("</requestId>")
            if outputSchema === EmptyShape.schema { writer.raw("<return>true</return>") } else { write(output, to: &writer) }
            writer.raw("</")
            writer.raw(operation)
            writer.raw("Response>")
            response.headerFields[.contentType] = "text/xml;charset=UTF-8"
            response.headerFields[.amzRequestId] = requestId
            return (response, writer.bytes)
        case .awsQuery:
            var writer = ShapeWriter(schema: outputSchema, layout: .xml, fractionalSeconds: false)
            writer.raw("<\(operation)Response xmlns=\"\(xmlNamespace)\">")
            if let resultWrapper {
                writer.raw("<\(resultWrapper)>")
                write(output, to: &writer)
                writer.raw("</\(resultWrapper)>")
            }
            writer.raw("<ResponseMetadata><RequestId>\(requestId)</RequestId></ResponseMetadata></\(operation)Response>")
            response.headerFields[.contentType] = "text/xml"
            response.headerFields[.amzRequestId] = requestId
            return (response, writer.bytes)
        }
    }

    private func write(_ output: some Shape, to writer: inout ShapeWriter) { writer.structure(output) }

    /// Returns the response of a failed operation.
    public func response(_ error: AWSError, requestId: String) -> (HTTPResponse, Bytes) {
        var response = HTTPResponse(status: .init(code: error.status))
        response.headerFields[.amzRequestId] = requestId
        if let explanation = error.explanation { response.headerFields[.explanation] = explanation.headerSafe }
        switch wire {
        case .awsJson1_1:
            response.headerFields[.contentType] = Self.jsonType
            var fields: [Node.Field] = [.init("__type", .string(error.code)), .init("message", .string(error.message))]
            fields += error.details.map { detail in
                let number = detail.isNumber ? Int64(detail.value) : nil
                return .init(detail.name, number.map(Node.integer) ?? .string(detail.value))
            }
            return (response, JSON.write(.object(fields)))
        case .ec2Query:
            response.headerFields[.contentType] = "text/xml;charset=UTF-8"
            var body = Bytes("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Response><Errors><Error>".utf8)
            appendErrorBody(error, to: &body)
            body += "</Error></Errors><RequestID>\(requestId)</RequestID></Response>".utf8
            return (response, body)
        case .awsQuery:
            response.headerFields[.contentType] = "text/xml"
            var body = Bytes("<ErrorResponse xmlns=\"\(xmlNamespace)\"><Error><Type>\(error.fault)</Type>".utf8)
            appendErrorBody(error, to: &body)
            body += "</Error><RequestId>\(requestId)</RequestId></ErrorResponse>".utf8
            return (response, body)
        }
    }

    private func appendErrorBody(_ error: AWSError, to body: inout Bytes) {
        body += "<Code>".utf8
        XML.appendEscaped(error.code, to: &body)
        body += "</Code><Message>".utf8
        XML.appendEscaped(error.message, to: &body)
        body += "</Message>".utf8
    }

    /// Parses a response on the client's side.
    /// - Throws: ``AWSError`` for any status of 300 or more; ``MalformedMessage`` if the body does not follow the protocol.
    public func output<I: Shape, O: Shape>(_ operation: Operation<I, O>, _ response: HTTPResponse, _ body: Bytes) throws -> O {
        let content = try content(response, body, resultWrapper: operation.resultWrapper)
        return O(from: ShapeReader(content, schema: O.schema, layout: responseLayout))
    }

    /// Returns the members of a successful response without the protocol's envelope.
    package func content(_ response: HTTPResponse, _ body: Bytes, resultWrapper: String?) throws -> Node {
        guard response.status.code < 300 else { throw error(response, body) }
        if body.isEmpty { return .object([]) }
        if wire == .awsJson1_1 { return try JSON.parse(body) }
        let content = try XML.parse(body).content
        return resultWrapper.map { content[$0] ?? .object([]) } ?? content
    }

    /// Parses an error response on the client's side. If the body is unreadable, the error's code is the HTTP status.
    public func error(_ response: HTTPResponse, _ body: Bytes) -> AWSError {
        let status = response.status.code
        var result = AWSError("\(status)", status: status, response.status.reasonPhrase)
        result.explanation = response.headerFields[.explanation]
        result.requestId = response.headerFields[.amzRequestId]
        if wire == .awsJson1_1 {
            let node = (try? JSON.parse(body)) ?? .null
            if let type = response.headerFields[.amzErrorType] ?? node["__type"]?.string ?? node["code"]?.string {
                let code = type.prefix { $0 != ":" }.split(separator: "#").last.map(String.init)
                result.code = code ?? result.code
            }
            if let message = (node["message"] ?? node["Message"])?.string { result.message = message }
            for field in node.fields ?? [] where !["__type", "code", "message", "Message"].contains(field.name) {
                switch field.value {
                case .string(let text): result.details.append(.init(field.name, text))
                case .integer(let number): result.details.append(.init(field.name, Int(number)))
                default: break
                }
            }
        } else if let content = try? XML.parse(body).content {
            let error = content["Errors"]?["Error"] ?? content["Error"]
            if let code = error?["Code"]?.string { result.code = code }
            if let message = error?["Message"]?.string { result.message = message }
            result.requestId = (content["RequestID"] ?? content["RequestId"])?.string ?? result.requestId
        }
        return result
    }
}

extension String {
    /// The text as a header value: line feeds become spaces, other control characters and non-ASCII become `?`.
    ///
    /// Cut at 1 KiB, because some clients and proxies reject longer headers. The journal has the full text.
    public var headerSafe: String {
        let limit = 1024
        var bytes = Bytes()
        for scalar in unicodeScalars {
            guard bytes.count < limit else {
                bytes.replaceSubrange(limit - 3..<limit, with: "...".utf8)
                break
            }
            bytes.append((32..<127).contains(scalar.value) ? UInt8(scalar.value) : scalar == "\n" ? 32 : 63)
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}

/// The address of a service: scheme, authority (host and port) and path prefix.
public struct Endpoint: Sendable, Hashable {
    public var scheme: String
    public var authority: String
    public var path: String
    public init(scheme: String = "https", authority: String, path: String = "/") {
        self.scheme = scheme
        self.authority = authority
        self.path = path.isEmpty ? "/" : path
    }
}
