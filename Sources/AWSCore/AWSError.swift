/// An AWS error, shared by both sides of the wire: the simulator throws it, the wire protocol writes and reads it, the
/// client throws it.
public struct AWSError: Error, Sendable, Equatable {
    /// AWS's error code, for example `InvalidGroup.NotFound` or `RepositoryNotFoundException`.
    public var code: String
    /// The HTTP status of the response.
    public var status: Int
    /// The message in AWS's words.
    public var message: String
    /// The cause and a remedy, which AWS's message lacks. Goes into the header `x-drydock-explanation` and the journal.
    public var explanation: String?
    /// Further members of a modelled error shape, in order. JSON services write them next to the message.
    public var details: [Detail]
    /// The id of the failed request, if known.
    public var requestId: String?

    /// A further member of the error, such as ECR's `repositoryName`.
    public struct Detail: Sendable, Equatable {
        public var name: String
        public var value: String
        /// Whether the model's type is a number, so that the value is written as one.
        public var isNumber = false

        /// A text.
        public init(_ name: String, _ value: String) {
            self.name = name
            self.value = value
        }

        /// A number.
        public init(_ name: String, _ value: Int) {
            self.init(name, String(value))
            isNumber = true
        }
    }

    public init(
        _ code: String, status: Int = 400, _ message: String, explanation: String? = nil, details: [Detail] = []
    ) {
        self.code = code
        self.status = status
        self.message = message
        self.explanation = explanation
        self.details = details
    }

    /// Whose fault the error is: the `Type` of an error in AWS's XML protocols.
    public var fault: String { status < 500 ? "Sender" : "Receiver" }
}

extension AWSError: CustomStringConvertible {
    /// Code, status and message, then the request id if known, because AWS support asks for it.
    public var description: String {
        "\(code) (\(status)): \(message)\(requestId.map { " [request \($0)]" } ?? "")"
    }
}

extension AWSError {
    /// An AWS operation that has no handler here. Such operations never return a made-up success.
    public static func notSimulated(_ service: String, _ operation: String) -> AWSError {
        AWSError(
            "NotSimulated", status: 501, "Drydock does not simulate \(service):\(operation) yet.",
            explanation: "The operation exists in AWS. 'drydock coverage' lists what is simulated.")
    }

    public var isNotSimulated: Bool { code == "NotSimulated" }
}
