import AWSCore
import Foundation
import HTTPTypes
import SimulatorCore
import Synchronization

/// The keys of issuers elsewhere, as they were fetched before a token was looked at.
final class IssuerKeys: Sendable {
    private let fetched = Mutex<[String: (keys: [WebKey], at: Instant)]>([:])
    /// How long keys are good.
    private static let lifetime = Duration.minutes(10)
    private static let timeout = Duration.seconds(5)
    private static let sizeLimit = 1 << 20

    func keys(of issuer: String) -> [WebKey] { fetched.withLock { $0[issuer]?.keys ?? [] } }

    /// Fetches an issuer's keys unless they are fresh. An issuer that cannot be reached has none.
    func fetch(_ issuer: String, by transport: any HTTPTransport) async {
        let now = Instant.machineTime
        if let known = fetched.withLock({ $0[issuer] }), now < known.at + Self.lifetime { return }
        let base = issuer.hasSuffix("/") ? String(issuer.dropLast()) : issuer
        guard let document = await Self.get(base + "/.well-known/openid-configuration", transport),
            document["issuer"]?.string == issuer, let address = document["jwks_uri"]?.string,
            let set = await Self.get(address, transport)
        else { return }
        let keys = (set["keys"]?.elements ?? []).compactMap(WebKey.init)
        fetched.withLock { $0[issuer] = (keys, now) }
    }

    private static func get(_ address: String, _ transport: any HTTPTransport) async -> Node? {
        guard let url = URLComponents(string: address), url.scheme == "https", let host = url.host else { return nil }
        let authority = url.port.map { "\(host):\($0)" } ?? host
        let request = HTTPRequest(
            method: .get, scheme: "https", authority: authority,
            path: url.percentEncodedPath.isEmpty ? "/" : url.percentEncodedPath)
        guard let reply = try? await transport.send(request, body: .empty, timeout: timeout), reply.response.status.code == 200,
            let bytes = try? await reply.body.collect(upTo: sizeLimit)
        else { return nil }
        return try? JSON.parse(bytes)
    }
}

extension STSSimulation {
    public func mustPrepare(for request: HTTPRequest) -> Bool {
        !issuers.isEmpty && request.method == .post && request.headerFields[.authorization] == nil && request.pathOnly == "/"
    }

    /// Fetches the keys of the token's issuer, if the account trusts that issuer and it isn't played here.
    public func prepare(for request: HTTPRequest, body: Bytes, _ simulator: Simulator) async {
        guard let transport, let pairs = try? QueryString.pairs(body) else { return }
        func value(_ name: String) -> String? { pairs.first { $0.name == name }?.value }
        guard value("Action") == "AssumeRoleWithWebIdentity", let token = WebToken(value("WebIdentityToken") ?? ""),
            let issuer = token.claims["iss"]?.string, issuers.contains(issuer), let host = try? OIDCProviders.host(of: issuer),
            let keys = try? TokenIssuer(simulator).keys(), !token.isSigned(by: keys)
        else { return }
        let account = value("RoleArn").map(RoleName.account) ?? ""
        let arn = "arn:aws:iam::\(account):oidc-provider/\(host)"
        let isTrusted = try? simulator.inspect("sts", account: account, region: simulator.configuration.region) {
            try OIDCProviders.kind.find(arn, $0) != nil
        }
        if isTrusted == true { await issuerKeys.fetch(issuer, by: transport) }
    }
}

/// What a role's ARN says.
enum RoleName {
    static func account(_ arn: String) -> String {
        let parts = arn.split(separator: ":", maxSplits: 5, omittingEmptySubsequences: false)
        return parts.count == 6 ? String(parts[4]) : ""
    }
}
