import AWSCore
import EC2API
import SimulatorCore

// https://docs.aws.amazon.com/vpc/latest/userguide/flow-logs.html

extension Resource where S == FlowLog {
    static let flowLog = Resource(
        ResourceKind(
            "fl", type: "vpc-flow-log", code: "InvalidFlowLogId",
            notFound: "These flow log ids in the input list are not found: [TotalCount: 1] %",
            allNotFound: "These flow log ids in the input list are not found: %"),
        id: \.flowLogId, tags: \.tags,
        // Deleting a resource deletes its flow logs.
        refers: ["vpc", "subnet", "network-interface"].map { type in
            .toEach(type, .cascades) { log in
                [log.resourceId].compactMap { $0 }.filter { ResourceKind.of($0)?.type == type }
            }
        },
        filters: [
            "deliver-log-status": { [$0.deliverLogsStatus] }, "log-destination-type": { [$0.logDestinationType?.rawValue] },
            "traffic-type": { [$0.trafficType?.rawValue] },
        ])
}

extension EC2Simulation {
    public func createFlowLogs(_ input: CreateFlowLogsRequest, _ context: Context) throws -> CreateFlowLogsResult {
        let tags = try TagSpecifications(input.tagSpecifications, allowed: Resource.flowLog.kind)
        let settings = try FlowLogSettings(input, context)
        let kind = try FlowLogSettings.kind(of: input.resourceType)
        guard !input.resourceIds.isEmpty else { throw AWSError.missingParameter("ResourceId") }
        guard input.resourceIds.count <= 300 else {
            throw AWSError("InvalidParameterValue", "The maximum number of resources in a request is 300.")
        }
        for id in input.resourceIds { try kind.check(id) }
        return try context.once(
            input,
            recalling: {
                CreateFlowLogsResult(clientToken: input.clientToken, flowLogIds: $0.split(separator: " ").map(String.init))
            }
        ) {
            var made: [String] = [], failed: [UnsuccessfulItem] = []
            var logs = try Resource.flowLog.all(context).map(\.shape)
            for id in input.resourceIds {
                do {
                    try kind.require(id, context)
                    try settings.destination()
                    var log = settings.log
                    log.resourceId = id
                    guard !logs.contains(where: { $0.isTwin(of: log) }) else { throw AWSError.flowLogExists }
                    log.flowLogId = context.ids.resource("fl")
                    try Resource.flowLog.insert(log, phase: "", context)
                    try tags.apply(Resource.flowLog.kind, to: log.flowLogId ?? "", context)
                    logs.append(log)
                    made.append(log.flowLogId ?? "")
                } catch let error as AWSError {
                    failed.append(
                        UnsuccessfulItem(error: .init(code: error.code, message: error.message), resourceId: id))
                }
            }
            let token = input.clientToken ?? context.ids.uuid()
            return (
                made.joined(separator: " "), CreateFlowLogsResult(clientToken: token, flowLogIds: made, unsuccessful: failed)
            )
        }
    }

    public func deleteFlowLogs(_ input: DeleteFlowLogsRequest, _ context: Context) throws -> DeleteFlowLogsResult {
        guard !input.flowLogIds.isEmpty else { throw AWSError.missingParameter("FlowLogId") }
        for id in input.flowLogIds { try Resource.flowLog.kind.check(id) }
        let absent = try input.flowLogIds.filter { try Resource.flowLog.find($0, context) == nil }
        guard absent.isEmpty else {
            throw AWSError(
                "InvalidFlowLogId.NotFound",
                "These flow log ids in the input list are not found: [TotalCount: \(absent.count)] \(absent.joined(separator: " "))"
            )
        }
        for id in input.flowLogIds { try context.delete(.flowLog, id) }
        return DeleteFlowLogsResult(unsuccessful: [])
    }

    public func describeFlowLogs(_ input: DescribeFlowLogsRequest, _ context: Context) throws -> DescribeFlowLogsResult {
        let page = try context.describe(.flowLog, input, ids: input.flowLogIds, named: "flowLogIds")
        return DescribeFlowLogsResult(flowLogs: page.items, nextToken: page.nextToken)
    }
}

extension FlowLog {
    /// Whether both logs write the same traffic to the same destination.
    fileprivate func isTwin(of other: FlowLog) -> Bool {
        resourceId == other.resourceId && logDestinationType == other.logDestinationType
            && logDestination == other.logDestination && logGroupName == other.logGroupName
    }
}

/// The settings that all flow logs of a request share.
private struct FlowLogSettings {
    var log = FlowLog()
    /// - Throws: AWS's error for each resource if the destination does not exist.
    let destination: () throws -> Void

    static let standardFormat =
        "${version} ${account-id} ${interface-id} ${srcaddr} ${dstaddr} ${srcport} ${dstport} ${protocol} ${packets} ${bytes} "
        + "${start} ${end} ${action} ${log-status}"

    private static let fields: Set<String> = [
        "version", "account-id", "interface-id", "srcaddr", "dstaddr", "srcport", "dstport", "protocol", "packets", "bytes",
        "start", "end", "action", "log-status", "vpc-id", "subnet-id", "instance-id", "tcp-flags", "type", "pkt-srcaddr",
        "pkt-dstaddr", "region", "az-id", "sublocation-type", "sublocation-id", "pkt-src-aws-service", "pkt-dst-aws-service",
        "flow-direction", "traffic-path", "ecs-cluster-arn", "ecs-cluster-name", "ecs-container-instance-arn",
        "ecs-container-instance-id", "ecs-container-id", "ecs-second-container-id", "ecs-service-name",
        "ecs-task-definition-arn", "ecs-task-arn", "ecs-task-id", "reject-reason", "resource-id", "encryption-status",
    ]

    init(_ input: CreateFlowLogsRequest, _ context: Context) throws {
        guard let traffic = input.trafficType, !traffic.rawValue.isEmpty else {
            throw AWSError.missingParameter("TrafficType")
        }
        let type = input.logDestinationType ?? "cloud-watch-logs"
        let group = input.logGroupName.flatMap { $0.isEmpty ? nil : $0 }
        let target = input.logDestination.flatMap { $0.isEmpty ? nil : $0 }
        let interval = input.maxAggregationInterval ?? 600
        guard [60, 600].contains(interval) else {
            throw AWSError("InvalidParameter", "Invalid Flow Log Max Aggregation Interval")
        }
        guard group != nil || target != nil else {
            throw AWSError("InvalidParameter", "LogDestination can't be empty if LogGroupName is not provided.")
        }
        if group != nil, type.rawValue != "cloud-watch-logs" {
            throw AWSError("InvalidParameter", "LogDestination type must be cloud-watch-logs if LogGroupName is provided.")
        }
        if group != nil, target != nil {
            throw AWSError("InvalidParameter", "Please only provide LogGroupName or only provide LogDestination.")
        }
        if let options = input.destinationOptions, type.rawValue != "s3" {
            guard options.hiveCompatiblePartitions != true, options.perHourPartition != true,
                options.fileFormat ?? "plain-text" == "plain-text"
            else {
                throw AWSError("InvalidParameter", "DestinationOptions can only be specified if LogDestinationType is s3.")
            }
        }
        let role = input.deliverLogsPermissionArn.flatMap { $0.isEmpty ? nil : $0 }
        if type.rawValue == "cloud-watch-logs" {
            guard let role else {
                throw AWSError(
                    "InvalidParameter", "DeliverLogsPermissionArn can't be empty if LogDestinationType is cloud-watch-logs.")
            }
            guard role.hasPrefix("arn:\(context.partition):iam::"), role.contains(":role/") else {
                throw AWSError.invalidValue(role, for: "DeliverLogsPermissionArn", "This is not the ARN of an IAM role.")
            }
        } else if role != nil, type.rawValue == "s3" {
            throw AWSError("InvalidParameter", "DeliverLogsPermissionArn is not applicable for s3 delivery")
        }
        log.logFormat = try Self.format(input.logFormat)
        log.creationTime = context.now
        log.deliverLogsPermissionArn = role
        log.deliverCrossAccountRole = input.deliverCrossAccountRole
        log.deliverLogsStatus = "SUCCESS"
        log.flowLogStatus = "ACTIVE"
        log.trafficType = traffic
        log.logDestinationType = type
        log.maxAggregationInterval = interval
        log.destinationOptions = input.destinationOptions.map {
            DestinationOptionsResponse(
                fileFormat: $0.fileFormat ?? "plain-text", hiveCompatiblePartitions: $0.hiveCompatiblePartitions ?? false,
                perHourPartition: $0.perHourPartition ?? false)
        }
        log.tagFieldSpecifications = input.tagFieldSpecifications?.map {
            TagFieldSpecificationResponse(resourceType: $0.resourceType, tagKeys: $0.tagKeys)
        }
        let kind: ExternalKind
        switch type.rawValue {
        case "s3": kind = .s3Bucket
        case "kinesis-data-firehose": kind = .deliveryStream
        case "cloud-watch-logs": kind = .logGroup
        default: throw AWSError.invalidValue(type.rawValue, for: "LogDestinationType")
        }
        if let target, !target.hasPrefix("arn:") {
            throw AWSError("InvalidParameter", "LogDestination must be an ARN: \(target)")
        }
        let text = target ?? group ?? ""
        log.logGroupName = group ?? (kind.name == ExternalKind.logGroup.name ? Self.groupName(text) : nil)
        log.logDestination = target
        // AWS reports a missing destination for each resource. A missing log group is no error: the first record creates it.
        let malformed = AWSError("InvalidParameter", "LogDestination \(text) is not a valid \(type.rawValue) destination.")
        let absent = AWSError("400", "LogDestination: \(text.split(separator: ":").last ?? "") does not exist.")
        do { _ = try context.external(kind, text, malformed: malformed, absent: absent) } catch let error as AWSError {
            if error.code == malformed.code { throw error }
            destination = { if kind.name != ExternalKind.logGroup.name { throw error } }
            return
        }
        destination = {}
    }

    private static func groupName(_ arn: String) -> String? {
        let parts = arn.split(separator: ":", maxSplits: 6)
        guard parts.count == 7 else { return nil }
        return parts[6].hasSuffix(":*") ? String(parts[6].dropLast(2)) : String(parts[6])
    }

    private static func format(_ text: String?) throws -> String {
        guard let text, !text.isEmpty else { return standardFormat }
        let words = text.split(separator: " ")
        let unknown = words.filter { word in
            guard word.hasPrefix("${"), word.hasSuffix("}") else { return true }
            return !fields.contains(String(word.dropFirst(2).dropLast()))
        }
        guard unknown.isEmpty else {
            throw AWSError("InvalidParameter", "Unknown fields provided: \(unknown.joined(separator: ", "))")
        }
        return text
    }

    /// Returns the resource kind for a flow log's resource type.
    static func kind(of type: FlowLogsResourceType) throws -> ResourceKind {
        switch type.rawValue {
        case "VPC": return .vpc
        case "Subnet": return .subnet
        case "NetworkInterface": return .networkInterface
        default: throw AWSError.notSimulated("ec2", "CreateFlowLogs of the resource type '\(type.rawValue)'")
        }
    }
}

extension AWSError {
    fileprivate static let flowLogExists = AWSError(
        "FlowLogAlreadyExists",
        "Error. There is an existing Flow Log with the same configuration and log destination.")
}
