import DrydockTesting
import HTTPTypes
import Testing

/// The limits on the journal's size and contents.
@Suite struct JournalLimits {
    private func aws(limit: Int = 32 << 20) throws -> AWS {
        var configuration = Configuration()
        configuration.journalLimit = limit
        return try AWS(configuration)
    }

    private func text(_ node: Node?) -> String { String(decoding: JSON.write(node ?? .null), as: UTF8.self) }

    /// Positions continue after old entries are dropped and after resets. A reader sees no entry twice and learns how many it
    /// missed.
    @Test func journalPositionsContinueAfterDropsAndReset() async throws {
        let aws = try aws(limit: 256 << 10)
        let journal = aws.simulator.journal
        for _ in 0..<1000 { _ = try await aws.sts.getCallerIdentity(.init()) }
        let all = journal.entries(from: 0)
        #expect(all.next == 1000 && all.end == 1000)
        #expect(all.entries.count < 500 && all.entries.count > 50)
        #expect(all.lost == 1000 - all.entries.count)
        #expect(journal.entries(from: 990).entries.map(\.number) == (991...1000).map { UInt64($0) })
        #expect(journal.entries(from: 990).lost == 0)
        let page = journal.entries(from: 990, atMost: 4)
        #expect(page.entries.map(\.number) == [991, 992, 993, 994] && page.next == 994 && page.end == 1000)
        try aws.simulator.reset()
        _ = try await aws.sts.getCallerIdentity(.init())
        // Entries removed by a reset do not count as lost.
        #expect(journal.entries(from: 990).lost == 0)
        #expect(journal.entries(from: 1000).entries.count == 1)
        #expect(journal.entries(from: 9999).entries.isEmpty)
    }

    /// Memory use stays within the limit.
    @Test(arguments: [1, 128, 129, 3000]) func journalStaysWithinSizeLimit(_ count: Int) async throws {
        let aws = try aws(limit: 1 << 20)
        for number in 0..<count {
            let name = String(repeating: "n", count: number % 7 * 2000 + 1)
            _ = try? await aws.iam.createUser(.init(path: "/", userName: name))
        }
        let entries = aws.journal
        #expect(!entries.isEmpty && entries.count <= count)
        #expect(entries.reduce(0) { $0 + $1.size } <= 1 << 20)
        #expect(entries.last?.number == UInt64(count))
    }

    @Test func journalOmitsLayerPartBytes() async throws {
        let aws = try aws()
        _ = try await aws.ecr.createRepository(.init(repositoryName: "app"))
        let upload = try #require(try await aws.ecr.initiateLayerUpload(.init(repositoryName: "app")).uploadId)
        let part = Bytes(repeating: 7, count: 10 << 20)
        _ = try await aws.ecr.uploadLayerPart(
            .init(
                repositoryName: "app", uploadId: upload, partFirstByte: 0, partLastByte: part.count - 1, layerPartBlob: part))
        let entry = try #require(aws.journal.last)
        #expect(entry.parameters["layerPartBlob"]?.string == "(13981016 bytes in base64)")
        #expect(entry.parameters["uploadId"]?.string == upload)
        #expect(entry.size < 4096)
        let event = aws.simulator.event(of: entry)
        #expect(event["requestParameters"]?["uploadId"]?.string == upload)
        #expect(event["requestParameters"]?["layerPartBlob"] == nil)
    }

    /// Also applies to rejected calls, because the caller controls the parameters.
    @Test func journalTruncatesLongParameters() async throws {
        let aws = try aws()
        let long = String(repeating: "x", count: 8 << 20)
        await #expect(throws: AWSError.self) { try await aws.ecr.createRepository(.init(repositoryName: long)) }
        await #expect(throws: AWSError.self) { try await aws.ec2.createVpc(.init(cidrBlock: long)) }
        await #expect(throws: AWSError.self) { try await aws.iam.createUser(.init(userName: long)) }
        for entry in aws.journal { #expect(entry.size < 16 << 10, "\(entry.operation)") }
        let event = aws.simulator.event(of: aws.journal[0])
        #expect(event["requestParameters"]?["repositoryName"]?.string?.hasSuffix("x… (cut: 8388608 bytes)") == true)
        #expect(text(event).utf8.count < 8192)
    }

    @Test func journalOmitsLongParameterLists() async throws {
        let aws = try aws()
        let names = (0..<4000).map { "repository/\($0)/\(String(repeating: "n", count: 30))" }
        _ = try? await aws.ecr.describeRepositories(.init(repositoryNames: names))
        let entry = try #require(aws.journal.last)
        #expect(entry.size < 128 << 10)
        let parameters = aws.simulator.event(of: entry)["requestParameters"]
        #expect(parameters?["omitted"] == .bool(true))
        #expect(parameters?["reason"]?.string == "maximum size exceeded")
    }

    @Test func journalOmitsLongResponses() async throws {
        let aws = try aws()
        let image = try #require(try await aws.ec2.describeImages(.init()).images?.first?.imageId)
        _ = try await aws.ec2.runInstances(.init(imageId: image, instanceType: "t3.micro", maxCount: 200, minCount: 200))
        let entry = try #require(aws.journal.last)
        #expect(entry.size < 16 << 10)
        #expect(aws.simulator.event(of: entry)["responseElements"]?["omitted"] == .bool(true))
    }

    @Test func journalTruncatesActionAndUserAgent() async throws {
        let aws = try aws()
        var request = HTTPRequest(method: .post, scheme: "https", authority: "sts.amazonaws.com", path: "/")
        request.headerFields[.userAgent] = String(repeating: "u", count: 60_000)
        let action = String(repeating: "A", count: 4 << 20)
        _ = aws.simulator.respond(to: request, body: Bytes("Action=\(action)&Version=2011-06-15".utf8))
        let entry = try #require(aws.journal.last)
        #expect(entry.operation.utf8.count < 2048 && (entry.userAgent?.utf8.count ?? 0) < 2048)
        #expect(entry.error.map { $0.message.utf8.count < 2048 } == true)
    }
}
