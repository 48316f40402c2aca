import AWSCore
import Drydock
import HTTPTypes
import SimulatedIAM
import SimulatorCore

extension ControlPlane {
    /// Returns the discovery document of the server as a token issuer.
    func discovery(_ request: HTTPRequest) -> Node {
        let base = "\(request.scheme ?? "http")://\(request.authority ?? "localhost")/_drydock/oidc"
        return TokenIssuer.discovery(issuer: base, keysAt: base + "/jwks")
    }

    /// Returns a token of any issuer, signed with the server's keys:
    /// `{"issuer": …, "subject": …, "audience": …, "lifetime": "10m", "algorithm": "RS256", "claims": {…}}`.
    func token(_ body: Bytes) throws -> Node {
        let usage = "Send {\"subject\": …}; optional members are issuer, audience, lifetime, algorithm and claims."
        guard let message = try? JSON.parse(body), let subject = message["subject"]?.string, !subject.isEmpty else {
            throw ControlError("There is no subject. \(usage)")
        }
        let audience = message["audience"].map { ($0.elements ?? [$0]).compactMap(\.string) } ?? ["sts.amazonaws.com"]
        guard !audience.isEmpty else { throw ControlError("The audience is empty. \(usage)") }
        var lifetime = Duration.minutes(10)
        if let text = message["lifetime"]?.string {
            guard let duration = Duration(parsing: text), duration > .zero else {
                throw ControlError("'\(text)' is not a duration such as 90s, 15m or 1h.")
            }
            lifetime = duration
        }
        let name = message["algorithm"]?.string ?? "RS256"
        guard let algorithm = TokenIssuer.Algorithm(rawValue: name) else {
            throw ControlError("'\(name)' is not an algorithm; use RS256, ES256 or ES384.")
        }
        let token = try TokenIssuer(simulator).token(
            issuer: message["issuer"]?.string ?? "https://token.actions.githubusercontent.com", subject: subject,
            audience: audience, claims: message["claims"]?.fields ?? [], lifetime: lifetime, algorithm: algorithm,
            now: simulator.clock.now)
        return .object([.init("token", .string(token))])
    }

    /// Returns the decision on a request and its reason: `?id=REQUEST-ID`, or the last rejected request without an id.
    func why(_ request: HTTPRequest) throws -> HTTPReply {
        let pairs = (try? QueryString.pairs(Bytes(request.queryText.utf8))) ?? []
        let id = pairs.first { $0.name == "id" }?.value
        let entries = simulator.journal.entries
        let found = id.map { id in entries.last { $0.requestId == id } } ?? entries.last { $0.error != nil }
        guard let found else {
            return Self.failure(
                404,
                id.map { "The journal has no request '\($0)'." } ?? "The journal has no rejected request.")
        }
        return Self.json(simulator.event(of: found))
    }

    /// Returns the least policy that allows a caller's requests: `?caller=*Worker*`.
    func leastPolicy(_ request: HTTPRequest) -> Node {
        let pairs = (try? QueryString.pairs(Bytes(request.queryText.utf8))) ?? []
        let caller = pairs.first { $0.name == "caller" }?.value ?? "*"
        let entries = simulator.journal.entries.filter {
            $0.isBy(caller) && $0.sourceAddress != "AWS Internal" && !$0.service.isEmpty
        }
        var resources: [String: Set<String>] = [:]
        for entry in entries {
            for permission in entry.asked { resources[permission.action, default: []].insert(permission.resource) }
            for permission in entry.asked.isEmpty ? simulator.needs(of: entry) : [] {
                resources[permission.action, default: []].insert(permission.resource)
            }
        }
        // Actions on the same resources share a statement.
        var statements: [[String]: [String]] = [:]
        for (action, names) in resources {
            statements[names.contains("*") ? ["*"] : names.sorted(), default: []].append(action)
        }
        let list = statements.sorted { $0.key.joined() < $1.key.joined() }.map { names, actions in
            Node.object([
                .init("Effect", .string("Allow")), .init("Action", .list(actions.sorted().map(Node.string))),
                .init("Resource", .list(names.map(Node.string))),
            ])
        }
        return .object([.init("Version", .string("2012-10-17")), .init("Statement", .list(list))])
    }
}

extension Journal.Entry {
    /// Whether the request's caller has that name, ARN or access key; `*` and `?` are wildcards.
    func isBy(_ pattern: String) -> Bool {
        if pattern == "*" { return true }
        guard let who = caller else { return false }
        if case .user(let name) = who.kind, Wildcard.matches(name, pattern) { return true }
        return Wildcard.matches(who.arn, pattern) || Wildcard.matches(who.accessKeyId, pattern)
    }
}
