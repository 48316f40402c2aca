import AWSCore
import AWSModels
import HTTPTypes

// Compares errors: code, status, message and further members.

extension ResponseComparison {
    mutating func errors(_ recorded: AWSError?, _ given: AWSError?, _ status: Int, _ givenStatus: Int) {
        let expected = recorded?.code ?? "success", found = given?.code ?? "success"
        members += 1
        if expected == found { covered += 1 }
        // AWS denies AssumeRole for a missing role.
        let isMissing =
            found.contains("NotFound") || found == "NoSuchEntity"
            || found == "AccessDenied" && operation.name.hasPrefix("AssumeRole")
        let lacksState = recorded == nil && isMissing
        comparisons[.equal, default: 0] += 2
        if expected != found {
            differences.append(Difference(lacksState ? .state : .errorCode, "Error.Code", recorded: expected, found: found))
        }
        if status != givenStatus, !lacksState {
            differences.append(Difference(.status, "status", recorded: "\(status)", found: "\(givenStatus)"))
        }
        guard let recorded, let given, expected == found else { return }
        let (mine, theirs) = (EncodedMessage.removed(from: recorded.message), EncodedMessage.removed(from: given.message))
        record(values.compare(mine, theirs, nil, in: &playback.bindings), "Error.Message", theirs, as: .errorMessage)
    }

    /// Returns the members of an error other than code and message, by path.
    static func details(_ body: Bytes) -> [String: String] {
        let content = body.first == 60 ? (try? XML.parse(body).content) ?? .null : (try? JSON.parse(body)) ?? .null
        var found: [String: String] = [:]
        func walk(_ node: Node, _ path: String) {
            guard let fields = node.fields else {
                found[path] = TreeComparison.text(node)
                return
            }
            for field in fields {
                let path = TreeComparison.join(path, field.name)
                if !known.contains(path) { walk(field.value, path) }
            }
        }
        walk(content, "")
        // JSON services use either spelling. One is the message, the other a further member.
        if content["message"] != nil, let other = content["Message"] { found["Message"] = TreeComparison.text(other) }
        if let type = content["__type"]?.string { found["__type"] = type.split(separator: "#").last.map(String.init) ?? type }
        return found
    }

    /// Code, message and request id in the three protocols.
    private static let known: Set<String> = [
        "Errors.Error.Code", "Errors.Error.Message", "Error.Code", "Error.Message", "RequestID", "RequestId", "requestId",
        "__type", "code", "message", "Message",
    ]

    static func error(_ response: RecordedExchange.Response, _ codec: DynamicCodec) -> AWSError {
        var head = HTTPResponse(status: .init(code: response.status))
        for header in response.headers {
            if let name = HTTPField.Name(header.name) { head.headerFields.append(HTTPField(name: name, value: header.value)) }
        }
        return codec.table.model.error(head, response.body)
    }

    /// Compares members that the model does not define.
    mutating func unmodelled(_ recorded: [String: String], _ given: [String: String]) {
        for (path, sample) in recorded.sorted(by: { $0.key < $1.key }) {
            members += 1
            guard let found = given[path] else {
                differences.append(Difference(.absent, path, recorded: sample))
                continue
            }
            covered += 1
            record(values.compare(sample, found, nil, in: &playback.bindings), path, found)
        }
        for (path, sample) in given.sorted(by: { $0.key < $1.key }) where recorded[path] == nil {
            differences.append(Difference(.surplus, path, found: sample))
        }
    }
}

/// Text in an error that only AWS can decode: `Encoded authorization failure message: …`.
enum EncodedMessage {
    static func removed(from message: String) -> String {
        guard let range = message.firstRange(of: "failure message: ") else { return message }
        return String(message[..<range.upperBound])
    }
}
