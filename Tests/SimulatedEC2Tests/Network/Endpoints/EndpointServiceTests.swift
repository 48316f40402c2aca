import DrydockTesting
import Testing

@Suite(.simulator(transitions: .aws)) struct EndpointServices {
    private let aws = AWS.current
    private let balancer = "arn:aws:elasticloadbalancing:us-east-1:123456789012:loadbalancer/net/app/0123456789abcdef"

    private func service(
        _ change: (inout CreateVpcEndpointServiceConfigurationRequest) -> Void = { _ in }
    ) async throws -> ServiceConfiguration {
        var request = CreateVpcEndpointServiceConfigurationRequest()
        request.networkLoadBalancerArns = [balancer]
        change(&request)
        return try #require(try await aws.ec2.createVpcEndpointServiceConfiguration(request).serviceConfiguration)
    }

    private func subnet(_ ec2: EC2Client) async throws -> (vpc: String, subnet: String) {
        let vpc = try #require(try await ec2.createVpc(.init(cidrBlock: "10.0.0.0/16")).vpc?.vpcId)
        let subnet = try await ec2.createSubnet(.init(cidrBlock: "10.0.1.0/24", vpcId: vpc)).subnet?.subnetId
        return (vpc, try #require(subnet))
    }

    private func endpoint(_ service: ServiceConfiguration, _ ec2: EC2Client) async throws -> String {
        let (vpc, subnet) = try await subnet(ec2)
        return try #require(
            try await ec2.createVpcEndpoint(
                .init(vpcEndpointType: "Interface", vpcId: vpc, serviceName: service.serviceName, subnetIds: [subnet])
            ).vpcEndpoint?.vpcEndpointId)
    }

    private func state(_ id: String, _ ec2: EC2Client) async throws -> String? {
        try await ec2.describeVpcEndpoints(.init(vpcEndpointIds: [id])).vpcEndpoints?.first?.state?.rawValue
    }

    @Test func endpointServiceIsCreatedModifiedAndDeleted() async throws {
        let made = try await service {
            $0.tagSpecifications = [.init(resourceType: "vpc-endpoint-service", tags: [Tag(key: "Name", value: "a")])]
        }
        let id = try #require(made.serviceId)
        #expect(made.serviceName == "com.amazonaws.vpce.us-east-1.\(id)" && made.serviceState == .available)
        #expect(made.acceptanceRequired == true && made.networkLoadBalancerArns == [balancer])
        #expect(made.baseEndpointDnsNames == ["\(id).us-east-1.vpce.amazonaws.com"] && made.tags?.map(\.value) == ["a"])
        await refused("InvalidParameter") { try await service() }
        try await aws.ec2.modifyVpcEndpointServiceConfiguration(.init(serviceId: id, acceptanceRequired: false))
        let shown = try await aws.ec2.describeVpcEndpointServiceConfigurations(.init(serviceIds: [id])).serviceConfigurations
        #expect(shown?.first?.acceptanceRequired == false)
        await refused("InvalidParameter") {
            try await aws.ec2.modifyVpcEndpointServiceConfiguration(
                .init(serviceId: id, removeNetworkLoadBalancerArns: [balancer]))
        }
        let gone = try await aws.ec2.deleteVpcEndpointServiceConfigurations(.init(serviceIds: [id]))
        #expect(gone.unsuccessful?.isEmpty == true)
        await refused("InvalidVpcEndpointServiceId.NotFound", "The VpcEndpointService Id '\(id)' does not exist") {
            try await aws.ec2.describeVpcEndpointServiceConfigurations(.init(serviceIds: [id]))
        }
    }

    @Test func allowedPrincipalCanConnectToEndpointService() async throws {
        let service = try await service()
        let id = try #require(service.serviceId), other = aws.account("999988887777")
        await refused("InvalidServiceName") { _ = try await endpoint(service, other) }
        let added = try await aws.ec2.modifyVpcEndpointServicePermissions(
            .init(serviceId: id, addAllowedPrincipals: ["arn:aws:iam::999988887777:root"]))
        #expect(added.addedPrincipals?.first?.principalType == .account && added.returnValue == true)
        let allowed = try await aws.ec2.describeVpcEndpointServicePermissions(.init(serviceId: id)).allowedPrincipals
        #expect(allowed?.map(\.principal) == ["arn:aws:iam::999988887777:root"])
        #expect(
            try await other.describeVpcEndpointServices(.init(serviceNames: [service.serviceName ?? ""])).serviceDetails?.first?
                .owner == "123456789012")
        let made = try await endpoint(service, other)
        #expect(try await state(made, other) == "pendingAcceptance")
        let connections = try await aws.ec2.describeVpcEndpointConnections(
            .init(filters: [Filter(name: "service-id", values: [id])])
        ).vpcEndpointConnections
        #expect(connections?.map(\.vpcEndpointId) == [made] && connections?.first?.vpcEndpointOwner == "999988887777")
        let accepted = try await aws.ec2.acceptVpcEndpointConnections(.init(serviceId: id, vpcEndpointIds: [made]))
        #expect(accepted.unsuccessful?.isEmpty == true)
        aws.clock.advance(by: .minutes(2))
        #expect(try await state(made, other) == "available")
        #expect(
            try await aws.ec2.describeVpcEndpointConnections().vpcEndpointConnections?.first?.vpcEndpointState?.rawValue
                == "available")
        let kept = try await aws.ec2.deleteVpcEndpointServiceConfigurations(.init(serviceIds: [id])).unsuccessful
        #expect(kept?.first?.error?.code == "ExistingVpcEndpointConnections")
        let rejected = try await aws.ec2.rejectVpcEndpointConnections(
            .init(serviceId: id, vpcEndpointIds: [made, "vpce-0123456789abcdef0"]))
        #expect(rejected.unsuccessful?.map(\.resourceId) == ["vpce-0123456789abcdef0"])
        #expect(try await state(made, other) == "rejected")
        try await other.deleteVpcEndpoints(.init(vpcEndpointIds: [made]))
        aws.clock.advance(by: .minutes(1))
        #expect(try await aws.ec2.describeVpcEndpointConnections().vpcEndpointConnections?.isEmpty == true)
    }

    @Test func endpointServicePrivateDnsNameIsVerified() async throws {
        let id = try #require(try await service { $0.privateDnsName = "app.example.com" }.serviceId)
        func configuration() async throws -> PrivateDnsNameConfiguration? {
            try await aws.ec2.describeVpcEndpointServiceConfigurations(.init(serviceIds: [id])).serviceConfigurations?.first?
                .privateDnsNameConfiguration
        }
        let first = try await configuration()
        #expect(first?.state == .pendingVerification && first?.type == "TXT")
        #expect(
            try await aws.ec2.startVpcEndpointServicePrivateDnsVerification(.init(serviceId: id)).returnValue == true)
        aws.clock.advance(by: .minutes(2))
        #expect(try await configuration()?.state == .verified)
        try await aws.ec2.modifyVpcEndpointServiceConfiguration(.init(serviceId: id, removePrivateDnsName: true))
        await refused("InvalidParameter") {
            try await aws.ec2.startVpcEndpointServicePrivateDnsVerification(.init(serviceId: id))
        }
    }

    @Test func endpointConnectionNotificationIsCreatedAndDeleted() async throws {
        let id = try #require(try await service().serviceId)
        let topic = "arn:aws:sns:us-east-1:123456789012:endpoints"
        let made = try #require(
            try await aws.ec2.createVpcEndpointConnectionNotification(
                .init(serviceId: id, connectionNotificationArn: topic, connectionEvents: ["Accept", "Reject"])
            ).connectionNotification)
        #expect(made.connectionNotificationState == .enabled && made.serviceId == id)
        let notification = try #require(made.connectionNotificationId)
        try await aws.ec2.modifyVpcEndpointConnectionNotification(
            .init(connectionNotificationId: notification, connectionEvents: ["Delete"]))
        let shown = try await aws.ec2.describeVpcEndpointConnectionNotifications(
            .init(connectionNotificationId: notification)
        ).connectionNotificationSet
        #expect(shown?.first?.connectionEvents == ["Delete"])
        await refused("InvalidParameterValue") {
            try await aws.ec2.createVpcEndpointConnectionNotification(
                .init(serviceId: id, connectionNotificationArn: topic, connectionEvents: ["Explode"]))
        }
        await refused("InvalidParameter") {
            try await aws.ec2.createVpcEndpointConnectionNotification(
                .init(serviceId: id, connectionNotificationArn: "topic", connectionEvents: ["Accept"]))
        }
        await refused("MissingParameter") {
            try await aws.ec2.createVpcEndpointConnectionNotification(
                .init(connectionNotificationArn: topic, connectionEvents: ["Accept"]))
        }
        let gone = try await aws.ec2.deleteVpcEndpointConnectionNotifications(
            .init(connectionNotificationIds: [notification, "vpce-nfn-0123456789abcdef0"]))
        #expect(gone.unsuccessful?.map(\.resourceId) == ["vpce-nfn-0123456789abcdef0"])
        #expect(
            try await aws.ec2.describeVpcEndpointConnectionNotifications().connectionNotificationSet?.isEmpty == true)
    }

    @Test func invalidEndpointServiceRequestsAreRejected() async throws {
        await refused("MissingParameter") { try await service { $0.networkLoadBalancerArns = nil } }
        await refused("InvalidLoadBalancerArn.Malformed") { try await service { $0.networkLoadBalancerArns = ["app"] } }
        await refused("InvalidParameterCombination") { try await service { $0.gatewayLoadBalancerArns = [balancer] } }
        await refused("InvalidParameterValue") { try await service { $0.supportedIpAddressTypes = ["ipv5"] } }
        let id = try #require(try await service().serviceId)
        await refused("InvalidPrincipal") {
            try await aws.ec2.modifyVpcEndpointServicePermissions(.init(serviceId: id, addAllowedPrincipals: ["me"]))
        }
        await refused("MissingParameter") { try await aws.ec2.modifyVpcEndpointServicePermissions(.init(serviceId: id)) }
        await refused("InvalidVpcEndpointServiceId.NotFound") {
            try await aws.ec2.acceptVpcEndpointConnections(
                .init(serviceId: "vpce-svc-0123456789abcdef0", vpcEndpointIds: ["vpce-0123456789abcdef0"]))
        }
        #expect(try await aws.ec2.describeVpcEndpointServiceConfigurations().serviceConfigurations?.count == 1)
    }
}
