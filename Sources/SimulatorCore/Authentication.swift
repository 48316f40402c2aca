import AWSCore
import Crypto
import GRDB
import HTTPTypes

/// Establishes who makes a request, or which of AWS's errors it is that nobody can tell.
struct Authenticator: Sendable {
    let configuration: Configuration
    let directory: (any IdentityDirectory)?

    /// - Returns: nil for a request that isn't signed.
    func parse(_ request: HTTPRequest) throws(SigV4Failure) -> SigV4Authorization? { try SigV4Authorization.parse(request) }

    func caller(
        _ authorization: SigV4Authorization?, _ request: HTTPRequest, _ body: Bytes, wire: WireProtocol, now: Instant, _ db: Database
    ) throws -> Caller {
        guard let authorization else { throw AWSError.unsigned(wire) }
        do {
            try authorization.checkTime(now: now)
        } catch {
            throw AWSError.failure(error, wire)
        }
        let accessKeyId = authorization.accessKeyId
        guard let stored = try directory?.credential(accessKeyId: accessKeyId, db) else {
            if configuration.isStrict { throw AWSError.unknownKey(accessKeyId, wire) }
            return .root(of: account(of: accessKeyId), accessKeyId: accessKeyId)
        }
        guard stored.isActive else { throw AWSError.unknownKey(accessKeyId, wire) }
        let hash = request.headerFields[.contentSHA256] ?? SHA256.hash(data: body).hexText
        if hash != "UNSIGNED-PAYLOAD", request.headerFields[.contentSHA256] != nil, hash != SHA256.hash(data: body).hexText {
            throw AWSError("XAmzContentSHA256Mismatch", "The provided 'x-amz-content-sha256' header does not match what was computed.")
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

    /// As in other simulators, an access key id of 12 digits names the account to act for.
    private func account(of accessKeyId: String) -> String {
        accessKeyId.utf8.count == 12 && accessKeyId.utf8.allSatisfy { (48...57).contains($0) } ? accessKeyId : configuration.account
    }
}

extension HTTPField.Name {
    public static let contentSHA256 = Self("x-amz-content-sha256")!
}

extension SHA256.Digest {
    public var hexText: String {
        var out = Bytes()
        out.reserveCapacity(64)
        for byte in self {
            out.append(IDGenerator.hexAlphabet[Int(byte >> 4)])
            out.append(IDGenerator.hexAlphabet[Int(byte & 15)])
        }
        return String(decoding: out, as: UTF8.self)
    }
}

// The same failure has another name in each protocol: measured on AWS.
extension AWSError {
    static func unsigned(_ wire: WireProtocol) -> AWSError {
        switch wire {
        case .ec2Query: AWSError("MissingParameter", "The request must contain the parameter AWSAccessKeyId")
        case .awsQuery: AWSError("MissingAuthenticationToken", status: 403, "Request is missing Authentication Token")
        case .awsJson1_1: AWSError("MissingAuthenticationTokenException", "Missing Authentication Token")
        }
    }

    static func unknownKey(_ accessKeyId: String, _ wire: WireProtocol) -> AWSError {
        let explanation = "The access key '\(accessKeyId)' does not exist here, or is inactive."
        return switch wire {
        case .ec2Query:
            AWSError(
                "AuthFailure", status: 401, "AWS was not able to validate the provided access credentials", explanation: explanation)
        case .awsQuery:
            AWSError(
                "InvalidClientTokenId", status: 403, "The security token included in the request is invalid.",
                explanation: explanation)
        case .awsJson1_1:
            AWSError(
                "UnrecognizedClientException", "The security token included in the request is invalid.", explanation: explanation)
        }
    }

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
        switch (failure.kind, wire) {
        case (.incomplete, .awsJson1_1): error = AWSError("IncompleteSignatureException", failure.message)
        case (.incomplete, .awsQuery): error = AWSError("IncompleteSignature", failure.message)
        case (.incomplete, .ec2Query): error = AWSError("AuthFailure", status: 401, failure.message)
        case (.mismatch, .awsJson1_1): error = AWSError("InvalidSignatureException", failure.message)
        case (.mismatch, .awsQuery): error = AWSError("SignatureDoesNotMatch", status: 403, failure.message)
        case (.mismatch, .ec2Query):
            error = AWSError("AuthFailure", status: 401, "AWS was not able to validate the provided access credentials")
        case (.time, .awsJson1_1): error = AWSError("InvalidSignatureException", failure.message)
        case (.time, .awsQuery): error = AWSError("SignatureDoesNotMatch", status: 403, failure.message)
        case (.time, .ec2Query): error = AWSError("RequestExpired", "Request has expired.")
        }
        error.explanation = failure.explanation
        return error
    }
}
