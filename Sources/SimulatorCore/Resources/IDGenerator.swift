import AWSCore
import Crypto

/// Generates the values of a request: resource ids, keys, salts of digests. They depend only on the simulator's seed and the
/// request's number, so that the same requests get the same ids.
public final class IDGenerator {
    private var state: UInt64
    /// The source of numbers that must be unpredictable.
    private var sealed: SealedNumbers?

    public init(seed: UInt64, stream: UInt64) {
        state = seed &* 0x9E37_79B9_7F4A_7C15 ^ (stream &+ 1) &* 0xD1B5_4A32_D192_ED03
        _ = next()
    }

    /// Creates a stream that depends on a name instead of a request, for values that must not depend on the order of requests.
    public convenience init(seed: UInt64, scope: String) {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in scope.utf8 { hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01B3 }
        self.init(seed: seed, stream: hash)
    }

    /// Creates a stream that only the key's owner can predict.
    init(sealedWith key: SymmetricKey) {
        state = 0
        sealed = SealedNumbers(key: key)
    }

    /// The state of a generator, from which another one can continue.
    struct Position: Sendable {
        fileprivate var state: UInt64
        fileprivate var sealed: SealedNumbers?
    }
    var position: Position { Position(state: state, sealed: sealed) }

    convenience init(at position: Position) {
        self.init(seed: 0, stream: 0)
        goOn(from: position)
    }

    func goOn(from position: Position) {
        state = position.state
        sealed = position.sealed
    }

    /// SplitMix64: small, and good enough for names. Its numbers can be predicted from one another, so secrets need a key.
    public func next() -> UInt64 {
        if sealed != nil { return sealed?.next() ?? 0 }
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }

    /// Returns a resource id in EC2's form: the prefix, `-0` and 16 hex digits, such as `i-0…`.
    public func resource(_ prefix: String) -> String { "\(prefix)-0\(hex(16))" }

    /// Returns `count` lower-case hex digits.
    public func hex(_ count: Int) -> String { string(count, from: Self.hexAlphabet) }

    /// Returns an id in IAM's form: the prefix and `count` characters of `A-Z2-7`.
    public func iam(_ prefix: String, _ count: Int = 17) -> String { prefix + string(count, from: Self.base32Alphabet) }

    /// Returns `count` characters of an alphabet of ASCII characters.
    public func string(_ count: Int, from alphabet: Bytes) -> String {
        var out = Bytes()
        out.reserveCapacity(count)
        for _ in 0..<count { out.append(alphabet[Int(next() % UInt64(alphabet.count))]) }
        return String(decoding: out, as: UTF8.self)
    }

    /// Returns `count` bytes.
    public func bytes(_ count: Int) -> Bytes {
        var out = Bytes()
        out.reserveCapacity(count + 7)
        while out.count < count { withUnsafeBytes(of: next().littleEndian) { out.append(contentsOf: $0) } }
        return Bytes(out.prefix(count))
    }

    /// Returns a version 4 UUID, as in request ids.
    public func uuid() -> String { String(uuidOf: bytes(16)) }

    public static let hexAlphabet = Bytes("0123456789abcdef".utf8)
    public static let upperHexAlphabet = Bytes("0123456789ABCDEF".utf8)
    public static let base32Alphabet = Bytes("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".utf8)
    public static let base64Alphabet = Bytes("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
}

/// HMAC-SHA256 of 0, 1, 2…
private struct SealedNumbers: Sendable {
    let key: SymmetricKey
    var count: UInt64 = 0
    var rest: [UInt64] = []

    init(key: SymmetricKey) { self.key = key }

    mutating func next() -> UInt64 {
        if let number = rest.popLast() { return number }
        let code = withUnsafeBytes(of: count.littleEndian) { HMAC<SHA256>.authenticationCode(for: $0, using: key) }
        count += 1
        rest = code.withUnsafeBytes { bytes in (0..<4).map { bytes.loadUnaligned(fromByteOffset: 8 * $0, as: UInt64.self) } }
        return rest.removeLast()
    }
}
