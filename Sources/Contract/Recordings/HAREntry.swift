import AWSCore

// Converts between exchanges and HAR 1.2 entries: http://www.softwareishard.com/blog/har-12-spec/

extension RecordedExchange {
    /// The HAR entry. Drydock's notes are in a member that other readers ignore.
    var harEntry: Node {
        var postData: [Node.Field] = []
        if !request.body.isEmpty {
            let (text, isBase64) = Self.text(request.body)
            postData = [
                .init("mimeType", .string(request.headers["Content-Type"] ?? "")), .init("params", .list([])),
                .init("text", .string(text)),
            ]
            if isBase64 { postData.append(.init("_encoding", .string("base64"))) }
        }
        let (text, isBase64) = Self.text(response.body)
        var content: [Node.Field] = [
            .init("size", .integer(Int64(response.omitted?.size ?? response.body.count))),
            .init(
                "mimeType", .string(response.headers["Content-Type"] ?? (notes.encoding == .parsed ? "application/json" : ""))),
            .init("text", .string(text)),
        ]
        if let omitted = response.omitted { content.append(.init("_omitted", omitted.node)) }
        if isBase64 { content.append(.init("encoding", .string("base64"))) }
        let query = (try? QueryString.pairs(Self.query(of: request.url))) ?? []
        var requestFields: [Node.Field] = [
            .init("method", .string(request.method)), .init("url", .string(request.url)),
            .init("httpVersion", .string("HTTP/1.1")), .init("cookies", .list([])),
            .init("headers", Self.list(request.headers)),
            .init("queryString", Self.list(query.map { Header($0.name, $0.value) })),
        ]
        if !postData.isEmpty { requestFields.append(.init("postData", .object(postData))) }
        requestFields += [
            .init("headersSize", .integer(-1)),
            .init("bodySize", .integer(Int64(request.omitted?.size ?? request.body.count))),
        ]
        if let omitted = request.omitted { requestFields.append(.init("_omitted", omitted.node)) }
        return .object([
            .init("startedDateTime", .string(started.iso8601(milliseconds: true))),
            .init("time", .integer(Int64(milliseconds))),
            .init("request", .object(requestFields)),
            .init(
                "response",
                .object([
                    .init("status", .integer(Int64(response.status))), .init("statusText", .string(response.reason)),
                    .init("httpVersion", .string("HTTP/1.1")), .init("cookies", .list([])),
                    .init("headers", Self.list(response.headers)), .init("content", .object(content)),
                    .init("redirectURL", .string("")), .init("headersSize", .integer(-1)),
                    .init("bodySize", .integer(Int64(response.omitted?.size ?? response.body.count))),
                ])),
            .init("cache", .object([])),
            .init(
                "timings",
                .object([
                    .init("send", .integer(0)), .init("wait", .integer(Int64(milliseconds))), .init("receive", .integer(0)),
                ])),
            .init("_drydock", notes.node),
        ])
    }

    static func query(of url: String) -> Bytes {
        guard let mark = url.utf8.firstIndex(of: 63) else { return [] }
        return Bytes(url.utf8[url.utf8.index(after: mark)...])
    }

    private static func list(_ headers: [Header]) -> Node {
        .list(headers.map { .object([.init("name", .string($0.name)), .init("value", .string($0.value))]) })
    }

    /// Returns text unchanged, and other data in base64.
    private static func text(_ body: Bytes) -> (String, isBase64: Bool) {
        if !body.contains(0), let text = String(validating: body, as: UTF8.self) { return (text, false) }
        return (Base64.encode(body), true)
    }

    /// - Throws: ``Malformed`` with the reason, if the entry lacks what HAR 1.2 requires.
    init(harEntry node: Node) throws {
        guard let request = node["request"], let method = request["method"]?.string, let url = request["url"]?.string else {
            throw Malformed("an entry without a request, its method or its URL")
        }
        guard let response = node["response"], let status = response["status"]?.number else {
            throw Malformed("the entry of \(url) has no response, or no status")
        }
        self.init(
            started: node["startedDateTime"]?.string.flatMap { Instant(parsing: $0) } ?? Instant(milliseconds: 0),
            milliseconds: Int(node["time"]?.number.map { $0.isFinite ? min(max($0, 0), 1e12) : 0 } ?? 0),
            request: Request(
                method: method, url: url, headers: Self.headers(request["headers"]), body: try Self.requestBody(request)),
            response: Response(
                status: Int(min(max(status, 0), 999)), reason: response["statusText"]?.string ?? "",
                headers: Self.headers(response["headers"]),
                body: try Self.body(
                    response["content"]?["text"]?.string, response["content"]?["encoding"]?.string, of: url)),
            notes: Notes(node["_drydock"]))
        self.request.omitted = OmittedBody(request["_omitted"])
        self.response.omitted = OmittedBody(response["content"]?["_omitted"])
    }

    struct Malformed: Error, CustomStringConvertible {
        let description: String
        init(_ description: String) { self.description = description }
    }

    private static func headers(_ node: Node?) -> [Header] {
        (node?.elements ?? []).compactMap { header in
            guard let name = header["name"]?.string, let value = header["value"]?.string else { return nil }
            return Header(name, value)
        }
    }

    private static func requestBody(_ request: Node) throws -> Bytes {
        guard let data = request["postData"] else { return [] }
        if let text = data["text"]?.string, !text.isEmpty {
            return try body(text, (data["_encoding"] ?? data["encoding"])?.string, of: request["url"]?.string ?? "")
        }
        // Browsers list a form's parameters individually.
        let parameters = headers(data["params"]).map { "\(QueryString.encoded($0.name))=\(QueryString.encoded($0.value))" }
        return Bytes(parameters.joined(separator: "&").utf8)
    }

    private static func body(_ text: String?, _ encoding: String?, of url: String) throws -> Bytes {
        guard let text else { return [] }
        guard let encoding, !encoding.isEmpty else { return Bytes(text.utf8) }
        guard encoding == "base64" else {
            throw Malformed("the body of \(url) has the encoding '\(encoding)'; only base64 is supported")
        }
        guard let bytes = Base64.decode(text) else {
            throw Malformed("the body of \(url) is marked as base64 but is not valid base64")
        }
        return bytes
    }
}

extension RecordedExchange.OmittedBody {
    var node: Node { .object([.init("size", .integer(Int64(size))), .init("sha256", .string(digest))]) }

    init?(_ node: Node?) {
        guard let digest = node?["sha256"]?.string, case .integer(let size)? = node?["size"], size > 0 else { return nil }
        self.init(size: Int(size), digest: digest)
    }
}

extension RecordedExchange.Notes {
    var node: Node {
        var fields: [Node.Field] = []
        func add(_ name: String, _ value: String?) { if let value { fields.append(.init(name, .string(value))) } }
        add("service", service)
        add("operation", operation)
        add("region", region)
        if encoding != .wire { add("form", encoding.rawValue) }
        if !hasRequest { fields.append(.init("hasRequest", .bool(false))) }
        if isInput { fields.append(.init("isInput", .bool(true))) }
        add("shape", shape)
        add("version", version)
        add("source", source)
        add("origin", origin)
        add("gives", gives)
        add("caller", caller)
        add("skip", skip)
        return .object(fields)
    }

    init(_ node: Node?) {
        self.init(service: node?["service"]?.string, operation: node?["operation"]?.string)
        region = node?["region"]?.string
        encoding = node?["form"]?.string.flatMap { RecordedExchange.BodyEncoding(rawValue: $0) } ?? .wire
        if node?["hasRequest"] == .bool(false) { hasRequest = false }
        isInput = node?["isInput"] == .bool(true)
        shape = node?["shape"]?.string
        version = node?["version"]?.string
        source = node?["source"]?.string
        origin = node?["origin"]?.string
        gives = node?["gives"]?.string
        caller = node?["caller"]?.string
        skip = node?["skip"]?.string
    }
}

extension Node {
    /// The value as a number, from an integer or a floating-point number.
    var number: Double? {
        switch self {
        case .integer(let value): Double(value)
        case .number(let value): value
        default: nil
        }
    }
}
