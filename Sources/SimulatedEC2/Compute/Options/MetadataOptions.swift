import AWSCore
import EC2API
import SimulatorCore

/// The options of the instance metadata service.
/// https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/configuring-instance-metadata-options.html
struct MetadataOptions {
    var tokens, endpoint, ipv6, tags: String
    var hopLimit: Int

    /// The order of precedence: the request, the account's defaults, the image's.
    init(_ request: InstanceMetadataOptionsRequest?, imdsSupport: String?, _ context: Context) throws {
        let account = try Self.defaults.get(context)
        let isV2 = imdsSupport == "v2.0"
        tokens = request?.httpTokens?.rawValue ?? account?.httpTokens?.rawValue ?? (isV2 ? "required" : "optional")
        endpoint = request?.httpEndpoint?.rawValue ?? account?.httpEndpoint?.rawValue ?? "enabled"
        ipv6 = request?.httpProtocolIpv6?.rawValue ?? "disabled"
        tags = request?.instanceMetadataTags?.rawValue ?? account?.instanceMetadataTags?.rawValue ?? "disabled"
        hopLimit = request?.httpPutResponseHopLimit ?? account?.httpPutResponseHopLimit ?? (isV2 ? 2 : 1)
        try Self.checkHopLimit(hopLimit)
        if tokens == "optional" { try Self.checkEnforcement("launch instances with IMDSv1", account) }
    }

    static func checkHopLimit(_ limit: Int) throws {
        guard (1...64).contains(limit) else {
            throw AWSError(
                "InvalidParameterValue",
                "Value (\(limit)) for parameter HttpPutResponseHopLimit is invalid. Must be between 1 and 64.")
        }
    }

    static let defaults = AccountDocument<InstanceMetadataDefaultsResponse>("instance-metadata-defaults")

    fileprivate static func checkEnforcement(_ attempt: String, _ account: InstanceMetadataDefaultsResponse?) throws {
        guard account?.httpTokensEnforced == .enabled else { return }
        throw AWSError(
            "UnsupportedOperation",
            "You can't \(attempt) because httpTokensEnforced is enabled for this account. Either launch the instance with "
                + "httpTokens=required or contact your account owner to disable httpTokensEnforced using the "
                + "ModifyInstanceMetadataDefaults API or the account settings in the EC2 console.")
    }
}

// MARK: Instance options

extension EC2Simulation {
    public func modifyInstanceMetadataOptions(
        _ input: ModifyInstanceMetadataOptionsRequest, _ context: Context
    ) throws -> ModifyInstanceMetadataOptionsResult {
        var instance = try InstanceRecord.changeable(input.instanceId, context)
        if let limit = input.httpPutResponseHopLimit { try MetadataOptions.checkHopLimit(limit) }
        if input.httpTokens == .optional {
            try MetadataOptions.checkEnforcement("modify instances to use IMDSv1", MetadataOptions.defaults.get(context))
        }
        instance.httpTokens = input.httpTokens?.rawValue ?? instance.httpTokens
        instance.httpHopLimit = input.httpPutResponseHopLimit ?? instance.httpHopLimit
        instance.httpEndpoint = input.httpEndpoint?.rawValue ?? instance.httpEndpoint
        instance.httpIPv6 = input.httpProtocolIpv6?.rawValue ?? instance.httpIPv6
        instance.httpTags = input.instanceMetadataTags?.rawValue ?? instance.httpTags
        if instance.httpTags == "enabled" { try instance.checkTagsForMetadata(context) }
        instance.options.metadataIsPending = true
        try instance.update(context)
        try Due.set(
            InstanceOptions.settling, instance.id, at: context.now + context.transitions.duration(.seconds(5)), context)
        return ModifyInstanceMetadataOptionsResult(
            instanceId: instance.id, instanceMetadataOptions: instance.metadataOptions)
    }
}

extension InstanceRecord {
    /// Rejects tag keys that a URL path cannot contain, because the metadata service returns tags by path.
    /// - Throws: AWS's error for the first such key.
    fileprivate func checkTagsForMetadata(_ context: Context) throws {
        for tag in try Tags.of(id, context) {
            let isAllowed =
                ![".", "..", "_index"].contains(tag.key)
                && tag.key.utf8.allSatisfy {
                    (48...57).contains($0) || (65...90).contains($0) || (97...122).contains($0)
                        || Array("+-=.,_:@".utf8).contains($0)
                }
            guard isAllowed else {
                throw AWSError(
                    "InvalidParameterValue",
                    "'\(tag.key)' is not a valid tag key. Tag keys must match pattern ([0-9a-zA-Z\\\\-_+=,.@:]{1,255}), and must not "
                        + "be a reserved name ('.', '..', '_index')")
            }
        }
    }

    static func applyMetadataOptions(_ due: [Due], _ context: Context) throws {
        for due in due {
            guard var instance = try find(due.id, context) else { continue }
            instance.options.metadataIsPending = nil
            try instance.update(context)
        }
    }

    var metadataOptions: InstanceMetadataOptionsResponse {
        InstanceMetadataOptionsResponse(
            state: options.metadataIsPending == true ? "pending" : "applied", httpTokens: HttpTokensState(httpTokens),
            httpPutResponseHopLimit: httpHopLimit, httpEndpoint: InstanceMetadataEndpointState(httpEndpoint),
            httpProtocolIpv6: InstanceMetadataProtocolState(httpIPv6),
            instanceMetadataTags: InstanceMetadataTagsState(httpTags))
    }
}

// MARK: Account defaults

extension EC2Simulation {
    public func modifyInstanceMetadataDefaults(
        _ input: ModifyInstanceMetadataDefaultsRequest, _ context: Context
    ) throws -> ModifyInstanceMetadataDefaultsResult {
        guard
            input.httpTokens != nil || input.httpPutResponseHopLimit != nil || input.httpEndpoint != nil
                || input.instanceMetadataTags != nil || input.httpTokensEnforced != nil
        else { throw AWSError.missingParameter("httpTokens, httpPutResponseHopLimit, httpEndpoint or instanceMetadataTags") }
        var defaults = try MetadataOptions.defaults.get(context) ?? InstanceMetadataDefaultsResponse()
        if let limit = input.httpPutResponseHopLimit {
            if limit != -1 { try MetadataOptions.checkHopLimit(limit) }
            defaults.httpPutResponseHopLimit = limit == -1 ? nil : limit
        }
        if let tokens = input.httpTokens {
            defaults.httpTokens = tokens == .noPreference ? nil : HttpTokensState(tokens.rawValue)
        }
        if let endpoint = input.httpEndpoint {
            defaults.httpEndpoint = endpoint == .noPreference ? nil : InstanceMetadataEndpointState(endpoint.rawValue)
        }
        if let tags = input.instanceMetadataTags {
            defaults.instanceMetadataTags = tags == .noPreference ? nil : InstanceMetadataTagsState(tags.rawValue)
        }
        if let enforced = input.httpTokensEnforced {
            defaults.httpTokensEnforced = enforced == .noPreference ? nil : HttpTokensEnforcedState(enforced.rawValue)
        }
        try MetadataOptions.defaults.set(defaults, context)
        return ModifyInstanceMetadataDefaultsResult(return: true)
    }

    public func getInstanceMetadataDefaults(
        _ input: GetInstanceMetadataDefaultsRequest, _ context: Context
    ) throws -> GetInstanceMetadataDefaultsResult {
        var defaults = try MetadataOptions.defaults.get(context) ?? InstanceMetadataDefaultsResponse()
        let isSet =
            defaults.httpTokens != nil || defaults.httpPutResponseHopLimit != nil || defaults.httpEndpoint != nil
            || defaults.instanceMetadataTags != nil || defaults.httpTokensEnforced != nil
        // AWS returns nothing unless a default is set.
        if isSet { defaults.managedBy = .account }
        return GetInstanceMetadataDefaultsResult(accountLevel: defaults)
    }
}
