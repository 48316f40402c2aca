import AWSCore
import EC2API
import SimulatorCore

extension Resource where S == VpcEndpointConnection {
    /// An endpoint as the service's owner sees it, stored in the owner's account.
    static let endpointConnection = Resource(
        ResourceKind(
            "vpce-con", type: "vpc-endpoint-connection", code: "InvalidVpcEndpointConnectionId",
            notFound: "The VpcEndpointConnection Id '%' does not exist"),
        id: \.vpcEndpointConnectionId, tags: \.tags,
        filters: [
            "vpc-endpoint-state": { [$0.vpcEndpointState?.rawValue] }, "ip-address-type": { [$0.ipAddressType?.rawValue] },
        ])
}

extension VpcEndpointConnection {
    /// - Parameter owner: the account that offers the service.
    static func open(
        _ endpoint: VpcEndpoint, to service: ServiceConfiguration, _ state: String, _ owner: Context, _ context: Context
    ) throws {
        var connection = VpcEndpointConnection()
        connection.vpcEndpointConnectionId = context.ids.resource("vpce-con")
        connection.serviceId = service.serviceId
        connection.vpcEndpointId = endpoint.vpcEndpointId
        connection.vpcEndpointOwner = context.account
        connection.vpcEndpointRegion = context.region
        connection.vpcEndpointState = State(state)
        connection.creationTimestamp = context.now
        connection.dnsEntries = endpoint.dnsEntries
        connection.networkLoadBalancerArns = service.networkLoadBalancerArns
        connection.gatewayLoadBalancerArns = service.gatewayLoadBalancerArns
        connection.ipAddressType = endpoint.ipAddressType
        try Resource.endpointConnection.insert(connection, phase: "", owner)
    }

    fileprivate static func find(_ endpoint: String, _ owner: Context) throws -> Stored<VpcEndpointConnection>? {
        try Resource.endpointConnection.all(owner).first { $0.shape.vpcEndpointId == endpoint }
    }

    static func show(_ state: String, of endpoint: String, _ owner: Context) throws {
        guard var connection = try find(endpoint, owner) else { return }
        connection.shape.vpcEndpointState = State(state)
        try Resource.endpointConnection.write(connection, owner)
    }

    static func close(_ endpoint: String, _ owner: Context) throws {
        guard let id = try find(endpoint, owner)?.shape.vpcEndpointConnectionId else { return }
        try Resource.endpointConnection.forget(id, owner)
    }
}

extension EC2Simulation {
    public func describeVpcEndpointConnections(
        _ input: DescribeVpcEndpointConnectionsRequest, _ context: Context
    ) throws -> DescribeVpcEndpointConnectionsResult {
        let page = try context.describe(.endpointConnection, input, ids: nil, named: "")
        return DescribeVpcEndpointConnectionsResult(vpcEndpointConnections: page.items, nextToken: page.nextToken)
    }

    public func acceptVpcEndpointConnections(
        _ input: AcceptVpcEndpointConnectionsRequest, _ context: Context
    ) throws -> AcceptVpcEndpointConnectionsResult {
        let failed = try Self.decide(input.serviceId, input.vpcEndpointIds, "pending", context) {
            $0 == "pendingAcceptance" || $0 == "rejected"
        }
        return AcceptVpcEndpointConnectionsResult(unsuccessful: failed)
    }

    public func rejectVpcEndpointConnections(
        _ input: RejectVpcEndpointConnectionsRequest, _ context: Context
    ) throws -> RejectVpcEndpointConnectionsResult {
        let failed = try Self.decide(input.serviceId, input.vpcEndpointIds, "rejected", context) {
            ["pendingAcceptance", "pending", "available"].contains($0)
        }
        return RejectVpcEndpointConnectionsResult(unsuccessful: failed)
    }

    /// - Parameter may: whether an endpoint in this state can be accepted or rejected.
    private static func decide(
        _ serviceId: String, _ endpoints: [String], _ state: String, _ context: Context, in may: (String) -> Bool
    ) throws -> [UnsuccessfulItem] {
        _ = try Resource.endpointService.get(serviceId, context)
        guard !endpoints.isEmpty else { throw AWSError.missingParameter("VpcEndpointId") }
        var failed: [UnsuccessfulItem] = []
        for id in endpoints {
            do {
                try Resource.vpcEndpoint.kind.check(id)
                guard let connection = try VpcEndpointConnection.find(id, context)?.shape, connection.serviceId == serviceId
                else { throw Resource.vpcEndpoint.kind.notFound(id) }
                let there = context.within(account: connection.vpcEndpointOwner)
                var endpoint = try Resource.vpcEndpoint.get(id, there)
                guard may(endpoint.phase) else {
                    throw AWSError(
                        "InvalidState",
                        "The VPC Endpoint '\(id)' is in an invalid state (\(endpoint.phase)) for this operation.")
                }
                try Resource.vpcEndpoint.move(&endpoint, to: state, at: context.now, there)
                try VpcEndpointConnection.show(state, of: id, context)
            } catch let error as AWSError {
                failed.append(.init(error: .init(code: error.code, message: error.message), resourceId: id))
            }
        }
        return failed
    }
}

// MARK: Notifications

extension Resource where S == ConnectionNotification {
    static let connectionNotification = Resource(
        ResourceKind(
            "vpce-nfn", type: "vpc-endpoint-connection-notification", code: "InvalidConnectionNotification",
            notFound: "The connection notification ID '%' does not exist"),
        untagged: \.connectionNotificationId,
        refers: [.to("vpc-endpoint", \.vpcEndpointId, .cascades), .to("vpc-endpoint-service", \.serviceId, .cascades)],
        filters: [
            "connection-notification-type": { [$0.connectionNotificationType?.rawValue] },
            "connection-notification-state": { [$0.connectionNotificationState?.rawValue] },
        ])
}

extension EC2Simulation {
    public func createVpcEndpointConnectionNotification(
        _ input: CreateVpcEndpointConnectionNotificationRequest, _ context: Context
    ) throws -> CreateVpcEndpointConnectionNotificationResult {
        let endpoint = input.vpcEndpointId.flatMap { $0.isEmpty ? nil : $0 }
        let service = input.serviceId.flatMap { $0.isEmpty ? nil : $0 }
        guard (endpoint == nil) != (service == nil) else {
            throw AWSError(
                endpoint == nil ? "MissingParameter" : "InvalidParameterCombination",
                "Exactly one of VpcEndpointId and ServiceId must be specified")
        }
        let topic = try ConnectionNotification.topic(input.connectionNotificationArn, context)
        try ConnectionNotification.check(events: input.connectionEvents)
        let made = try context.create(.connectionNotification, input) {
            $0.vpcEndpointId = endpoint
            $0.serviceId = service
            $0.connectionNotificationArn = topic
            $0.connectionEvents = input.connectionEvents
            $0.connectionNotificationType = "Topic"
            $0.connectionNotificationState = "Enabled"
        }
        return CreateVpcEndpointConnectionNotificationResult(connectionNotification: made, clientToken: input.clientToken)
    }

    public func modifyVpcEndpointConnectionNotification(
        _ input: ModifyVpcEndpointConnectionNotificationRequest, _ context: Context
    ) throws -> ModifyVpcEndpointConnectionNotificationResult {
        var stored = try Resource.connectionNotification.get(input.connectionNotificationId, context)
        if let arn = input.connectionNotificationArn, !arn.isEmpty {
            stored.shape.connectionNotificationArn = try ConnectionNotification.topic(arn, context)
        }
        if let events = input.connectionEvents, !events.isEmpty {
            try ConnectionNotification.check(events: events)
            stored.shape.connectionEvents = events
        }
        try Resource.connectionNotification.write(stored, context)
        return ModifyVpcEndpointConnectionNotificationResult(returnValue: true)
    }

    public func deleteVpcEndpointConnectionNotifications(
        _ input: DeleteVpcEndpointConnectionNotificationsRequest, _ context: Context
    ) throws -> DeleteVpcEndpointConnectionNotificationsResult {
        var failed: [UnsuccessfulItem] = []
        for id in input.connectionNotificationIds {
            do { try context.delete(.connectionNotification, id) } catch let error as AWSError {
                failed.append(.init(error: .init(code: error.code, message: error.message), resourceId: id))
            }
        }
        return DeleteVpcEndpointConnectionNotificationsResult(unsuccessful: failed)
    }

    public func describeVpcEndpointConnectionNotifications(
        _ input: DescribeVpcEndpointConnectionNotificationsRequest, _ context: Context
    ) throws -> DescribeVpcEndpointConnectionNotificationsResult {
        let id = input.connectionNotificationId.flatMap { $0.isEmpty ? nil : $0 }
        let page = try context.describe(
            .connectionNotification, input, ids: id.map { [$0] }, named: "connectionNotificationId")
        return DescribeVpcEndpointConnectionNotificationsResult(
            connectionNotificationSet: page.items, nextToken: page.nextToken)
    }
}

extension ConnectionNotification {
    fileprivate static func topic(_ arn: String, _ context: Context) throws -> String {
        try context.external(
            .snsTopic, arn,
            malformed: AWSError("InvalidParameter", "Invalid Sns topic ARN: '\(arn)'"),
            absent: AWSError("InvalidParameter", "The Sns topic '\(arn)' does not exist."))
    }

    fileprivate static func check(events: [String]) throws {
        guard !events.isEmpty else { throw AWSError.missingParameter("ConnectionEvents") }
        for event in events where !["Accept", "Connect", "Delete", "Reject"].contains(event) {
            throw AWSError.invalidValue(event, for: "ConnectionEvents", "Valid values are Accept, Connect, Delete and Reject.")
        }
    }
}
