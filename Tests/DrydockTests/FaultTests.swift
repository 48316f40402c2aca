import DrydockTesting
import HTTPTypes
import Testing

/// Fault plans, through the client and its retries.
@Suite(.simulator) struct FaultTests {
    var aws: AWS { AWS.current }

    private func plan(_ faults: Fault...) { aws.simulator.faults.set(FaultPlan(faults)) }

    private func error(_ body: () async throws -> Void) async -> AWSError? {
        do {
            try await body()
            return nil
        } catch { return error as? AWSError }
    }

    @Test func customFaultErrorAffectsOnlyNthCall() async throws {
        plan(
            Fault(
                .error(AWSError("VpcLimitExceeded", "Enough.")), name: "limit", service: "ec2", operation: "CreateVpc",
                calls: .numbers(2...2)))
        _ = try await aws.ec2.createVpc(.init(cidrBlock: "10.1.0.0/16"))
        let refused = await error { _ = try await aws.ec2.createVpc(.init(cidrBlock: "10.2.0.0/16")) }
        #expect(refused?.code == "VpcLimitExceeded")
        #expect(refused?.explanation == "Injected by the fault plan: fault limit.")
        _ = try await aws.ec2.createVpc(.init(cidrBlock: "10.3.0.0/16"))
        #expect(aws.simulator.faults.progress.map(\.met) == [3])
        #expect(aws.simulator.faults.progress.map(\.struck) == [1])
        #expect(aws.journal.map(\.error?.code) == [nil, "VpcLimitExceeded", nil])
    }

    @Test(arguments: [("ec2", "RequestLimitExceeded", 503), ("iam", "Throttling", 400), ("ecr", "ThrottlingException", 400)])
    func throttleFaultUsesErrorCodeOfService(_ service: String, _ code: String, _ status: Int) async throws {
        plan(Fault(.throttle(retryAfter: nil), service: service))
        let refused = await error {
            switch service {
            case "ec2": _ = try await aws.ec2.describeVpcs(.init())
            case "iam": _ = try await aws.iam.listUsers(.init())
            default: _ = try await aws.ecr.describeRepositories(.init())
            }
        }
        #expect(refused?.code == code)
        #expect(refused?.status == status)
        // The client tried three times before it gave up.
        #expect(aws.simulator.faults.progress.first?.struck == 3)
    }

    @Test func throttledCallsSucceedAfterRetryDelay() async throws {
        plan(Fault(.throttle(retryAfter: .seconds(4)), service: "ecr", calls: .numbers(1...2)))
        let before = aws.clock.now
        _ = try await aws.ecr.createRepository(.init(repositoryName: "patient"))
        #expect(aws.journal.map(\.status) == [400, 400, 200])
        #expect((aws.clock.now - before).milliseconds >= 8000)
    }

    @Test(arguments: [500, 503])
    func injectedServerErrorsAreRetried(_ status: Int) async throws {
        plan(Fault(.failure(status: status), operation: "CreateUser", calls: .numbers(1...1)))
        _ = try await aws.iam.createUser(.init(userName: "Second"))
        #expect(aws.journal.map(\.status) == [status, 200])
    }

    @Test func latencyFaultMovesManualClockOrTimesOut() async throws {
        plan(Fault(.latency(.seconds(2)...(.seconds(2))), operation: "DescribeVpcs"))
        let before = aws.clock.now
        _ = try await aws.ec2.describeVpcs(.init())
        #expect((aws.clock.now - before).milliseconds == 2000)
        plan(Fault(.latency(.hours(1)...(.hours(1))), operation: "DescribeVpcs"))
        await #expect(throws: TransportError.self) { try await aws.ec2.describeVpcs(.init()) }
    }

    /// The request was carried out but its response was lost; the client's idempotency token covers this case.
    @Test func retryAfterDroppedResponseLaunchesOneInstance() async throws {
        let type = try await aws.ec2.describeImages(.init(owners: ["amazon"], maxResults: 5)).images?.first?.imageId
        let image = try #require(type)
        plan(Fault(.drop(isCarriedOut: true), operation: "RunInstances", calls: .numbers(1...1)))
        let run = try await aws.ec2.runInstances(.init(imageId: image, instanceType: "m5.large", maxCount: 1, minCount: 1))
        let all = try await aws.ec2.describeInstances(.init())
        #expect(all.reservations?.flatMap { $0.instances ?? [] }.map(\.instanceId) == run.instances?.map(\.instanceId))
    }

    @Test func requestDroppedBeforeExecutionChangesNothing() async throws {
        plan(Fault(.drop(isCarriedOut: false), operation: "CreateRepository"))
        await #expect(throws: TransportError.self) { try await aws.ecr.createRepository(.init(repositoryName: "never")) }
        let listed = try await aws.ecr.describeRepositories(.init())
        #expect(listed.repositories == nil || listed.repositories?.isEmpty == true)
    }

    @Test func truncatedResponseIsRetried() async throws {
        plan(Fault(.truncate(bytes: 40), operation: "DescribeVpcs", calls: .numbers(1...1)))
        let answer = try await aws.ec2.describeVpcs(.init())
        #expect(answer.vpcs?.count == 1)
        #expect(aws.simulator.faults.progress.first?.met == 2)
    }

    @Test func staleFaultDelaysReadsOfWrites() async throws {
        plan(Fault(.stale(.seconds(5)), service: "iam", operation: "*User*"))
        _ = try await aws.iam.createUser(.init(userName: "Late"))
        let early = await error { _ = try await aws.iam.getUser(.init(userName: "Late")) }
        #expect(early?.code == "NoSuchEntity")
        aws.clock.advance(by: .seconds(3))
        _ = try await aws.iam.createUser(.init(userName: "Later"))
        aws.clock.advance(by: .seconds(2))
        func names() async throws -> [String?]? { try await aws.iam.listUsers(.init()).users?.map(\.userName) }
        #expect(try await names() == ["Late"])
        aws.clock.advance(by: .seconds(5))
        let seen = try await names()
        #expect(seen == ["Late", "Later"])
    }

    @Test func capacityFaultReportsInsufficientInstanceCapacity() async throws {
        plan(Fault(.insufficientCapacity, operation: "RunInstances", resource: "m5.large"))
        let image = try await aws.ec2.describeImages(.init(owners: ["amazon"], maxResults: 5)).images?.first?.imageId
        let refused = await error {
            _ = try await aws.ec2.runInstances(.init(imageId: image, instanceType: "m5.large", maxCount: 1, minCount: 1))
        }
        #expect(refused?.code == "InsufficientInstanceCapacity")
        #expect(
            refused?.message.contains("sufficient m5.large capacity in the Availability Zone you requested (us-east-1a)")
                == true)
    }

    @Test func spotInterruptionTerminatesAfterNotice() async throws {
        let image = try await aws.ec2.describeImages(.init(owners: ["amazon"], maxResults: 5)).images?.first?.imageId
        let run = try await aws.ec2.runInstances(
            .init(
                imageId: image, instanceType: "m5.large", maxCount: 1, minCount: 1,
                instanceMarketOptions: .init(marketType: "spot")))
        let own = try await aws.ec2.runInstances(.init(imageId: image, instanceType: "m5.large", maxCount: 1, minCount: 1))
        plan(Fault(.interruptSpot(notice: .seconds(120)), operation: "DescribeInstances", calls: .numbers(1...1)))
        func state(_ run: Reservation) async throws -> Instance? {
            try await aws.ec2.describeInstances(.init(instanceIds: run.instances?.compactMap(\.instanceId)))
                .reservations?.first?.instances?.first
        }
        #expect(try await state(run)?.state?.name == "running")
        aws.clock.advance(by: .seconds(121))
        let gone = try await state(run)
        #expect(gone?.state?.name == "terminated")
        #expect(gone?.stateReason?.code == "Server.SpotInstanceTermination")
        #expect(try await state(own)?.state?.name == "running")
    }

    /// Capacity is AWS's own: whoever has instances on it loses them, in whatever region.
    @Test func spotInterruptionAffectsOtherAccountsAndRegions() async throws {
        let stranger = aws.acting(
            as: Credentials(accessKeyId: "111122223333", secretAccessKey: "test"), region: "eu-west-1")
        let image = try await stranger.ec2.describeImages(.init(owners: ["amazon"], maxResults: 5)).images?.first?.imageId
        let run = try await stranger.ec2.runInstances(
            .init(
                imageId: image, instanceType: "m5.large", maxCount: 1, minCount: 1,
                instanceMarketOptions: .init(marketType: "spot")))
        #expect(run.ownerId == "111122223333")
        plan(Fault(.interruptSpot(notice: .seconds(120)), operation: "GetCallerIdentity"))
        _ = try await aws.sts.getCallerIdentity(.init())
        aws.clock.advance(by: .seconds(121))
        let found = try await stranger.ec2.describeInstances(.init(instanceIds: run.instances?.compactMap(\.instanceId)))
        #expect(found.reservations?.first?.instances?.first?.stateReason?.code == "Server.SpotInstanceTermination")
    }

    @Test func faultsExpireTokenAndMoveClock() async throws {
        plan(Fault(.expireToken, service: "sts"))
        #expect(await error { _ = try await aws.sts.getCallerIdentity(.init()) }?.code == "ExpiredToken")
        // The clock jumps, so that the signature is too old.
        plan(Fault(.moveClock(.hours(48)), service: "sts", calls: .numbers(1...1)))
        let before = aws.clock.now
        #expect(await error { _ = try await aws.sts.getCallerIdentity(.init()) }?.code == "SignatureDoesNotMatch")
        #expect((aws.clock.now - before).milliseconds == 48 * 3_600_000)
        _ = try await aws.sts.getCallerIdentity(.init())
    }

    @Test func faultAffectsOnlyItsCaller() async throws {
        _ = try await aws.iam.createUser(.init(userName: "Worker"))
        _ = try await aws.iam.attachUserPolicy(
            .init(userName: "Worker", policyArn: "arn:aws:iam::aws:policy/AdministratorAccess"))
        let key = try #require(try await aws.iam.createAccessKey(.init(userName: "Worker")).accessKey)
        let worker = aws.acting(
            as: Credentials(
                accessKeyId: try #require(key.accessKeyId), secretAccessKey: try #require(key.secretAccessKey)))
        plan(Fault(.error(AWSError("Unlucky", "No.")), service: "ecr", caller: "Worker"))
        _ = try await aws.ecr.describeRepositories(.init())
        #expect(await error { _ = try await worker.ecr.describeRepositories(.init()) }?.code == "Unlucky")
    }

    /// The registry's password identifies the caller.
    @Test func registryFaultAffectsOnlyItsCaller() async throws {
        _ = try await aws.ecr.createRepository(.init(repositoryName: "app"))
        _ = try await aws.iam.createUser(.init(userName: "Worker"))
        _ = try await aws.iam.attachUserPolicy(
            .init(userName: "Worker", policyArn: "arn:aws:iam::aws:policy/AdministratorAccess"))
        let key = try #require(try await aws.iam.createAccessKey(.init(userName: "Worker")).accessKey)
        let worker = aws.acting(
            as: Credentials(
                accessKeyId: try #require(key.accessKeyId), secretAccessKey: try #require(key.secretAccessKey)))
        func listsTags(_ ecr: ECRClient) async throws -> Int {
            let token = try await ecr.getAuthorizationToken(.init()).authorizationData?.first?.authorizationToken
            var request = HTTPRequest(
                method: .get, scheme: "https", authority: "123456789012.dkr.ecr.us-east-1.amazonaws.com",
                path: "/v2/app/tags/list")
            request.headerFields[.authorization] = "Basic \(try #require(token))"
            return await aws.simulator.respond(to: request, body: .empty).response.status.code
        }
        for caller in ["Worker", "arn:aws:iam::*:user/Worker", try #require(key.accessKeyId)] {
            plan(Fault(.throttle(retryAfter: nil), service: "registry", caller: caller))
            #expect(try await listsTags(aws.ecr) == 200)
            #expect(try await listsTags(worker.ecr) == 429)
            // The journal records the error and its caller.
            let refused = aws.simulator.event(of: try #require(aws.journal.last))
            #expect(refused["eventName"]?.string == "ListImages")
            #expect(refused["userIdentity"]?["userName"]?.string == "Worker")
            #expect(refused["_drydock"]?["explanation"]?.string == "Injected by the fault plan: fault number 1.")
        }
    }

    @Test func seedDeterminesWhichCallsFail() async throws {
        func draws(seed: UInt64) async throws -> [Int] {
            let aws = try AWS()
            aws.simulator.faults.set(
                FaultPlan([Fault(.error(AWSError("Unlucky", "No.")), probability: 0.5)], seed: seed))
            for _ in 0..<40 { _ = try? await aws.sts.getCallerIdentity(.init()) }
            return aws.journal.map(\.status)
        }
        let first = try await draws(seed: 1)
        #expect(try await draws(seed: 1) == first)
        #expect(try await draws(seed: 2) != first)
        #expect((8...32).contains(first.count { $0 == 400 }))
    }

    @Test func throttleFaultRejectsRegistryUpload() async throws {
        plan(Fault(.throttle(retryAfter: .seconds(1)), service: "registry", operation: "StartUpload", resource: "app"))
        let request = HTTPRequest(
            method: .post, scheme: "https", authority: "123456789012.dkr.ecr.us-east-1.amazonaws.com",
            path: "/v2/app/blobs/uploads/")
        let reply = await aws.simulator.respond(to: request, body: .empty)
        #expect(reply.response.status.code == 429)
        #expect(reply.response.headerFields[.retryAfter] == "1")
        let body = try await reply.body.collect(upTo: 1 << 20)
        #expect(String(decoding: body, as: UTF8.self) == #"{"errors":[{"code":"TOOMANYREQUESTS","message":"Rate exceeded"}]}"#)
    }

    @Test func clearingOrResettingRemovesFaultPlan() async throws {
        plan(Fault(.error(AWSError("Unlucky", "No."))))
        aws.simulator.faults.set(nil)
        _ = try await aws.sts.getCallerIdentity(.init())
        plan(Fault(.error(AWSError("Unlucky", "No."))))
        try aws.simulator.reset()
        _ = try await aws.sts.getCallerIdentity(.init())
    }
}

/// Errors in a plan are reported with their place and the valid values.
@Suite struct FaultPlanReading {
    static let wrong: [(String, [String])] = [
        ("3", ["a plan is a list of faults, or an object with 'faults' and 'seed'"]),
        ("{}", ["the plan has no 'faults'"]),
        (#"{"faults": [], "sed": 1}"#, ["sed: 'sed' is not known in a plan; expected faults or seed"]),
        (#"{"faults": [], "seed": "x"}"#, [#"seed: a seed is a whole number, not "x""#]),
        (#"[7]"#, ["0: a fault is an object with an effect, not 7"]),
        (
            #"[{"drop": "before", "throttle": true}]"#,
            ["0.throttle: a fault has one effect, and this one has 'drop' already; write another fault"]
        ),
        (
            #"[{"service": "s3", "throttle": true}]"#,
            [
                "0.service: 's3' is not a known service; known services are ec2, ecr, iam, sts, ssm, ec2-instance-connect, hub, storage, registry"
            ]
        ),
        (
            #"[{"service": "ec2", "operation": "runinstances", "throttle": true}]"#,
            ["0.operation: no operation of ec2 is named 'runinstances'; did you mean 'RunInstances'?"]
        ),
        (
            #"[{"calls": 0, "throttle": true}]"#,
            ["0.calls: 0 does not select calls; write 3, '2-4', '5-', 'first 2' or 'every 4'"]
        ),
        (#"[{"probability": 2, "throttle": true}]"#, ["0.probability: a probability is a number from 0 to 1, not 2"]),
        (#"[{"status": 404}]"#, ["0.status: a status is 500, 502, 503 or 504, not 404; others are errors with a 'code'"]),
        (
            #"[{"latency": "soon"}]"#,
            [#"0.latency: a latency is a duration such as 200ms, or two such as 100ms-2s, not "soon""#]
        ),
        (#"[{"drop": true}]"#, ["0.drop: 'drop' is 'before' or 'after' the request is carried out, not true"]),
        (#"[{"error": {"message": "x"}}]"#, ["0.error: the error has no 'code'"]),
        (#"[{"error": {"code": "x", "status": 200}}]"#, ["0.error.status: an error's status is between 400 and 599, not 200"]),
        (
            #"[{"stall": 3}, {"clock": true}]"#,
            [
                "0.stall: 3 is not a duration such as 200ms, 5s or 1m30s",
                "1.clock: 'clock' is a duration to move the clock by, such as 48h or -10m, not true",
            ]
        ),
    ]

    @Test(arguments: wrong) func invalidFaultPlansAreReported(_ text: String, _ expected: [String]) throws {
        let catalogue = try Simulator.drydock().faultCatalogue
        let mistakes = #expect(throws: FaultPlanMistakes.self) { try FaultPlan(parsing: JSON.parse(text), catalogue) }
        #expect(mistakes?.description == expected.joined(separator: "\n"))
    }

    @Test func faultPlanRoundTripsThroughJSON() throws {
        let text = """
            [{"name":"a","service":"ec2","operation":"Run*","resource":"m5.*","caller":"Worker","calls":"2-4",\
            "probability":0.5,"error":{"code":"X","message":"Y","status":500}},{"calls":"every 3","throttle":"1500ms"},\
            {"calls":2,"status":503},{"calls":"5-","latency":"100ms-2000ms"},{"latency":"200ms"},{"drop":"after"},\
            {"truncate":10},{"stall":"3000ms"},{"stale":"5000ms"},{"insufficient_capacity":true},\
            {"interrupt_spot":"120000ms"},{"expire_token":true},{"clock":"-600000ms"}]
            """
        let plan = try FaultPlan(parsing: JSON.parse(text), try Simulator.drydock().faultCatalogue)
        #expect(String(decoding: JSON.write(.list(plan.faults.map(\.node))), as: UTF8.self) == text)
    }
}
