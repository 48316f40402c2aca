import DrydockTesting
import Foundation
import GRDB
import Testing

/// Ownership of state files, and which of them can be opened.
@Suite struct StateFileTests {
    private func withFolder(_ body: (String) async throws -> Void) async throws {
        let folder = FileManager.default.temporaryDirectory.path + "/drydock-state-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try await body(folder)
    }

    private func reason(_ configuration: Drydock.Configuration) -> String? {
        do {
            _ = try Simulator.drydock(configuration)
            return nil
        } catch { return "\(error)" }
    }

    @Test func foreignDatabaseIsRejectedUnchanged() async throws {
        try await withFolder { folder in
            let path = folder + "/drydock.sqlite"
            do {
                let queue = try DatabaseQueue(path: path)
                try await queue.write { try $0.execute(sql: "CREATE TABLE bookmark (url TEXT)") }
                try queue.close()
            }
            let before = FileManager.default.contents(atPath: path)
            #expect(reason(.init(stateFolder: folder))?.contains("is an SQLite database of another program") == true)
            #expect(FileManager.default.contents(atPath: path) == before)
        }
    }

    @Test func stateWithoutApplicationIdIsOpened() async throws {
        try await withFolder { folder in
            do {
                let aws = try AWS(.init(stateFolder: folder))
                _ = try await aws.ecr.createRepository(.init(repositoryName: "old"))
                try aws.simulator.close()
            }
            let queue = try DatabaseQueue(path: folder + "/drydock.sqlite")
            try await queue.write { db in
                try db.execute(
                    sql: """
                        PRAGMA application_id = 0; PRAGMA user_version = 0; DROP TABLE owner;
                        DELETE FROM migration WHERE name = 'core.owner'
                        """)
            }
            try queue.close()
            let aws = try AWS(.init(stateFolder: folder))
            #expect(try await aws.ecr.describeRepositories(.init()).repositories?.map(\.repositoryName) == ["old"])
            #expect(StateOwner.of(folder: folder) == StateOwner(account: "123456789012", seed: 1))
        }
    }

    /// Documents and their relations survive a restart, and SQLite's integrity check finds no errors.
    @Test func documentsSurviveRestart() async throws {
        try await withFolder { folder in
            do {
                let aws = try AWS(.init(transitions: .aws, stateFolder: folder))
                let subnet = try #require(try await aws.ec2.describeSubnets().subnets?.first)
                _ = try await aws.ec2.createNatGateway(
                    .init(subnetId: subnet.subnetId, connectivityType: .private))
                _ = try await aws.ec2.createCarrierGateway(.init(vpcId: subnet.vpcId ?? ""))
                _ = try await aws.ec2.createLaunchTemplate(
                    .init(launchTemplateName: "kept", launchTemplateData: .init(instanceType: "t3.micro")))
                try aws.simulator.close()
            }
            let clock = try #require(StoredClock.of(folder: folder))
            let aws = try AWS(.init(clock: clock, transitions: .aws, stateFolder: folder))
            #expect(try await aws.ec2.describeNatGateways(.init()).natGateways?.map(\.state) == [.pending])
            aws.clock.advance(by: .minutes(5))
            #expect(try await aws.ec2.describeNatGateways(.init()).natGateways?.map(\.state) == [.available])
            #expect(try await aws.ec2.describeCarrierGateways(.init()).carrierGateways?.count == 1)
            #expect(
                try await aws.ec2.describeLaunchTemplateVersions(.init(launchTemplateName: "kept")).launchTemplateVersions?
                    .count == 1)
            try aws.simulator.close()
        }
    }

    /// A program that only reads a state must use the state's clock. With another clock, pending changes would happen at the
    /// wrong time.
    @Test func stateStoresItsClockMode() async throws {
        try await withFolder { folder in
            #expect(StoredClock.of(folder: folder) == nil)
            for mode in ["real", "manual", "scaled:60.0", "real"] {
                let clock: SimulatedClock = mode == "real" ? .real() : mode == "manual" ? .manual() : .scaled(60)
                try AWS(.init(clock: clock, stateFolder: folder)).simulator.close()
                #expect(StoredClock.of(folder: folder)?.mode == mode)
            }
        }
    }

    @Test func reopenedStateUsesItsStoredClock() async throws {
        try await withFolder { folder in
            let served = try AWS(.init(clock: .manual(), stateFolder: folder))
            try served.simulator.reset()
            try served.simulator.moveClock(to: SimulatedClock.courseDay + .seconds(60))
            try served.simulator.close()
            let clock = try #require(StoredClock.of(folder: folder))
            let looked = try AWS(.init(clock: clock, stateFolder: folder))
            #expect(looked.simulator.clock.now == SimulatedClock.courseDay + .seconds(60))
            try looked.simulator.close()
        }
    }

    @Test func newerStateFormatIsRejected() async throws {
        try await withFolder { folder in
            try AWS(.init(stateFolder: folder)).simulator.close()
            let queue = try DatabaseQueue(path: folder + "/drydock.sqlite")
            try await queue.write { try $0.execute(sql: "PRAGMA user_version = 99") }
            try queue.close()
            #expect(reason(.init(stateFolder: folder))?.contains("was written by a newer Drydock (format 99") == true)
        }
    }

    @Test func stateRejectsOtherAccountOrSeed() async throws {
        try await withFolder { folder in
            try AWS(.init(seed: 3, stateFolder: folder)).simulator.close()
            #expect(
                reason(.init(account: "999999999999", seed: 3, stateFolder: folder))?.contains(
                    "was made for account 123456789012") == true)
            #expect(reason(.init(seed: 4, stateFolder: folder))?.contains("was made with seed 3; with seed 4") == true)
            let aws = try AWS(.init(seed: 3, stateFolder: folder))
            try aws.simulator.reset()
            #expect(StateOwner.of(folder: folder) == StateOwner(account: "123456789012", seed: 3))
        }
    }
}
