public import AWSCore

/// A request and its response as a recording keeps them: one entry of a HAR file.
public struct RecordedExchange: Sendable {
    public struct Header: Sendable, Equatable {
        public var name: String
        public var value: String
        public init(_ name: String, _ value: String) {
            self.name = name
            self.value = value
        }
    }

    /// A body that was too long to be kept: a layer's, say.
    public struct OmittedBody: Sendable, Equatable {
        public var size: Int
        /// Its SHA-256, in hexadecimal digits.
        public var digest: String
        public init(size: Int, digest: String) {
            self.size = size
            self.digest = digest
        }
    }

    public struct Request: Sendable {
        public var method: String
        /// With scheme and authority.
        public var url: String
        public var headers: [Header]
        public var body: Bytes
        /// What is known of the body instead, if it was too long to be kept.
        public var omitted: OmittedBody?

        public init(method: String = "POST", url: String, headers: [Header] = [], body: Bytes = []) {
            self.method = method
            self.url = url
            self.headers = headers
            self.body = body
        }
    }

    public struct Response: Sendable {
        public var status: Int
        public var reason: String
        public var headers: [Header]
        public var body: Bytes
        /// What is known of the body instead, if it was too long to be kept.
        public var omitted: OmittedBody?

        public init(status: Int, reason: String = "", headers: [Header] = [], body: Bytes = []) {
            self.status = status
            self.reason = reason
            self.headers = headers
            self.body = body
        }
    }

    /// How the response's (or, for an input, the request's) body is written.
    public enum Form: String, Sendable {
        /// The bytes as they went over the wire.
        case wire
        /// JSON with the names of the API's documentation, as SDKs hand it out.
        case parsed
    }

    /// What Drydock knows of an exchange besides its bytes: HAR's `_drydock`.
    public struct Notes: Sendable {
        public var service: String?
        public var operation: String?
        public var region: String?
        public var form = Form.wire
        /// Whether the request was recorded too, so that it can be played again.
        public var hasRequest = true
        /// Whether the body is an operation's input rather than its output.
        public var isInput = false
        /// The structure that the body is, where it is not the whole output.
        public var shape: String?
        /// The API version that the body names.
        public var version: String?
        /// The file that it was imported from.
        public var source: String?
        /// The form that it was imported from: `vcr`, `examples`…
        public var origin: String?
        /// The name of what the response gives out: access keys, or a registry's password.
        public var gives: String?
        /// The name of what the request was signed with or shows, if an earlier exchange gave it.
        public var caller: String?
        /// Why it cannot be verified.
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
    /// The first header of that name, whatever its case.
    public subscript(name: String) -> String? {
        first { $0.name.utf8.count == name.utf8.count && $0.name.lowercased() == name.lowercased() }?.value
    }
}

/// A recording that cannot be read, and why.
public struct RecordingError: Error, Sendable, CustomStringConvertible {
    public let file: String
    public let reason: String
    public var description: String { "\(file): \(reason)" }
    public init(_ file: String, _ reason: String) {
        self.file = file
        self.reason = reason
    }
}
