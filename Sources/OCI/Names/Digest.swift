import AWSCore
import Crypto

/// A content digest: a hash algorithm and the content's hash, `sha256:<64 hex digits>`.
///
/// https://github.com/opencontainers/image-spec/blob/v1.1.1/descriptor.md#digests
public struct Digest: Sendable, Hashable {
    /// The hash algorithms that OCI registers.
    public enum Algorithm: String, Sendable, CaseIterable {
        case sha256, sha512

        /// The number of hexadecimal digits of a hash.
        public var digits: Int { self == .sha256 ? 64 : 128 }
    }

    public let algorithm: Algorithm
    /// The hash in lower-case hexadecimal digits.
    public let hex: String

    /// - Throws: ``DigestError`` unless the text is `sha256:` or `sha512:` followed by the algorithm's number of lower-case
    ///   hexadecimal digits.
    public init(parsing text: some StringProtocol) throws(DigestError) {
        guard let colon = text.firstIndex(of: ":") else { throw .format(String(text)) }
        guard let algorithm = Algorithm(rawValue: String(text[..<colon])) else { throw .algorithm(String(text)) }
        let hex = text[text.index(after: colon)...]
        guard hex.utf8.count == algorithm.digits else { throw .length(String(text)) }
        guard hex.utf8.allSatisfy({ (48...57).contains($0) || (97...102).contains($0) }) else { throw .format(String(text)) }
        self.algorithm = algorithm
        self.hex = String(hex)
    }

    /// Returns the digest in `text`, or nil if the text is not a digest.
    public init?(_ text: some StringProtocol) {
        do { try self.init(parsing: text) } catch { return nil }
    }

    fileprivate init(algorithm: Algorithm, hash: some Sequence<UInt8>) {
        self.algorithm = algorithm
        hex = String(hexOf: hash)
    }

    /// Computes the SHA-256 digest of `bytes`.
    public init(of bytes: some Sequence<UInt8>) {
        var digester = Digester()
        digester.update(Bytes(bytes))
        self = digester.finish()
    }

    /// The first twelve hexadecimal digits, as Docker prints ids.
    public var short: String { String(hex.prefix(12)) }

    /// The SHA-256 digest of no bytes.
    public static let ofNothing = Digest(of: [])
}

extension Digest: CustomStringConvertible, Comparable {
    /// `sha256:…`
    public var description: String { "\(algorithm.rawValue):\(hex)" }
    public static func < (a: Digest, b: Digest) -> Bool { a.description < b.description }
}

/// A text is not a digest; described in Docker's words.
public enum DigestError: Error, Sendable, Equatable, CustomStringConvertible {
    case format(String)
    case algorithm(String)
    case length(String)

    public var description: String {
        switch self {
        case .format: "invalid checksum digest format"
        case .algorithm: "unsupported digest algorithm"
        case .length: "invalid checksum digest length"
        }
    }
}

/// Hashes content in pieces, so that a layer is hashed while it arrives.
public struct Digester: Sendable {
    private enum State: Sendable {
        case sha256(SHA256)
        case sha512(SHA512)
    }

    private var state: State
    /// The number of bytes hashed so far.
    public private(set) var count = 0

    public init(_ algorithm: Digest.Algorithm = .sha256) {
        state = algorithm == .sha256 ? .sha256(SHA256()) : .sha512(SHA512())
    }

    /// Hashes the next piece.
    public mutating func update(_ bytes: Bytes) {
        bytes.withUnsafeBytes { update(bufferPointer: $0) }
    }

    /// Hashes the next piece.
    public mutating func update(bufferPointer: UnsafeRawBufferPointer) {
        count += bufferPointer.count
        switch state {
        case .sha256(var hash):
            hash.update(bufferPointer: bufferPointer)
            state = .sha256(hash)
        case .sha512(var hash):
            hash.update(bufferPointer: bufferPointer)
            state = .sha512(hash)
        }
    }

    /// Returns the digest of all bytes so far. More bytes may follow.
    public func finish() -> Digest {
        switch state {
        case .sha256(let hash): Digest(algorithm: .sha256, hash: hash.finalize())
        case .sha512(let hash): Digest(algorithm: .sha512, hash: hash.finalize())
        }
    }
}
