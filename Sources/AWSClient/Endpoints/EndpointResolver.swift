public import AWSCore

/// A service's endpoint and the region to sign for.
public struct ResolvedEndpoint: Sendable, Hashable {
    public var endpoint: Endpoint
    public var signingRegion: String
}

/// Finds a service's endpoint: the configured one, or else AWS's own.
public struct EndpointResolver: Sendable {
    /// The endpoint for all services without an entry in ``customForService``.
    public var custom: Endpoint?
    /// Endpoints by botocore's service name, such as `ec2`.
    public var customForService: [String: Endpoint] = [:]
    /// Whether to use the hosts with FIPS 140 validated cryptography.
    public var fips = false
    /// Whether to use the hosts that also support IPv6.
    public var dualStack = false
    /// Whether to use STS's global endpoint in regions that support it.
    public var globalSTS = false
    /// AWS's partitions, and any added ones.
    public var partitions = Partition.all
    /// Settings from outside the program that configure endpoints; see ``init(_:explicit:)``.
    private var settings: SharedSettings?

    /// - Parameter custom: an endpoint for all services; if nil, AWS's own.
    public init(_ custom: Endpoint? = nil) { self.custom = custom }

    /// Reads the configured endpoints, in this order: `explicit`, `AWS_ENDPOINT_URL_<SERVICE>`, `AWS_ENDPOINT_URL`, the profile's
    /// `services` section, its `endpoint_url`, AWS's own. With `AWS_IGNORE_CONFIGURED_ENDPOINT_URLS`, only the first and the
    /// last.
    ///
    /// - Throws: ``ConfigurationError`` for an invalid URL or flag.
    public init(_ settings: SharedSettings, explicit: String? = nil) throws {
        fips = try settings.flag("AWS_USE_FIPS_ENDPOINT", "use_fips_endpoint")
        dualStack = try settings.flag("AWS_USE_DUALSTACK_ENDPOINT", "use_dualstack_endpoint")
        globalSTS = (settings.environment["AWS_STS_REGIONAL_ENDPOINTS"] ?? settings["sts_regional_endpoints"]) == "legacy"
        if let explicit {
            custom = try Self.read(explicit, "given")
        } else if try !settings.flag("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "ignore_configured_endpoint_urls") {
            self.settings = settings
        }
    }

    private static func read(_ url: String, _ source: String) throws -> Endpoint {
        guard let endpoint = Endpoint(url: url) else { throw ConfigurationError.invalidEndpoint(url, source) }
        return endpoint
    }

    private func configured(_ service: ServiceModel) throws -> Endpoint? {
        if let endpoint = customForService[service.id] ?? custom { return endpoint }
        guard let settings else { return nil }
        let name = service.serviceId.map { $0 == " " || $0 == "-" ? "_" : String($0) }.joined()
        for variable in ["AWS_ENDPOINT_URL_\(name.uppercased())", "AWS_ENDPOINT_URL"] {
            if let url = settings.environment[variable] { return try Self.read(url, variable) }
        }
        if let url = settings.setting("endpoint_url", ofService: name.lowercased()) ?? settings["endpoint_url"] {
            return try Self.read(url, "endpoint_url of the profile \(settings.profile)")
        }
        return nil
    }

    /// Returns the endpoint of a service in a region.
    /// - Parameter service: the service's model.
    /// - Parameter region: may be nil only if an endpoint is configured.
    /// - Throws: ``ConfigurationError`` for an invalid region, or for settings that exclude each other.
    public func resolve(_ service: ServiceModel, region: String?) throws -> ResolvedEndpoint {
        if let endpoint = try configured(service) {
            if fips { throw ConfigurationError("Invalid Configuration: FIPS and custom endpoint are not supported") }
            if dualStack { throw ConfigurationError("Invalid Configuration: Dualstack and custom endpoint are not supported") }
            return ResolvedEndpoint(endpoint: endpoint, signingRegion: region ?? "us-east-1")
        }
        guard let region, !region.isEmpty else { throw ConfigurationError("Invalid Configuration: Missing Region") }
        // The region becomes part of a host name, so it must not be able to redirect requests elsewhere.
        guard region.utf8.count < 64, region.first != "-", region.last != "-",
            region.utf8.allSatisfy({ (97...122).contains($0) || (48...57).contains($0) || $0 == 45 })
        else { throw ConfigurationError("Provided region_name '\(region)' doesn't match a supported format.") }
        let partition = Partition.of(region, among: partitions)
        switch (fips && !partition.supportsFIPS, dualStack && !partition.supportsDualStack) {
        case (true, true),
            (true, false) where dualStack, (false, true) where fips:
            throw ConfigurationError("FIPS and DualStack are enabled, but this partition does not support one or both")
        case (true, false): throw ConfigurationError("FIPS is enabled but this partition does not support FIPS")
        case (false, true): throw ConfigurationError("DualStack is enabled but this partition does not support DualStack")
        case (false, false): break
        }
        let host = ServiceHost(
            service, region: region, partition, fips: fips, dualStack: dualStack, globalSTS: globalSTS)
        return ResolvedEndpoint(endpoint: Endpoint(authority: host.host), signingRegion: host.signingRegion)
    }
}
