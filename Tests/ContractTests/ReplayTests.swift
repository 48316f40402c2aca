import AWSClient
import AWSCore
import Contract
import Drydock
import EC2API
import ECRAPI
import Foundation
import HTTPTypes
import STSAPI
import Synchronization
import Testing

@Suite struct RecordingReplay {
    private let folder: TemporaryFolder
    private let simulator: Simulator
    private var path: String { folder.path + "/a.har" }

    init() throws {
        folder = try TemporaryFolder()
        simulator = try Simulator.drydock()
    }

    private func client(over transport: any HTTPTransport, _ credentials: Credentials? = nil) -> AWSClient {
        var configuration = simulator.client(credentials: credentials).configuration
        configuration.transport = transport
        return AWSClient(configuration)
    }

    private func recorded(_ body: (AWSClient) async throws -> Void) async throws -> RecordedTransport {
        let writer = try HARWriter(path: path)
        let clock = simulator.clock
        try await body(client(over: RecordingTransport(InProcessTransport(simulator), to: writer, clock: { clock.now })))
        try writer.close()
        return try RecordedTransport(file: path)
    }

    @Test func replayReturnsRecordedResponses() async throws {
        var made: String?
        let transport = try await recorded { client in
            made = try await EC2Client(client).createVpc(.init(cidrBlock: "10.0.0.0/16")).vpc?.vpcId
            _ = try await ECRClient(client).createRepository(.init(repositoryName: "app"))
            _ = try await STSClient(client).getCallerIdentity()
        }
        #expect(transport.count == 3)
        let again = client(over: transport)
        #expect(try await STSClient(again).getCallerIdentity().account == "123456789012")
        #expect(try await EC2Client(again).createVpc(.init(cidrBlock: "10.0.0.0/16")).vpc?.vpcId == made)
        #expect(try await ECRClient(again).createRepository(.init(repositoryName: "app")).repository?.repositoryName == "app")
    }

    /// A layer is streamed through the recording transport; the recording keeps only its size and digest.
    @Test func longBodiesAreRecordedAsSizeAndDigest() async throws {
        struct Echo: HTTPTransport {
            func send(_ request: HTTPRequest, body: HTTPBody, timeout: Duration) async throws -> HTTPReply {
                HTTPReply(HTTPResponse(status: .ok), .stream(HTTPBodyStream(pieces: body), length: nil))
            }
        }
        func layer(_ byte: UInt8) -> HTTPBody {
            let count = Mutex(0)
            let stream = HTTPBodyStream {
                let number = count.withLock { value in
                    value += 1
                    return value
                }
                return number > 33 ? nil : Bytes(repeating: byte, count: 1 << 20)
            }
            return .stream(stream, length: nil)
        }
        let request = HTTPRequest(
            method: .patch, scheme: "http", authority: "localhost:5000", path: "/v2/app/blobs/uploads/1")
        let writer = try HARWriter(path: path)
        let tap = RecordingTransport(Echo(), to: writer, clock: { Instant(milliseconds: 0) })
        var size = 0
        let reply = try await tap.send(request, body: layer(7), timeout: .seconds(9))
        #expect(writer.count == 0)
        try await reply.body.forEachPiece { size += $0.count }
        #expect(size == 33 << 20)
        try writer.close()
        #expect(try folder.text("a.har").utf8.count < 4000)
        let recorded = try #require(try HARReader(path: path).exchanges().first)
        #expect(recorded.request.omitted?.size == 33 << 20 && recorded.request.omitted == recorded.response.omitted)
        let replayed = try RecordedTransport(file: path)
        // The digest identifies the request, but the response body was not recorded.
        await #expect {
            try await replayed.send(request, body: layer(7), timeout: .seconds(9))
        } throws: { "\($0)".contains("had 34603008 bytes") }
        await #expect {
            try await replayed.send(request, body: layer(8), timeout: .seconds(9))
        } throws: { "\($0)".contains("The nearest of 1") }
    }

    @Test func errorsAreReplayedAsErrors() async throws {
        let transport = try await recorded { client in
            _ = try? await EC2Client(client).describeVpcs(.init(vpcIds: ["vpc-0123456789abcdef0"]))
        }
        let error = await #expect(throws: AWSError.self) {
            try await EC2Client(client(over: transport)).describeVpcs(.init(vpcIds: ["vpc-0123456789abcdef0"]))
        }
        #expect(error?.code == "InvalidVpcID.NotFound")
    }

    @Test func repeatedCallsReplayInOrderAndRepeatTheLast() async throws {
        let transport = try await recorded { client in
            let ecr = ECRClient(client)
            _ = try await ecr.describeRepositories()
            _ = try await ecr.createRepository(.init(repositoryName: "app"))
            _ = try await ecr.describeRepositories()
        }
        let ecr = ECRClient(client(over: transport))
        var counts: [Int?] = []
        for _ in 0..<3 { counts.append(try await ecr.describeRepositories().repositories?.count) }
        #expect(counts == [0, 1, 1])
    }

    @Test func unrecordedCallErrorNamesNearestRecording() async throws {
        let transport = try await recorded { client in
            _ = try await EC2Client(client).createVpc(.init(cidrBlock: "10.0.0.0/16"))
        }
        let ec2 = EC2Client(client(over: transport))
        let error = await #expect(throws: TransportError.self) { try await ec2.createVpc(.init(cidrBlock: "10.1.0.0/16")) }
        #expect("\(error!)".contains("CidrBlock: recorded \"10.0.0.0/16\", requested \"10.1.0.0/16\""))
        let other = await #expect(throws: TransportError.self) { try await ec2.describeVpcs() }
        #expect("\(other!)".contains("no ec2 DescribeVpcs. It has: ec2 CreateVpc"))
    }

    @Test func recordingContainsNoSecrets() async throws {
        let credentials = Credentials(
            accessKeyId: "AKIAIOSFODNN7EXAMPLE", secretAccessKey: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
            sessionToken: "FwoGZXIvYXdzEXAMPLETOKEN")
        let writer = try HARWriter(path: path)
        let client = client(
            over: RecordingTransport(InProcessTransport(simulator), to: writer, clock: { Instant(milliseconds: 0) }),
            credentials)
        let key = try await EC2Client(client).createKeyPair(.init(keyName: "k"))
        let token = try await ECRClient(client).getAuthorizationToken().authorizationData?.first?.authorizationToken
        try writer.close()
        let text = try folder.text("a.har")
        #expect(text.contains("CreateKeyPair") && text.contains("GetAuthorizationToken"))
        let line = try #require(key.keyMaterial?.split(separator: "\n").dropFirst().first)
        for secret in [
            credentials.accessKeyId, credentials.secretAccessKey, credentials.sessionToken!, String(line), try #require(token),
        ] {
            #expect(!text.contains(secret))
        }
    }
}
