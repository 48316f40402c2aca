import AWSCore
import Foundation
import HTTPTypes
import SimulatorCore
import Synchronization

/// Fetches documents from external token issuers.
public struct IssuerReader: Sendable {
    /// Fetches from a server. Throws if the system does not trust the server's certificate.
    public typealias Trusting = @Sendable (URLComponents) async throws -> (status: Int, body: Bytes)
    /// Fetches from a server with any certificate. Returns the certificate's thumbprint too.
    public typealias Pinning = @Sendable (URLComponents) async throws -> (status: Int, body: Bytes, thumbprint: String)

    let trusting: Trusting
    let pinning: Pinning

    public init(trusting: @escaping Trusting, pinning: @escaping Pinning) {
        self.trusting = trusting
        self.pinning = pinning
    }
}

/// The keys of external issuers, fetched before a token is checked.
final class IssuerKeys: Sendable {
    private struct Fetched {
        var keys: [WebKey]
        /// The thumbprints of certificates that the system does not trust; empty if it trusts all.
        var thumbprints: Set<String>
        var at: Instant
    }
    private let fetched = Mutex<[String: Fetched]>([:])
    /// How long fetched keys are valid.
    private static let lifetime = Duration.minutes(10)

    enum KeyLookup {
        case none
        /// The system does not trust the issuer's certificate, and the provider does not list its thumbprint.
        case untrustedCertificate
        case keys([WebKey])
    }

    /// Returns the fetched keys of an issuer.
    /// - Parameter thumbprints: the provider's, used only if the system does not trust the issuer's certificate.
    func keys(of issuer: String, thumbprints: [String]) -> KeyLookup {
        guard let known = fetched.withLock({ $0[issuer] }), !known.keys.isEmpty else { return .none }
        return known.thumbprints.isSubset(of: thumbprints.map { $0.lowercased() }) ? .keys(known.keys) : .untrustedCertificate
    }

    /// Fetches an issuer's keys unless earlier ones are still valid. If the issuer cannot be reached, its keys stay as they are.
    func fetch(_ issuer: String, by reader: IssuerReader) async {
        let now = Instant.machineTime
        if let known = fetched.withLock({ $0[issuer] }), now < known.at + Self.lifetime { return }
        let base = issuer.hasSuffix("/") ? String(issuer.dropLast()) : issuer
        var thumbprints: Set<String> = []
        guard let document = await Self.get(base + "/.well-known/openid-configuration", reader, &thumbprints),
            document["issuer"]?.string == issuer, let address = document["jwks_uri"]?.string,
            let set = await Self.get(address, reader, &thumbprints)
        else { return }
        let keys = (set["keys"]?.elements ?? []).compactMap(WebKey.init)
        fetched.withLock { $0[issuer] = Fetched(keys: keys, thumbprints: thumbprints, at: now) }
    }

    private static func get(_ address: String, _ reader: IssuerReader, _ thumbprints: inout Set<String>) async -> Node? {
        guard let url = URLComponents(string: address), url.scheme == "https", url.host != nil else { return nil }
        if let reply = try? await reader.trusting(url) {
            return reply.status == 200 ? try? JSON.parse(reply.body) : nil
        }
        guard let reply = try? await reader.pinning(url), reply.status == 200 else { return nil }
        thumbprints.insert(reply.thumbprint)
        return try? JSON.parse(reply.body)
    }
}

extension STSSimulation {
    public func needsPrefetch(for request: HTTPRequest) -> Bool {
        !issuers.isEmpty && request.method == .post && request.headerFields[.authorization] == nil && request.pathOnly == "/"
    }

    /// Fetches the keys of the token's issuer, if the account trusts the issuer and the simulator did not sign the token.
    public func prefetch(for request: HTTPRequest, body: Bytes, _ simulator: Simulator) async {
        guard let reader, let pairs = try? QueryString.pairs(body) else { return }
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
        if isTrusted == true { await issuerKeys.fetch(issuer, by: reader) }
    }
}

/// The parts of a role's ARN.
enum RoleName {
    static func account(_ arn: String) -> String {
        let parts = arn.split(separator: ":", maxSplits: 5, omittingEmptySubsequences: false)
        return parts.count == 6 ? String(parts[4]) : ""
    }
}
