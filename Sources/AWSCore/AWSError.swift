/// An error as AWS reports it, on either side of the wire: the simulator throws it, a wire protocol writes and reads it,
/// the client throws it.
public struct AWSError: Error, Sendable, Equatable {
    /// AWS's error code, for example `InvalidGroup.NotFound` or `RepositoryNotFoundException`.
    public var code: String
    /// The HTTP status that goes with it.
    public var status: Int
    /// The message in AWS's words.
    public var message: String
    /// What AWS does not say: why, and what would help. Goes into the header `x-drydock-explanation` and the journal.
    public var explanation: String?
    /// Further members of a modelled error shape, written next to the message (JSON services), in this order.
    public var details: [Detail]
    /// The request that failed, where known.
    public var requestId: String?

    public struct Detail: Sendable, Equatable {
        public var name: String
        public var value: String
        /// Whether the model has a number there, which is written as one.
        public var isNumber = false

        public init(_ name: String, _ value: String) {
            self.name = name
            self.value = value
        }

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

    /// Who is at fault, as AWS's XML protocols say it.
    public var fault: String { status < 500 ? "Sender" : "Receiver" }
}

extension AWSError: CustomStringConvertible {
    /// Code, status and message; the request's id where it is known, which AWS's support asks for.
    public var description: String {
        "\(code) (\(status)): \(message)\(requestId.map { " [request \($0)]" } ?? "")"
    }
}

extension AWSError {
    /// A known AWS operation that has no handler here. Never answered with a made-up success.
    public static func notSimulated(_ service: String, _ operation: String) -> AWSError {
        AWSError(
            "NotSimulated", status: 501, "Drydock does not simulate \(service):\(operation) yet.",
            explanation: "The operation exists in AWS. 'drydock coverage' lists what is simulated.")
    }

    public var isNotSimulated: Bool { code == "NotSimulated" }
}
