import AWSCore
import Crypto
import Synchronization

/// Observes a body as it passes. Keeps a short body; for a longer one, only its size and digest.
final class BodyTap: Sendable {
    /// The longest body to keep, in bytes: enough for any AWS API call. Image layers are longer.
    static let longestKept = 32 << 20

    private struct State {
        var kept = Bytes()
        var size = 0
        var hash = SHA256()
    }
    private let state = Mutex(State())
    private let limit: Int

    init(limit: Int = longestKept) { self.limit = limit }

    func take(_ piece: Bytes) {
        state.withLock { state in
            state.size += piece.count
            state.hash.update(data: piece)
            if state.size <= limit { state.kept += piece } else { state.kept = [] }
        }
    }

    /// The part of the body that has passed so far.
    var body: (kept: Bytes, omitted: RecordedExchange.OmittedBody?) {
        state.withLock { state in
            guard state.size > limit else { return (state.kept, nil) }
            let digest = String(hexOf: state.hash.finalize())
            return ([], RecordedExchange.OmittedBody(size: state.size, digest: digest))
        }
    }

    /// Returns the same body for the next reader.
    ///
    /// - Parameter end: called when the whole body has been read, before the reader gets the last piece. Its work is therefore
    ///   done when the reader sees the end.
    func body(of body: HTTPBody, end: @escaping @Sendable () throws -> Void = {}) throws -> HTTPBody {
        if case .bytes(let bytes) = body {
            take(bytes)
            try end()
            return body
        }
        return .stream(HTTPBodyStream(Pieces(body: body, tap: self, end: end)), length: body.length)
    }

    private struct Pieces: AsyncSequence, Sendable {
        let body: HTTPBody
        let tap: BodyTap
        let end: @Sendable () throws -> Void

        func makeAsyncIterator() -> AsyncIterator {
            AsyncIterator(source: HTTPBodyStream(pieces: body).makeAsyncIterator(), tap: tap, end: end)
        }

        struct AsyncIterator: AsyncIteratorProtocol {
            var source: HTTPBodyStream.AsyncIterator
            let tap: BodyTap
            let end: @Sendable () throws -> Void
            private var ahead: Bytes?
            private var hasBegun = false, isAtEnd = false

            init(source: HTTPBodyStream.AsyncIterator, tap: BodyTap, end: @escaping @Sendable () throws -> Void) {
                self.source = source
                self.tap = tap
                self.end = end
            }

            /// Reads one piece ahead of its reader, to know which piece is the last.
            mutating func next() async throws -> Bytes? {
                if isAtEnd { return nil }
                if !hasBegun {
                    hasBegun = true
                    ahead = try await source.next()
                    ahead.map(tap.take)
                }
                guard let piece = ahead else {
                    isAtEnd = true
                    try end()
                    return nil
                }
                ahead = try await source.next()
                if let ahead {
                    tap.take(ahead)
                } else {
                    isAtEnd = true
                    try end()
                }
                return piece
            }
        }
    }
}

extension HTTPBody {
    /// Reads the body to its end. Returns a short body, or the size and digest of a longer one.
    func tapped() async throws -> (kept: Bytes, omitted: RecordedExchange.OmittedBody?) {
        let tap = BodyTap()
        try await forEachPiece { tap.take($0) }
        return tap.body
    }
}
