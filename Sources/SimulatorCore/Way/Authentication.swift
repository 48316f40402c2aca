import AWSCore
import GRDB
import HTTPTypes

/// Authenticates a request's caller, or throws AWS's error.
struct Authenticator: Sendable {
    let configuration: Configuration
    let directory: (any IdentityDirectory)?
    let cache: ReadCache

    /// - Returns: nil for a request that isn't signed.
    func parse(_ request: HTTPRequest) throws(SigV4Failure) -> SigV4Authorization? { try SigV4Authorization.parse(request) }

    /// Returns the error in a signature's region or service, or nil.
    ///
    /// The documentation says that all `X-Amz-` headers must be signed. That AWS rejects an unsigned target is assumed.
    /// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
    func misdirection(
        _ authorization: SigV4Authorization?, _ request: HTTPRequest, _ model: ServiceModel
    ) -> SigV4Failure? {
        guard let authorization else { return nil }
        if !authorization.isPresigned, request.headerFields.contains(.amzTarget), !authorization.signs("x-amz-target") {
            return .unsignedHeader("X-Amz-Target")
        }
        guard RegionName.isInPartition(authorization.scope.region) else {
            return .credentialScope("Credential should be scoped to a valid region. ")
        }
        do {
            try authorization.checkScope(region: Gateway.region(of: request), service: model.signingName)
            return nil
        } catch { return error }
    }

    /// - Parameter body: nil if it is not in memory; then the payload hash in the request is trusted.
    func caller(
        _ authorization: SigV4Authorization?, _ request: HTTPRequest, _ body: Bytes?, wire: WireProtocol, now: Instant,
        _ db: Database
    ) throws -> Caller {
        guard let authorization else {
            throw Self.isOfVersion2(request, body ?? []) ? AWSError.signatureVersion2(wire) : AWSError.unsigned(wire)
        }
        try checkTime(authorization, wire, now)
        let accessKeyId = authorization.accessKeyId
        let owner = try cache.reading(ReadKey(StoredCredential.self, accessKeyId), db) {
            if let stored = try directory?.credential(accessKeyId: accessKeyId, db) { return KeyOwner.stored(stored) }
            return KeyOwner.nobody(unproven(accessKeyId))
        }
        let stored: StoredCredential
        switch owner {
        case .nobody(let root):
            if let token = authorization.sessionToken, try directory?.isExpiredSessionKey(accessKeyId, token: token, db) == true
            {
                throw AWSError.expiredToken(wire)
            }
            if configuration.isStrict { throw AWSError.unknownKey(accessKeyId, wire) }
            let partition = Context.partition(of: authorization.scope.region)
            return partition == "aws" ? root : unproven(accessKeyId, partition: partition)
        case .stored(let credential): stored = credential
        }
        guard stored.isActive, !(configuration.isStrict && stored.caller.isUnauthenticated) else {
            throw AWSError.unknownKey(accessKeyId, wire)
        }
        let hash: String
        if let claimed = authorization.claimedPayloadHash {
            hash = claimed
            if let body, authorization.coversPayload, claimed != SigV4.payloadHash(body) { throw AWSError.payloadMismatch }
        } else {
            hash = SigV4.payloadHash(body ?? [])
        }
        do {
            try authorization.verify(request, payloadHash: hash, secretAccessKey: stored.credentials.secretAccessKey)
        } catch {
            throw AWSError.failure(error, wire)
        }
        if let token = stored.credentials.sessionToken, token != authorization.sessionToken {
            throw AWSError.unknownKey(accessKeyId, wire)
        }
        if let expiration = stored.credentials.expiration, expiration <= now { throw AWSError.expiredToken(wire) }
        return stored.caller
    }

    /// Whether a request has a signature of version 2, from before 2012, which old clients still send.
    private static func isOfVersion2(_ request: HTTPRequest, _ body: Bytes) -> Bool {
        let form = request.method == .get ? Bytes(request.queryText.utf8) : body
        guard let pairs = try? QueryString.pairs(form) else { return false }
        return pairs.contains { $0.name == "SignatureVersion" && $0.value != "4" }
    }

    /// The owner of an access key. An unknown key is the account's root, where that is allowed.
    private enum KeyOwner: Sendable {
        case stored(StoredCredential)
        case nobody(Caller)
    }

    /// Accepts the machine's time besides the simulated time, because clients in other processes sign with it.
    private func checkTime(_ authorization: SigV4Authorization, _ wire: WireProtocol, _ now: Instant) throws {
        do {
            try authorization.checkTime(now: now)
        } catch {
            guard (try? authorization.checkTime(now: .machineTime)) != nil else {
                throw AWSError.failure(error, wire)
            }
        }
    }

    private func unproven(_ accessKeyId: String, partition: String = "aws") -> Caller {
        var root = Caller.root(of: account(of: accessKeyId), accessKeyId: accessKeyId, partition: partition)
        root.isUnauthenticated = true
        return root
    }

    /// As in other simulators, an access key id of 12 digits is the account to act for.
    func account(of accessKeyId: String) -> String {
        accessKeyId.isAccountId
            ? accessKeyId : configuration.account
    }
}

// Each protocol has its own code for the same failure: measured on AWS.
extension AWSError {
    static func unsigned(_ wire: WireProtocol) -> AWSError {
        switch wire {
        case .ec2Query: AWSError("MissingParameter", "The request must contain the parameter AWSAccessKeyId")
        case .awsQuery: AWSError("MissingAuthenticationToken", status: 403, "Request is missing Authentication Token")
        case .awsJson1_1: AWSError("MissingAuthenticationTokenException", "Missing Authentication Token")
        }
    }

    /// Assumed: the message. AWS's newer regions reject version 2 with these codes.
    static func signatureVersion2(_ wire: WireProtocol) -> AWSError {
        let message = "Signature Version 2 is not supported. Sign requests with Signature Version 4."
        return switch wire {
        case .ec2Query: AWSError("AuthFailure", status: 401, message)
        case .awsQuery: AWSError("SignatureDoesNotMatch", status: 403, message)
        case .awsJson1_1: AWSError("InvalidSignatureException", message)
        }
    }

    static func unknownKey(_ accessKeyId: String, _ wire: WireProtocol) -> AWSError {
        let explanation = "The access key '\(accessKeyId)' does not exist here, or is inactive."
        return switch wire {
        case .ec2Query:
            AWSError(
                "AuthFailure", status: 401, "AWS was not able to validate the provided access credentials",
                explanation: explanation)
        case .awsQuery:
            AWSError(
                "InvalidClientTokenId", status: 403, "The security token included in the request is invalid.",
                explanation: explanation)
        case .awsJson1_1:
            AWSError(
                "UnrecognizedClientException", "The security token included in the request is invalid.",
                explanation: explanation)
        }
    }

    static let payloadMismatch = AWSError(
        "XAmzContentSHA256Mismatch", "The provided 'x-amz-content-sha256' header does not match what was computed.")

    static func expiredToken(_ wire: WireProtocol) -> AWSError {
        switch wire {
        case .ec2Query: AWSError("RequestExpired", "Request has expired.")
        case .awsQuery:
            AWSError("ExpiredToken", status: 403, "The security token included in the request is expired")
        case .awsJson1_1: AWSError("ExpiredTokenException", "The security token included in the request is expired")
        }
    }

    static func failure(_ failure: SigV4Failure, _ wire: WireProtocol) -> AWSError {
        var error: AWSError
        switch (failure, wire) {
        case (.skewed, .ec2Query), (.expired, .ec2Query): error = AWSError("RequestExpired", "Request has expired.")
        case (_, .ec2Query):
            error = AWSError("AuthFailure", status: 401, "AWS was not able to validate the provided access credentials")
        case (.incompleteSignature, .awsQuery): error = AWSError("IncompleteSignature", failure.message)
        case (_, .awsQuery): error = AWSError("SignatureDoesNotMatch", status: 403, failure.message)
        case (.incompleteSignature, .awsJson1_1): error = AWSError("IncompleteSignatureException", failure.message)
        case (_, .awsJson1_1): error = AWSError("InvalidSignatureException", failure.message)
        }
        error.explanation = failure.explanation
        return error
    }
}
