import DrydockTesting
import Foundation
import Testing

@testable import Guests

/// Guests of one VPC reach each other by private address and by name, if the rules allow it when a connection begins.
@Suite(.serialized, .enabled(if: Playground.obstacle == nil, "apt-get install bubblewrap openssh-server openssh-client"))
struct Neighbours {
    private func rule(_ name: String, _ port: Int, from group: String) -> IpPermission {
        IpPermission(
            ipProtocol: name, fromPort: port, toPort: port, userIdGroupPairs: [UserIdGroupPair(groupId: group)])
    }

    private func instance(_ playground: Playground, _ id: String) async throws -> Instance {
        let request = DescribeInstancesRequest(instanceIds: [id])
        return try #require(try await playground.aws.ec2.describeInstances(request).reservations?.first?.instances?.first)
    }

    @Test func aPortIsReachedByAddressAndNameAsTheRulesLetIt() async throws {
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

    @Test func muchArrivesWholeAndUDPIsAnswered() async throws {
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

    @Test func theInterfaceIsTheInstances() async throws {
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

    @Test(arguments: [0, 13, 14, 20, 33, 34, 40, 54, 60]) func anyFrameIsRead(count: Int) {
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

    @Test func theFirstPacketOfAConnectionIsKnown() throws {
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
    @Test func aForbiddenPortIsSilentWithoutAListener() async throws {
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
        }
    }
}
