public import AWSCore

// What services ask each other, by what a service provides rather than by its name.

/// A parameter that AWS publishes in every account's Parameter Store, such as the newest image of a series.
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

/// A service whose data AWS publishes as parameters.
public protocol ParameterPublisher: SimulatedService {
    /// - Returns: nil if AWS publishes no parameter of that name in the request's region.
    func publishedParameter(_ name: String, _ context: Context) -> PublishedParameter?
    /// Returns the published parameters at any depth below a path, by name.
    func publishedParameters(below path: String, _ context: Context) -> [PublishedParameter]
}

/// A service that stores parameters, for services that read values from it.
public protocol ParameterDirectory: SimulatedService {
    /// Returns a parameter's value by its name, with or without a version or label, or by its ARN.
    /// - Returns: nil if there is no such parameter.
    func parameterValue(_ name: String, _ context: Context) throws -> String?
    /// Returns the parameter's ARN in policies.
    func parameterARN(_ name: String, _ context: Context) -> String
}

/// A service that has machine images.
public protocol ImageDirectory: SimulatedService {
    /// Whether the request's account may use an image of this id, in its region.
    func hasImage(_ id: String, _ context: Context) throws -> Bool
}

/// A service that has identity providers.
public protocol SAMLProviderDirectory: SimulatedService {
    /// Whether the request's account has a SAML provider with this ARN.
    func hasSAMLProvider(_ arn: String, _ context: Context) throws -> Bool
}

extension Context {
    /// Asks the service of the given kind in the request's own transaction. Returns nil if this simulator has none.
    public func query<Service, Answer>(
        _ kind: Service.Type, _ question: (Service, Context) throws -> Answer
    ) rethrows -> Answer? {
        for service in simulator.services {
            guard let able = service as? Service else { continue }
            return try question(able, serving(service.model.id))
        }
        return nil
    }
}
