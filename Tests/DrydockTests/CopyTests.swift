import DrydockTesting
import Foundation
import GRDB
import OCI
import SimulatedECR
import Testing

/// Forks, snapshots and restores.
@Suite(.simulator) struct ForksAndSnapshots {
    var aws: AWS { AWS.current }

    private func blobs(_ simulator: Simulator) -> any BlobStore {
        simulator.services.compactMap { $0 as? ECRSimulation }[0].blobs
    }

    private func names(_ simulator: Simulator) async throws -> [String] {
        try await AWS(simulator).ecr.describeRepositories(.init()).repositories?.compactMap(\.repositoryName) ?? []
    }

    private func withFolder(_ body: (String) async throws -> Void) async throws {
        let folder = FileManager.default.temporaryDirectory.path + "/drydock-copies-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try await body(folder)
    }

    @Test func forkCopiesStateAndDiverges() async throws {
        _ = try await aws.ecr.createRepository(.init(repositoryName: "before"))
        let fork = try aws.simulator.fork()
        _ = try await aws.ecr.createRepository(.init(repositoryName: "original"))
        _ = try await AWS(fork).ecr.createRepository(.init(repositoryName: "fork"))
        #expect(try await names(aws.simulator) == ["before", "original"])
        #expect(try await names(fork) == ["before", "fork"])
        fork.clock.advance(by: .hours(1))
        #expect((fork.clock.now - aws.clock.now).milliseconds == 3_600_000)
        #expect(AWS(fork).journal.count == 2)
    }

    @Test func forkOfForkGeneratesSameIds() async throws {
        _ = try await aws.ec2.createVpc(.init(cidrBlock: "10.1.0.0/16"))
        let fork = try aws.simulator.fork().fork()
        let here = try await aws.ec2.createVpc(.init(cidrBlock: "10.2.0.0/16"))
        let there = try await AWS(fork).ec2.createVpc(.init(cidrBlock: "10.2.0.0/16"))
        #expect(here.vpc?.vpcId == there.vpc?.vpcId)
    }

    @Test func resetKeepsLayersSharedWithFork() async throws {
        let bytes = Bytes("a layer".utf8)
        let digest = try blobs(aws.simulator).store(bytes)
        let fork = try aws.simulator.fork()
        #expect(try blobs(fork).contains(digest))
        try aws.simulator.reset()
        #expect(try !blobs(aws.simulator).contains(digest))
        #expect(try await blobs(fork).read(digest) == bytes)
        try fork.reset()
        #expect(try !blobs(fork).contains(digest))
    }

    /// At this pace, a clock that goes on shows another time whenever it is read.
    @Test func snapshotTimeIsFixed() throws {
        let snapshot = try Simulator.drydock(.init(clock: .scaled(1_000_000))).snapshot()
        let time = snapshot.time
        _ = try snapshot.fork().reset()
        #expect(snapshot.time == time)
    }

    @Test func snapshotsCanBeRestoredRepeatedly() async throws {
        let digest = try blobs(aws.simulator).store(Bytes("a layer".utf8))
        _ = try await aws.ecr.createRepository(.init(repositoryName: "kept"))
        let snapshot = try aws.simulator.snapshot()
        let time = aws.clock.now
        var ids: [String?] = []
        for _ in 0..<3 {
            aws.clock.advance(by: .hours(3))
            _ = try await aws.ecr.deleteRepository(.init(repositoryName: "kept"))
            try blobs(aws.simulator).remove(digest)
            try aws.simulator.restore(snapshot)
            #expect(aws.clock.now == time)
            #expect(aws.journal.isEmpty)
            #expect(try blobs(aws.simulator).contains(digest))
            #expect(try await names(aws.simulator) == ["kept"])
            ids.append(try await aws.ec2.createVpc(.init(cidrBlock: "10.2.0.0/16")).vpc?.vpcId)
        }
        #expect(Set(ids).count == 1)
    }

    @Test func snapshotFileRestoresStateLayersSeedAndClock() async throws {
        try await withFolder { folder in
            let digest = try blobs(aws.simulator).store(Bytes("a layer".utf8))
            _ = try await aws.ecr.createRepository(.init(repositoryName: "kept"))
            try aws.simulator.reseed(9)
            let file = folder + "/seeded.drydock"
            try aws.simulator.snapshot().write(to: file)
            let vpc = try await aws.ec2.createVpc(.init(cidrBlock: "10.2.0.0/16")).vpc?.vpcId

            let opened = try Simulator.drydock(snapshot: file)
            #expect(try await names(opened) == ["kept"])
            #expect(try await blobs(opened).read(digest) == Bytes("a layer".utf8))
            #expect(opened.seed == 9)
            #expect(opened.clock.now == aws.clock.now)

            // A server with a state folder restores the snapshot and keeps it in its state.
            do {
                let served = try Simulator.drydock(Configuration(seed: 9, stateFolder: folder + "/state"))
                try served.restore(contentsOf: file)
                #expect(
                    try FileManager.default.attributesOfItem(atPath: layer(folder + "/state/layers", digest))[.referenceCount]
                        as? Int == 2)
            }
            let again = try Simulator.drydock(Configuration(seed: 9, stateFolder: folder + "/state"))
            #expect(try await names(again) == ["kept"])
            #expect(try blobs(again).contains(digest))
            try again.reset()
            #expect(FileManager.default.fileExists(atPath: layer(file + ".layers", digest)))

            try await restoredGivesTheSameIds(file, vpc)
        }
    }

    private func layer(_ folder: String, _ digest: Digest) -> String {
        "\(folder)/blobs/sha256/\(digest.hex.prefix(2))/\(digest.hex)"
    }

    private func restoredGivesTheSameIds(_ file: String, _ vpc: String?) async throws {
        let other = try Simulator.drydock(Configuration(seed: 4))
        try other.restore(contentsOf: file)
        #expect(try await AWS(other).ec2.createVpc(.init(cidrBlock: "10.2.0.0/16")).vpc?.vpcId == vpc)
    }

    @Test func invalidSnapshotsAreRejectedWithReason() async throws {
        try await withFolder { folder in
            func reason(_ path: String) -> String {
                do {
                    try aws.simulator.restore(contentsOf: path)
                    return "restored"
                } catch { return "\(error)" }
            }
            #expect(reason(folder + "/none").contains("there is no file"))
            try Data(repeating: 7, count: 8192).write(to: URL(fileURLWithPath: folder + "/junk"))
            #expect(reason(folder + "/junk").contains("is not a file of Drydock"))

            _ = try blobs(aws.simulator).store(Bytes("a layer".utf8))
            let file = folder + "/whole"
            try aws.simulator.snapshot().write(to: file)
            try FileManager.default.removeItem(atPath: file + ".layers")
            #expect(reason(file).contains("1 of the snapshot's 1 layers are missing"))

            let other = try AWS(Configuration(account: "999999999999"))
            try other.simulator.snapshot().write(to: folder + "/other")
            #expect(reason(folder + "/other").contains("the snapshot is of account 999999999999"))

            try Simulator.drydock(Configuration(stateFolder: folder + "/state")).store.path.map {
                #expect(reason($0).contains("but not a snapshot"))
            }
        }
    }

    private func change(_ file: String, _ sql: String) throws {
        let queue = try DatabaseQueue(path: file)
        try queue.writeWithoutTransaction { try $0.execute(sql: sql) }
        try queue.close()
    }

    /// A snapshot of an older version is migrated in memory; one of a newer version is rejected and left unchanged.
    @Test func olderSnapshotIsMigratedAndNewerIsRejected() async throws {
        try await withFolder { folder in
            _ = try await aws.ecr.createRepository(.init(repositoryName: "old"))
            let old = folder + "/old", form = folder + "/form", table = folder + "/table"
            for file in [old, form, table] { try aws.simulator.snapshot().write(to: file) }
            try change(
                old,
                "PRAGMA application_id = 0; PRAGMA user_version = 0; DROP TABLE owner; DELETE FROM migration WHERE name = 'core.owner'"
            )
            try aws.simulator.reset()
            try aws.simulator.restore(contentsOf: old)
            #expect(try await names(aws.simulator) == ["old"])

            try change(form, "PRAGMA user_version = 99")
            try change(table, "CREATE TABLE ec3_thing (id TEXT); INSERT INTO migration VALUES ('ec3.thing')")
            for (file, reason) in [(form, "newer Drydock (format 99"), (table, "newer Drydock (it has 'ec3.thing')")] {
                let error = #expect(throws: StateError.self) { try aws.simulator.restore(contentsOf: file) }
                #expect(error?.description.contains(reason) == true, "\(error?.description ?? "")")
                #expect(throws: StateError.self) { try Simulator.drydock(snapshot: file) }
            }
            #expect(try await names(aws.simulator) == ["old"])
        }
    }

    /// States and snapshots contain keys.
    @Test func stateAndSnapshotFilesAreOwnerOnly() async throws {
        try await withFolder { folder in
            let state = try Simulator.drydock(Configuration(stateFolder: folder + "/state"))
            _ = try await AWS(state).iam.createUser(.init(userName: "Worker"))
            try state.snapshot().write(to: folder + "/snapshot")
            for file in ["state/drydock.sqlite", "state/drydock.sqlite-wal", "snapshot"] {
                let rights = try FileManager.default.attributesOfItem(atPath: folder + "/" + file)[.posixPermissions]
                #expect(rights as? Int == 0o600, "\(file)")
            }
        }
    }

    @Test func reseedingChangesGeneratedIds() async throws {
        let fork = try aws.simulator.fork()
        try fork.reseed(2)
        let here = try await aws.ec2.createVpc(.init(cidrBlock: "10.2.0.0/16"))
        let there = try await AWS(fork).ec2.createVpc(.init(cidrBlock: "10.2.0.0/16"))
        #expect(here.vpc?.vpcId != there.vpc?.vpcId)
    }
}
