import AWSCore

extension ImportedFile {
    /// Reads one interaction, a cassette of them, or the Rust SDK's event traffic.
    func vcr(_ node: Node) throws -> [RecordedExchange] {
        if let events = node["events"]?.elements { return try traffic(events) }
        if let interactions = (node["http_interactions"] ?? node["interactions"])?.elements ?? node.elements {
            return try interactions.enumerated().map {
                try interaction($0.element, interactions.count == 1 ? "" : "\($0.offset + 1)")
            }
        }
        return [try interaction(node, "")]
    }

    private func interaction(_ node: Node, _ part: String) throws -> RecordedExchange {
        guard let request = node["request"], let response = node["response"],
            let url = (request["uri"] ?? request["url"])?.string
        else {
            throw ImportFailure("an interaction has no request, URI or response")
        }
        let status = response["status"]?["code"]?.number ?? response["status_code"]?.number ?? response["status"]?.number
        guard let status else { throw ImportFailure("an interaction's response has no status") }
        var exchange = RecordedExchange(
            started: node["recorded_at"]?.string.flatMap { Instant(parsing: $0) } ?? Instant(milliseconds: 0),
            request: .init(
                method: request["method"]?.string?.uppercased() ?? "POST", url: url, headers: Self.headers(request["headers"]),
                body: Self.body(request["body"])),
            response: .init(
                status: Int(status), reason: response["status"]?["message"]?.string ?? "",
                headers: Self.headers(response["headers"]), body: Self.body(response["body"])))
        annotate(&exchange, part)
        return exchange
    }

    private func annotate(_ exchange: inout RecordedExchange, _ part: String) {
        let decoded = DecodedRequest(exchange)
        exchange.notes.service = decoded.service
        exchange.notes.operation = decoded.operation
        exchange.notes.region = DecodedRequest.scope(exchange.request.headers["Authorization"])?.region
        exchange.notes.source = part.isEmpty ? source : "\(source)#\(part)"
    }

    private static func headers(_ node: Node?) -> [RecordedExchange.Header] {
        (node?.fields ?? []).flatMap { field in
            (field.value.elements ?? [field.value]).compactMap { $0.string.map { .init(field.name, $0) } }
        }
    }

    private static func body(_ node: Node?) -> Bytes {
        guard let node else { return [] }
        if let text = node.string { return Bytes(text.utf8) }
        if let text = (node["base64_string"] ?? node["string"]?["base64_string"] ?? node["Base64"])?.string {
            return Base64.decode(text) ?? []
        }
        return Bytes(((node["string"] ?? node["Utf8"])?.string ?? "").utf8)
    }

    /// Reads the events of connections: requests, responses and their data.
    private func traffic(_ events: [Node]) throws -> [RecordedExchange] {
        var open: [String: RecordedExchange] = [:]
        var order: [String] = []
        for event in events {
            let id = "\(Int(event["connection_id"]?.number ?? 0))"
            guard let action = event["action"] else { continue }
            if let request = action["Request"]?["request"] {
                order.append(id)
                open[id] = RecordedExchange(
                    request: .init(
                        method: request["method"]?.string ?? "POST", url: request["uri"]?.string ?? "",
                        headers: Self.headers(request["headers"])),
                    response: .init(status: 0))
            } else if let response = action["Response"]?["response"] {
                if let ok = response["Ok"] {
                    open[id]?.response.status = Int(ok["status"]?.number ?? 200)
                    open[id]?.response.headers = Self.headers(ok["headers"])
                } else {
                    open[id]?.notes.skip = "there was no response: \(TreeComparison.text(response["Err"] ?? .null))"
                }
            } else if let data = action["Data"] {
                let bytes = Self.body(data["data"])
                if data["direction"]?.string == "Request" {
                    open[id]?.request.body += bytes
                } else {
                    open[id]?.response.body += bytes
                }
            }
        }
        if order.isEmpty { throw ImportFailure("the file has no requests") }
        return order.enumerated().compactMap { index, id in
            guard var exchange = open[id] else { return nil }
            annotate(&exchange, order.count == 1 ? "" : "\(index + 1)")
            if exchange.notes.skip == nil, exchange.response.status == 0 { exchange.notes.skip = "no response was recorded" }
            return exchange
        }
    }
}
