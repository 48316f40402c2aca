public import AWSCore

/// What is peculiar to a service's entries in CloudTrail. The defaults are those of most services.
public struct TrailStyle: Sendable {
    /// How a request's list stands there.
    public struct List: Sendable {
        public enum Elements: Sendable {
            case plain
            /// As requests are: lists within have names of their own, too.
            case asRequest
            /// Their own list is a plain one, of this name.
            case withPlainList(String)
        }
        public let name: String
        /// What an element is wrapped into that is no structure.
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
    /// What request lists are called there, by what they are called on the wire.
    public var lists: [String: List] = [:]
    /// Lists that stand in a structure even if they are empty, by the request list that the structure is an element of.
    public var completeElements: [String: [String]] = [:]
    /// Whether times are milliseconds. Else they are written out.
    public var timesAreMilliseconds = false
    /// What stands there for a secret.
    public var mask = "HIDDEN_DUE_TO_SECURITY_REASONS"
    /// Whether an error's code says who is at fault: `Client.` or `Server.`.
    public var namesFault = false
    /// What stands for a response without content.
    public var emptyResponse = Node.null
    /// Whether responses begin with the request's id.
    public var namesRequest = false
    /// The operations that stand there as they came, below `<name>Request` and `<name>Response`; and the namespace they have.
    public var verbatim: Set<String> = []
    public var namespace = ""
    /// Adds to a request what AWS writes down though nobody said it, and moves what it writes elsewhere.
    public var complete: @Sendable (_ fields: inout [Node.Field], _ operation: String) -> Void = { _, _ in }

    public init() {}
}
