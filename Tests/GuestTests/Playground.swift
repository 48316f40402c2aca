import Certificates
import DrydockTesting
import Foundation
import Synchronization
import Testing

@testable import Guests

/// A simulator whose instances are guests, and an ssh client. Its guests are stopped and removed with it.
final class Playground: Sendable {
    let aws: AWS
    let host: GuestHost
    let folder: String
    private let play: Task<Void, Never>

    /// The folder of the certificates that sign identity documents.
    let certificates: AuthorityFolder

    init(limits: Sandbox.Limits = .init(), clock: SimulatedClock = .real(), fetchesPackages: Bool = false) throws {
        folder = "/tmp/dg-\(UInt32.random(in: 0...UInt32.max))"
        aws = try AWS(
            Configuration(
                // Playgrounds share the machine's loopback network. Different seeds give them different addresses.
                account: "001727357081", seed: .random(in: 1 ... .max), clock: clock, transitions: .instant,
                usesLoopbackAddresses: true))
        certificates = AuthorityFolder(path: folder + "/certificates")
        host = try GuestHost(
            aws.simulator, folder: folder + "/guests", certificates: certificates, fetchesPackages: fetchesPackages,
            limits: limits)
        play = Task { [host] in await host.run() }
    }

    static func with(
        limits: Sandbox.Limits = .init(), clock: SimulatedClock = .real(), fetchesPackages: Bool = false,
        _ body: (Playground) async throws -> Void
    ) async throws {
        let playground = try Playground(limits: limits, clock: clock, fetchesPackages: fetchesPackages)
        let result: Result<Void, any Error>
        do { result = .success(try await body(playground)) } catch { result = .failure(error) }
        await playground.end()
        try result.get()
    }

    func end() async {
        play.cancel()
        await play.value
        try? FileManager.default.removeItem(atPath: folder)
    }

    /// Why guests cannot be tested here; nil if they can. To install: apt-get install openssh-server openssh-client bubblewrap.
    static let obstacle: String? = {
        do {
            _ = try Machine()
            return Machine.find("ssh") == nil ? "ssh is missing" : nil
        } catch { return "\(error)" }
    }()

    // MARK: AWS

    /// Launches an Ubuntu instance with its own key pair.
    func launch(
        userData: String? = nil, opensSSH: Bool = true, profile: String? = nil, image: String? = nil, subnet: String? = nil,
        group: String? = nil, waits: Bool = true
    ) async throws -> Person {
        let pair = try await aws.ec2.createKeyPair(CreateKeyPairRequest(keyName: "key-\(UInt32.random(in: 0...UInt32.max))"))
        let images = try await aws.ec2.describeImages(
            EC2API.DescribeImagesRequest(
                owners: ["099720109477"],
                filters: [Filter(name: "name", values: ["ubuntu/images/hvm-ssd/ubuntu-jammy-22.04-amd64-server-*"])]))
        let image = try #require(image ?? images.images?.first?.imageId)
        var request = RunInstancesRequest(
            imageId: image, instanceType: "t2.micro", keyName: pair.keyName, maxCount: 1, minCount: 1,
            userData: userData.map { Base64.encode(Bytes($0.utf8)) },
            iamInstanceProfile: profile.map { IamInstanceProfileSpecification(name: $0) })
        if let subnet {
            request.networkInterfaces = [
                .init(associatePublicIpAddress: true, deviceIndex: 0, groups: group.map { [$0] }, subnetId: subnet)
            ]
        }
        let run = try await aws.ec2.runInstances(request)
        let id = try #require(run.instances?.first?.instanceId)
        if opensSSH { try await openPort22() }
        let keyFile = "\(folder)/\(id).pem"
        try Data((pair.keyMaterial ?? "").utf8).write(to: URL(fileURLWithPath: keyFile))
        try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: keyFile)
        // The address has no listener before the guest exists.
        if waits { try await PlayedInstances.until { await isUp(id) } }
        return Person(id: id, address: try await address(of: id), port: host.port, keyFile: keyFile)
    }

    /// Launches several instances at once, with the person's key.
    func launch(_ count: Int, like person: Person) async throws -> [Person] {
        let name = try await aws.ec2.describeInstances(DescribeInstancesRequest(instanceIds: [person.id]))
        let instance = name.reservations?.first?.instances?.first
        let run = try await aws.ec2.runInstances(
            RunInstancesRequest(
                imageId: instance?.imageId, instanceType: "t2.micro", keyName: instance?.keyName, maxCount: count,
                minCount: count))
        let ids = (run.instances ?? []).compactMap(\.instanceId)
        var people: [Person] = []
        for id in ids {
            try await PlayedInstances.until { await isUp(id) }
            people.append(Person(id: id, address: try await address(of: id), port: host.port, keyFile: person.keyFile))
        }
        return people
    }

    func address(of id: String) async throws -> String {
        let instances = try await aws.ec2.describeInstances(DescribeInstancesRequest(instanceIds: [id]))
        return instances.reservations?.first?.instances?.first?.publicIpAddress ?? ""
    }

    var defaultGroup: String {
        get async throws {
            try #require(
                try await aws.ec2.describeSecurityGroups(DescribeSecurityGroupsRequest(groupNames: ["default"])).securityGroups?
                    .first?.groupId)
        }
    }

    func openPort22() async throws {
        let permission = IpPermission(ipProtocol: "tcp", fromPort: 22, toPort: 22, ipRanges: [IpRange(cidrIp: "0.0.0.0/0")])
        _ = try? await aws.ec2.authorizeSecurityGroupIngress(
            AuthorizeSecurityGroupIngressRequest(groupId: try await defaultGroup, ipPermissions: [permission]))
    }

    /// The instance status of DescribeInstanceStatus: `ok`, `impaired` …
    func status(of id: String) async throws -> String? {
        try await aws.ec2.describeInstanceStatus(DescribeInstanceStatusRequest(instanceIds: [id])).instanceStatuses?.first?
            .instanceStatus?.status?.rawValue
    }

    func console(of id: String) async throws -> String {
        let output = try await aws.ec2.getConsoleOutput(GetConsoleOutputRequest(instanceId: id)).output ?? ""
        return String(decoding: Base64.decode(output) ?? [], as: UTF8.self)
    }
}

/// A user at a terminal of the machine, with the instance's key.
struct Person: Sendable {
    let id, address: String
    let port: UInt16
    let keyFile: String

    struct Answer: Sendable {
        let status: Int32
        let output: String
    }

    static let options = [
        "-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null", "-o", "LogLevel=ERROR", "-o", "BatchMode=yes",
        "-o", "IdentitiesOnly=yes", "-F", "none",
    ]

    func ssh(_ command: String, user: String = "ubuntu", key: String? = nil, timeout: Int = 20, flags: [String] = [])
        async throws -> Answer
    {
        try await run(
            "ssh",
            Self.options + ["-o", "ConnectTimeout=\(timeout)", "-i", key ?? keyFile, "-p", "\(port)"] + flags + [
                "\(user)@\(address)", command,
            ])
    }

    func scp(_ flags: [String], _ source: String, _ target: String) async throws -> Answer {
        try await run(
            "scp",
            flags + Self.options + [
                "-i", keyFile, "-P", "\(port)",
            ] + [source, target].map { $0.replacing("GUEST:", with: "ubuntu@\(address):") })
    }

    func run(_ program: String, _ arguments: [String], environment: [String: String] = [:]) async throws -> Answer {
        try await Self.run(program, arguments, environment: environment)
    }

    /// Runs a program of the machine. Returns its output and errors together.
    static func run(_ program: String, _ arguments: [String], environment: [String: String] = [:]) async throws -> Answer {
        let pipe = try ChildProcess.pipe()
        var variables = ProcessInfo.processInfo.environment
        variables.merge(environment) { _, new in new }
        let child = try ChildProcess(
            [program.hasPrefix("/") ? program : #require(Machine.find(program))] + arguments, environment: variables,
            descriptors: [-1, pipe.write, pipe.write])
        close(pipe.write)
        let end = pipe.read
        // Reading blocks, so it runs on its own thread: the guests' host needs the tasks' threads.
        let data: Data = await withCheckedContinuation { continuation in
            Thread {
                continuation.resume(returning: FileHandle(fileDescriptor: end, closeOnDealloc: true).readDataToEndOfFile())
            }.start()
        }
        return Answer(status: await child.wait(), output: String(decoding: data, as: UTF8.self))
    }
}
