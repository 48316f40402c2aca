import AWSCore
import Crypto
import ECRAPI
import Foundation
import SimulatorCore

extension ECRSimulation {
    public func getAuthorizationToken(
        _ input: GetAuthorizationTokenRequest, _ context: Context
    ) throws -> GetAuthorizationTokenResponse {
        let ids = input.registryIds.flatMap { $0.isEmpty ? nil : $0 } ?? [context.account]
        let data = try ids.map { id in
            let registry = context.within(account: id)
            let token = RegistryToken(
                caller: context.caller, account: id, region: context.region, expiresAt: context.now + RegistryToken.lifetime)
            let password = try token.password(context)
            return AuthorizationData(
                authorizationToken: Base64.encode(Bytes("AWS:\(password)".utf8)), expiresAt: token.expiresAt,
                proxyEndpoint: RegistryHost.url(registry))
        }
        return GetAuthorizationTokenResponse(authorizationData: data)
    }
}

/// The content of a registry password: the caller who requested it, the registry, and the expiry time.
///
/// The password is encrypted with the simulator's key. It needs no storage, and clients cannot forge one.
struct RegistryToken {
    static let lifetime = Duration.hours(12)

    var caller: Caller
    var account: String
    var region: String
    var expiresAt: Instant

    enum Refusal: Error {
        case malformed
        case expired
        /// The caller's access key is unknown, and the simulator is strict.
        case unproven
    }

    /// Returns the password for the user name `AWS`. It looks like AWS's.
    func password(_ context: Context) throws -> String {
        // Reusing a nonce under one key would expose the key, and request numbers restart after a reset.
        let number = context.ids.bytes(12)
        let nonce = context.configuration.isSealed ? AES.GCM.Nonce() : try AES.GCM.Nonce(data: number)
        let box = try AES.GCM.seal(JSON.write(node), using: Self.key(context.configuration), nonce: nonce)
        let envelope = Node.object([
            .init("payload", .string(Base64.encode(box.combined.map { Bytes($0) } ?? []))),
            .init("datakey", .string(Base64.encode(context.ids.bytes(48)))),
            .init("version", .string("2")), .init("type", .string("DATA_KEY")),
            .init("expiration", .integer(expiresAt.seconds)),
        ])
        return Base64.encode(JSON.write(envelope))
    }

    /// - Throws: ``Refusal``
    init(password: String, _ configuration: SimulatorCore.Configuration, now: Instant) throws(Refusal) {
        self = try RegistryToken(password: password, configuration)
        guard expiresAt > now else { throw .expired }
        guard !(configuration.isStrict && caller.isUnauthenticated) else { throw .unproven }
    }

    /// Reads a token without checking whether it has expired.
    init(password: String, _ configuration: SimulatorCore.Configuration) throws(Refusal) {
        guard let bytes = Base64.decode(password), let envelope = try? JSON.parse(bytes),
            let sealed = envelope["payload"]?.string.flatMap({ Base64.decode($0) }),
            let box = try? AES.GCM.SealedBox(combined: sealed),
            let plain = try? AES.GCM.open(box, using: Self.key(configuration)),
            let node = try? JSON.parse(Bytes(plain)), let token = RegistryToken(node)
        else { throw .malformed }
        self = token
    }

    private static func key(_ configuration: SimulatorCore.Configuration) -> SymmetricKey {
        configuration.key(
            for: .registryPassword, else: SHA256.hash(data: Bytes("registry passwords of seed \(configuration.seed)".utf8)))
    }
}

extension RegistryToken {
    init(caller: Caller, account: String, region: String, expiresAt: Instant) {
        self.caller = caller
        self.account = account
        self.region = region
        self.expiresAt = expiresAt
    }

    private var node: Node {
        var fields: [Node.Field] = [
            .init("account", .string(account)), .init("region", .string(region)),
            .init("expires", .integer(expiresAt.milliseconds)), .init("arn", .string(caller.arn)),
            .init("callerAccount", .string(caller.account)), .init("userId", .string(caller.userId)),
            .init("key", .string(caller.accessKeyId)),
            .init("sessionPolicies", .list(caller.sessionPolicies.map { .string($0) })),
            .init("tags", .object(caller.principalTags.sorted { $0.key < $1.key }.map { .init($0.key, .string($0.value)) })),
        ]
        if let role = caller.roleArn { fields.append(.init("roleArn", .string(role))) }
        if caller.isUnauthenticated { fields.append(.init("unproven", .bool(true))) }
        switch caller.kind {
        case .root: break
        case .anonymous: fields.append(.init("anonymous", .bool(true)))
        case .user(let name): fields.append(.init("user", .string(name)))
        case .federatedUser(let name, let user):
            fields.append(.init("federated", .string(name)))
            if let user { fields.append(.init("behind", .string(user))) }
        case .assumedRole(let role, let session):
            fields.append(.init("role", .string(role)))
            fields.append(.init("session", .string(session)))
        }
        return .object(fields)
    }

    private init?(_ node: Node) {
        guard let account = node["account"]?.string, let region = node["region"]?.string,
            case .integer(let expires)? = node["expires"], let arn = node["arn"]?.string,
            let callerAccount = node["callerAccount"]?.string, let userId = node["userId"]?.string,
            let key = node["key"]?.string
        else { return nil }
        var kind = Caller.Kind.root
        if node["anonymous"] != nil { kind = .anonymous }
        if let user = node["user"]?.string { kind = .user(name: user) }
        if let role = node["role"]?.string { kind = .assumedRole(role: role, session: node["session"]?.string ?? "") }
        if let name = node["federated"]?.string { kind = .federatedUser(name: name, user: node["behind"]?.string) }
        caller = Caller(
            kind: kind, account: callerAccount, arn: arn, userId: userId, accessKeyId: key,
            sessionPolicies: (node["sessionPolicies"]?.elements ?? []).compactMap(\.string))
        caller.roleArn = node["roleArn"]?.string
        caller.isUnauthenticated = node["unproven"] == .bool(true)
        for field in node["tags"]?.fields ?? [] { caller.principalTags[field.name] = field.value.string }
        self.account = account
        self.region = region
        expiresAt = Instant(milliseconds: expires)
    }
}
