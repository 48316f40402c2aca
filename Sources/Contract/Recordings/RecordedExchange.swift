public import AWSCore

/// A recorded request and response: one entry of a HAR file.
public struct RecordedExchange: Sendable {
    /// A header field.
    public struct Header: Sendable, Equatable {
        public var name: String
        public var value: String
        public init(_ name: String, _ value: String) {
            self.name = name
            self.value = value
        }
    }

    /// A body that was too long to record, such as a layer.
    public struct OmittedBody: Sendable, Equatable {
        public var size: Int
        /// The SHA-256 digest in hexadecimal.
        public var digest: String
        public init(size: Int, digest: String) {
            self.size = size
            self.digest = digest
        }
    }

    /// The recorded request.
    public struct Request: Sendable {
        public var method: String
        /// The URL with scheme and authority.
        public var url: String
        public var headers: [Header]
        public var body: Bytes
        /// The size and digest of a body that was too long to record.
        public var omitted: OmittedBody?

        public init(method: String = "POST", url: String, headers: [Header] = [], body: Bytes = []) {
            self.method = method
            self.url = url
            self.headers = headers
            self.body = body
        }
    }

    /// The recorded response.
    public struct Response: Sendable {
        public var status: Int
        public var reason: String
        public var headers: [Header]
        public var body: Bytes
        /// The size and digest of a body that was too long to record.
        public var omitted: OmittedBody?

        public init(status: Int, reason: String = "", headers: [Header] = [], body: Bytes = []) {
            self.status = status
            self.reason = reason
            self.headers = headers
            self.body = body
        }
    }

    /// The encoding of the response's body or, for an input, of the request's.
    public enum BodyEncoding: String, Sendable {
        /// The bytes on the wire.
        case wire
        /// JSON with the API's member names, as SDKs return it.
        case parsed
    }

    /// Drydock's notes on an exchange: the member `_drydock` in the HAR file.
    public struct Notes: Sendable {
        public var service: String?
        public var operation: String?
        public var region: String?
        public var encoding = BodyEncoding.wire
        /// Whether the request was recorded too, so that it can be replayed.
        public var hasRequest = true
        /// Whether the body is an operation's input, not its output.
        public var isInput = false
        /// The name of the body's structure, if the body is only a part of the output.
        public var shape: String?
        /// The API version that the body names.
        public var version: String?
        /// The file from which the exchange was imported.
        public var source: String?
        /// The format from which it was imported: `vcr`, `examples`…
        public var origin: String?
        /// The name of the credential that the response issues: access keys or a registry's password.
        public var gives: String?
        /// The name of the credential that the request uses, if an earlier exchange issued it.
        public var caller: String?
        /// Why the exchange cannot be verified.
        public var skip: String?

        public init(service: String? = nil, operation: String? = nil) {
            self.service = service
            self.operation = operation
        }
    }

    public var started: Instant
    public var milliseconds: Int
    public var request: Request
    public var response: Response
    public var notes: Notes

    public init(
        started: Instant = Instant(milliseconds: 0), milliseconds: Int = 0, request: Request, response: Response,
        notes: Notes = Notes()
    ) {
        self.started = started
        self.milliseconds = milliseconds
        self.request = request
        self.response = response
        self.notes = notes
    }
}

extension [RecordedExchange.Header] {
    /// Returns the first header with this name, regardless of case.
    public subscript(name: String) -> String? {
        first { $0.name.utf8.count == name.utf8.count && $0.name.lowercased() == name.lowercased() }?.value
    }
}

/// A recording that cannot be read, with the reason.
public struct RecordingError: Error, Sendable, CustomStringConvertible {
    public let file: String
    public let reason: String
    public var description: String { "\(file): \(reason)" }
    public init(_ file: String, _ reason: String) {
        self.file = file
        self.reason = reason
    }
}
