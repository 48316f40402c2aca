public import AWSCore

/// How a service's CloudTrail entries differ from others. The defaults fit most services.
public struct TrailStyle: Sendable {
    /// The format of a request's list in CloudTrail.
    public struct List: Sendable {
        /// How the elements are formatted.
        public enum Elements: Sendable {
            case plain
            /// Formatted like requests: their own lists are renamed too.
            case asRequest
            /// Their own list is a plain list with this name.
            case withPlainList(String)
        }
        public let name: String
        /// The member that wraps an element which is not a structure.
        public let wrapper: String?
        public let elements: Elements

        public init(_ name: String, of wrapper: String? = nil, elements: Elements = .plain) {
            self.name = name
            self.wrapper = wrapper
            self.elements = elements
        }
    }

    /// Whether lists are `{"items": […]}`.
    public var listsHaveItems = false
    /// CloudTrail's names of request lists, by wire name.
    public var lists: [String: List] = [:]
    /// Lists that a structure shows even if empty, by the request list that contains the structure.
    public var completeElements: [String: [String]] = [:]
    /// Whether times are milliseconds; otherwise they are formatted as text.
    public var timesAreMilliseconds = false
    /// The placeholder for a secret.
    public var mask = "HIDDEN_DUE_TO_SECURITY_REASONS"
    /// Whether an error's code begins with the side at fault: `Client.` or `Server.`.
    public var namesFault = false
    /// The placeholder for an empty response.
    public var emptyResponse = Node.null
    /// Whether responses begin with the request's id.
    public var namesRequest = false
    /// The operations that are recorded unchanged, under `<name>Request` and `<name>Response`; and their namespace.
    public var verbatim: Set<String> = []
    public var namespace = ""
    /// Adds the members that AWS records without a request naming them, and moves members that AWS records elsewhere.
    public var complete: @Sendable (_ fields: inout [Node.Field], _ operation: String) -> Void = { _, _ in }

    public init() {}
}
