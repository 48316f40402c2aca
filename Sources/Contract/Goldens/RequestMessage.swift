public import AWSCore
public import HTTPTypes

/// A request in the form of golden files: readable, with one header or parameter per line, without what changes between
/// runs.
public struct RequestMessage: Sendable, Equatable {
    public var method: String
    public var target: String
    /// The headers by lower-case name, sorted; includes `host`.
    public var headers: [Header]
    public var body: Body

    /// A header field.
    public struct Header: Sendable, Equatable {
        public var name: String
        public var value: String
    }

    /// A body, in the form that is compared.
    public enum Body: Sendable, Equatable {
        case empty
        /// The parameters in order, still encoded.
        case form([String])
        case json(Node)
        case text(String)
    }

    /// Headers that are not signed and differ between clients.
    private static let left: Set<String> = ["user-agent", "content-length", "amz-sdk-invocation-id", "amz-sdk-request"]

    /// - Parameter body: the body as sent.
    public init(_ request: HTTPRequest, body: Bytes) {
        method = request.method.rawValue
        target = request.path ?? "/"
        headers = [Header(name: "host", value: request.authority ?? "")]
        for field in request.headerFields where !Self.left.contains(field.name.canonicalName) {
            headers.append(Header(name: field.name.canonicalName, value: field.value))
        }
        headers.sort { $0.name < $1.name }
        self.body = .empty
        self.body = Self.body(String(decoding: body, as: UTF8.self), contentType: self["content-type"])
    }

    /// Returns a header's value.
    public subscript(header: String) -> String? { headers.first { $0.name == header }?.value }

    private static func body(_ text: String, contentType: String?) -> Body {
        if text.isEmpty { return .empty }
        let type = contentType ?? ""
        if type.hasPrefix("application/x-www-form-urlencoded") {
            return .form(text.split(separator: "&", omittingEmptySubsequences: false).map(String.init))
        }
        if type.contains("json"), let node = try? JSON.parse(text) { return .json(node) }
        return .text(text)
    }
}

// MARK: Text

extension RequestMessage {
    /// Parses the form that ``text`` writes.
    /// - Throws: ``MalformedMessage`` if the text is not in that form.
    public init(parsing text: String) throws {
        guard let gap = text.firstRange(of: "\n\n") else {
            throw MalformedMessage(offset: 0, reason: "no blank line ends the headers")
        }
        let lines = text[..<gap.lowerBound].split(separator: "\n")
        let start = (lines.first ?? "").split(separator: " ")
        guard start.count == 3, start[2] == "HTTP/1.1" else {
            throw MalformedMessage(offset: 0, reason: "the first line must be a method, a target and HTTP/1.1")
        }
        method = String(start[0])
        target = String(start[1])
        headers = try lines.dropFirst().map { line in
            guard let colon = line.firstRange(of: ": ") else {
                throw MalformedMessage(offset: 0, reason: "'\(line)' is not a header")
            }
            return Header(name: String(line[..<colon.lowerBound]), value: String(line[colon.upperBound...]))
        }
        body = .empty
        var rest = String(text[gap.upperBound...])
        if rest.hasSuffix("\n") { rest.removeLast() }
        let isForm = self["content-type"]?.hasPrefix("application/x-www-form-urlencoded") ?? false
        body = Self.body(isForm ? rest.filter { $0 != "\n" } : rest, contentType: self["content-type"])
    }

    /// The message in the form of its file.
    public var text: String {
        var text = "\(method) \(target) HTTP/1.1\n"
        for header in headers { text += "\(header.name): \(header.value)\n" }
        text += "\n"
        switch body {
        case .empty: break
        case .form(let parameters): text += parameters.joined(separator: "\n&") + "\n"
        case .json(let node): text += String(decoding: JSON.write(node, pretty: true), as: UTF8.self) + "\n"
        case .text(let body): text += body + "\n"
        }
        return text
    }
}

// MARK: Differences

/// A field of a message that differs from the expected one.
public struct FieldDifference: Sendable, Equatable, CustomStringConvertible {
    /// `header x-amz-date`, `parameter Filter.1.Name`, `body tags[0].Key`.
    public var field: String
    public var expected: String?
    public var actual: String?

    public var description: String {
        switch (expected, actual) {
        case (let expected?, let actual?): "\(field): expected \(expected), got \(actual)"
        case (let expected?, nil): "\(field): missing, expected \(expected)"
        case (nil, let actual?): "\(field): not expected, got \(actual)"
        case (nil, nil): field
        }
    }
}

extension RequestMessage {
    /// Returns the fields in which this message differs from the expected one. The order of parameters and members does not
    /// matter; a signature is reported if nothing else differs.
    public func differences(from expected: RequestMessage) -> [FieldDifference] {
        var differences: [FieldDifference] = []
        let (wanted, got) = (expected.fields, fields)
        for field in wanted where !got.contains(where: { $0 == field }) {
            let actual = got.first { $0.name == field.name }?.value
            differences.append(.init(field: field.name, expected: field.value, actual: actual))
        }
        for field in got where !wanted.contains(where: { $0.name == field.name }) {
            differences.append(.init(field: field.name, expected: nil, actual: field.value))
        }
        return differences
    }

    private struct Field: Equatable {
        var name: String
        var value: String
    }

    private var fields: [Field] {
        var fields = [Field(name: "method", value: method), Field(name: "target", value: target)]
        fields += headers.map { Field(name: "header \($0.name)", value: $0.value) }
        switch body {
        case .empty: break
        case .form(let parameters):
            fields += parameters.map { parameter in
                let equals = parameter.firstIndex(of: "=") ?? parameter.endIndex
                return Field(name: "parameter \(parameter[..<equals])", value: String(parameter[equals...].dropFirst()))
            }
        case .json(let node): Self.append(node, "body", &fields)
        case .text(let text): fields.append(Field(name: "body", value: text))
        }
        return fields
    }

    private static func append(_ node: Node, _ path: String, _ fields: inout [Field]) {
        switch node {
        case .object(let members) where !members.isEmpty:
            for member in members { append(member.value, "\(path).\(member.name)", &fields) }
        case .list(let elements) where !elements.isEmpty:
            for (index, element) in elements.enumerated() { append(element, "\(path)[\(index)]", &fields) }
        default: fields.append(Field(name: path, value: String(decoding: JSON.write(node), as: UTF8.self)))
        }
    }
}
