import DrydockTesting
import Foundation
import Testing

@testable import Guests

/// The egress of a guest in a private subnet: none, a NAT gateway, or endpoints of its VPC. Logins come from an address that the
/// subnet has its own route to, like an office.
@Suite(
    .serialized, .enabled(if: Playground.obstacle == nil, "apt-get install bubblewrap openssh-server openssh-client"),
    .enabled(if: Machine.find("docker") != nil && Machine.find("aws") != nil, "install docker's command and the AWS CLI"))
struct PrivateSubnets {
    private static let registry = "001727357081.dkr.ecr.us-east-1.amazonaws.com"
    private static let login =
        "aws ecr get-login-password --region us-east-1 --cli-connect-timeout 3 --cli-read-timeout 3 "
        + "| docker login --username AWS --password-stdin \(registry)"

    private struct Network {
        var vpc, open, closed, closedTable, gateway, group: String
    }

    private func network(_ playground: Playground) async throws -> Network {
        let ec2 = playground.aws.ec2
        let vpc = try #require(try await ec2.createVpc(.init(cidrBlock: "10.0.0.0/16")).vpc?.vpcId)
        try await ec2.modifyVpcAttribute(.init(enableDnsHostnames: .init(value: true), vpcId: vpc))
        let gateway = try #require(try await ec2.createInternetGateway().internetGateway?.internetGatewayId)
        try await ec2.attachInternetGateway(.init(internetGatewayId: gateway, vpcId: vpc))
        func subnet(_ cidr: String, leading destination: String) async throws -> (String, String) {
            let id = try #require(try await ec2.createSubnet(.init(cidrBlock: cidr, vpcId: vpc)).subnet?.subnetId)
            let table = try #require(try await ec2.createRouteTable(.init(vpcId: vpc)).routeTable?.routeTableId)
            _ = try await ec2.associateRouteTable(.init(subnetId: id, routeTableId: table))
            _ = try await ec2.createRoute(
                .init(routeTableId: table, destinationCidrBlock: destination, gatewayId: gateway))
            return (id, table)
        }
        let open = try await subnet("10.0.1.0/24", leading: "0.0.0.0/0")
        let closed = try await subnet("10.0.2.0/24", leading: "127.0.0.0/8")
        let group = try #require(
            try await ec2.createSecurityGroup(.init(description: "all", groupName: "all", vpcId: vpc)).groupId)
        try await ec2.authorizeSecurityGroupIngress(
            .init(
                groupId: group,
                ipPermissions: [IpPermission(ipProtocol: "-1", ipRanges: [IpRange(cidrIp: "0.0.0.0/0")])]))
        return Network(vpc: vpc, open: open.0, closed: closed.0, closedTable: closed.1, gateway: gateway, group: group)
    }

    /// Launches an instance whose role may pull and push.
    private func launch(in network: Network, _ playground: Playground) async throws -> Person {
        let iam = playground.aws.iam
        let trust = #"""
            {"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"ec2.amazonaws.com"},"Action":"sts:AssumeRole"}]}
            """#
        _ = try await iam.createRole(CreateRoleRequest(roleName: "Worker", assumeRolePolicyDocument: trust))
        _ = try await iam.attachRolePolicy(
            AttachRolePolicyRequest(
                roleName: "Worker", policyArn: "arn:aws:iam::aws:policy/AmazonEC2ContainerRegistryPowerUser"))
        _ = try await iam.createInstanceProfile(CreateInstanceProfileRequest(instanceProfileName: "Working"))
        _ = try await iam.addRoleToInstanceProfile(
            AddRoleToInstanceProfileRequest(instanceProfileName: "Working", roleName: "Worker"))
        let person = try await playground.launch(
            userData: "#!/bin/sh\napt-get install -y awscli docker.io\nusermod -aG docker ubuntu\n", profile: "Working",
            subnet: network.closed, group: network.group)
        #expect(try await person.ssh("cloud-init status --wait").output.contains("done"))
        return person
    }

    private func endpoint(
        _ service: String, in network: Network, _ playground: Playground, policy: String? = nil
    ) async throws -> String {
        var request = CreateVpcEndpointRequest(vpcId: network.vpc)
        request.serviceName = "com.amazonaws.us-east-1.\(service)"
        request.policyDocument = policy
        if service == "s3" {
            request.routeTableIds = [network.closedTable]
        } else {
            request.vpcEndpointType = .interface
            request.subnetIds = [network.closed]
            request.securityGroupIds = [network.group]
            request.privateDnsEnabled = true
        }
        return try #require(try await playground.aws.ec2.createVpcEndpoint(request).vpcEndpoint?.vpcEndpointId)
    }

    @Test func privateSubnetReachesECRByNatGatewayOrEndpoints() async throws {
        try await Playground.with { playground in
            let ec2 = playground.aws.ec2
            let network = try await network(playground)
            let person = try await launch(in: network, playground)
            _ = try await playground.aws.ecr.createRepository(CreateRepositoryRequest(repositoryName: "app"))

            // No egress yet.
            let closed = try await person.ssh(Self.login)
            #expect(closed.output.contains("timeout on endpoint URL"), "\(closed.output)")

            // The NAT gateway gives egress, with its own address.
            let allocation = try #require(try await ec2.allocateAddress(.init()).allocationId)
            let nat = try #require(
                try await ec2.createNatGateway(.init(allocationId: allocation, subnetId: network.open)).natGateway?.natGatewayId
            )
            _ = try await ec2.createRoute(
                .init(routeTableId: network.closedTable, destinationCidrBlock: "0.0.0.0/0", natGatewayId: nat))
            let open = try await person.ssh(Self.login)
            #expect(open.output.contains("Login Succeeded"), "\(open.output)")
            let image = "\(Self.registry)/app:v1"
            let pushed = try await person.ssh(
                "docker pull -q alpine && docker tag alpine \(image) && docker push -q \(image) && docker image rm -f $(docker images -q)"
            )
            #expect(pushed.status == 0, "\(pushed.output)")
            let address = try await ec2.describeNatGateways(.init(natGatewayIds: [nat])).natGateways?.first?
                .natGatewayAddresses?.first?.publicIp
            let asked = try #require(playground.aws.journal.last { $0.operation == "GetAuthorizationToken" })
            #expect(playground.aws.simulator.event(of: asked)["sourceIPAddress"]?.string == address && address != nil)
            let pulled = try await person.ssh("docker pull -q \(image) && docker image rm \(image)")
            #expect(pulled.status == 0, "\(pulled.output)")

            // The endpoints give access to ECR only.
            _ = try await ec2.deleteRoute(.init(routeTableId: network.closedTable, destinationCidrBlock: "0.0.0.0/0"))
            _ = try await endpoint("ecr.api", in: network, playground)
            let early = try await person.ssh(Self.login)
            #expect(!early.output.contains("Login Succeeded"), "\(early.output)")
            let registry = try await endpoint("ecr.dkr", in: network, playground)
            let login = try await person.ssh(Self.login)
            #expect(login.output.contains("Login Succeeded"), "\(login.output)")
            // Layers are stored in S3.
            let layerless = try await person.ssh("timeout 8 docker pull \(image)")
            #expect(layerless.status != 0, "\(layerless.output)")
            let storage = try await endpoint("s3", in: network, playground)
            let whole = try await person.ssh("docker pull -q \(image) && docker image rm \(image)")
            #expect(whole.status == 0, "\(whole.output)")
            let hub = try await person.ssh("timeout 8 docker pull -q alpine")
            #expect(hub.status != 0, "\(hub.output)")

            // The endpoints' policies apply.
            let nothing =
                #"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"s3:GetObject","Resource":"arn:aws:s3:::other/*"}]}"#
            _ = try await ec2.modifyVpcEndpoint(.init(vpcEndpointId: storage, policyDocument: nothing))
            let denied = try await person.ssh("docker pull -q \(image)")
            #expect(denied.status != 0 && denied.output.contains("<Code>AccessDenied</Code>"), "\(denied.output)")
            let layers =
                #"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"s3:GetObject","Resource":"arn:aws:s3:::prod-us-east-1-starport-layer-bucket/*"}]}"#
            _ = try await ec2.modifyVpcEndpoint(.init(vpcEndpointId: storage, policyDocument: layers))
            #expect(try await person.ssh("docker pull -q \(image) && docker image rm \(image)").status == 0)
            let readOnly =
                #"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":["ecr:Batch*","ecr:GetDownloadUrlForLayer"],"Resource":"*"}]}"#
            _ = try await ec2.modifyVpcEndpoint(.init(vpcEndpointId: registry, policyDocument: readOnly))
            let push = try await person.ssh(
                "docker pull -q \(image) && docker tag \(image) \(Self.registry)/app:v2 && docker push \(Self.registry)/app:v2")
            #expect(push.status != 0 && push.output.contains("denied: "), "\(push.output)")
        }
    }
}
