import AWSCore
import Drydock
import DrydockServer
import EC2API
import Foundation
import Testing

/// The journal over HTTP, in pages.
@Suite struct JournalPages {
    private func page(_ served: Served, _ query: String) async throws -> Node {
        let (_, body) = try await served.ask("GET /_drydock/journal\(query)", ["Host: localhost"])
        return try JSON.parse(Bytes(body.utf8))
    }

    private func numbers(_ page: Node) -> [Int64] {
        (page["events"]?.elements ?? []).compactMap { event in
            if case .integer(let number)? = event["_drydock"]?["request"] { number } else { nil }
        }
    }

    @Test func journalPagesContinueFromPosition() async throws {
        try await Served.run { served in
            for _ in 0..<1203 {
                _ = served.simulator.respond(to: .init(method: .get, scheme: "http", authority: "a", path: "/"), body: [])
            }
            var position = 0, sizes: [Int] = [], seen: [Int64] = []
            while true {
                let page = try await page(served, "?since=\(position)")
                sizes.append(numbers(page).count)
                seen += numbers(page)
                position = Int(try #require(page["next"]?.description.flatMap { Int($0) }))
                if page["more"] == .bool(false) { break }
            }
            #expect(sizes == [500, 500, 203])
            #expect(seen == (1...1203).map { Int64($0) })
            // Without a position, returns the last entries.
            #expect(numbers(try await page(served, "")) == (704...1203).map { Int64($0) })
            #expect(numbers(try await page(served, "?limit=3")) == [1201, 1202, 1203])
            #expect(numbers(try await page(served, "?limit=3&since=0")) == [1, 2, 3])
            #expect(numbers(try await page(served, "?since=1203")).isEmpty)
        }
    }

    /// A page's size in bytes is limited too, because a page is written whole.
    @Test func journalPageSizeIsLimitedInBytes() async throws {
        try await Served.run { served in
            let long = String(repeating: "x", count: 15_000)
            let ec2 = EC2Client(served.simulator.client())
            for _ in 0..<100 { _ = try? await ec2.createVpc(.init(cidrBlock: long, ipv6Pool: long, ipv6CidrBlock: long)) }
            let first = try await page(served, "?since=0")
            #expect((10..<100).contains(numbers(first).count) && first["more"] == .bool(true))
        }
    }

    @Test func journalPagesReportMissedEntries() async throws {
        var configuration = Configuration()
        configuration.journalLimit = 300 << 10
        try await Served.run(configuration: configuration) { served in
            for _ in 0..<1000 {
                _ = served.simulator.respond(to: .init(method: .get, scheme: "http", authority: "a", path: "/"), body: [])
            }
            let page = try await page(served, "?since=5")
            let first = try #require(numbers(page).first)
            #expect(page["lost"] == .integer(first - 1 - 5))
            #expect(try await self.page(served, "?since=990")["lost"] == .integer(0))
        }
    }
}

extension Node {
    fileprivate var description: String? { if case .integer(let number) = self { "\(number)" } else { nil } }
}
