import AWSCore
import HTTPTypes

// The errors of overloaded or broken services, with each service's codes and messages. A nil wire protocol means a
// registry.
extension AWSError {
    static func throttled(_ wire: WireProtocol?) -> AWSError {
        switch wire {
        case .ec2Query: AWSError("RequestLimitExceeded", status: 503, "Request limit exceeded.")
        case .awsQuery: AWSError("Throttling", "Rate exceeded")
        case .awsJson1_1: AWSError("ThrottlingException", "Rate exceeded")
        case nil: AWSError("TOOMANYREQUESTS", status: 429, "Rate exceeded")
        }
    }

    static func failed(_ status: Int, _ wire: WireProtocol?) -> AWSError {
        switch (wire, status) {
        case (.ec2Query, 503):
            AWSError("Unavailable", status: 503, "The server is overloaded and can't handle the request.")
        case (.ec2Query, _): AWSError("InternalError", status: status, "An internal error has occurred")
        case (.awsQuery, 503):
            AWSError(
                "ServiceUnavailable", status: 503, "The request has failed due to a temporary failure of the server.")
        case (.awsQuery, _):
            AWSError(
                "InternalFailure", status: status,
                "The request processing has failed because of an unknown error, exception or failure.")
        case (.awsJson1_1, 503):
            AWSError(
                "ServiceUnavailableException", status: 503,
                "The request has failed due to a temporary failure of the server.")
        case (.awsJson1_1, _):
            AWSError("ServerException", status: status, "These errors are usually caused by a server-side issue.")
        case (nil, _): AWSError("UNKNOWN", status: status, "unknown error")
        }
    }

    static let expiredRegistryToken = AWSError(
        "DENIED", status: 403, "Your authorization token has expired. Reauthenticate and try again.")
}

extension HTTPReply {
    /// Returns a door's rejection in the format of registries.
    static func registryRefusal(_ error: AWSError, retryAfter: Duration?) -> HTTPReply {
        var response = HTTPResponse(status: .init(code: error.status))
        response.headerFields[.contentType] = "application/json"
        if let explanation = error.explanation { response.headerFields[.explanation] = explanation.headerSafe }
        response.hint(retryAfter)
        let document = Node.object([
            .init(
                "errors",
                .list([.object([.init("code", .string(error.code)), .init("message", .string(error.message))])]))
        ])
        return HTTPReply(response, .bytes(JSON.write(document)))
    }
}

extension HTTPResponse {
    private static let amzRetryAfter = HTTPField.Name("x-amz-retry-after")

    /// Sets the retry headers: in milliseconds for AWS's clients, in seconds for HTTP.
    mutating func hint(_ retryAfter: Duration?) {
        guard let retryAfter, let name = Self.amzRetryAfter else { return }
        headerFields[name] = String(retryAfter.milliseconds)
        headerFields[.retryAfter] = String((retryAfter.milliseconds + 999) / 1000)
    }
}
