import AWSCore

/// A message of several parts, as user data and mail have them: headers, then bodies between boundaries.
/// https://www.rfc-editor.org/rfc/rfc2046 §5.1
struct MIMEMessage {
    private let headers: [String: String]
    private let text: String

    /// Nil for what has no headers with an empty line behind them.
    init?(_ message: String) {
        let message = message.replacing("\r\n", with: "\n")
        guard let end = message.firstRange(of: "\n\n") ?? (message.hasPrefix("\n") ? message.firstRange(of: "\n") : nil) else {
            return nil
        }
        var headers: [String: String] = [:]
        var last = ""
        for line in message[..<end.lowerBound].split(separator: "\n") {
            if line.first?.isWhitespace == true {
                headers[last, default: ""] += " " + line.drop(while: \.isWhitespace)
            } else if let colon = line.firstIndex(of: ":") {
                last = line[..<colon].lowercased()
                headers[last] = String(line[line.index(after: colon)...].drop(while: \.isWhitespace))
            }
        }
        self.headers = headers
        text = String(message[end.upperBound...])
    }

    /// `text/x-shellscript`
    var type: String {
        let value = headers["content-type"] ?? "text/plain"
        return value.prefix { $0 != ";" }.lowercased().filter { !$0.isWhitespace }
    }

    var fileName: String? {
        Self.parameter("filename", of: headers["content-disposition"]) ?? Self.parameter("name", of: headers["content-type"])
    }

    /// The messages within; nil if this is none of several parts.
    var parts: [MIMEMessage]? {
        guard type.hasPrefix("multipart/"), let boundary = Self.parameter("boundary", of: headers["content-type"]) else {
            return nil
        }
        var parts: [MIMEMessage] = []
        var lines: [Substring]?
        for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
            let stripped = line.reversed().drop(while: \.isWhitespace).reversed()
            let isEnd = String(stripped) == "--\(boundary)--"
            guard isEnd || String(stripped) == "--\(boundary)" else {
                lines?.append(line)
                continue
            }
            if let lines, let part = MIMEMessage(lines.joined(separator: "\n")) { parts.append(part) }
            lines = []
            if isEnd { return parts }
        }
        // A last boundary that is missing is forgiven, as cloud-init does.
        if let lines, let part = MIMEMessage(lines.joined(separator: "\n")) { parts.append(part) }
        return parts
    }

    /// What it says, decoded; nil if it is not encoded as its header says.
    var body: Bytes? {
        switch headers["content-transfer-encoding"]?.lowercased() ?? "7bit" {
        case "base64": Base64.decode(text.filter { !$0.isWhitespace })
        case "quoted-printable": Self.unquoted(text)
        default: Bytes(text.utf8)
        }
    }

    private static func unquoted(_ text: String) -> Bytes? {
        var result = Bytes()
        var rest = Array(text.utf8)[...]
        while let byte = rest.popFirst() {
            guard byte == 61 else {  // =
                result.append(byte)
                continue
            }
            if rest.first == 10 {
                rest.removeFirst()
                continue
            }
            guard rest.count >= 2, let value = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16) else {
                return nil
            }
            rest.removeFirst(2)
            result.append(value)
        }
        return result
    }

    private static func parameter(_ name: String, of header: String?) -> String? {
        for piece in (header ?? "").split(separator: ";").dropFirst() {
            let words = piece.split(separator: "=", maxSplits: 1)
            guard words.count == 2, words[0].lowercased().filter({ !$0.isWhitespace }) == name else { continue }
            let value = words[1].drop(while: \.isWhitespace)
            if value.first == "\"" { return String(value.dropFirst().prefix { $0 != "\"" }) }
            return String(value.prefix { !$0.isWhitespace })
        }
        return nil
    }
}
