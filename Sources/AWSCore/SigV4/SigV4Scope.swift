import Crypto
import HTTPTypes

/// The scope of a signature: one day, one region, one service.
public struct SigV4Scope: Sendable, Hashable, CustomStringConvertible {
    /// `yyyymmdd`.
    public var date: String
    public var region: String
    public var service: String

    public init(date: String, region: String, service: String) {
        self.date = date
        self.region = region
        self.service = service
    }

    static let terminator = "aws4_request"

    /// `20231217/us-east-1/ec2/aws4_request`.
    public var description: String { "\(date)/\(region)/\(service)/\(Self.terminator)" }

    /// Whether the service is S3 or a relative. They sign paths unchanged and send the payload's hash in a header; all other
    /// services normalise paths and encode them a second time.
    var isS3: Bool { Self.s3Services.contains(service) }
    private static let s3Services: Set<String> = ["s3", "s3express", "s3-object-lambda", "s3-outposts"]
}

/// Constants of AWS Signature Version 4.
public enum SigV4 {
    static let algorithm = "AWS4-HMAC-SHA256"
    /// Replaces the payload's hash if the payload is not signed.
    public static let unsignedPayload = "UNSIGNED-PAYLOAD"
    /// The SHA-256 of an empty payload, in hex.
    public static let emptyPayloadHash = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

    /// Returns the SHA-256 of a body in hex, the part of the body that a signature covers.
    public static func payloadHash(_ body: Bytes) -> String {
        body.isEmpty ? emptyPayloadHash : String(hexOf: digest(body))
    }

    static func digest(_ bytes: Bytes) -> SHA256.Digest {
        var hash = SHA256()
        bytes.withUnsafeBytes { hash.update(bufferPointer: $0) }
        return hash.finalize()
    }

    /// Returns the HMAC of `text` in hex.
    /// - Parameter key: an HMAC that is initialised with its key and has no data yet.
    static func signature(_ text: Bytes, _ key: HMAC<SHA256>) -> Bytes {
        var mac = key
        text.withUnsafeBytes { mac.update(data: $0) }
        var hex = Bytes()
        hex.reserveCapacity(64)
        mac.finalize().withUnsafeBytes { hex.append(hexOf: $0) }
        return hex
    }
}

extension HTTPField.Name {
    public static let amzDate = Self("X-Amz-Date")!
    public static let amzSecurityToken = Self("X-Amz-Security-Token")!
    public static let amzContentSHA256 = Self("X-Amz-Content-SHA256")!
}

extension HTTPFields {
    /// Returns the first value of a header. For a header that occurs once, this is cheaper than the subscript, which joins all
    /// values.
    package func first(_ name: HTTPField.Name) -> String? {
        for field in self where field.name.canonicalName == name.canonicalName { return field.value }
        return nil
    }

    /// Sets a header. Cheapest if the header is new.
    mutating func put(_ name: HTTPField.Name, _ value: String) {
        if contains(name) { self[name] = value } else { append(HTTPField(name: name, value: value)) }
    }
}
