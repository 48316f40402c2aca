/// Why a signature is rejected.
public enum SigV4Failure: Error, Sendable, Equatable {
    /// Parts of the signature are missing or malformed. The associated value is AWS's message.
    case incompleteSignature(String)
    /// The secret gives another signature. The associated values are what the client should have signed, for debugging.
    case signatureMismatch(canonicalRequest: String, stringToSign: String)
    /// The credential scope has the wrong date, region, service or terminator. The associated value is AWS's message.
    case credentialScope(String)
    /// A required header, for example `Host`, is not signed.
    case unsignedHeader(String)
    /// The request's time differs too much from the service's clock.
    case skewed(signed: Instant, now: Instant)
    /// A presigned URL has expired.
    case expired(signed: Instant, expires: Duration, now: Instant)
    /// The request has a header signature and a query signature.
    case signedTwice
}

extension SigV4Failure: CustomStringConvertible {
    /// The message in AWS's words.
    public var description: String { message }

    /// The message in AWS's words.
    public var message: String {
        switch self {
        case .incompleteSignature(let message), .credentialScope(let message): return message
        case .signatureMismatch:
            return """
                The request signature we calculated does not match the signature you provided. Check your AWS Secret \
                Access Key and signing method. Consult the service documentation for details.
                """
        case .unsignedHeader(let name):
            if name == "host" { return "'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization." }
            return "'\(name)' must be a 'SignedHeader' in the AWS Authorization."
        case .skewed(let signed, let now):
            let (date, clock) = (signed.amzDate, now.amzDate)
            let minutes = SigV4Authorization.allowedSkew.components.seconds / 60
            if signed < now {
                let limit = (now - SigV4Authorization.allowedSkew).amzDate
                return "Signature expired: \(date) is now earlier than \(limit) (\(clock) - \(minutes) min.)"
            }
            let limit = (now + SigV4Authorization.allowedSkew).amzDate
            return "Signature not yet current: \(date) is still later than \(limit) (\(clock) + \(minutes) min.)"
        case .expired(let signed, let expires, let now):
            let limit = (now - expires).amzDate
            return
                "Signature expired: \(signed.amzDate) is now earlier than \(limit) (\(now.amzDate) - \(Self.minutes(expires)).)"
        case .signedTwice:
            return "Found both 'X-Amz-Algorithm' as a query-string param and 'Authorization' as HTTP header."
        }
    }

    /// The cause and what to check, which AWS's message lacks. For a mismatch, it includes what the verifier computed.
    public var explanation: String {
        switch self {
        case .incompleteSignature:
            return "The signature cannot be read. A client that signs by hand must send all parts of Signature Version 4."
        case .signatureMismatch(let canonicalRequest, let stringToSign):
            return """
                The secret of this access key does not give this signature. Either the secret is another one, or the request \
                was changed after it was signed (host, path, a signed header or the body). The canonical request should have \
                been '\(canonicalRequest)' and the string to sign '\(stringToSign)'.
                """
        case .credentialScope:
            return "The request was signed for another day, region or service than the one it was sent to."
        case .unsignedHeader(let name):
            return "The header \(name) must be listed in SignedHeaders."
        case .skewed(let signed, let now):
            let seconds = abs((now - signed).components.seconds)
            let direction = signed < now ? "behind" : "ahead of"
            return "The client's clock is \(seconds) s \(direction) the service's, which reads \(now)."
        case .expired(let signed, let expires, let now):
            return """
                The URL was signed at \(signed) for \(expires.components.seconds) s, so it ended at \(signed + expires); \
                the service's clock reads \(now).
                """
        case .signedTwice:
            return "A request is signed either in its headers or in its query, not in both."
        }
    }

    private static func minutes(_ duration: Duration) -> String {
        let seconds = duration.components.seconds
        return seconds % 60 == 0 ? "\(seconds / 60) min" : "\(seconds) sec"
    }
}
