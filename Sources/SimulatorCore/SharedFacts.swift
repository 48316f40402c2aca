public import AWSCore

// What services ask of each other, by what they can tell and not by their names.

/// A parameter that AWS publishes in every account's Parameter Store: the newest image of a series, say.
public struct PublishedParameter: Sendable {
    public let name: String
    public let value: String
    public let version: Int
    public let modifiedAt: Instant
    public let dataType: String

    public init(_ name: String, _ value: String, version: Int = 1, modifiedAt: Instant, dataType: String = "text") {
        self.name = name
        self.value = value
        self.version = version
        self.modifiedAt = modifiedAt
        self.dataType = dataType
    }
}

/// A service whose facts AWS publishes as parameters.
public protocol ParameterPublisher: SimulatedService {
    /// - Returns: nil if AWS publishes nothing of that name in the request's region.
    func publishedParameter(_ name: String, _ context: Context) -> PublishedParameter?
    /// What is published below a path, however deep, by name.
    func publishedParameters(below path: String, _ context: Context) -> [PublishedParameter]
}

/// A service that keeps parameters, for others that take values from it.
public protocol ParameterKeeper: SimulatedService {
    /// A parameter's value by its name, with or without a version or label, or by its ARN.
    /// - Returns: nil if there is no such parameter.
    func parameterValue(_ name: String, _ context: Context) throws -> String?
    /// The ARN that policies know a parameter by.
    func parameterARN(_ name: String, _ context: Context) -> String
}

/// A service that has machine images.
public protocol ImageKeeper: SimulatedService {
    /// Whether the request's account may use an image of this id, in its region.
    func hasImage(_ id: String, _ context: Context) throws -> Bool
}

/// A service that knows identity providers.
public protocol SAMLProviderKeeper: SimulatedService {
    /// Whether the request's account has a SAML provider of this ARN.
    func hasSAMLProvider(_ arn: String, _ context: Context) throws -> Bool
}

extension Context {
    /// Asks the service that can answer, in the request's own transaction; nil if this simulator has none.
    public func asking<Service, Answer>(
        _ kind: Service.Type, _ question: (Service, Context) throws -> Answer
    ) rethrows -> Answer? {
        for service in simulator.services {
            guard let able = service as? Service else { continue }
            return try question(able, serving(service.model.id))
        }
        return nil
    }
}
