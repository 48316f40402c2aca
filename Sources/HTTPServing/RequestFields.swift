import HTTPTypes
import NIOHTTP1

/// Converts request heads to requests. Most headers repeat within a connection, so the last header fields are reused.
struct RequestFields {
    private var lastHeaders: [(name: String, value: String)] = []
    private var lastFields: [HTTPField?] = []

    /// - Returns: nil if the method or the target is invalid.
    mutating func request(_ head: HTTPRequestHead, scheme: String) -> HTTPRequest? {
        guard let method = Self.method(head.method) else { return nil }
        var authority: String?
        var fields = HTTPFields()
        fields.reserveCapacity(head.headers.count)
        var index = 0
        for (name, value) in head.headers {
            let field = field(name, value, at: index)
            index += 1
            guard let field else { continue }
            if authority == nil, field.name == Self.host {
                authority = field.value
            } else {
                fields.append(field)
            }
        }
        if head.uri.utf8.first == UInt8(ascii: "/") || head.uri == "*" {
            return HTTPRequest(method: method, scheme: scheme, authority: authority, path: head.uri, headerFields: fields)
        }
        guard let target = Self.absolute(head.uri) else { return nil }
        return HTTPRequest(
            method: method, scheme: scheme, authority: target.authority, path: target.path, headerFields: fields)
    }

    /// Parses an absolute target, as proxy clients send it. Its host overrides the `Host` header:
    /// https://www.rfc-editor.org/rfc/rfc9112#section-3.2.2
    private static func absolute(_ target: String) -> (authority: String, path: String)? {
        guard let mark = target.firstRange(of: "://"), ["http", "https"].contains(target[..<mark.lowerBound].lowercased())
        else { return nil }
        let rest = target[mark.upperBound...]
        let end = rest.firstIndex { $0 == "/" || $0 == "?" } ?? rest.endIndex
        let authority = rest[..<end], path = rest[end...]
        guard !authority.isEmpty, !authority.contains("@") else { return nil }
        return (String(authority), path.utf8.first == UInt8(ascii: "/") ? String(path) : "/\(path)")
    }

    private mutating func field(_ name: String, _ value: String, at index: Int) -> HTTPField? {
        if index < lastHeaders.count, lastHeaders[index].name == name {
            if lastHeaders[index].value == value { return lastFields[index] }
            let field = lastFields[index].map { HTTPField(name: $0.name, value: value) }
            lastHeaders[index].value = value
            lastFields[index] = field
            return field
        }
        let field = HTTPField.Name(name).map { HTTPField(name: $0, value: value) }
        if index < lastHeaders.count {
            lastHeaders[index] = (name, value)
            lastFields[index] = field
        } else {
            lastHeaders.append((name, value))
            lastFields.append(field)
        }
        return field
    }

    private static let host = HTTPField.Name("Host")

    private static func method(_ method: HTTPMethod) -> HTTPRequest.Method? {
        switch method {
        case .GET: .get
        case .POST: .post
        case .HEAD: .head
        case .PUT: .put
        case .PATCH: .patch
        case .DELETE: .delete
        default: HTTPRequest.Method(rawValue: method.rawValue)
        }
    }
}
