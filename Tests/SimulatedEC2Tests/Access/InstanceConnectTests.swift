import DrydockTesting
import HTTPTypes
import SimulatedEC2
import Testing

/// Requests that EC2 Instance Connect rejects. The tests of guests check that a sent key allows a login.
@Suite(.simulator) struct InstanceConnect {
    private let aws = AWS.current

    private func send(_ instance: String, key: String, user: String = "ubuntu") async throws -> Node {
        var request = HTTPRequest(
            method: .post, scheme: "https", authority: "ec2-instance-connect.us-east-1.amazonaws.com", path: "/")
        request.headerFields[.contentType] = "application/x-amz-json-1.1"
        request.headerFields[try #require(HTTPField.Name("X-Amz-Target"))] = "AWSEC2InstanceConnectService.SendSSHPublicKey"
        let body = JSON.write(
            .object([
                .init("InstanceId", .string(instance)), .init("InstanceOSUser", .string(user)),
                .init("SSHPublicKey", .string(key)),
            ]))
        let signer = SigV4Signer(
            credentials: Credentials(accessKeyId: "test", secretAccessKey: "test"), region: "us-east-1",
            service: "ec2-instance-connect")
        signer.sign(&request, body: body, at: aws.clock.now)
        let (response, bytes) = aws.simulator.respond(to: request, body: body)
        var answer = try JSON.parse(bytes).fields ?? []
        answer.append(.init("status", .integer(Int64(response.status.code))))
        return .object(answer)
    }

    private static let key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl person"

    @Test func sendSSHPublicKeySucceedsForRunningInstance() async throws {
        let id = try await aws.run().first?.instanceId ?? ""
        let answer = try await send(id, key: Self.key)
        #expect(answer["Success"] == .bool(true) && answer["RequestId"]?.string?.isEmpty == false)
    }

    @Test func sendSSHPublicKeyRejectsInvalidRequests() async throws {
        let id = try await aws.run().first?.instanceId ?? ""
        func code(_ answer: Node) -> String? { answer["__type"]?.string?.split(separator: "#").last.map(String.init) }
        #expect(code(try await send("i-0123456789abcdef0", key: Self.key)) == "EC2InstanceNotFoundException")
        #expect(code(try await send(id, key: String(repeating: "x", count: 100))) == "InvalidArgsException")
        #expect(code(try await send(id, key: Self.key, user: "a b")) == "InvalidArgsException")
        _ = try await aws.ec2.stopInstances(.init(instanceIds: [id]))
        #expect(code(try await send(id, key: Self.key)) == "EC2InstanceStateInvalidException")
    }
}
