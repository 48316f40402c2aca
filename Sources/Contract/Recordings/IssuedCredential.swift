import AWSClient
import AWSCore

/// Something that a service gave out for later requests to show: access keys, or a registry's password or token.
///
/// A recording has none of it, only a name: which exchange gave it, and which ones used it. So a target can be asked by the
/// same callers, each with what the target itself gave in that place.
enum IssuedCredential {
    case keys(Credentials)
    /// The whole value of an `Authorization` header, without the scheme.
    case basic(String)
    case bearer(String)

    /// The same for whoever shows it.
    var key: String {
        switch self {
        case .keys(let keys): keys.accessKeyId
        case .basic(let text): "Basic \(text)"
        case .bearer(let token): "Bearer \(token)"
        }
    }

    /// What an exchange's response gives out, if it does.
    init?(givenBy operation: String?, _ response: RecordedExchange.Response) {
        guard response.status < 300 else { return nil }
        switch operation {
        case "CreateAccessKey", "AssumeRole", "AssumeRoleWithWebIdentity", "AssumeRoleWithSAML", "GetSessionToken",
            "GetFederationToken":
            guard let id = Self.element("AccessKeyId", in: response.body),
                let secret = Self.element("SecretAccessKey", in: response.body)
            else { return nil }
            self = .keys(
                Credentials(
                    accessKeyId: id, secretAccessKey: secret, sessionToken: Self.element("SessionToken", in: response.body)))
        case "GetAuthorizationToken":
            guard
                let token = (try? JSON.parse(response.body))?["authorizationData"]?.elements?.first?["authorizationToken"]?
                    .string
            else { return nil }
            self = .basic(token)
        case "GET /token", "POST /token":
            guard let node = try? JSON.parse(response.body), let token = (node["token"] ?? node["access_token"])?.string else {
                return nil
            }
            self = .bearer(token)
        default: return nil
        }
    }

    /// The key of what a request shows; nil if it shows nothing.
    static func key(shownBy request: RecordedExchange.Request) -> String? {
        guard let header = request.headers["Authorization"] else { return nil }
        if let range = header.firstRange(of: "Credential=") { return String(header[range.upperBound...].prefix { $0 != "/" }) }
        let parts = header.split(separator: " ", maxSplits: 1)
        guard parts.count == 2 else { return nil }
        switch parts[0].lowercased() {
        case "basic": return "Basic \(parts[1])"
        case "bearer": return "Bearer \(parts[1])"
        default: return nil
        }
    }

    private static func element(_ name: String, in body: Bytes) -> String? {
        guard let start = body.firstRange(of: Bytes("<\(name)>".utf8)),
            let end = body[start.upperBound...].firstRange(of: Bytes("</".utf8))
        else { return nil }
        return String(decoding: body[start.upperBound..<end.lowerBound], as: UTF8.self)
    }
}

/// The names under which a recording knows what was given out in it.
struct CredentialNames {
    private var names: [String: String] = [:]

    /// Notes on an exchange, before it is redacted, what it gives out and whose request it is.
    mutating func note(_ exchange: inout RecordedExchange) {
        if let key = IssuedCredential.key(shownBy: exchange.request) { exchange.notes.caller = names[key] }
        if let given = IssuedCredential(givenBy: exchange.notes.operation, exchange.response) {
            let name = names[given.key] ?? "credential \(names.count + 1)"
            names[given.key] = name
            exchange.notes.gives = name
        }
    }
}
