import AWSClient
import AWSCore
import Contract
import Drydock
import EC2API
import Foundation
import HTTPTypes
import Testing

@Suite struct RequestLogs {
    private let folder: TemporaryFolder
    init() throws { folder = try TemporaryFolder() }

    private func send(_ body: String, to transport: any HTTPTransport, service: String = "ec2", region: String = "us-east-1")
        async throws
    {
        var request = HTTPRequest(method: .post, scheme: "http", authority: "localhost", path: "/")
        request.headerFields[.contentType] = "application/x-www-form-urlencoded"
        request.headerFields[.authorization] =
            "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20240101/\(region)/\(service)/aws4_request, SignedHeaders=host, Signature=00"
        _ = try await transport.send(request, body: .bytes(Bytes(body.utf8)), timeout: .seconds(1))
    }

    /// Returns the same response to every request.
    private struct Answer: HTTPTransport {
        var text = ""
        func send(_ request: HTTPRequest, body: HTTPBody, timeout: Duration) async throws -> HTTPReply {
            HTTPReply(HTTPResponse(status: .ok), .bytes(Bytes(text.utf8)))
        }
    }

    private func text(_ bodies: [String], answer: String = "", isOrdered: Bool = true) async throws -> String {
        let log = RequestLog(isOrdered: isOrdered)
        let transport = log.transport(over: Answer(text: answer))
        for body in bodies { try await send(body, to: transport) }
        return log.text
    }

    @Test func requestLogIgnoresParameterOrderAndClientTokens() async throws {
        let one = try await text([
            "Action=RunInstances&Version=2016-11-15&MinCount=1&MaxCount=2&ImageId=ami-1&ClientToken=3b1a7c0e-0000-4000-8000-000000000001"
        ])
        let other = try await text(["MaxCount=2&ImageId=ami-1&MinCount=1&Version=2016-11-15&Action=RunInstances"])
        #expect(one == other)
        #expect(one == "ec2 RunInstances\n  ImageId: \"ami-1\"\n  MaxCount: 2\n  MinCount: 1\n")
    }

    @Test func requestLogReplacesOnlyGeneratedIds() async throws {
        let requests =
            ["Action=DescribeVpcs&Version=2016-11-15"]
            + ["vpc-0000000000000000a", "vpc-0000000000000000b", "vpc-0000000000000000a"].map {
                "Action=DeleteVpc&Version=2016-11-15&VpcId=\($0)"
            }
        let text = try await text(requests, answer: "<r><vpcId>vpc-0000000000000000a</vpcId><cidrIp>0.0.0.0/0</cidrIp></r>")
        #expect(text.components(separatedBy: "<vpc 1>").count == 3)
        #expect(text.contains("\"vpc-0000000000000000b\""))
    }

    @Test func repeatedPollsAreLoggedOnce() async throws {
        let poll = "Action=DescribeVpcs&Version=2016-11-15", other = "Action=DescribeSubnets&Version=2016-11-15"
        #expect(
            try await text([poll, poll, poll, other, poll]) == "ec2 DescribeVpcs\n\nec2 DescribeSubnets\n\nec2 DescribeVpcs\n")
    }

    @Test func unorderedLogsAreSorted() async throws {
        let requests = ["DescribeVpcs", "DescribeSubnets"].map { "Action=\($0)&Version=2016-11-15" }
        let one = try await text(requests, isOrdered: false), other = try await text(requests.reversed(), isOrdered: false)
        #expect(one == other && one.hasPrefix("ec2 DescribeSubnets"))
    }

    @Test func requestLogShowsRegionAndRedactsSecrets() async throws {
        let log = RequestLog()
        let transport = log.transport(over: Answer())
        try await send("Action=DescribeVpcs&Version=2016-11-15", to: transport, region: "eu-west-1")
        try await send(
            "Action=CreateLoginProfile&Version=2010-05-08&UserName=u&Password=correct-horse", to: transport, service: "iam")
        #expect(log.text.contains("ec2 DescribeVpcs in eu-west-1"))
        #expect(log.text.contains("Password: \"REDACTED\"") && !log.text.contains("correct-horse"))
    }

    @Test func requestLogReplacesTimestampedNames() async throws {
        let text = try await text([
            "Action=CreateKeyPair&Version=2016-11-15&KeyName=terraform-20260101123456789000000001",
            "Action=CreateKeyPair&Version=2016-11-15&KeyName=terraform-key",
        ])
        #expect(text.contains("\"<terraform-…>\"") && text.contains("\"terraform-key\""))
    }

    @Test func programGoldenReportsMissingSameAndDifferent() async throws {
        let golden = ProgramGolden(folder: folder.path + "/new/folder")
        let log = RequestLog()
        try await send("Action=DescribeVpcs&Version=2016-11-15", to: log.transport(over: Answer()))
        #expect(try golden.check(log) == .missing)
        #expect(try golden.update(log) == .written(requests: 1))
        #expect(try golden.check(log) == .same(requests: 1))
        try await send("Action=DescribeSubnets&Version=2016-11-15", to: log.transport(over: Answer()))
        guard case .different(let lines) = try golden.check(log) else { Issue.record("it differs"); return }
        #expect(lines.contains("+ ec2 DescribeSubnets"))
        #expect(throws: RecordingError.self) { try ProgramGolden(folder: "/proc/nowhere").update(log) }
    }
}
