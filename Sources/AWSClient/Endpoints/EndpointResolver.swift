public import AWSCore

/// Where a service answers, and the region that its requests are signed for.
public struct ResolvedEndpoint: Sendable, Hashable {
    public var endpoint: Endpoint
    public var signingRegion: String
}

/// Finds the endpoint of a service: one that is configured, or else AWS's own.
public struct EndpointResolver: Sendable {
    /// For all services that have none of their own.
    public var custom: Endpoint?
    /// By botocore's name of the service: `ec2`.
    public var customForService: [String: Endpoint] = [:]
    /// Use the hosts whose cryptography is validated after FIPS 140.
    public var fips = false
    /// Use the hosts that answer on IPv6 too.
    public var dualStack = false
    /// Send STS to its one old host where that is possible.
    public var globalSTS = false
    /// AWS's own, and what else there is.
    public var partitions = Partition.all
    /// Where a service's endpoint is configured outside of the program; see ``init(_:explicit:)``.
    private var settings: SharedSettings?

    /// - Parameter custom: for all services, instead of AWS's own.
    public init(_ custom: Endpoint? = nil) { self.custom = custom }

    /// Endpoints as they are configured: `explicit`, then `AWS_ENDPOINT_URL_<SERVICE>`, `AWS_ENDPOINT_URL`, the profile's
    /// `services` section, its `endpoint_url`, and AWS's own. `AWS_IGNORE_CONFIGURED_ENDPOINT_URLS` leaves the first and the last.
    ///
    /// - Throws: ``ConfigurationError`` for a URL or a flag that is none.
    public init(_ settings: SharedSettings, explicit: String? = nil) throws {
        fips = try settings.flag("AWS_USE_FIPS_ENDPOINT", "use_fips_endpoint")
        dualStack = try settings.flag("AWS_USE_DUALSTACK_ENDPOINT", "use_dualstack_endpoint")
        globalSTS = (settings.surroundings["AWS_STS_REGIONAL_ENDPOINTS"] ?? settings["sts_regional_endpoints"]) == "legacy"
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
            if let url = settings.surroundings[variable] { return try Self.read(url, variable) }
        }
        if let url = settings.setting("endpoint_url", ofService: name.lowercased()) ?? settings["endpoint_url"] {
            return try Self.read(url, "endpoint_url of the profile \(settings.profile)")
        }
        return nil
    }

    /// - Parameter service: the model of the service that is asked.
    /// - Parameter region: may be nil only where an endpoint is configured.
    /// - Throws: ``ConfigurationError`` for a region that cannot be one, and for combinations that make no sense.
    public func resolve(_ service: ServiceModel, region: String?) throws -> ResolvedEndpoint {
        if let endpoint = try configured(service) {
            if fips { throw ConfigurationError("Invalid Configuration: FIPS and custom endpoint are not supported") }
            if dualStack { throw ConfigurationError("Invalid Configuration: Dualstack and custom endpoint are not supported") }
            return ResolvedEndpoint(endpoint: endpoint, signingRegion: region ?? "us-east-1")
        }
        guard let region, !region.isEmpty else { throw ConfigurationError("Invalid Configuration: Missing Region") }
        // The region becomes a part of a host's name, so it must not be able to lead elsewhere.
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
