/// An access key with its secret and, for temporary credentials, its session token.
public struct Credentials: Sendable, Hashable {
    public var accessKeyId: String
    public var secretAccessKey: String
    public var sessionToken: String?
    /// When temporary credentials expire; nil for long-lived credentials.
    public var expiration: Instant?

    public init(accessKeyId: String, secretAccessKey: String, sessionToken: String? = nil, expiration: Instant? = nil) {
        self.accessKeyId = accessKeyId
        self.secretAccessKey = secretAccessKey
        self.sessionToken = sessionToken
        self.expiration = expiration
    }
}

// Interpolation and mirrors put credentials into logs and failure messages, so neither shows a secret.
extension Credentials: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    public var description: String {
        "Credentials(\(accessKeyId)\(sessionToken == nil ? "" : ", temporary")\(expiration.map { ", until \($0)" } ?? ""))"
    }
    public var debugDescription: String { description }
    public var customMirror: Mirror { Mirror(self, children: ["accessKeyId": accessKeyId]) }
}
