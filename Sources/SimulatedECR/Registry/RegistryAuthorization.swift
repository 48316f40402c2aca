import AWSCore
import HTTPTypes
import OCI
import SimulatorCore

/// Authenticates callers by their token from GetAuthorizationToken. Permissions are checked in the request's first transaction:
/// see ``RegistrySession``.
struct ECRAuthority: RegistryAuthority {
    let session: RegistrySession
    private var simulator: Simulator { session.simulator }

    init(_ session: RegistrySession) { self.session = session }

    func admit(_ request: HTTPRequest, for operation: RegistryOperation) throws -> RegistryCaller {
        if let caller = session.caller { return caller }
        let host = ECRHost(request.authority ?? "")
        var token = try token(request)
        // A deleted user or role is rejected, even with a valid password. IAM's access key ids have 20 characters, so `test`
        // needs no database query.
        if token.caller.accessKeyId.utf8.count == 20,
            let stored = try simulator.look({ try simulator.directory?.credential(accessKeyId: token.caller.accessKeyId, $0) })
        {
            guard stored.caller.kind != .anonymous else {
                throw RegistryError.invalidToken("The user or role that requested the password has been deleted.")
            }
            token.caller = stored.caller
        }
        let caller = RegistryCaller(
            caller: token.caller, account: host?.account ?? token.account, region: host?.region ?? token.region,
            operation: operation)
        guard host.map({ $0.region == token.region }) ?? true else {
            session.stranger = caller
            throw RegistryError.invalidToken("The token is for region \(token.region), the registry in \(caller.region).")
        }
        session.userAgent = request.headerFields[.userAgent]
        session.caller = caller
        return caller
    }

    /// Returns the token in the request, even if it has expired; nil if this simulator did not issue it.
    static func bearer(of request: HTTPRequest, _ simulator: Simulator) -> RegistryToken? {
        guard let header = request.headerFields[.authorization], header.lowercased().hasPrefix("basic "),
            let bytes = Base64.decode(String(header.dropFirst(6))), let colon = bytes.firstIndex(of: 58)
        else { return nil }
        return try? RegistryToken(
            password: String(decoding: bytes[(colon + 1)...], as: UTF8.self), simulator.configuration)
    }

    private func token(_ request: HTTPRequest) throws(RegistryError) -> RegistryToken {
        guard let header = request.headerFields[.authorization] else { throw challenge(request) }
        let parts = header.split(separator: " ", maxSplits: 1)
        guard parts.count == 2, parts[0].lowercased() == "basic" else { throw challenge(request) }
        guard let bytes = Base64.decode(String(parts[1])), let colon = bytes.firstIndex(of: 58),
            String(decoding: bytes[..<colon], as: UTF8.self) == "AWS"
        else { throw .invalidToken("The user name must be AWS, and the password the one from GetAuthorizationToken.") }
        do {
            return try RegistryToken(
                password: String(decoding: bytes[(colon + 1)...], as: UTF8.self), simulator.configuration,
                now: simulator.clock.now)
        } catch {
            switch error {
            case .expired: throw .expiredToken
            case .unproven: throw .invalidToken("The password was created with an unknown key, which --strict rejects.")
            case .malformed: throw .invalidToken("The password does not come from this server's GetAuthorizationToken.")
            }
        }
    }

    private func challenge(_ request: HTTPRequest) -> RegistryError {
        let scheme = ECRHost(request.authority ?? "") == nil ? request.scheme ?? "http" : "https"
        return RegistryError(
            "UNAUTHORIZED", status: 401, "Not Authorized",
            challenge: "Basic realm=\"\(scheme)://\(request.authority ?? "")/\",service=\"ecr.amazonaws.com\"",
            plainText: "Not Authorized\n",
            explanation:
                "The request shows no password. Clients begin so, to learn which one is wanted: GetAuthorizationToken's.")
    }
}

extension RegistryOperation {
    /// The API actions that the caller must be allowed for this operation.
    /// https://docs.aws.amazon.com/AmazonECR/latest/userguide/image-push-iam.html
    var actions: [String] {
        switch self {
        case .ping: []
        case .listRepositories: ["DescribeRepositories"]
        case .checkBlob: ["BatchCheckLayerAvailability"]
        case .fetchBlob: ["GetDownloadUrlForLayer"]
        case .deleteBlob, .deleteManifest: ["BatchDeleteImage"]
        case .startUpload(_, let whole):
            whole == nil ? ["InitiateLayerUpload"] : ["InitiateLayerUpload", "UploadLayerPart", "CompleteLayerUpload"]
        case .mountBlob: ["InitiateLayerUpload"]
        case .checkUpload, .appendToUpload, .cancelUpload: ["UploadLayerPart"]
        case .finishUpload: ["CompleteLayerUpload"]
        case .checkManifest, .fetchManifest, .listReferrers: ["BatchGetImage"]
        case .putManifest: ["PutImage"]
        case .listTags: ["ListImages"]
        }
    }
}

/// The parts of a host `<account>.dkr.ecr.<region>.amazonaws.com`.
struct ECRHost {
    let account, region: String

    init?(_ authority: String) {
        guard authority.utf8.dropFirst(12).starts(with: ".dkr.ecr.".utf8) else { return nil }
        let parts = authority.prefix { $0 != ":" }.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count >= 6, parts[1] == "dkr", parts[2] == "ecr", parts[4] == "amazonaws", parts[5] == "com",
            parts[0].isAccountId,
            RegionName.isWellFormed(String(parts[3]))
        else { return nil }
        account = String(parts[0])
        region = String(parts[3])
    }
}
