import DrydockTesting
import Testing

@testable import SimulatedEC2

/// Tests which connections a transit gateway allows.
@Suite(.simulator) struct TransitGatewayReachability {
    private let aws = AWS.current
    private let instance = "i-00000000000000001"

    private func decide(_ peer: String) throws -> NetworkReachability.Decision {
        try aws.within { context in
            try #require(try NetworkReachability(instance: instance, context)).decide(.outbound, peer: peer, port: 443)
        }
    }

    private struct Spoke { var vpc, subnet, table, attachment: String }

    private func spoke(_ number: Int, on gateway: String) async throws -> Spoke {
        let vpc = try await aws.vpc("10.\(number).0.0/16")
        let subnet = try #require(
            try await aws.ec2.createSubnet(
                .init(availabilityZone: "us-east-1a", cidrBlock: "10.\(number).1.0/24", vpcId: vpc)
            ).subnet?.subnetId)
        let tables = try await aws.ec2.describeRouteTables(.init(filters: [Filter(name: "vpc-id", values: [vpc])])).routeTables
        let table = try #require(tables?.first?.routeTableId)
        await refused("InvalidTransitGatewayID.NotFound", "The transitGateway ID '\(gateway)' does not exist") {
            _ = try await aws.ec2.createRoute(
                .init(transitGatewayId: gateway, routeTableId: table, destinationCidrBlock: "10.0.0.0/8"))
        }
        let attachment = try await aws.ec2.createTransitGatewayVpcAttachment(
            .init(transitGatewayId: gateway, vpcId: vpc, subnetIds: [subnet])
        ).transitGatewayVpcAttachment?.transitGatewayAttachmentId
        aws.clock.advance(by: .minutes(5))
        return Spoke(vpc: vpc, subnet: subnet, table: table, attachment: try #require(attachment))
    }

    private func lead(_ spoke: Spoke, to gateway: String) async throws {
        _ = try await aws.ec2.createRoute(
            .init(transitGatewayId: gateway, routeTableId: spoke.table, destinationCidrBlock: "10.0.0.0/8"))
    }

    @Test func transitGatewayVpcsNeedRoutesAtBothEnds() async throws {
        let made = try #require(try await aws.ec2.createTransitGateway(.init()).transitGateway)
        aws.clock.advance(by: .minutes(5))
        let id = made.transitGatewayId ?? "", table = made.options?.associationDefaultRouteTableId ?? ""
        let first = try await spoke(1, on: id), second = try await spoke(2, on: id)
        _ = try aws.interfaces(of: [instance], subnet: first.subnet)
        try await lead(first, to: id)
        #expect(
            try decide("10.2.1.9").reason
                == "No route of a subnet behind \(second.attachment) leads from 10.2.1.9 back to the instance.")
        try await lead(second, to: id)
        #expect(try decide("10.2.1.9").isAllowed)
        #expect(try decide("10.3.1.9").reason == "\(table) has no route to 10.3.1.9.")
        // The more specific blackhole route wins.
        _ = try await aws.ec2.createTransitGatewayRoute(
            .init(destinationCidrBlock: "10.2.1.0/24", transitGatewayRouteTableId: table, blackhole: true))
        #expect(try decide("10.2.1.9").reason == "The route of \(table) to 10.2.1.9 leads to a blackhole.")
        _ = try await aws.ec2.deleteTransitGatewayRoute(
            .init(transitGatewayRouteTableId: table, destinationCidrBlock: "10.2.1.0/24"))
        // The table must also have the route back.
        _ = try await aws.ec2.disableTransitGatewayRouteTablePropagation(
            .init(transitGatewayRouteTableId: table, transitGatewayAttachmentId: first.attachment))
        aws.clock.advance(by: .minutes(1))
        #expect(try decide("10.2.1.9").reason.hasSuffix("whose route table does not lead back to the instance."))
        // Without the attachment, the VPC's route is a blackhole.
        _ = try await aws.ec2.deleteTransitGatewayVpcAttachment(.init(transitGatewayAttachmentId: first.attachment))
        aws.clock.advance(by: .minutes(5))
        let shown = try await aws.ec2.describeRouteTables(.init(routeTableIds: [first.table])).routeTables?.first
        let route = shown?.routes?.first { $0.transitGatewayId == id }
        #expect(route?.state == .blackhole)
        #expect(try decide("10.2.1.9").reason.hasSuffix("the route is a blackhole."))
    }
}
