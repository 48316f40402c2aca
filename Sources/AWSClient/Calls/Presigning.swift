public import AWSCore
import HTTPTypes

extension AWSClient {
    /// Returns a URL that carries out an operation without credentials until it expires.
    ///
    /// - Parameter operation: for example `EC2.Operations.describeInstances`.
    /// - Parameter input: the operation's input.
    /// - Parameter expires: how long the URL is valid, up to seven days.
    /// - Throws: ``ConfigurationError`` for services whose operations cannot be in a URL (ECR), or without credentials.
    public func presignedURL<Input: Shape, Output: Shape>(
        for operation: Operation<Input, Output>, _ input: Input, expires: Duration = .hours(1)
    ) async throws -> String {
        let service = operation.service
        guard service.wire != .awsJson1_1 else {
            throw ConfigurationError(
                "\(service.serviceId) takes its parameters in the body, so \(operation.name) has no URL to presign.")
        }
        guard expires > .zero, expires <= SigV4Authorization.longestExpiry else {
            throw ConfigurationError("A presigned URL is good for at least a second and at most seven days.")
        }
        let target = try configuration.endpoints.resolve(service, region: configuration.region)
        var (request, body) = service.request(
            operation.name, input, endpoint: target.endpoint, idempotencyToken: configuration.idempotencyToken)
        request.method = .get
        request.path = "\(request.path ?? "/")?\(String(decoding: body, as: UTF8.self))"
        request.headerFields = [:]
        let signer = SigV4Signer(
            credentials: try await credentials(), region: target.signingRegion, service: service.signingName)
        let signed = signer.presign(request, expires: expires, payloadHash: SigV4.emptyPayloadHash, at: now)
        return "\(target.endpoint.scheme)://\(target.endpoint.authority)\(signed.path ?? "/")"
    }
}
