import AWSCore
import EC2API
import SimulatorCore

// https://docs.aws.amazon.com/verified-access/latest/ug/access-logs.html

extension Resource where S == VerifiedAccessInstanceLoggingConfiguration {
    /// Stored on the first change; until then the defaults apply.
    static let verifiedAccessLogging = Resource(
        ResourceKind("vai-log", type: "verified-access-logging", code: "", notFound: ""),
        identity: { $0.verifiedAccessInstanceId ?? "" },
        refers: [.to("verified-access-instance", \.verifiedAccessInstanceId, .cascades)])
}

extension EC2Simulation {
    public func modifyVerifiedAccessInstanceLoggingConfiguration(
        _ input: ModifyVerifiedAccessInstanceLoggingConfigurationRequest, _ context: Context
    ) throws -> ModifyVerifiedAccessInstanceLoggingConfigurationResult {
        let id = input.verifiedAccessInstanceId, resource = Resource.verifiedAccessLogging
        _ = try Resource.verifiedAccessInstance.get(id, context)
        var logs = try Self.logging(of: id, context).accessLogs ?? VerifiedAccessLogs()
        try logs.change(input.accessLogs, context)
        let configuration = VerifiedAccessInstanceLoggingConfiguration(verifiedAccessInstanceId: id, accessLogs: logs)
        if var stored = try resource.find(id, context) {
            stored.shape = configuration
            try resource.write(stored, context)
        } else {
            try resource.insert(configuration, phase: "", context)
        }
        return ModifyVerifiedAccessInstanceLoggingConfigurationResult(loggingConfiguration: configuration)
    }

    public func describeVerifiedAccessInstanceLoggingConfigurations(
        _ input: DescribeVerifiedAccessInstanceLoggingConfigurationsRequest, _ context: Context
    ) throws -> DescribeVerifiedAccessInstanceLoggingConfigurationsResult {
        let ids = input.verifiedAccessInstanceIds
        let paging = try Paging(input, ids: ids, named: "VerifiedAccessInstanceIds", context)
        let all = try Resource.verifiedAccessInstance.list(ids, context).map { instance in
            (number: instance.number, shape: try Self.logging(of: instance.shape.verifiedAccessInstanceId ?? "", context))
        }
        let test = try FilterTable<VerifiedAccessInstanceLoggingConfiguration>().predicate(input.filters, context)
        let page = try paging.page(all.filter { test($0.shape) }) { .number($0.number) }
        return DescribeVerifiedAccessInstanceLoggingConfigurationsResult(
            loggingConfigurations: page.items.map(\.shape), nextToken: page.nextToken)
    }

    /// Returns the instance's logging configuration; by default every destination is disabled.
    private static func logging(
        of id: String, _ context: Context
    ) throws -> VerifiedAccessInstanceLoggingConfiguration {
        try Resource.verifiedAccessLogging.find(id, context)?.shape
            ?? VerifiedAccessInstanceLoggingConfiguration(
                verifiedAccessInstanceId: id,
                accessLogs: VerifiedAccessLogs(
                    s3: .init(enabled: false), cloudWatchLogs: .init(enabled: false),
                    kinesisDataFirehose: .init(enabled: false), logVersion: "ocsf-1.0.0-rc.2", includeTrustContext: false))
    }
}

extension VerifiedAccessLogs {
    /// Applies the destinations in the request; the others stay unchanged.
    fileprivate mutating func change(_ given: VerifiedAccessLogOptions, _ context: Context) throws {
        if let version = given.logVersion.flatMap(\.orNil) {
            guard ["ocsf-0.1", "ocsf-1.0.0-rc.2"].contains(version) else {
                throw AWSError.invalidValue(version, for: "LogVersion")
            }
            logVersion = version
        }
        includeTrustContext = given.includeTrustContext ?? includeTrustContext
        let delivered = VerifiedAccessLogDeliveryStatus(code: .success)
        if let given = given.s3 {
            let bucket = try Self.reference(.s3Bucket, given.bucketName, given.enabled, "BucketName", context)
            s3 =
                given.enabled
                ? VerifiedAccessLogS3Destination(
                    enabled: true, deliveryStatus: delivered, bucketName: bucket, prefix: given.prefix,
                    bucketOwner: given.bucketOwner ?? context.account) : .init(enabled: false)
        }
        if let given = given.cloudWatchLogs {
            let group = try Self.reference(.logGroup, given.logGroup, given.enabled, "LogGroup", context)
            cloudWatchLogs =
                given.enabled
                ? VerifiedAccessLogCloudWatchLogsDestination(enabled: true, deliveryStatus: delivered, logGroup: group)
                : .init(enabled: false)
        }
        if let given = given.kinesisDataFirehose {
            let stream = given.deliveryStream.flatMap(\.orNil)
            let arn = stream.map { $0.hasPrefix("arn:") ? $0 : context.arn("firehose", "deliverystream/\($0)") }
            _ = try Self.reference(.deliveryStream, arn, given.enabled, "DeliveryStream", context)
            kinesisDataFirehose =
                given.enabled
                ? VerifiedAccessLogKinesisDataFirehoseDestination(
                    enabled: true, deliveryStatus: delivered, deliveryStream: stream) : .init(enabled: false)
        }
    }

    /// Returns the destination's name, which is required if the destination is enabled.
    private static func reference(
        _ kind: ExternalKind, _ name: String?, _ isOn: Bool, _ parameter: String, _ context: Context
    ) throws -> String? {
        guard isOn else { return nil }
        guard let name = name.flatMap(\.orNil) else { throw AWSError.missingParameter(parameter) }
        let wrong = AWSError.invalidValue(name, for: parameter)
        _ = try context.external(kind, name, malformed: wrong, absent: wrong)
        return name
    }
}
