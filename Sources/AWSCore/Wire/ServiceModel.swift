public import HTTPTypes

/// The supported wire protocols, by botocore's names.
public enum WireProtocol: String, Sendable {
    case ec2Query = "ec2"
    case awsQuery = "query"
    case awsJson1_1 = "json"
}

/// One AWS service's wire settings. Generated.
public struct ServiceModel: Sendable {
    /// botocore's name: `ec2`, `ecr`, `iam`, `sts`.
    public let id: String
    /// The name in the SigV4 credential scope.
    public let signingName: String
    /// The first part of the service's host: `ec2`, `api.ecr`.
    public let endpointPrefix: String
    /// AWS's `serviceId`, such as `EC2` or `ECR`. Part of the environment variable `AWS_ENDPOINT_URL_…`.
    public let serviceId: String
    public let apiVersion: String
    public let wire: WireProtocol
    /// `AmazonEC2ContainerRegistry_V20150921` for ECR; empty for services that do not use JSON.
    public let targetPrefix: String
    /// The namespace of XML responses, empty for JSON services.
    public let xmlNamespace: String
    /// Whether one endpoint serves all regions of a partition (IAM).
    public let isGlobal: Bool
    /// The model's source, for explanations: `botocore 1.44.8`. Empty for a model written by hand.
    public let modelVersion: String
    /// Returns the operations' names. Not private: it is part of the layout, so dependents must be rebuilt when it changes.
    package var names: @Sendable () -> [String]

    /// Every operation in AWS's model, generated here or not. Parsed on each call.
    public var operationNames: Set<String> { Set(names()) }

    /// - Parameter operationNames: separated by spaces.
    public init(
        id: String, signingName: String, endpointPrefix: String, serviceId: String, apiVersion: String, wire: WireProtocol,
        targetPrefix: String = "", xmlNamespace: String = "", isGlobal: Bool = false, modelVersion: String = "",
        operationNames: StaticString
    ) {
        self.id = id
        self.signingName = signingName
        self.endpointPrefix = endpointPrefix
        self.serviceId = serviceId
        self.apiVersion = apiVersion
        self.wire = wire
        self.targetPrefix = targetPrefix
        // EC2's namespace ends with a slash, which its model lacks. Without it, Apache libcloud finds nothing in a response.
        self.xmlNamespace = wire == .ec2Query && !xmlNamespace.hasSuffix("/") ? xmlNamespace + "/" : xmlNamespace
        self.isGlobal = isGlobal
        self.modelVersion = modelVersion
        names = {
            operationNames.withUTF8Buffer { $0.split(separator: 32).map { String(decoding: $0, as: UTF8.self) } }
        }
    }

    /// Returns the same model with another source of operation names.
    package func naming(_ operations: @escaping @Sendable () -> [String]) -> ServiceModel {
        var model = self
        model.names = operations
        return model
    }
}

/// One operation with its input and output types. Generated, one per line.
public struct Operation<Input: Shape, Output: Shape>: Sendable {
    public let name: String
    public let service: ServiceModel
    /// The element around the result in responses of IAM and STS.
    public let resultWrapper: String?

    public init(_ name: String, _ service: ServiceModel, resultWrapper: String? = nil) {
        self.name = name
        self.service = service
        self.resultWrapper = resultWrapper
    }
}

/// Carries out operations, as the AWS client does. Generated client methods call it.
public protocol OperationInvoker: Sendable {
    /// - Throws: ``AWSError`` from the service, ``TransportError`` if there was no response.
    func invoke<Input: Shape, Output: Shape>(_ operation: Operation<Input, Output>, _ input: Input) async throws -> Output

    /// Carries out an untyped operation, whose messages the caller writes and reads.
    ///
    /// - Parameters:
    ///   - write: returns the request for an endpoint; its second argument generates idempotency tokens. Called once.
    ///   - read: parses a response of any status, and throws an error response as an error.
    /// - Throws: as ``invoke(_:_:)``, and what `read` throws.
    func exchange<Output>(
        with service: ServiceModel, write: (Endpoint, @escaping () -> String) throws -> (HTTPRequest, Bytes),
        read: (HTTPResponse, Bytes) throws -> Output
    ) async throws -> Output
}

/// A service's operation with its types erased, for the dispatcher. Generated.
///
/// `Service` is the type that implements the service's protocol. `Context` is what handlers receive besides the input.
public struct OperationHandler<Service, Context>: Sendable {
    public let name: String
    public let resultWrapper: String?
    /// Reads the typed input from a message.
    public let read: @Sendable (ShapeReader) -> any Shape
    /// Schemas are parsed on first use, not when the table of operations is built.
    private let schemas: @Sendable () -> (Schema, Schema)
    public var inputSchema: Schema { schemas().0 }
    public var outputSchema: Schema { schemas().1 }
    /// Calls the handler with an input that ``read`` returned.
    public let call: @Sendable (Service, any Shape, Context) throws -> any Shape

    public init<Input: Shape, Output: Shape>(
        _ operation: Operation<Input, Output>,
        _ method: @escaping @Sendable (Service) -> (Input, Context) throws -> Output
    ) {
        name = operation.name
        schemas = { (Input.schema, Output.schema) }
        resultWrapper = operation.resultWrapper
        read = { Input(from: $0) }
        call = { service, input, context in
            guard let input = input as? Input else {
                throw AWSError("InternalError", status: 500, "Dispatch mixed up its types.")
            }
            return try method(service)(input, context)
        }
    }
}

/// The empty structure, for operations without input or output.
public struct EmptyShape: Shape {
    public static let schema = Schema("Empty", "")
    public init() {}
    public init(from reader: ShapeReader) {}
    public func write(to writer: inout ShapeWriter) {}
}
