/// The bytes of a message or of a key.
public typealias Bytes = [UInt8]

/// A message's body: in hand, still arriving, or lying in a file.
///
/// AWS API calls are always `.bytes`. Layers of images are `.stream` on their way in and `.file` on their way out, so
/// that memory stays flat however large they are.
public enum HTTPBody: Sendable {
    case bytes(Bytes)
    /// Chunks as they arrive. `length` is the announced number of bytes, if one was announced.
    case stream(HTTPBodyStream, length: Int?)
    /// `length` bytes of the file at `path`, from `offset`.
    case file(path: String, offset: Int, length: Int)

    public static let empty = HTTPBody.bytes([])

    /// The number of bytes, where it is known beforehand.
    public var length: Int? {
        switch self {
        case .bytes(let bytes): bytes.count
        case .stream(_, let length): length
        case .file(_, _, let length): length
        }
    }
}

/// A body's chunks, to be read once.
public struct HTTPBodyStream: AsyncSequence, Sendable {
    public typealias Element = Bytes
    private let make: @Sendable () -> AsyncIterator

    /// - Parameter next: returns the next chunk, nil at the end, and throws if the body broke off.
    public init(_ next: @escaping @Sendable () async throws -> Bytes?) { make = { AsyncIterator(next: next) } }

    public init<S: AsyncSequence & Sendable>(_ sequence: S) where S.Element == Bytes {
        make = {
            var iterator = sequence.makeAsyncIterator()
            return AsyncIterator(next: { try await iterator.next() })
        }
    }

    public func makeAsyncIterator() -> AsyncIterator { make() }

    public struct AsyncIterator: AsyncIteratorProtocol {
        fileprivate let next: () async throws -> Bytes?
        public mutating func next() async throws -> Bytes? { try await next() }
    }
}

/// A body was longer than the reader was ready to hold.
public struct BodyTooLarge: Error, Sendable {
    /// The most bytes that would have been taken.
    public let limit: Int
    public init(limit: Int) { self.limit = limit }
}
