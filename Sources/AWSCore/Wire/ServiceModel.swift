public import HTTPTypes

/// The wire protocols that are spoken here, by botocore's names.
public enum WireProtocol: String, Sendable {
    case ec2Query = "ec2"
    case awsQuery = "query"
    case awsJson1_1 = "json"
}

/// What distinguishes one AWS service from another on the wire. Generated.
public struct ServiceModel: Sendable {
    /// botocore's name: `ec2`, `ecr`, `iam`, `sts`.
    public let id: String
    /// The name in the SigV4 credential scope.
    public let signingName: String
    /// The first part of the service's host: `ec2`, `api.ecr`.
    public let endpointPrefix: String
    /// The service in the words of AWS's `serviceId`: `EC2`, `ECR`; names the environment variable `AWS_ENDPOINT_URL_…`.
    public let serviceId: String
    public let apiVersion: String
    public let wire: WireProtocol
    /// `AmazonEC2ContainerRegistry_V20150921` for JSON services, empty for others.
    public let targetPrefix: String
    /// The namespace of XML responses, empty for JSON services.
    public let xmlNamespace: String
    /// True where one endpoint serves all regions of a partition (IAM).
    public let isGlobal: Bool
    /// Where the model comes from, for explanations: `botocore 1.44.8`. Empty where it is written by hand.
    public let modelVersion: String
    /// Reads the operations' names. Not private: dependents must be built anew when it changes, as it is part of the layout.
    package var names: @Sendable () -> [String]

    /// Every operation that AWS's model names, generated here or not. Read anew each time.
    public var operationNames: Set<String> { Set(names()) }

    /// - Parameter operationNames: with a blank between two.
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
        // EC2 ends its namespace with a slash, which its model lacks: without it, Apache libcloud finds nothing in an answer.
        self.xmlNamespace = wire == .ec2Query && !xmlNamespace.hasSuffix("/") ? xmlNamespace + "/" : xmlNamespace
        self.isGlobal = isGlobal
        self.modelVersion = modelVersion
        names = {
            operationNames.withUTF8Buffer { $0.split(separator: 32).map { String(decoding: $0, as: UTF8.self) } }
        }
    }

    /// The same with operations whose names are read from elsewhere.
    package func naming(_ operations: @escaping @Sendable () -> [String]) -> ServiceModel {
        var model = self
        model.names = operations
        return model
    }
}

/// One operation with the types that go in and come out. Generated, one a line.
public struct Operation<Input: Shape, Output: Shape>: Sendable {
    public let name: String
    public let service: ServiceModel
    /// The element that wraps the result in IAM's and STS's responses.
    public let resultWrapper: String?

    public init(_ name: String, _ service: ServiceModel, resultWrapper: String? = nil) {
        self.name = name
        self.service = service
        self.resultWrapper = resultWrapper
    }
}

/// Whoever can carry out operations: the AWS client. Generated client methods call it.
public protocol OperationInvoker: Sendable {
    /// - Throws: ``AWSError`` as the service answered, ``TransportError`` if nothing answered.
    func invoke<Input: Shape, Output: Shape>(_ operation: Operation<Input, Output>, _ input: Input) async throws -> Output

    /// Carries out an operation without types, whose messages the caller writes and reads.
    ///
    /// - Parameters:
    ///   - write: makes the request for an endpoint; its second argument makes idempotency tokens. Called once.
    ///   - read: reads a response of any status, and throws the error that it is.
    /// - Throws: as ``invoke(_:_:)``, and what `read` throws.
    func exchange<Output>(
        with service: ServiceModel, write: (Endpoint, @escaping () -> String) throws -> (HTTPRequest, Bytes),
        read: (HTTPResponse, Bytes) throws -> Output
    ) async throws -> Output
}

/// An operation that a service implements, without its types: what dispatch calls. Generated.
///
/// `Service` is the type that implements the service's protocol, `Context` what its handlers get besides the input.
public struct OperationHandler<Service, Context>: Sendable {
    public let name: String
    public let resultWrapper: String?
    /// Reads the typed input out of a message.
    public let read: @Sendable (ShapeReader) -> any Shape
    /// Schemas are parsed when they are first needed, not when the table of operations is built.
    private let schemas: @Sendable () -> (Schema, Schema)
    public var inputSchema: Schema { schemas().0 }
    public var outputSchema: Schema { schemas().1 }
    /// Calls the handler with an input that ``read`` made.
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

/// The empty structure: operations without input or output use it.
public struct EmptyShape: Shape {
    public static let schema = Schema("Empty", "")
    public init() {}
    public init(from reader: ShapeReader) {}
    public func write(to writer: inout ShapeWriter) {}
}
