import AWSClient
import AWSCore
import HTTPTypes

/// A recorded request to a container registry, its token service or its storage.
struct RegistryRequest {
    let scheme, host, path: String
    let query: String
    /// The name in reports, such as `PUT manifests` or `POST blobs/uploads`.
    let operation: String

    /// - Parameter isKnownLocation: whether an earlier response redirected to the URL.
    init?(_ exchange: RecordedExchange, isKnownLocation: (String) -> Bool) {
        let url = exchange.request.url
        guard let colon = url.firstRange(of: "://") else { return nil }
        scheme = String(url[..<colon.lowerBound])
        let rest = url[colon.upperBound...]
        host = String(rest.prefix { $0 != "/" && $0 != "?" })
        path = DecodedRequest.path(of: url)
        query = String(decoding: RecordedExchange.query(of: url), as: UTF8.self)
        let words = path.split(separator: "/").map(String.init)
        let subject: String
        if words.first == "v2", exchange.request.headers["X-Amz-Target"] == nil {
            if let uploads = words.lastIndex(of: "uploads"), uploads > 0, words[uploads - 1] == "blobs" {
                subject = "blobs/uploads"
            } else if words.count == 1 {
                subject = "v2"
            } else {
                // Other services also have paths with `/v2/`, such as the container agent's credentials.
                let known = ["manifests", "blobs", "tags", "referrers", "_catalog"]
                guard let found = known.first(where: { words.dropFirst().contains($0) }) else { return nil }
                subject = found
            }
        } else if host.hasPrefix("auth."), words == ["token"] {
            subject = "token"
        } else if isKnownLocation(url) {
            subject = "layer"
        } else {
            return nil
        }
        operation = "\(exchange.request.method) \(subject)"
    }

    /// The account in a host such as `123456789012.dkr.ecr.us-east-1.amazonaws.com`.
    var account: Substring? { Self.account(ofHost: host) }

    static func account(ofHost host: some StringProtocol) -> Substring? {
        let account = Substring(host.prefix { $0 != "." })
        guard account.utf8.count == 12, account.allSatisfy(\.isNumber), host.dropFirst(12).hasPrefix(".dkr.ecr.") else {
            return nil
        }
        return account
    }
}

extension Playback {
    /// Sends a recorded registry request as the recorded caller, or returns why that is not possible.
    func answer(
        to exchange: RecordedExchange, _ recorded: RegistryRequest
    ) async throws -> Result<RecordedExchange.Response, RegistryObstacle> {
        guard exchange.request.omitted == nil else { return .failure(.noBody) }
        var request = HTTPRequest(
            method: .init(rawValue: exchange.request.method) ?? .get, scheme: nil, authority: nil, path: nil)
        if let location = locations[exchange.request.url], let colon = location.firstRange(of: "://") {
            let rest = location[colon.upperBound...]
            request.scheme = String(location[..<colon.lowerBound])
            request.authority = String(rest.prefix { $0 != "/" && $0 != "?" })
            request.path = String(rest.drop { $0 != "/" && $0 != "?" })
        } else {
            let path = images.applied(to: bindings.applied(to: recorded.path), at: recorded.host)
            let query = bindings.applied(to: recorded.query)
            request.path = query.isEmpty ? path : "\(path)?\(query)"
            if let endpoint {
                guard !recorded.host.hasSuffix("docker.io") else { return .failure(.noHub) }
                (request.scheme, request.authority) = (endpoint.scheme, endpoint.authority)
            } else {
                request.scheme = recorded.scheme
                request.authority =
                    recorded.account.map { (bindings[String($0)] ?? String($0)) + recorded.host.dropFirst(12) } ?? recorded.host
            }
        }
        for header in exchange.request.headers where Self.isPlayed(header.name) {
            if let name = HTTPField.Name(header.name) {
                request.headerFields.append(HTTPField(name: name, value: header.value))
            }
        }
        if let shown = exchange.request.headers["Authorization"] {
            switch exchange.notes.caller.flatMap({ issued[$0] }) {
            case .basic(let text): request.headerFields[.authorization] = "Basic \(text)"
            case .bearer(let token): request.headerFields[.authorization] = "Bearer \(token)"
            case .keys, nil:
                // The recording did not issue this password, so it cannot be sent, whether it was right or wrong. Only a
                // rejection of the password itself is the same for a redacted one.
                guard [401, 403].contains(exchange.response.status),
                    exchange.response.headers["WWW-Authenticate"]?.contains("insufficient_scope") != true
                else { return .failure(.noPassword) }
                request.headerFields[.authorization] = shown
            }
        }
        let reply = try await transport.send(request, body: .bytes(exchange.request.body), timeout: .seconds(60))
        let body = try await reply.body.tapped()
        var response = RecordedExchange.Response(
            status: reply.response.status.code, reason: reply.response.status.reasonPhrase,
            headers: reply.response.headerFields.map { .init($0.name.rawName, $0.value) }, body: body.kept)
        response.omitted = body.omitted
        note(exchange, response)
        if let mine = exchange.response.headers["Location"], let theirs = response.headers["Location"] { follow(mine, theirs) }
        return .success(response)
    }

    /// Maps the recorded redirect location to the target's, for requests that follow it.
    private func follow(_ recorded: String, _ given: String) {
        let mine = DecodedRequest.path(of: recorded.hasPrefix("/") ? "http://_" + recorded : recorded).split(separator: "/")
        let theirs = DecodedRequest.path(of: given.hasPrefix("/") ? "http://_" + given : given).split(separator: "/")
        if mine.first == "v2" {
            // An upload's id is a path component; what follows it comes from the client.
            guard mine.count == theirs.count else { return }
            for (mine, theirs) in zip(mine, theirs) where mine != theirs { _ = bindings.bind(String(mine), String(theirs)) }
        } else {
            locations[recorded] = given
        }
    }

    private static func isPlayed(_ name: String) -> Bool {
        let name = name.lowercased()
        return ["accept", "content-type", "content-range", "range"].contains(name)
    }
}

/// The images under tags that the recording did not push. Each registry has its own, so these map recorded digests to the
/// target's.
struct PlayedImages {
    private var pushed: Set<String> = []
    private var given: [String: [String: String]] = [:]

    /// Whether the target's digest may replace the recorded one.
    mutating func takes(_ recorded: String, _ found: String, for request: RegistryRequest) -> Bool {
        switch request.operation {
        case "PUT manifests": pushed.insert(recorded)
        case "GET manifests", "HEAD manifests":
            if !pushed.contains(recorded), given[request.host]?[recorded] == nil {
                given[request.host, default: [:]][recorded] = found
            }
        default: break
        }
        return recorded == found || given[request.host]?[recorded] == found
    }

    func applied(to path: String, at host: String) -> String {
        guard let digests = given[host] else { return path }
        return digests.reduce(path) { $0.replacing($1.key, with: $1.value) }
    }
}

/// Why a registry request cannot be replayed.
enum RegistryObstacle: String, Error {
    case noHub = "Docker Hub's host names cannot be reached through a URL"
    case noBody = "its body was too long for the recording"
    case noPassword = "its password was not given out in the recording, and is redacted there"
}

/// Compares a registry's response with the recorded one: status, errors, the headers that clients use, and the body.
struct RegistryComparison {
    private(set) var differences: [Difference] = []
    private(set) var members = 0
    private(set) var covered = 0
    private let bindings: Bindings
    private let moment: ValueComparison.Moment

    init(
        _ recorded: RecordedExchange.Response, _ given: RecordedExchange.Response, for request: RegistryRequest,
        _ playback: Playback, at moment: ValueComparison.Moment
    ) {
        self.moment = moment
        bindings = playback.bindings
        member(.status, "status", "\(recorded.status)", "\(given.status)")
        for name in Self.headers {
            guard let mine = recorded.headers[name] else {
                if let theirs = given.headers[name] {
                    differences.append(Difference(.surplus, "headers.\(name)", found: theirs))
                }
                continue
            }
            var theirs = given.headers[name]
            switch (name, theirs) {
            case ("Docker-Content-Digest", let found?):
                if playback.images.takes(mine, found, for: request) { theirs = mine }
            case ("Location", let found?):
                // Storage URLs are presigned, and registry paths may have another host.
                let (path, other) = (Self.path(mine), Self.path(found))
                theirs = !path.hasPrefix("/v2/") || bindings.applied(to: path) == other ? mine : found
            case ("WWW-Authenticate", let found?):
                theirs = Self.withoutHosts(mine) == Self.withoutHosts(found) ? mine : found
            default: break
            }
            member(theirs == nil ? .absent : .changed, "headers.\(name)", mine, theirs)
        }
        guard recorded.status == given.status else { return }
        if recorded.omitted == nil, given.omitted == nil {
            bodies(recorded.body, given.body, isError: recorded.status >= 400)
        } else {
            member(.changed, "body", Self.sum(recorded), Self.sum(given))
        }
    }

    private static let headers = [
        "Content-Type", "Docker-Content-Digest", "Docker-Distribution-Api-Version", "Location", "Docker-Upload-UUID", "Range",
        "WWW-Authenticate", "OCI-Subject",
    ]

    private static func path(_ location: String) -> String {
        DecodedRequest.path(of: location.hasPrefix("/") ? "http://_\(location)" : location)
    }

    /// Returns a challenge without host names, which depend on the target.
    private static func withoutHosts(_ challenge: String) -> String {
        challenge.split(separator: "\"", omittingEmptySubsequences: false).map { part in
            part.contains("://") ? path(String(part)) : part.contains(".") ? "…" : String(part)
        }.joined(separator: "\"")
    }

    private static func sum(_ response: RecordedExchange.Response) -> String {
        let digest = response.omitted?.digest ?? DecodedRequest.digest(response.body)
        return "\(response.omitted?.size ?? response.body.count) bytes of sha256:\(digest)"
    }

    private mutating func member(_ kind: Difference.Kind, _ path: String, _ recorded: String, _ given: String?) {
        members += 1
        if recorded == given || bindings.applied(to: recorded) == given { covered += 1; return }
        differences.append(Difference(kind, path, recorded: recorded, found: given))
    }

    private mutating func bodies(_ recorded: Bytes, _ given: Bytes, isError: Bool) {
        if recorded == given {
            if !recorded.isEmpty { members += 1; covered += 1 }
            return
        }
        guard let mine = try? JSON.parse(recorded), let theirs = try? JSON.parse(given), mine.fields != nil else {
            return member(
                .changed, "body", "\(recorded.count) bytes of sha256:\(DecodedRequest.digest(recorded))",
                "\(given.count) bytes of sha256:\(DecodedRequest.digest(given))")
        }
        let leaves = theirs.leaves, ours = mine.leaves
        for (path, raw) in ours.sorted(by: { $0.key < $1.key }) {
            let value = Self.plain(raw), found = leaves[path].map(Self.plain)
            if let other = leaves[path], raw.hasPrefix("\"") != other.hasPrefix("\"") {
                differences.append(Difference(.jsonType, path, recorded: raw, found: other))
            }
            let kind: Difference.Kind =
                found == nil ? .absent : isError ? path.hasSuffix(".code") ? .errorCode : .errorMessage : .changed
            let isMadeUp = value.contains(Redaction.mark) || isTime(path, value, found)
            member(kind, path, value, isMadeUp && found?.isEmpty == false ? value : found)
        }
        for (path, raw) in leaves.sorted(by: { $0.key < $1.key }) where ours[path] == nil {
            differences.append(Difference(.surplus, path, found: Self.plain(raw)))
        }
    }

    /// Whether a value is a token's issue time. Other times belong to the content.
    private func isTime(_ path: String, _ recorded: String, _ found: String?) -> Bool {
        guard path == "issued_at", let mine = Instant(parsing: recorded), let theirs = found.flatMap({ Instant(parsing: $0) })
        else { return false }
        return moment.agrees(mine, theirs)
    }

    private static func plain(_ json: String) -> String { (try? JSON.parse(json))?.string ?? json }
}

extension Verification {
    /// Replays a registry request and compares the responses.
    mutating func verify(_ exchange: RecordedExchange, _ request: RegistryRequest, _ playback: Playback) async throws {
        var identity = CallIdentity(
            service: "registry", operation: request.operation, source: exchange.notes.source ?? exchange.request.url,
            kind: .unknown(reason: exchange.notes.skip ?? ""))
        guard exchange.notes.skip == nil else { return skip(exchange, identity) }
        let moment = ValueComparison.Moment(of: exchange, playback)
        switch try await playback.answer(to: exchange, request) {
        case .failure(let obstacle):
            identity.kind = .unknown(reason: obstacle.rawValue)
            skip(exchange, identity)
        case .success(let response):
            let comparison = RegistryComparison(exchange.response, response, for: request, playback, at: moment)
            var finding = VerifyReport.Finding(
                service: identity.service, operation: identity.operation, source: identity.source)
            finding.differences = comparison.differences
            finding.members = comparison.members
            finding.covered = comparison.covered
            finding.comparisons = [.equal: comparison.members]
            add(finding, exchange, isOlder: false)
        }
    }
}
