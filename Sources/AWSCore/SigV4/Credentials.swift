/// Who signs: an access key with its secret and, for temporary credentials, its session token.
public struct Credentials: Sendable, Hashable {
    public var accessKeyId: String
    public var secretAccessKey: String
    public var sessionToken: String?
    /// When temporary credentials end; nil for the long-lived kind.
    public var expiration: Instant?

    public init(accessKeyId: String, secretAccessKey: String, sessionToken: String? = nil, expiration: Instant? = nil) {
        self.accessKeyId = accessKeyId
        self.secretAccessKey = secretAccessKey
        self.sessionToken = sessionToken
        self.expiration = expiration
    }
}

// Credentials end up in logs and failure messages by way of interpolation and mirrors; neither shows a secret.
extension Credentials: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    public var description: String {
        "Credentials(\(accessKeyId)\(sessionToken == nil ? "" : ", temporary")\(expiration.map { ", until \($0)" } ?? ""))"
    }
    public var debugDescription: String { description }
    public var customMirror: Mirror { Mirror(self, children: ["accessKeyId": accessKeyId]) }
}
