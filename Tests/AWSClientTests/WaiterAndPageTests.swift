import AWSClient
import AWSCore
import EC2API
import ECRAPI
import Testing

private func instances(_ states: String...) -> ScriptedTransport.Answer {
    let items = states.map { "<item><instanceState><name>\($0)</name></instanceState></item>" }.joined()
    return .ok(
        """
        <DescribeInstancesResponse><reservationSet><item><instancesSet>\(items)</instancesSet></item></reservationSet>\
        </DescribeInstancesResponse>
        """)
}

@Suite struct Waiting {
    private let running = EC2.Waiters.instanceRunning

    @Test func waiterRetriesUntilAllInstancesMatch() async throws {
        let fixture = Fixture(
            ScriptedTransport(
                .ec2("InvalidInstanceID.NotFound"), instances("pending", "running"), instances("running", "running")))
        let output = try await fixture.client.wait(until: running, .init(instanceIds: ["i-1", "i-2"]))
        #expect(output?.reservations?.first?.instances?.count == 2)
        #expect(fixture.sleeps == [.seconds(15), .seconds(15)])
    }

    @Test func waiterFailsAtTerminalFailureState() async throws {
        let fixture = Fixture(ScriptedTransport(instances("pending"), instances("running", "terminated")))
        let error = await #expect(throws: WaiterError.self) { try await fixture.client.wait(until: running, .init()) }
        #expect(
            error?.description == "Waiter InstanceRunning failed: Waiter encountered a terminal failure state at attempt 2")
    }

    @Test func waiterFailsAtUnexpectedError() async throws {
        let fixture = Fixture(ScriptedTransport(.ec2("UnauthorizedOperation", status: 403)))
        let error = await #expect(throws: WaiterError.self) { try await fixture.client.wait(until: running, .init()) }
        guard case .failed(waiter: "InstanceRunning", attempts: 1, let cause?) = error else {
            Issue.record("\(error as Any)"); return
        }
        #expect(cause.code == "UnauthorizedOperation")
    }

    @Test func waiterTimesOutAfterMaximumAttempts() async throws {
        let fixture = Fixture(ScriptedTransport(instances("pending")))
        let error = await #expect(throws: WaiterError.self) {
            try await fixture.client.wait(until: running, .init(), delay: .seconds(1), maximumAttempts: 3)
        }
        #expect(error?.description == "Waiter InstanceRunning failed: Max attempts exceeded (3)")
        #expect(fixture.transport.asked.count == 3)
        #expect(fixture.sleeps == [.seconds(1), .seconds(1)])
    }

    @Test func waiterUsesItsDefaultMaximumAttempts() async throws {
        let fixture = Fixture(ScriptedTransport(.ec2("InvalidKeyPair.NotFound")))
        let error = await #expect(throws: WaiterError.self) {
            try await fixture.client.wait(until: EC2.Waiters.keyPairExists, .init(keyNames: ["k"]))
        }
        guard case .timedOut(waiter: "KeyPairExists", attempts: 6, let last?) = error else {
            Issue.record("\(error as Any)"); return
        }
        #expect(last.code == "InvalidKeyPair.NotFound")
    }

    @Test func untypedWaiterRetriesAndFailsLikeTypedWaiter() async throws {
        let fixture = Fixture(ScriptedTransport(instances("pending"), instances("running")))
        try await fixture.client.wait(until: UntypedWaiter(running), try JSON.parse(#"{"InstanceIds": ["i-1"]}"#))
        #expect(fixture.transport.asked.map(\.body).allSatisfy { $0.hasSuffix("InstanceId.1=i-1") })

        let failing = Fixture(ScriptedTransport(.ec2("UnauthorizedOperation")))
        await #expect(throws: WaiterError.self) { try await failing.client.wait(until: UntypedWaiter(running), .object([])) }
        #expect(failing.transport.asked.count == 1)
    }
}

@Suite struct Paging {
    private func page(_ names: String..., next: String?) -> ScriptedTransport.Answer {
        let repositories = names.map { #"{"repositoryName":"\#($0)"}"# }.joined(separator: ",")
        return .ok(#"{"repositories":[\#(repositories)]\#(next.map { #","nextToken":"\#($0)""# } ?? "")}"#)
    }
    private let paginator = ECR.Paginators.describeRepositories

    @Test func paginatorSendsNextTokenAndPageSize() async throws {
        let fixture = Fixture(ScriptedTransport(page("a", "b", next: "1"), page("c", next: "2"), page(next: "")))
        var names: [[String?]] = []
        for try await page in fixture.client.pages(of: paginator, .init(), pageSize: 2) {
            names.append((page.repositories ?? []).map(\.repositoryName))
        }
        #expect(names == [["a", "b"], ["c"], []])
        #expect(
            fixture.transport.asked.map(\.body) == [
                #"{"maxResults":2}"#, #"{"nextToken":"1","maxResults":2}"#, #"{"nextToken":"2","maxResults":2}"#,
            ])
    }

    @Test func paginatorFetchesPagesOnDemand() async throws {
        let fixture = Fixture(ScriptedTransport(page("a", next: "1"), page("b", next: nil)))
        var iterator = fixture.client.pages(of: paginator, .init()).makeAsyncIterator()
        _ = try await iterator.next()
        #expect(fixture.transport.asked.count == 1)
        _ = try await iterator.next()
        #expect(try await iterator.next() == nil)
        #expect(try await iterator.next() == nil)
        #expect(fixture.transport.asked.count == 2)
    }

    @Test func paginatorMergesAllPages() async throws {
        let fixture = Fixture(ScriptedTransport(page("a", "b", next: "1"), page("c", next: nil)))
        let all = try await fixture.client.pages(of: paginator, .init()).all()
        #expect(all.repositories?.map(\.repositoryName) == ["a", "b", "c"])
    }

    @Test func paginatorRejectsRepeatedToken() async throws {
        let fixture = Fixture(ScriptedTransport(page("a", next: "1")))
        await #expect(throws: RepeatedPage.self) { try await fixture.client.pages(of: paginator, .init()).all() }
        #expect(fixture.transport.asked.count == 2)
    }
}
