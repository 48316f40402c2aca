import AWSClient
import AWSCore
import Contract
import HTTPTypes
import Synchronization
import Testing

/// Returns scripted responses in order.
private final class Script: HTTPTransport {
    private let answers: Mutex<[(status: Int, body: String)]>
    let bodies = Mutex<[String]>([])

    init(_ answers: [(Int, String)]) { self.answers = Mutex(answers.map { ($0.0, $0.1) }) }

    func send(_ request: HTTPRequest, body: HTTPBody, timeout: Duration) async throws -> HTTPReply {
        let sent = String(decoding: try await body.collect(upTo: 1 << 20), as: UTF8.self)
        bodies.withLock { $0.append(sent) }
        let answer = answers.withLock { $0.removeFirst() }
        return HTTPReply(HTTPResponse(status: .init(code: answer.status)), .bytes(Bytes(answer.body.utf8)))
    }
}

@Suite struct Comparisons {
    private struct Turn {
        var service = "iam"
        var request: String
        var status = 200
        var recorded: String
        var givenStatus: Int?
        var given: String
    }

    /// Plays recorded requests against scripted responses. Returns the report and the requests sent.
    private func verify(_ turns: [Turn], rules: Rules = Rules()) async throws -> (report: VerifyReport, sent: [String]) {
        let script = Script(turns.map { ($0.givenStatus ?? $0.status, $0.given) })
        let playback = Playback(
            script, credentials: Credentials(accessKeyId: "test", secretAccessKey: "test"), clock: { Instant(milliseconds: 0) })
        var verification = Verification(rules: rules)
        for turn in turns {
            let exchange = RecordedExchange(
                request: .init(
                    url: "https://\(turn.service).amazonaws.com/",
                    headers: [.init("Content-Type", "application/x-www-form-urlencoded")], body: Bytes(turn.request.utf8)),
                response: .init(status: turn.status, body: Bytes(turn.recorded.utf8)),
                notes: .init(service: turn.service))
            try await verification.verify(exchange, playback)
        }
        return (verification.report, script.bodies.withLock { $0 })
    }

    private func kinds(_ report: VerifyReport) -> [Difference.Kind] { report.differing.flatMap { $0.differences.map(\.kind) } }

    private func users(_ names: [String], id: String = "AIDA", created: String = "2024-01-01T00:00:00Z") -> String {
        "<ListUsersResponse><ListUsersResult><Users>"
            + names.map {
                "<member><UserName>\($0)</UserName><UserId>\(id)AAAAAAAAAAAAAAAA\($0.uppercased())</UserId><CreateDate>\(created)</CreateDate></member>"
            }.joined() + "</Users></ListUsersResult></ListUsersResponse>"
    }

    private let list = "Action=ListUsers&Version=2010-05-08"

    @Test func generatedValuesMayDiffer() async throws {
        let (report, _) = try await verify([
            .init(
                request: list, recorded: users(["a", "b"]),
                given: users(["a", "b"], id: "AIDA", created: "2025-02-02T11:11:11Z"))
        ])
        #expect(kinds(report).isEmpty && report.summary.agree == 1 && report.coverage == 1)
    }

    @Test func sortedListInOtherOrderDiffers() async throws {
        let (report, _) = try await verify([
            .init(request: list, recorded: users(["a", "b", "c"]), given: users(["b", "a", "c"]))
        ])
        #expect(kinds(report) == [.order])
        #expect(report.differing.first?.differences.first?.recorded == "a, b, c")
        #expect(report.differing.first?.differences.first?.found == "b, a, c")
    }

    @Test func unsortedListMatchesInAnyOrder() async throws {
        let (report, _) = try await verify([.init(request: list, recorded: users(["b", "a"]), given: users(["a", "b"]))])
        #expect(kinds(report).isEmpty)
    }

    @Test func pageLongerThanMaxItemsDiffers() async throws {
        let (report, _) = try await verify([
            .init(request: list + "&MaxItems=1", recorded: users(["a"]), given: users(["a", "b"]))
        ])
        #expect(kinds(report) == [.page, .count])
    }

    @Test func timestampInOtherFormatDiffers() async throws {
        let (report, _) = try await verify([
            .init(request: list, recorded: users(["a"]), given: users(["a"], created: "2024-01-01T00:00:00.000Z"))
        ])
        #expect(kinds(report) == [.format])
    }

    @Test(arguments: [
        ("AIDAAAAAAAAAAAAAAAAAA", "AROAAAAAAAAAAAAAAAAAA", true), ("AIDAAAAAAAAAAAAAAAAAA", "AIDABBBBBBBBBBBBBBBBB", false),
        ("arn:aws:iam::1:user/a", "arn:aws:iam::1:role/a", true),
        ("arn:aws:iam::123456789012:user/a", "arn:aws:iam::210987654321:user/a", false),
        ("123456789012", "12345678901", true), ("vpc-0123456789abcdef0", "subnet-0123456789abcdef0", true),
        ("vpc-0123456789abcdef0", "vpc-12345678", false), ("10.0.0.0/16", "10.0.0.1", true),
    ])
    func valuesMustHaveTheRecordedForm(_ recorded: String, _ given: String, _ differs: Bool) async throws {
        let body = { (id: String) in
            "<GetUserResponse><GetUserResult><User><UserId>\(id)</UserId></User></GetUserResult></GetUserResponse>"
        }
        let (report, _) = try await verify([
            .init(request: "Action=GetUser&Version=2010-05-08", recorded: body(recorded), given: body(given))
        ])
        #expect(kinds(report) == (differs ? [.format] : []))
    }

    private func vpcs(_ items: [String]) -> String {
        "<DescribeVpcsResponse><vpcSet>\(items.map { "<item><vpcId>\($0)</vpcId></item>" }.joined())</vpcSet></DescribeVpcsResponse>"
    }

    @Test func recordedIdsAreBoundToReplayedIds() async throws {
        let describe = "Action=DescribeVpcs&Version=2016-11-15"
        let (report, sent) = try await verify([
            .init(service: "ec2", request: describe, recorded: vpcs(["vpc-0000000a"]), given: vpcs(["vpc-0000000b"])),
            .init(
                service: "ec2", request: describe + "&VpcId.1=vpc-0000000a", recorded: vpcs(["vpc-0000000a"]),
                given: vpcs(["vpc-0000000c"])),
        ])
        #expect(sent.last?.contains("VpcId.1=vpc-0000000b") == true)
        #expect(kinds(report) == [.binding])
    }

    @Test func listElementsArePairedByBoundIds() async throws {
        let describe = "Action=DescribeVpcs&Version=2016-11-15"
        let (report, _) = try await verify([
            .init(service: "ec2", request: describe, recorded: vpcs(["vpc-0000000a"]), given: vpcs(["vpc-0000000b"])),
            .init(
                service: "ec2", request: describe, recorded: vpcs(["vpc-00000001", "vpc-0000000a"]),
                given: vpcs(["vpc-0000000b", "vpc-00000002"])),
        ])
        #expect(kinds(report) == [])
    }

    private func error(_ message: String) -> String {
        "<Response><Errors><Error><Code>InvalidVpcID.NotFound</Code><Message>\(message)</Message></Error></Errors></Response>"
    }

    @Test func errorMessagesMustMatchExceptForIds() async throws {
        let describe = "Action=DescribeVpcs&Version=2016-11-15"
        let bind = Turn(service: "ec2", request: describe, recorded: vpcs(["vpc-0000000a"]), given: vpcs(["vpc-0000000b"]))
        func report(_ message: String) async throws -> [Difference.Kind] {
            let turn = Turn(
                service: "ec2", request: describe, status: 400, recorded: error("The vpc ID 'vpc-0000000a' does not exist"),
                given: error(message))
            return kinds(try await verify([bind, turn]).report)
        }
        #expect(try await report("The vpc ID 'vpc-0000000b' does not exist").isEmpty)
        #expect(try await report("There is no vpc-0000000b") == [.errorMessage])
    }

    @Test func otherStatusCodeDiffers() async throws {
        let (report, _) = try await verify([
            .init(request: list, status: 400, recorded: error("m"), givenStatus: 404, given: error("m"))
        ])
        #expect(kinds(report) == [.status])
    }

    @Test func recordedAccountIsReplacedInLaterRequests() async throws {
        let identity = { (account: String) in
            "<GetCallerIdentityResponse><GetCallerIdentityResult><Account>\(account)</Account></GetCallerIdentityResult></GetCallerIdentityResponse>"
        }
        let (_, sent) = try await verify([
            .init(
                service: "sts", request: "Action=GetCallerIdentity&Version=2011-06-15", recorded: identity("200278856672"),
                given: identity("123456789012")),
            .init(
                request: "Action=GetPolicy&Version=2010-05-08&PolicyArn=arn%3Aaws%3Aiam%3A%3A200278856672%3Apolicy%2Fp",
                recorded: "<GetPolicyResponse/>", given: "<GetPolicyResponse/>"),
        ])
        #expect(sent.last?.contains("iam%3A%3A123456789012%3Apolicy%2Fp") == true)
    }

    @Test func requestlessRecordingIsComparedWithPreparedAnswers() async throws {
        let prepared = PreparedAnswers()
        let tap = prepared.transport(over: Script([(200, users(["a"]))]))
        _ = try await tap.send(
            HTTPRequest(method: .post, scheme: "https", authority: "iam.amazonaws.com", path: "/"),
            body: .bytes(Bytes(list.utf8)),
            timeout: .seconds(1))
        let playback = Playback(
            Script([]), credentials: Credentials(accessKeyId: "test", secretAccessKey: "test"), prepared: prepared,
            clock: { Instant(milliseconds: 0) })
        var exchange = RecordedExchange(
            request: .init(url: "https://iam.amazonaws.com/"),
            response: .init(
                status: 200, body: Bytes(#"{"Users": [{"UserName": "z", "PasswordLastUsed": "2024-01-01T00:00:00Z"}]}"#.utf8)),
            notes: .init(service: "iam", operation: "ListUsers"))
        exchange.notes.encoding = .parsed
        exchange.notes.hasRequest = false
        var verification = Verification()
        try await verification.verify(exchange, playback)
        #expect(verification.report.summary.agree == 1)
        #expect(verification.report.operations.first.map { [$0.members, $0.covered] } == [3, 2])
        #expect(verification.report.differing.first?.differences.map(\.path) == ["Users.PasswordLastUsed"])
    }

    @Test func htmlReportListsFindingsAndEscapesText() async throws {
        let rules = try Rules(
            parsing: Bytes(#"[{"path": ["nowhere", "never"], "reason": "unused <rule>"}]"#.utf8), file: "rules")
        let (report, _) = try await verify(
            [
                .init(request: list, recorded: users(["a"]), given: "<ListUsersResponse/>"),
                .init(request: "Action=Unheard&Version=2010-05-08", recorded: "<UnheardResponse/>", given: ""),
            ], rules: rules)
        let page = report.html(title: "A & B")
        for part in [
            "A &amp; B", "ListUsers", "no operation &#39;Unheard&#39;", "unused &lt;rule&gt;", "matched nothing", "absent",
        ] {
            #expect(page.contains(part.replacing("&#39;", with: "'")), "\(part)")
        }
        #expect(!page.contains("http://") && !page.contains("<script") && !page.contains("<rule>"))
    }
}
