/// The bytes of a message or of a key.
public typealias Bytes = [UInt8]

/// A message's body: in memory, still arriving, or in a file.
///
/// AWS API calls always use `.bytes`. Image layers are `.stream` when received and `.file` when sent, so that memory use
/// does not depend on their size.
public enum HTTPBody: Sendable {
    case bytes(Bytes)
    /// Chunks as they arrive. `length` is the announced number of bytes, if any.
    case stream(HTTPBodyStream, length: Int?)
    /// `length` bytes of the file at `path`, from `offset`.
    case file(path: String, offset: Int, length: Int)

    public static let empty = HTTPBody.bytes([])

    /// The number of bytes, if known in advance.
    public var length: Int? {
        switch self {
        case .bytes(let bytes): bytes.count
        case .stream(_, let length): length
        case .file(_, _, let length): length
        }
    }
}

/// A body's chunks, which can be read once.
public struct HTTPBodyStream: AsyncSequence, Sendable {
    public typealias Element = Bytes
    private let make: @Sendable () -> AsyncIterator

    /// - Parameter next: returns the next chunk, or nil at the end; throws if the body ends early.
    public init(_ next: @escaping @Sendable () async throws -> Bytes?) { make = { AsyncIterator(next: next) } }

    public init<S: AsyncSequence & Sendable>(_ sequence: S) where S.Element == Bytes {
        make = {
            var iterator = sequence.makeAsyncIterator()
            return AsyncIterator(next: { try await iterator.next() })
        }
    }

    /// Starts reading. A stream can be read only once.
    public func makeAsyncIterator() -> AsyncIterator { make() }

    /// Reads a stream's pieces.
    public struct AsyncIterator: AsyncIteratorProtocol {
        fileprivate let next: () async throws -> Bytes?
        /// Returns the next piece; nil at the end.
        public mutating func next() async throws -> Bytes? { try await next() }
    }
}

/// A body exceeded the reader's limit.
public struct BodyTooLarge: Error, Sendable {
    /// The limit in bytes.
    public let limit: Int
    public init(limit: Int) { self.limit = limit }
}
