import AWSClient
import AWSCore

/// A credential that a service issued for later requests: access keys, or a registry's password or token.
///
/// A recording does not contain the credential, only a name, the exchange that issued it and those that used it. Playback
/// sends each request as the same caller, with the credential that the target issued.
enum IssuedCredential {
    case keys(Credentials)
    /// The value of an `Authorization` header without the scheme.
    case basic(String)
    case bearer(String)

    /// A key that is the same in the response that issues the credential and the requests that use it.
    var key: String {
        switch self {
        case .keys(let keys): keys.accessKeyId
        case .basic(let text): "Basic \(text)"
        case .bearer(let token): "Bearer \(token)"
        }
    }

    /// Reads the credential that a response issues; nil if there is none.
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

    /// Returns the key of the credential in a request, or nil if it has none.
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

/// The names that a recording gives to its issued credentials.
struct CredentialNames {
    private var names: [String: String] = [:]

    /// Adds to an exchange the names of the credential it issues and of the one it uses. Call it before redaction.
    mutating func note(_ exchange: inout RecordedExchange) {
        if let key = IssuedCredential.key(shownBy: exchange.request) { exchange.notes.caller = names[key] }
        if let given = IssuedCredential(givenBy: exchange.notes.operation, exchange.response) {
            let name = names[given.key] ?? "credential \(names.count + 1)"
            names[given.key] = name
            exchange.notes.gives = name
        }
    }
}
