import DrydockTesting
import Foundation
import GRDB
import Testing

/// Rejects damaged files with a reason, whatever the damage.
@Suite struct StateDamageTests {
    static let damages = [
        "UPDATE owner SET seed = 'seven'", "UPDATE owner SET account = x'00'", "DELETE FROM migration", "DROP TABLE migration",
        "DROP TABLE iam_user", "ALTER TABLE iam_user ADD COLUMN more TEXT", "UPDATE iam_user SET created_at = 'yesterday'",
        "UPDATE iam_user SET created_at = 9223372036854775807", "UPDATE iam_user SET created_at = -9223372036854775808",
        "UPDATE iam_user SET created_at = 1.5", "UPDATE iam_user SET name = x'ff'",
        "UPDATE ec2_vpc SET number = 9223372036854775807",
        "UPDATE ec2_vpc SET is_default = 'no'", "UPDATE counter SET value = -1",
        "UPDATE counter SET value = 9223372036854775807",
        "UPDATE counter SET value = 'many'", "UPDATE ec2_network_interface SET private_address = 4294967296",
        "UPDATE ec2_network_interface SET private_address = -1", "DELETE FROM ec2_vpc",
        "CREATE TRIGGER surprise AFTER INSERT ON counter BEGIN DELETE FROM iam_user; END",
        "CREATE VIEW surprise AS SELECT 1",
        "PRAGMA writable_schema = ON; UPDATE sqlite_master SET sql = replace(sql, 'account', 'acc') WHERE name = 'iam_user'",
    ]
    static let clocks = [
        "INSERT OR REPLACE INTO clock VALUES ('manual', 'noon', 0)",
        "INSERT INTO clock VALUES ('real', 9223372036854775807, 0)",
    ]
    static let snapshots = [
        "UPDATE snapshot SET value = x'00' WHERE name = 'account'", "UPDATE snapshot SET value = '12' WHERE name = 'account'",
        "UPDATE snapshot SET value = '-1' WHERE name = 'seed'",
        "UPDATE snapshot SET value = '9223372036854775807' WHERE name = 'now'",
        "UPDATE snapshot SET value = '18446744073709551615' WHERE name = 'requests'",
        "UPDATE snapshot SET value = '' WHERE name = 'region'",
        "DELETE FROM snapshot", "DROP TABLE snapshot_layer", "INSERT INTO snapshot_layer VALUES (x'00')",
    ]

    private func withFolder(_ body: (String) async throws -> Void) async throws {
        let folder = FileManager.default.temporaryDirectory.path + "/drydock-damage-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try await body(folder)
    }

    private func damage(_ path: String, _ sql: String) throws {
        var configuration = GRDB.Configuration()
        configuration.foreignKeysEnabled = false
        let queue = try DatabaseQueue(path: path, configuration: configuration)
        try queue.writeWithoutTransaction { try $0.execute(sql: "PRAGMA ignore_check_constraints = ON; \(sql)") }
        try queue.close()
    }

    private func fill(_ aws: AWS) async throws {
        _ = try await aws.iam.createUser(.init(userName: "Worker"))
        let image = try #require(try await aws.ec2.describeImages(.init()).images?.first?.imageId)
        _ = try await aws.ec2.runInstances(.init(imageId: image, instanceType: "t3.micro", maxCount: 1, minCount: 1))
    }

    @Test(arguments: damages + clocks) func damagedStateIsRejected(_ sql: String) async throws {
        try await withFolder { folder in
            do {
                let aws = try AWS(.init(stateFolder: folder))
                try await fill(aws)
                try aws.simulator.close()
            }
            try damage(folder + "/drydock.sqlite", sql)
            let error = #expect(throws: StateError.self) { try Simulator.drydock(.init(stateFolder: folder)) }
            #expect(error?.description.contains(folder) == true, "\(error?.description ?? "")")
        }
    }

    // A snapshot has its simulator's owner; only states use the table.
    @Test(arguments: damages.filter { !$0.contains("UPDATE owner") } + snapshots) func damagedSnapshotIsRejected(_ sql: String)
        async throws
    {
        try await withFolder { folder in
            let file = folder + "/seeded.drydock"
            let aws = try AWS(.init())
            try await fill(aws)
            try aws.simulator.snapshot().write(to: file)
            try damage(file, sql)
            #expect(throws: StateError.self) { try aws.simulator.restore(contentsOf: file) }
            #expect(try await aws.iam.listUsers(.init()).users?.count == 1)
        }
    }

    @Test func undamagedStateOpens() async throws {
        try await withFolder { folder in
            for round in 0..<2 {
                let aws = try AWS(.init(stateFolder: folder))
                if round == 0 { try await fill(aws) }
                #expect(try await aws.iam.listUsers(.init()).users?.count == 1)
                try aws.simulator.close()
            }
        }
    }

    // MARK: Time

    @Test func simulatedClockStopsAtCalendarBounds() throws {
        let clock = SimulatedClock.manual()
        clock.advance(by: .seconds(Int64.max))
        #expect(clock.now == Instant.calendar.upperBound)
        #expect(clock.now.description == "9999-12-31T23:59:59.999Z")
        clock.advance(by: .seconds(Int64.min))
        #expect(clock.now == Instant.calendar.lowerBound)
        clock.set(Instant(milliseconds: .max))
        clock.advance(by: .seconds(1))
        #expect(clock.now == Instant.calendar.upperBound)
        let fast = SimulatedClock.scaled(1_000_000)
        fast.set(Instant.calendar.upperBound)
        #expect(fast.now == Instant.calendar.upperBound)
    }

    @Test(arguments: [
        "2024-01-01T00:00:00+99:99", "2024-01-01T00:00:00+24:00", "2024-01-01T00:00:00-00:60", "9999-12-31T23:59:59-01:00",
        "0001-01-01T00:00:00+01:00", "253402300800", "-62135596801", "1e300",
    ])
    func timesOutsideCalendarAreRejected(_ text: String) { #expect(Instant(parsing: text) == nil) }

    @Test func overflowingDurationIsRejected() {
        #expect(Duration(parsing: Array(repeating: "99999999999999ms", count: 200).joined()) == nil)
        #expect(Duration(parsing: "1h30m") == .minutes(90))
    }
}
