import DrydockTesting
import Foundation
import Testing

@testable import Guests

/// Guests of one VPC reach each other by private address and by name, if the rules allow it when a connection begins.
@Suite(.serialized, .enabled(if: Playground.obstacle == nil, "apt-get install bubblewrap openssh-server openssh-client"))
struct GuestNetworking {
    private func rule(_ name: String, _ port: Int, from group: String) -> IpPermission {
        IpPermission(
            ipProtocol: name, fromPort: port, toPort: port, userIdGroupPairs: [UserIdGroupPair(groupId: group)])
    }

    private func instance(_ playground: Playground, _ id: String) async throws -> Instance {
        let request = DescribeInstancesRequest(instanceIds: [id])
        return try #require(try await playground.aws.ec2.describeInstances(request).reservations?.first?.instances?.first)
    }

    @Test func securityGroupControlsTrafficBetweenGuests() async throws {
        try await Playground.with { playground in
            let one = try await playground.launch()
            let two = try #require(try await playground.launch(1, like: one).first)
            let there = try await instance(playground, two.id), here = try await instance(playground, one.id)
            let address = try #require(there.privateIpAddress), name = try #require(there.privateDnsName)
            _ = try await two.ssh(
                "mkdir site; cd site; echo page > index.html; (python3 -m http.server 8080 > ../log 2>&1 < /dev/null &)")
            func page(_ host: String, _ port: Int = 8080) async throws -> Person.Answer {
                try await one.ssh("curl -sS -m 2 http://\(host):\(port)/ 2>&1; echo $?")
            }
            // The default group admits its own members.
            try await PlayedInstances.until { (try? await page(address).output) == "page\n0\n" }
            #expect(try await page(name).output == "page\n0\n")
            let publicName = try #require(there.publicDnsName)
            #expect(try await page(publicName).output == "page\n0\n")
            // An open port without a listener: the other guest's system refuses.
            #expect(try await page(address, 8081).output.hasSuffix("\n7\n"))
            // The peer's address is its private address.
            #expect(try await two.ssh("cut -d' ' -f1 log | sort -u").output == "\(here.privateIpAddress ?? "")\n")
            let group = try await playground.defaultGroup
            let all = IpPermission(ipProtocol: "-1", userIdGroupPairs: [UserIdGroupPair(groupId: group)])
            _ = try await playground.aws.ec2.revokeSecurityGroupIngress(
                RevokeSecurityGroupIngressRequest(groupId: group, ipPermissions: [all]))
            #expect(try await page(address).output.hasSuffix("28\n"))
            #expect(try await page(address, 8081).output.hasSuffix("28\n"))
            _ = try await playground.aws.ec2.authorizeSecurityGroupIngress(
                AuthorizeSecurityGroupIngressRequest(groupId: group, ipPermissions: [rule("tcp", 8080, from: group)]))
            #expect(try await page(address).output == "page\n0\n")
            #expect(try await page(address, 8081).output.hasSuffix("28\n"))
            // No instance has this address.
            #expect(try await page("172.31.255.254").output.hasSuffix("28\n"))
        }
    }

    @Test func guestsExchangeLargeTCPTransfersAndUDP() async throws {
        try await Playground.with { playground in
            let one = try await playground.launch()
            let two = try #require(try await playground.launch(1, like: one).first)
            let address = try #require(try await instance(playground, two.id).privateIpAddress)
            _ = try await two.ssh(
                """
                head -c 20000000 /dev/urandom > large; (python3 -m http.server 8080 > log 2>&1 < /dev/null &)
                cat > echo.py <<'X'
                import socket
                door = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
                door.bind(("0.0.0.0", 9999))
                while True:
                    text, peer = door.recvfrom(2000)
                    door.sendto(text.upper(), peer)
                X
                (python3 echo.py > /dev/null 2>&1 < /dev/null &)
                """)
            let sum = try await two.ssh("sha256sum < large").output
            try await PlayedInstances.until {
                (try? await one.ssh("curl -s -m 20 http://\(address):8080/large | sha256sum").output) == sum
            }
            let heard = try await one.ssh(
                """
                python3 -c '
                import socket
                way = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
                way.settimeout(5)
                way.sendto(b"heard", ("\(address)", 9999))
                print(way.recv(100).decode())'
                """)
            #expect(heard.output == "HEARD\n", "\(heard.output)")
        }
    }

    @Test func guestInterfaceMatchesInstance() async throws {
        try await Playground.with { playground in
            let person = try await playground.launch()
            let shown = try await instance(playground, person.id)
            let answer = try await person.ssh(
                "cat /sys/class/net/eth0/address 2> /dev/null || ip -o link show eth0; ip -4 -o addr show eth0; ip route")
            #expect(answer.output.contains(shown.networkInterfaces?.first?.macAddress ?? "none"), "\(answer.output)")
            #expect(answer.output.contains("inet \(shown.privateIpAddress ?? "")/20"), "\(answer.output)")
            #expect(answer.output.contains("172.31.0.0/16 dev eth0"), "\(answer.output)")
            // Root inside may neither change the interface nor read raw packets.
            let forbidden = try await person.ssh(
                "sudo ip addr add 172.31.9.9/32 dev eth0 2>&1; sudo python3 -c 'import socket; socket.socket(socket.AF_PACKET, socket.SOCK_RAW)' 2>&1 | tail -1"
            )
            #expect(
                forbidden.output.split(separator: "\n").count == 2 && forbidden.output.contains("ermi"), "\(forbidden.output)")
        }
    }

    /// Guests of two VPCs reach each other over a peering connection as soon as routes lead both ways, and no longer.
    @Test func peeredVpcIsReachableOnlyWithRoutesBothWays() async throws {
        try await Playground.with { playground in
            let ec2 = playground.aws.ec2
            let one = try await playground.launch()
            let here = try await instance(playground, one.id)
            let (two, vpc, table) = try await elsewhere(playground, like: one)
            let address = try #require(try await instance(playground, two).privateIpAddress)
            func page() async throws -> String {
                try await one.ssh("curl -sS -m 2 http://\(address):8080/ 2>&1; echo $?").output
            }
            #expect(try await page().hasSuffix("28\n"))
            let peering = try await ec2.createVpcPeeringConnection(
                .init(vpcId: here.vpcId ?? "", peerVpcId: vpc))
            let id = try #require(peering.vpcPeeringConnection?.vpcPeeringConnectionId)
            _ = try await ec2.acceptVpcPeeringConnection(.init(vpcPeeringConnectionId: id))
            let own = try await mainTable(playground, here.vpcId ?? "")
            _ = try await ec2.createRoute(
                .init(routeTableId: own, destinationCidrBlock: "10.9.0.0/16", vpcPeeringConnectionId: id))
            #expect(try await page().hasSuffix("28\n"))
            _ = try await ec2.createRoute(
                .init(routeTableId: table, destinationCidrBlock: "172.31.0.0/16", vpcPeeringConnectionId: id))
            try await PlayedInstances.until { (try? await page()) == "page\n0\n" }
            _ = try await ec2.deleteRoute(.init(routeTableId: own, destinationCidrBlock: "10.9.0.0/16"))
            try await PlayedInstances.until { (try? await page().hasSuffix("28\n")) == true }
        }
    }

    @Test func transitGatewayConnectsGuestVpcs() async throws {
        try await Playground.with { playground in
            let ec2 = playground.aws.ec2
            let one = try await playground.launch()
            let here = try await instance(playground, one.id)
            let (two, vpc, table) = try await elsewhere(playground, like: one)
            let there = try await instance(playground, two)
            let address = try #require(there.privateIpAddress)
            let gateway = try #require(
                try await ec2.createTransitGateway(.init(description: "hub")).transitGateway?.transitGatewayId)
            for (vpc, subnet) in [(here.vpcId ?? "", here.subnetId), (vpc, there.subnetId)] {
                _ = try await ec2.createTransitGatewayVpcAttachment(
                    .init(transitGatewayId: gateway, vpcId: vpc, subnetIds: [subnet ?? ""]))
            }
            let own = try await mainTable(playground, here.vpcId ?? "")
            for (table, block) in [(own, "10.9.0.0/16"), (table, "172.31.0.0/16")] {
                _ = try await ec2.createRoute(
                    .init(transitGatewayId: gateway, routeTableId: table, destinationCidrBlock: block))
            }
            try await PlayedInstances.until {
                (try? await one.ssh("curl -sS -m 2 http://\(address):8080/ 2>&1").output) == "page\n"
            }
        }
    }

    /// Every VPC of a region resolves private names with a private address. A public name resolves to the private address where the
    /// other end of a peering connection allows it. Without a resolver, no name resolves.
    @Test func namesOfAnotherVPCResolveAsInAWS() async throws {
        try await Playground.with { playground in
            let ec2 = playground.aws.ec2
            let one = try await playground.launch()
            let here = try await instance(playground, one.id)
            let (two, vpc, _) = try await elsewhere(playground, like: one)
            for attribute in ["support", "names"] {
                let value = AttributeBooleanValue(value: true)
                _ = try await ec2.modifyVpcAttribute(
                    .init(
                        enableDnsHostnames: attribute == "names" ? value : nil,
                        enableDnsSupport: attribute == "support" ? value : nil, vpcId: vpc))
            }
            let internet = try #require(
                try await ec2.createInternetGateway(.init()).internetGateway?.internetGatewayId)
            _ = try await ec2.attachInternetGateway(.init(internetGatewayId: internet, vpcId: vpc))
            let elastic = try #require(try await ec2.allocateAddress(.init()).allocationId)
            _ = try await ec2.associateAddress(.init(allocationId: elastic, instanceId: two))
            let there = try await instance(playground, two)
            let address = try #require(there.privateIpAddress), name = try #require(there.privateDnsName)
            let publicName = try #require(there.publicDnsName)
            #expect(!publicName.isEmpty)
            func look(_ name: String) async throws -> String {
                try await one.ssh("getent ahostsv4 \(name) | head -1 | cut -d' ' -f1").output
            }
            #expect(try await look(name) == address + "\n")
            #expect(try await look(publicName) == "")
            let peering = try await ec2.createVpcPeeringConnection(.init(vpcId: here.vpcId ?? "", peerVpcId: vpc))
            let id = try #require(peering.vpcPeeringConnection?.vpcPeeringConnectionId)
            _ = try await ec2.acceptVpcPeeringConnection(.init(vpcPeeringConnectionId: id))
            #expect(try await look(publicName) == "")
            let allows = PeeringConnectionOptionsRequest(allowDnsResolutionFromRemoteVpc: true)
            // This end's option is for queries from the other VPC.
            _ = try await ec2.modifyVpcPeeringConnectionOptions(
                .init(requesterPeeringConnectionOptions: allows, vpcPeeringConnectionId: id))
            #expect(try await look(publicName) == "")
            _ = try await ec2.modifyVpcPeeringConnectionOptions(
                .init(accepterPeeringConnectionOptions: allows, vpcPeeringConnectionId: id))
            #expect(try await look(publicName) == address + "\n")
            _ = try await ec2.deleteVpcPeeringConnection(.init(vpcPeeringConnectionId: id))
            #expect(try await look(publicName) == "")
            let gateway = try #require(
                try await ec2.createTransitGateway(.init(description: "hub")).transitGateway?.transitGatewayId)
            var attachment: String?
            for (vpc, subnet) in [(here.vpcId ?? "", here.subnetId), (vpc, there.subnetId)] {
                attachment = try await ec2.createTransitGatewayVpcAttachment(
                    .init(transitGatewayId: gateway, vpcId: vpc, subnetIds: [subnet ?? ""])
                ).transitGatewayVpcAttachment?.transitGatewayAttachmentId
            }
            // The attachments become available with the next request.
            let attached = try await ec2.describeTransitGatewayVpcAttachments(.init()).transitGatewayVpcAttachments
            #expect(attached?.map(\.state) == [.available, .available])
            #expect(try await look(publicName) == address + "\n")
            _ = try await ec2.modifyTransitGatewayVpcAttachment(
                .init(transitGatewayAttachmentId: attachment ?? "", options: .init(dnsSupport: .disable)))
            #expect(try await look(publicName) == "")
            _ = try await ec2.modifyVpcAttribute(
                .init(enableDnsSupport: AttributeBooleanValue(value: false), vpcId: here.vpcId ?? ""))
            for name in [name, "sts.amazonaws.com"] { #expect(try await look(name) == "") }
        }
    }

    /// Programs often hide that a name doesn't resolve, so the console and the journal name it once.
    @Test func theConsoleNamesHostsThatGuestsCannotReach() async throws {
        try await Playground.with { playground in
            let person = try await playground.launch(
                userData: "#!/bin/bash\ncurl -sfL https://get.example.com | sh\ncurl -sfL https://get.example.com | sh\n")
            let line =
                "the name 'get.example.com' does not resolve: guests reach AWS, Docker Hub and the hosts that a scenario declares under 'internet:'"
            let journal = try await person.ssh(
                "cloud-init status --wait > /dev/null; for i in $(seq 100); do sudo journalctl -t drydock -o cat | grep . && break; sleep 0.1; done"
            )
            #expect(journal.output == line + "\n", "\(journal.output)")
            let console = try await playground.console(of: person.id)
            #expect(console.split(separator: "\n").filter { $0.hasSuffix("drydock: " + line) }.count == 1, "\(console)")
        }
    }

    /// Launches a guest in another VPC that serves a page to everybody. Returns it, its VPC and that VPC's main route table.
    private func elsewhere(_ playground: Playground, like one: Person) async throws -> (String, String, String) {
        let ec2 = playground.aws.ec2
        let vpc = try #require(try await ec2.createVpc(.init(cidrBlock: "10.9.0.0/16")).vpc?.vpcId)
        let subnet = try #require(
            try await ec2.createSubnet(.init(cidrBlock: "10.9.1.0/24", vpcId: vpc)).subnet?.subnetId)
        let group = try #require(
            try await ec2.createSecurityGroup(.init(description: "all", groupName: "all", vpcId: vpc)).groupId)
        try await ec2.authorizeSecurityGroupIngress(
            .init(
                groupId: group,
                ipPermissions: [IpPermission(ipProtocol: "-1", ipRanges: [IpRange(cidrIp: "0.0.0.0/0")])]))
        let data =
            "#!/bin/sh\nmkdir /srv/site && cd /srv/site && echo page > index.html\nsetsid python3 -m http.server 8080 > /dev/null 2>&1 < /dev/null &\n"
        let run = try await ec2.runInstances(
            RunInstancesRequest(
                imageId: try await instance(playground, one.id).imageId, instanceType: "t2.micro", maxCount: 1, minCount: 1,
                securityGroupIds: [group], subnetId: subnet, userData: Base64.encode(Bytes(data.utf8))))
        let id = try #require(run.instances?.first?.instanceId)
        try await PlayedInstances.until {
            playground.host.description.elements?.first { $0["instance"]?.string == id }?["boot"]?.string == "done"
        }
        return (id, vpc, try await mainTable(playground, vpc))
    }

    private func mainTable(_ playground: Playground, _ vpc: String) async throws -> String {
        let found = try await playground.aws.ec2.describeRouteTables(
            .init(filters: [Filter(name: "vpc-id", values: [vpc]), Filter(name: "association.main", values: ["true"])]))
        return try #require(found.routeTables?.first?.routeTableId)
    }

    /// UDP from this machine to a guest's public address, as the rules allow it when a peer begins.
    @Test func securityGroupControlsUDPFromHost() async throws {
        try await Playground.with { playground in
            let person = try await playground.launch()
            _ = try await person.ssh(
                """
                cat > echo.py <<'X'
                import socket
                door = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
                door.bind(("0.0.0.0", 9999))
                while True:
                    text, peer = door.recvfrom(2000)
                    door.sendto(text.upper() + b" " + peer[0].encode(), peer)
                X
                (python3 echo.py > /dev/null 2>&1 < /dev/null &)
                """)
            func heard() async throws -> String {
                try await person.run(
                    "python3",
                    [
                        "-c",
                        """
                        import socket, sys
                        way = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
                        way.settimeout(1)
                        way.connect((sys.argv[1], 9999))
                        try:
                            way.send(b"heard")
                            print(way.recv(100).decode())
                        except OSError as error:
                            print(type(error).__name__)
                        """, person.address,
                    ]
                ).output
            }
            // The rules admit nobody: silence.
            try await PlayedInstances.until { (try? await heard()) == "TimeoutError\n" }
            let group = try await playground.defaultGroup
            let permission = IpPermission(
                ipProtocol: "udp", fromPort: 9999, toPort: 9999, ipRanges: [IpRange(cidrIp: "127.0.0.1/32")])
            _ = try await playground.aws.ec2.authorizeSecurityGroupIngress(
                AuthorizeSecurityGroupIngressRequest(groupId: group, ipPermissions: [permission]))
            let own = try #require(try await instance(playground, person.id).privateIpAddress)
            #expect(try await heard() == "HEARD \(own)\n")
            _ = try await playground.aws.ec2.revokeSecurityGroupIngress(
                RevokeSecurityGroupIngressRequest(groupId: group, ipPermissions: [permission]))
            #expect(try await heard() == "TimeoutError\n")
            // Without a program that receives, the machine refuses.
            _ = try await person.ssh("pkill -f echo.py")
            try await PlayedInstances.until { (try? await heard()) == "ConnectionRefusedError\n" }
        }
    }

    @Test(arguments: [0, 13, 14, 20, 33, 34, 40, 54, 60]) func arbitraryFramesParseWithoutCrash(count: Int) {
        var frame = [UInt8](repeating: 0, count: count)
        for seed in UInt8(0)...64 {
            for place in frame.indices { frame[place] = UInt8(truncatingIfNeeded: place &* 31 &+ Int(seed) &* 7) }
            if count > 23 {
                (frame[12], frame[13], frame[14], frame[23]) = (8, 0, 0x40 | seed & 15, [1, 6, 17][Int(seed) % 3])
            }
            if count > 17 { (frame[16], frame[17]) = (0, UInt8(truncatingIfNeeded: count - 14 + Int(seed) % 3 - 1)) }
            if let packet = GuestPacket(frame[...]) { #expect(count >= 34 && packet.bytes.count == count) }
        }
    }

    @Test func packetParserRecognizesConnectionStart() throws {
        var frame = [UInt8](repeating: 0, count: 54)
        (frame[12], frame[13], frame[14], frame[17], frame[23]) = (8, 0, 0x45, 40, 6)
        frame.replaceSubrange(26..<34, with: [172, 31, 0, 1, 172, 31, 0, 2])
        frame.replaceSubrange(34..<38, with: [0x9C, 0x40, 0, 80])
        frame[47] = 2
        let packet = try #require(GuestPacket(frame[...]))
        #expect(packet.begins && packet.source == 0xAC1F_0001 && packet.target == 0xAC1F_0002)
        #expect(packet.flow == GuestFlow(kind: .tcp, own: 0xAC1F_0001, other: 0xAC1F_0002, ownPort: 40000, otherPort: 80))
        frame[47] = 0x12
        #expect(try #require(GuestPacket(frame[...])).begins == false)
        // A fragment has no known connection.
        frame[21] = 1
        #expect(try #require(GuestPacket(frame[...])).flow == nil)
    }

    /// Ports without a listener are silent if the rules forbid them, and refused if the rules allow them.
    @Test func forbiddenPortTimesOutAndAllowedPortRefuses() async throws {
        try await Playground.with { playground in
            let person = try await playground.launch()
            func status(_ port: Int) async throws -> Int32 {
                try await person.run("curl", ["-s", "-m", "1", "http://\(person.address):\(port)/"]).status
            }
            try await PlayedInstances.until { (try? await status(8080)) == 28 }
            let permission = IpPermission(
                ipProtocol: "tcp", fromPort: 8080, toPort: 8080, ipRanges: [IpRange(cidrIp: "0.0.0.0/0")])
            let group = try await playground.defaultGroup
            _ = try await playground.aws.ec2.authorizeSecurityGroupIngress(
                AuthorizeSecurityGroupIngressRequest(groupId: group, ipPermissions: [permission]))
            try await PlayedInstances.until { (try? await status(8080)) == 7 }
            _ = try await playground.aws.ec2.revokeSecurityGroupIngress(
                RevokeSecurityGroupIngressRequest(groupId: group, ipPermissions: [permission]))
            try await PlayedInstances.until { (try? await status(8080)) == 28 }
            // A port that a rule names for others is silent, too.
            #expect(try await status(8077) == 7)
            let other = IpPermission(
                ipProtocol: "tcp", fromPort: 8070, toPort: 8079, ipRanges: [IpRange(cidrIp: "10.0.0.0/8")])
            _ = try await playground.aws.ec2.authorizeSecurityGroupIngress(
                AuthorizeSecurityGroupIngressRequest(groupId: group, ipPermissions: [other]))
            try await PlayedInstances.until { (try? await status(8077)) == 28 }
        }
    }

    /// Many guests share the sockets of silent ports; the common ports and those that had a listener stay.
    @Test func silentPortsAreBounded() {
        var silent = SilentPorts(sshPort: 2222)
        let few = silent.ports(of: "i-1", open: [9999], ruled: [8077, 22, 80, 2222], guests: 1)
        #expect(few.isSuperset(of: [9999, 8077, 8080, 27017]) && few.isDisjoint(with: [22, 80, 2222]))
        let many = silent.ports(of: "i-1", open: [], ruled: Array(20000...20100), guests: 1)
        #expect(many.count == SilentPorts.most && many.contains(9999))
        let shared = silent.ports(of: "i-2", open: [], ruled: [8077], guests: SilentPorts.budget + 1)
        #expect(shared == SilentPorts.common.filter { $0 >= 1024 })
    }
}
