import Crypto
import Synchronization

/// A cache of signing keys derived from secrets. A key is valid for one day, region and service; deriving it for each request
/// would cost four of a request's five HMACs.
final class SigningKeys: Sendable {
    static let cache = SigningKeys(capacity: 1024)

    private struct Source: Hashable {
        var secret: String
        var scope: SigV4Scope
    }

    private let capacity: Int
    private let keys = Mutex<[Source: HMAC<SHA256>]>([:])

    init(capacity: Int) { self.capacity = capacity }

    /// The number of cached keys.
    var count: Int { keys.withLock { $0.count } }

    /// Returns an HMAC that is initialised with its key, which is half of its work.
    func key(secret: String, scope: SigV4Scope) -> HMAC<SHA256> {
        let source = Source(secret: secret, scope: scope)
        if let key = keys.withLock({ $0[source] }) { return key }
        let key = Self.derive(secret: secret, scope: scope)
        keys.withLock { keys in
            // Forged scopes must not fill the memory. Deriving keys again takes microseconds, so clearing the cache is enough.
            if keys.count >= capacity { keys.removeAll(keepingCapacity: true) }
            keys[source] = key
        }
        return key
    }

    private static func derive(secret: String, scope: SigV4Scope) -> HMAC<SHA256> {
        var key = SymmetricKey(data: Bytes("AWS4\(secret)".utf8))
        for part in [scope.date, scope.region, scope.service, SigV4Scope.terminator] {
            key = SymmetricKey(data: HMAC<SHA256>.authenticationCode(for: Bytes(part.utf8), using: key))
        }
        return HMAC(key: key)
    }
}
