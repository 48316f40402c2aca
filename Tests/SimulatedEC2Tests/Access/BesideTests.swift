import AWSCore
import DrydockTesting
import HTTPTypes
import Testing

/// Generating an RSA key is slow. Other requests do not wait for it, and the same seed still gives the same key.
@Suite(.simulator) struct BackgroundKeyGeneration {
    private let aws = AWS.current

    private func signed(_ body: String) -> (HTTPRequest, Bytes) {
        var request = HTTPRequest(method: .post, scheme: "http", authority: "localhost:4566", path: "/")
        request.headerFields[.contentType] = "application/x-www-form-urlencoded"
        let credentials = Credentials(accessKeyId: "test", secretAccessKey: "test")
        SigV4Signer(credentials: credentials, region: "us-east-1", service: "ec2")
            .sign(&request, body: Bytes(body.utf8), at: aws.clock.now)
        return (request, Bytes(body.utf8))
    }

    private static let create = "Action=CreateKeyPair&Version=2016-11-15&KeyName=universal"
    private static let describe = "Action=DescribeKeyPairs&Version=2016-11-15"

    private func text(_ reply: HTTPReply) async throws -> String {
        String(decoding: try await reply.body.collect(upTo: 1 << 20), as: UTF8.self)
    }

    @Test func keyGenerationDoesNotBlockOtherRequests() async throws {
        let simulator = aws.simulator
        let (create, createBody) = signed(Self.create), (describe, describeBody) = signed(Self.describe)
        guard case .later(let finish)? = simulator.respondAtOnce(to: create, body: createBody) else {
            Issue.record("the key was made on the loop")
            return
        }
        // The key does not exist yet, and the second request gets the second number.
        guard case .reply(let between)? = simulator.respondAtOnce(to: describe, body: describeBody) else {
            Issue.record("a description has nothing to wait for")
            return
        }
        #expect(try await !text(between).contains("universal"))
        #expect(try await text(finish()).contains("BEGIN RSA PRIVATE KEY"))
        #expect(simulator.journal.entries.map(\.number) == [2, 1])
        #expect(simulator.journal.entries.map(\.operation) == ["DescribeKeyPairs", "CreateKeyPair"])
    }

    @Test func backgroundAndInlineKeyGenerationGiveSameBytes() async throws {
        let (create, body) = signed(Self.create)
        let (_, inline) = try Simulator.drydock().respond(to: create, body: body)
        guard case .later(let finish)? = aws.simulator.respondAtOnce(to: create, body: body) else {
            Issue.record("the key was made on the loop")
            return
        }
        #expect(try await finish().body.collect(upTo: 1 << 20) == inline)
        let other = try Simulator.drydock()
        let reply = await other.respond(to: create, body: .bytes(body))
        #expect(try await reply.body.collect(upTo: 1 << 20) == inline)
        #expect(other.requestCount == 1)
    }

    @Test func backgroundCreateKeyPairRechecksForDuplicates() async throws {
        let simulator = aws.simulator
        let (create, body) = signed(Self.create)
        guard case .later(let first)? = simulator.respondAtOnce(to: create, body: body),
            case .later(let second)? = simulator.respondAtOnce(to: create, body: body)
        else {
            Issue.record("the keys were made on the loop")
            return
        }
        let answers = try await [text(second()), text(first())]
        #expect(answers.filter { $0.contains("BEGIN RSA PRIVATE KEY") }.count == 1)
        #expect(answers.filter { $0.contains("InvalidKeyPair.Duplicate") }.count == 1)
        #expect(try await aws.ec2.describeKeyPairs(.init()).keyPairs?.count == 1)
        #expect(simulator.requestCount == 3)
    }

    @Test func invalidCreateKeyPairIsRejectedImmediately() async throws {
        let bad = "Action=CreateKeyPair&Version=2016-11-15&KeyName="
        let (request, body) = signed(bad)
        guard case .reply(let reply)? = aws.simulator.respondAtOnce(to: request, body: body) else {
            Issue.record("a refusal has nothing to wait for")
            return
        }
        #expect(reply.response.status == .badRequest)
        #expect(try await aws.ec2.describeKeyPairs(.init()).keyPairs?.isEmpty == true)
    }
}
