import Certificates
import DrydockTesting
import Foundation
import HTTPTypes
import Synchronization
import Testing

@testable import Guests

/// The metadata service without a sandbox, with a manual clock.
@Suite struct GuestMetadata {
    private let clock = SimulatedClock.manual()

    private static func instance(_ change: (inout Instance) -> Void = { _ in }) -> GuestInstance {
        var instance = Instance()
        instance.instanceId = "i-0123456789abcdef0"
        instance.privateIpAddress = "172.31.1.2"
        change(&instance)
        return GuestInstance(instance, reservation: "r-1", account: "123456789012", region: "us-east-1")
    }

    private func service(
        _ instance: GuestInstance, role: @escaping @Sendable (GuestInstance) -> InstanceRole? = { _ in nil }
    ) -> InstanceMetadata {
        InstanceMetadata(clock: clock, instance: { instance }, launch: { nil }, role: role)
    }

    private func ask(
        _ service: InstanceMetadata, _ path: String, method: HTTPRequest.Method = .get, _ headers: [String: String] = [:]
    ) async throws -> (status: Int, text: String) {
        var request = HTTPRequest(method: method, scheme: "http", authority: "169.254.169.254", path: path)
        for (name, value) in headers { request.headerFields[try #require(HTTPField.Name(name))] = value }
        let reply = service.respond(to: request)
        return (reply.response.status.code, String(decoding: try await reply.body.collect(upTo: 1 << 20), as: UTF8.self))
    }

    private func token(_ service: InstanceMetadata, seconds: Int = 60) async throws -> String {
        try await ask(
            service, "/latest/api/token", method: .put, ["X-aws-ec2-metadata-token-ttl-seconds": "\(seconds)"]
        ).text
    }

    @Test func metadataTokenExpires() async throws {
        let service = service(Self.instance { $0.metadataOptions = .init(httpTokens: "required") })
        #expect(try await ask(service, "/latest/meta-data/instance-id").status == 401)
        let token = try await token(service)
        let header = ["X-aws-ec2-metadata-token": token]
        #expect(try await ask(service, "/latest/meta-data/instance-id", header).text == "i-0123456789abcdef0")
        #expect(try await ask(service, "/latest/meta-data/instance-id", ["X-aws-ec2-metadata-token": "x"]).status == 401)
        clock.advance(by: .seconds(61))
        #expect(try await ask(service, "/latest/meta-data/instance-id", header).status == 401)
        for seconds in [0, 21601] {
            #expect(
                try await ask(
                    service, "/latest/api/token", method: .put, ["X-aws-ec2-metadata-token-ttl-seconds": "\(seconds)"]
                ).status == 400)
        }
        #expect(try await ask(service, "/latest/api/token", method: .put).status == 400)
    }

    @Test func imdsV1ServesMetadataUnlessEndpointIsDisabled() async throws {
        let service = service(Self.instance())
        #expect(try await ask(service, "/latest/meta-data/local-ipv4").text == "172.31.1.2")
        #expect(try await ask(service, "/latest/meta-data/").text.split(separator: "\n").contains("placement/"))
        #expect(try await ask(service, "/latest/meta-data/nothing").status == 404)
        let off = self.service(Self.instance { $0.metadataOptions = .init(httpEndpoint: "disabled") })
        #expect(try await ask(off, "/latest/meta-data/").status == 403)
    }

    @Test func roleCredentialsRotateWithClock() async throws {
        let made = Mutex(0)
        let clock = clock
        let service = service(
            Self.instance { $0.iamInstanceProfile = .init(arn: "arn:aws:iam::123456789012:instance-profile/Web", id: "AIPA") }
        ) { _ in
            let number = made.withLock { value in
                value += 1
                return value
            }
            return InstanceRole(
                role: "Reader",
                credentials: Credentials(
                    accessKeyId: "ASIA\(number)", secretAccessKey: "s", sessionToken: "t", expiration: clock.now + .hours(6)))
        }
        #expect(try await ask(service, "/latest/meta-data/").text.split(separator: "\n").contains("iam/"))
        #expect(made.withLock { $0 } == 0)
        #expect(try await ask(service, "/latest/meta-data/iam/security-credentials/").text == "Reader")
        let path = "/latest/meta-data/iam/security-credentials/Reader"
        let first = try JSON.parse(try await ask(service, path).text)
        #expect(first["AccessKeyId"]?.string == "ASIA1" && first["Code"]?.string == "Success")
        #expect(first["Type"]?.string == "AWS-HMAC" && first["Expiration"]?.string == "2023-12-17T15:00:00Z")
        clock.advance(by: .minutes(59))
        #expect(try JSON.parse(try await ask(service, path).text)["AccessKeyId"]?.string == "ASIA1")
        clock.advance(by: .minutes(2))
        #expect(try JSON.parse(try await ask(service, path).text)["AccessKeyId"]?.string == "ASIA2")
        let info = try JSON.parse(try await ask(service, "/latest/meta-data/iam/info").text)
        #expect(info["InstanceProfileArn"]?.string == "arn:aws:iam::123456789012:instance-profile/Web")
    }

    @Test func roleWithoutCredentialsReportsUnauthorizedAccess() async throws {
        let service = service(Self.instance { $0.iamInstanceProfile = .init(arn: "a", id: "b") }) { _ in
            InstanceRole(role: "Reader", credentials: nil)
        }
        let answer = try JSON.parse(try await ask(service, "/latest/meta-data/iam/security-credentials/Reader").text)
        #expect(answer["Code"]?.string == "AssumeRoleUnauthorizedAccess")
    }

    /// A Spot Instance gets two minutes' notice; before that, and for other instances, the paths are missing.
    @Test func spotInterruptionNoticeAppearsInMetadata() async throws {
        let aws = try AWS(Configuration(transitions: .instant))
        let image = try await aws.ec2.describeImages(.init(owners: ["amazon"], maxResults: 5)).images?.first?.imageId
        for market in ["spot", nil] {
            _ = try await aws.ec2.runInstances(
                .init(
                    imageId: image, instanceType: "m5.large", maxCount: 1, minCount: 1,
                    instanceMarketOptions: market.map { .init(marketType: .init($0)) }))
        }
        let instances = try aws.simulator.instances()
        let spot = try #require(instances.first { $0.isSpot }), other = try #require(instances.first { !$0.isSpot })
        func metadata(_ instance: GuestInstance) -> InstanceMetadata {
            InstanceMetadata(
                clock: aws.clock, instance: { instance }, launch: { nil },
                interruption: { aws.simulator.spotInterruption(of: $0) }, role: { _ in nil })
        }
        #expect(try await ask(metadata(spot), "/latest/meta-data/instance-life-cycle").text == "spot")
        #expect(try await ask(metadata(other), "/latest/meta-data/instance-life-cycle").text == "on-demand")
        #expect(try await ask(metadata(spot), "/latest/meta-data/spot/instance-action").status == 404)
        #expect(try await !ask(metadata(spot), "/latest/meta-data/").text.contains("spot/"))
        aws.simulator.faults.set(FaultPlan([Fault(.interruptSpot(notice: .minutes(2)), calls: .numbers(1...1))]))
        _ = try await aws.sts.getCallerIdentity(.init())
        let end = (aws.clock.now + .minutes(2)).iso8601(milliseconds: false)
        let action = try JSON.parse(try await ask(metadata(spot), "/latest/meta-data/spot/instance-action").text)
        #expect(action["action"]?.string == "terminate" && action["time"]?.string == end)
        #expect(try await ask(metadata(spot), "/latest/meta-data/spot/termination-time").text == end)
        #expect(try await ask(metadata(other), "/latest/meta-data/spot/instance-action").status == 404)
    }

    @Test func identityDocumentDescribesInstance() async throws {
        let document = try JSON.parse(
            try await ask(service(Self.instance()), "/latest/dynamic/instance-identity/document").text)
        #expect(document["instanceId"]?.string == "i-0123456789abcdef0")
        #expect(document["accountId"]?.string == "123456789012" && document["privateIp"]?.string == "172.31.1.2")
    }

    /// As AWS's page on verifying documents has it, with the certificate that `drydock certificates --instance-identity` names.
    /// Assumed: RSA with SHA-256 for all three; AWS signs `pkcs7` with DSA.
    @Test(.enabled(if: Machine.find("openssl") != nil, "apt-get install openssl"))
    func identityDocumentSignaturesVerify() async throws {
        let folder = "/tmp/dgi-\(UInt32.random(in: 0...UInt32.max))"
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let certificates = AuthorityFolder(path: folder)
        let identity = GuestIdentity(certificates)
        let service = InstanceMetadata(
            clock: clock, instance: { Self.instance { $0.launchTime = Instant(milliseconds: 1_700_000_000_000) } },
            launch: { nil }, identity: { identity.signer }, role: { _ in nil })
        let path = "/latest/dynamic/instance-identity/"
        #expect(try await ask(service, path).text == "document\npkcs7\nrsa2048\nsignature")
        for name in ["document", "pkcs7", "rsa2048", "signature"] {
            let found = try await ask(service, path + name)
            #expect(
                found.status == 200 && found.text.split(separator: "\n").allSatisfy { name == "document" || $0.count <= 64 })
            #expect(try await ask(service, path + name).text == found.text)
            try Data(found.text.utf8).write(to: URL(fileURLWithPath: "\(folder)/\(name)"))
        }
        let script = #"""
            cd "$1"; openssl x509 -pubkey -noout -in "$2" > key; base64 -d signature > raw
            openssl dgst -sha256 -verify key -signature raw document
            for name in pkcs7 rsa2048; do
              { echo '-----BEGIN PKCS7-----'; cat $name; echo; echo '-----END PKCS7-----'; } > $name.pem
              openssl smime -verify -in $name.pem -inform PEM -certfile "$2" -noverify > $name.out 2> log && cmp $name.out document && echo $name verified
              openssl smime -verify -in $name.pem -inform PEM -certfile "$2" -CAfile "$2" -purpose any > /dev/null 2> log && echo $name trusted
            done
            sed 's/i-0/i-1/' document > other; openssl dgst -sha256 -verify key -signature raw other 2> /dev/null
            """#
        let answer = try await Person.run("/bin/sh", ["-c", script, "sh", folder, certificates.identityCertificatePath])
        #expect(
            answer.output.split(separator: "\n").prefix(6) == [
                "Verified OK", "pkcs7 verified", "pkcs7 trusted", "rsa2048 verified", "rsa2048 trusted", "Verification failure",
            ], "\(answer.output)")
        // The same certificate after a restart. Without one, the paths are missing.
        let other = InstanceMetadata(
            clock: clock, instance: { Self.instance { $0.launchTime = Instant(milliseconds: 1_700_000_000_000) } },
            launch: { nil }, identity: { GuestIdentity(certificates).signer }, role: { _ in nil })
        let first = try await ask(service, path + "rsa2048"), again = try await ask(other, path + "rsa2048")
        #expect(first.text == again.text)
        #expect(try await ask(self.service(Self.instance()), path + "rsa2048").status == 404)
        #expect(GuestIdentity(AuthorityFolder(path: "/proc/nothing")).signer == nil)
    }

    @Test func ipv6OnlyInstanceHasIPv6MetadataPaths() async throws {
        let aws = try AWS(Configuration(account: "123456789012", seed: 7, clock: clock, transitions: .instant))
        let vpc = try #require(
            try await aws.ec2.createVpc(.init(cidrBlock: "10.0.0.0/16", amazonProvidedIpv6CidrBlock: true)).vpc)
        let block = try #require(vpc.ipv6CidrBlockAssociationSet?.first?.ipv6CidrBlock)
        let part = block.replacing("/56", with: "/64")
        let subnet = try await aws.ec2.createSubnet(
            .init(ipv6CidrBlock: part, vpcId: vpc.vpcId ?? "", ipv6Native: true)
        ).subnet
        _ = try await aws.ec2.runInstances(
            .init(
                imageId: "ami-0c7217cdde317cfec", instanceType: "m5.large", maxCount: 1, minCount: 1,
                subnetId: subnet?.subnetId))
        let guest = try #require(try aws.simulator.instances().first)
        let service = InstanceMetadata(
            clock: clock, instance: { guest }, launch: { nil }, ranges: { try? aws.simulator.ranges(of: $0) },
            role: { _ in nil }
        )
        #expect(guest.hostName == guest.id && guest.addressesOfSix.count == 1)
        let card = "/latest/meta-data/network/interfaces/macs/\(guest.mac)/"
        for (path, text) in [
            ("/latest/meta-data/hostname", "\(guest.id).ec2.internal"), ("/latest/meta-data/ipv6", guest.addressesOfSix[0]),
            (card + "ipv6s", guest.addressesOfSix[0]), (card + "subnet-ipv6-cidr-blocks", part),
            (card + "vpc-ipv6-cidr-blocks", block), (card + "vpc-ipv4-cidr-block", "10.0.0.0/16"),
        ] { #expect(try await ask(service, path).text == text, "\(path)") }
        for path in [
            "/latest/meta-data/local-ipv4", "/latest/meta-data/public-ipv4", card + "local-ipv4s",
            card + "subnet-ipv4-cidr-block",
        ] { #expect(try await ask(service, path).status == 404, "\(path)") }
        #expect(try await !ask(service, card).text.contains("local-ipv4s"))
        let document = try JSON.parse(try await ask(service, "/latest/dynamic/instance-identity/document").text)
        #expect(document["privateIp"]?.string == nil)
    }

    /// An interface that is attached later, with two addresses and an Elastic IP address at the second.
    @Test func everyInterfaceHasItsPaths() async throws {
        let aws = try AWS(Configuration(account: "123456789012", seed: 7, clock: clock, transitions: .instant))
        let run = try await aws.ec2.runInstances(
            RunInstancesRequest(imageId: "ami-0c7217cdde317cfec", instanceType: "m5.large", maxCount: 1, minCount: 1))
        let instance = try #require(run.instances?.first)
        let made = try #require(
            try await aws.ec2.createNetworkInterface(
                .init(subnetId: instance.subnetId ?? "", secondaryPrivateIpAddressCount: 1)
            ).networkInterface)
        let id = made.networkInterfaceId ?? ""
        let second = try #require(made.privateIpAddresses?.first { $0.primary != true }?.privateIpAddress)
        let elastic = try await aws.ec2.allocateAddress(.init())
        _ = try await aws.ec2.associateAddress(
            .init(allocationId: elastic.allocationId, networkInterfaceId: id, privateIpAddress: second))
        _ = try await aws.ec2.attachNetworkInterface(
            .init(networkInterfaceId: id, instanceId: instance.instanceId ?? "", deviceIndex: 1))
        let guest = try #require(try aws.simulator.instances().first)
        let service = InstanceMetadata(
            clock: clock, instance: { guest }, launch: { nil }, ranges: { try? aws.simulator.ranges(of: $0) },
            role: { _ in nil })
        let cards = "/latest/meta-data/network/interfaces/macs/", mac = made.macAddress ?? ""
        #expect(try await ask(service, cards).text.split(separator: "\n").count == 2)
        for (name, value) in [
            ("device-number", "1"), ("interface-id", id), ("local-ipv4s", "\(made.privateIpAddress ?? "")\n\(second)"),
            ("public-ipv4s", elastic.publicIp ?? ""), ("ipv4-associations/\(elastic.publicIp ?? "")", second),
            ("vpc-ipv4-cidr-block", "172.31.0.0/16"),
        ] { #expect(try await ask(service, cards + mac + "/" + name).text == value, "\(name)") }
        #expect(try await ask(service, "/latest/meta-data/mac").text != mac)
    }

    /// Compares every path of AWS's page on instance metadata that such an instance has with the API. Assumed: the forms of
    /// `block-device-mapping` and `system`, and the content of `identity-credentials`.
    @Test func metadataMatchesDescribeInstances() async throws {
        let aws = try AWS(Configuration(account: "123456789012", seed: 7, clock: clock, transitions: .instant))
        let run = try await aws.ec2.runInstances(
            RunInstancesRequest(
                blockDeviceMappings: [.init(ebs: .init(volumeSize: 3), deviceName: "/dev/sdf")],
                imageId: "ami-0c7217cdde317cfec", instanceType: "m5.large", maxCount: 1, minCount: 1, userData: "AAECAw=="))
        let id = try #require(run.instances?.first?.instanceId)
        let shown = try await aws.ec2.describeInstances(DescribeInstancesRequest(instanceIds: [id]))
        let instance = try #require(shown.reservations?.first?.instances?.first)
        let interface = try #require(instance.networkInterfaces?.first)
        let subnet = try #require(
            try await aws.ec2.describeSubnets(DescribeSubnetsRequest(subnetIds: [instance.subnetId ?? ""])).subnets?.first)
        let vpc = try #require(try await aws.ec2.describeVpcs(DescribeVpcsRequest(vpcIds: [instance.vpcId ?? ""])).vpcs?.first)
        let guest = GuestInstance(
            instance, reservation: shown.reservations?.first?.reservationId ?? "", account: "123456789012", region: "us-east-1")
        let simulator = aws.simulator
        let service = InstanceMetadata(
            clock: clock, instance: { guest }, launch: { try? simulator.launch(of: guest) },
            ranges: { try? simulator.ranges(of: $0) }, role: { _ in nil })
        let card = "meta-data/network/interfaces/macs/\(interface.macAddress ?? "")/"
        let told: [(String, String?)] = [
            ("meta-data/ami-id", instance.imageId), ("meta-data/ami-launch-index", "0"),
            ("meta-data/block-device-mapping/root", instance.rootDeviceName),
            ("meta-data/block-device-mapping/ebs1", "sdf"), ("meta-data/events/maintenance/scheduled", "[]"),
            ("meta-data/hostname", instance.privateDnsName), ("meta-data/instance-id", id),
            ("meta-data/instance-life-cycle", "on-demand"), ("meta-data/instance-type", "m5.large"),
            ("meta-data/local-hostname", instance.privateDnsName), ("meta-data/local-ipv4", instance.privateIpAddress),
            ("meta-data/mac", interface.macAddress),
            ("meta-data/placement/availability-zone", instance.placement?.availabilityZone),
            ("meta-data/placement/availability-zone-id", subnet.availabilityZoneId),
            ("meta-data/placement/region", "us-east-1"),
            ("meta-data/public-hostname", instance.publicDnsName), ("meta-data/public-ipv4", instance.publicIpAddress),
            ("meta-data/reservation-id", shown.reservations?.first?.reservationId),
            ("meta-data/security-groups", instance.securityGroups?.first?.groupName),
            ("meta-data/services/domain", "amazonaws.com"),
            ("meta-data/services/partition", "aws"), ("meta-data/system", "nitro"),
            (card + "device-number", "0"), (card + "interface-id", interface.networkInterfaceId),
            (card + "ipv4-associations/\(instance.publicIpAddress ?? "")", instance.privateIpAddress),
            (card + "local-hostname", instance.privateDnsName), (card + "local-ipv4s", instance.privateIpAddress),
            (card + "owner-id", "123456789012"), (card + "public-hostname", instance.publicDnsName),
            (card + "public-ipv4s", instance.publicIpAddress),
            (card + "security-group-ids", instance.securityGroups?.first?.groupId), (card + "subnet-id", instance.subnetId),
            (card + "subnet-ipv4-cidr-block", subnet.cidrBlock), (card + "vpc-id", instance.vpcId),
            (card + "vpc-ipv4-cidr-block", vpc.cidrBlock), (card + "vpc-ipv4-cidr-blocks", vpc.cidrBlock),
            ("dynamic/fws/instance-monitoring", "disabled"),
        ]
        for (path, wanted) in told {
            let found = try await ask(service, "/latest/" + path)
            #expect(found.text == wanted ?? "(the API says nothing)" && found.status == 200, "\(path): \(found.text)")
        }
        let absent = [
            "spot/instance-action", "events/recommendations/rebalance", "placement/host-id",
            "autoscaling/target-lifecycle-state",
        ]
        for path in absent {
            let found = try await ask(service, "/latest/meta-data/" + path)
            #expect(found.status == 404)
        }
        #expect(try await ask(service, "/latest").text == "dynamic\nmeta-data\nuser-data")
        #expect(try await ask(service, "/2021-07-15/meta-data/instance-id").text == id)
        #expect(try await ask(service, "/2021-07-16/meta-data/instance-id").status == 404)
        let names = try await ask(service, "/").text.split(separator: "\n")
        #expect(names.first == "1.0" && names.last == "latest" && names.contains("2019-10-01"))
        let document = try JSON.parse(try await ask(service, "/latest/dynamic/instance-identity/document").text)
        #expect(document["pendingTime"]?.string == instance.launchTime?.iso8601(milliseconds: false))
        // User data may be any bytes.
        var request = HTTPRequest(method: .get, scheme: "http", authority: "169.254.169.254", path: "/latest/user-data")
        request.headerFields[.accept] = "*/*"
        #expect(try await service.respond(to: request).body.collect(upTo: 100) == [0, 1, 2, 3])
    }
}
