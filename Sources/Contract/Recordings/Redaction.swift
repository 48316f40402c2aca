import AWSCore

/// Removes secrets from an exchange before it is written: signatures, tokens, passwords and private keys.
///
/// Secret members are recognized by name in JSON, XML, forms and query strings. PEM private keys are also recognized by
/// their first line.
public struct Redaction: Sendable {
    /// Texts to remove wherever they occur, such as the recorder's own keys.
    public var secrets: [String]
    /// Whether account ids are replaced by fake ones; the same id always gets the same replacement.
    public var hidesAccounts: Bool

    public init(secrets: [String] = [], hidesAccounts: Bool = false) {
        self.secrets = secrets.filter { $0.utf8.count >= 8 }
        self.hidesAccounts = hidesAccounts
    }

    public static let mark = "REDACTED"

    private static let headers: Set<String> = [
        "x-amz-security-token", "cookie", "set-cookie", "proxy-authorization", "x-aws-ec2-metadata-token", "x-registry-auth",
    ]

    /// The names of secret members, in lower case without `-` and `_`.
    private static let members: Set<String> = [
        "secretaccesskey", "sessiontoken", "securitytoken", "xamzsecuritytoken", "keymaterial", "authorizationtoken",
        "password",
        "passworddata", "oldpassword", "newpassword", "servicepassword", "token", "accesstoken", "refreshtoken",
        "identitytoken", "idtoken", "webidentitytoken", "samlassertion", "tokencode", "authenticationcode1",
        "authenticationcode2", "base32stringseed", "qrcodepng", "privatekey", "presharedkey", "customergatewayconfiguration",
        "secret", "clientsecret", "servicecredentialsecret", "xamzsignature", "signature", "uploadpolicysignature",
    ]

    private static func isSecret(_ name: some StringProtocol) -> Bool {
        members.contains(name.lowercased().filter { $0 != "-" && $0 != "_" })
    }

    /// Returns the exchange without secrets in its URL, headers and bodies.
    public func redacted(_ exchange: RecordedExchange) -> RecordedExchange {
        var exchange = exchange
        exchange.request.url = text(Self.query(in: exchange.request.url))
        exchange.request.headers = headers(exchange.request.headers)
        exchange.request.body = body(exchange.request.body, exchange.request.headers["Content-Type"])
        exchange.response.headers = headers(exchange.response.headers)
        exchange.response.body = body(exchange.response.body, exchange.response.headers["Content-Type"])
        if let source = exchange.notes.source { exchange.notes.source = text(source) }
        return exchange
    }

    // MARK: Headers and URLs

    private func headers(_ headers: [RecordedExchange.Header]) -> [RecordedExchange.Header] {
        headers.map { header in
            var header = header
            switch header.name.lowercased() {
            case "authorization": header.value = Self.authorization(header.value)
            case let name where Self.headers.contains(name): header.value = Self.mark
            case "location", "www-authenticate", "link": header.value = text(Self.query(in: header.value))
            default: header.value = text(header.value)
            }
            return header
        }
    }

    /// Keeps a signature's scope, which names service and region, and nothing of the key.
    private static func authorization(_ value: String) -> String {
        guard value.hasPrefix("AWS4-HMAC-SHA256"), let range = value.firstRange(of: "Credential=") else {
            return value.split(separator: " ").first.map { "\($0) \(mark)" } ?? mark
        }
        let scope = value[range.upperBound...].prefix { $0 != "," && $0 != " " }.split(separator: "/").suffix(4)
        return "AWS4-HMAC-SHA256 Credential=\(mark)/\(scope.joined(separator: "/")), Signature=\(mark)"
    }

    private static func query(in url: String) -> String {
        guard let mark = url.firstIndex(of: "?") else { return withoutUser(url) }
        let start = url.index(after: mark)
        return withoutUser(String(url[..<start])) + String(decoding: form(Bytes(url[start...].utf8)), as: UTF8.self)
    }

    /// Removes the user and password from `https://user:password@host`.
    private static func withoutUser(_ url: String) -> String {
        guard let scheme = url.firstRange(of: "://") else { return url }
        let rest = url[scheme.upperBound...]
        let authority = rest.prefix { $0 != "/" && $0 != "?" }
        guard let at = authority.lastIndex(of: "@") else { return url }
        return String(url[..<scheme.upperBound]) + mark + String(rest[at...])
    }

    // MARK: Bodies

    private func body(_ body: Bytes, _ type: String?) -> Bytes {
        guard let first = body.first(where: { ![32, 9, 10, 13].contains($0) }) else { return body }
        var result = body
        switch first {
        case 123, 91: result = Self.json(body)
        case 60: result = Self.xml(body)
        default:
            let isForm = type?.lowercased().hasPrefix("application/x-www-form-urlencoded") ?? true
            if isForm, !body.contains(0), body.contains(61) { result = Self.form(body) }
        }
        result = Self.privateKeys(result)
        guard !secrets.isEmpty || hidesAccounts, let string = String(validating: result, as: UTF8.self) else { return result }
        return Bytes(text(string).utf8)
    }

    /// Redacts a form or query string: parameters whose last name component is a secret's name.
    private static func form(_ body: Bytes) -> Bytes {
        var result = Bytes()
        for (index, part) in body.split(separator: 38, omittingEmptySubsequences: false).enumerated() {
            if index > 0 { result.append(38) }
            guard let equals = part.firstIndex(of: 61) else { result += part; continue }
            let name = String(decoding: part[..<equals], as: UTF8.self).split(separator: ".").last { Int($0) == nil } ?? ""
            if name.lowercased() == "x-amz-credential" {
                let scope = part[equals...].split(separator: 37).dropFirst()
                result += part[...equals] + Bytes(mark.utf8)
                for piece in scope { result += [37] + piece }
            } else if isSecret(name) {
                result += part[...equals] + Bytes(mark.utf8)
            } else {
                result += part
            }
        }
        return result
    }

    private static func json(_ body: Bytes) -> Bytes {
        guard let node = try? JSON.parse(body) else { return body }
        let redacted = redacted(node)
        return redacted == node ? body : JSON.write(redacted)
    }

    private static func redacted(_ node: Node) -> Node {
        switch node {
        case .list(let items): return .list(items.map(redacted))
        case .object(let fields):
            return .object(
                fields.map { field in
                    if case .string(let value) = field.value, !value.isEmpty, isSecret(field.name) {
                        return .init(field.name, .string(mark))
                    }
                    return .init(field.name, redacted(field.value))
                })
        default: return node
        }
    }

    /// Redacts XML elements tag by tag, so that the rest of the document stays unchanged.
    private static func xml(_ body: Bytes) -> Bytes {
        var result = Bytes()
        result.reserveCapacity(body.count)
        var position = 0
        while position < body.count {
            guard body[position] == 60 else { result.append(body[position]); position += 1; continue }
            guard let close = body[position...].firstIndex(of: 62) else { break }
            let tag = body[(position + 1)..<close]
            result += body[position...close]
            position = close + 1
            guard let first = tag.first, first != 47, first != 33, first != 63, tag.last != 47 else { continue }
            let full = tag.prefix { $0 != 32 && $0 != 9 && $0 != 10 && $0 != 13 }
            let name = full.split(separator: 58).last.map { String(decoding: $0, as: UTF8.self) } ?? ""
            guard isSecret(name) else { continue }
            let end = body[position...].firstRange(of: Bytes("</".utf8) + full)?.lowerBound ?? body.count
            if end > position { result += mark.utf8 }
            position = end
        }
        result += body[min(position, body.count)...]
        return result
    }

    /// Redacts PEM blocks, including those whose line breaks are written as `\n` or entities.
    private static func privateKeys(_ body: Bytes) -> Bytes {
        let begin = Bytes("-----BEGIN ".utf8), end = Bytes("-----END ".utf8), dashes = Bytes("-----".utf8)
        guard body.firstRange(of: Bytes("PRIVATE KEY-----".utf8)) != nil else { return body }
        var result = Bytes()
        var position = 0
        while let start = body[position...].firstRange(of: begin) {
            guard let headEnd = body[start.upperBound...].firstRange(of: dashes) else { break }
            result += body[position..<headEnd.upperBound]
            position = headEnd.upperBound
            guard body[start.upperBound..<headEnd.lowerBound].firstRange(of: Bytes("PRIVATE KEY".utf8)) != nil else { continue }
            result += mark.utf8
            position = body[position...].firstRange(of: end)?.lowerBound ?? body.count
        }
        return result + body[position...]
    }

    // MARK: Texts

    private func text(_ text: String) -> String {
        var text = text
        for secret in secrets { text = text.replacing(secret, with: Self.mark) }
        return hidesAccounts ? Self.withoutAccounts(text) : text
    }

    /// Replaces each run of exactly twelve digits by one derived from it, from which the original cannot be recovered.
    private static func withoutAccounts(_ text: String) -> String {
        var result = Bytes()
        var digits = Bytes()
        func flush() {
            if digits.count == 12 {
                var hash: UInt64 = 0xcbf2_9ce4_8422_2325
                for digit in digits { hash = (hash ^ UInt64(digit)) &* 0x100_0000_01b3 }
                let made = Bytes(String(hash % 1_000_000).utf8)
                result += Bytes(repeating: 57, count: 6) + Bytes(repeating: 48, count: 6 - made.count) + made
            } else {
                result += digits
            }
            digits = []
        }
        for byte in text.utf8 {
            if (48...57).contains(byte) { digits.append(byte) } else { flush(); result.append(byte) }
        }
        flush()
        return String(decoding: result, as: UTF8.self)
    }
}
