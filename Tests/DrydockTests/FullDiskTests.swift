import DrydockTesting
import Foundation
import HTTPTypes
import OCI
import Testing

/// A small disk for a test that fills it.
private struct SmallDisk {
    let path: String

    /// The reason why no small disk can be mounted here; nil if one can.
    static let obstacle: String? = {
        #if os(Linux)
            guard geteuid() == 0 else { return "mounting a small disk needs root" }
            do {
                let disk = try SmallDisk(megabytes: 1)
                disk.remove()
                return nil
            } catch { return "this machine lets nobody mount a tmpfs" }
        #else
            return "small disks are tmpfs, which Linux has"
        #endif
    }()

    init(megabytes: Int) throws {
        path = FileManager.default.temporaryDirectory.path + "/drydock-disk-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        guard try Self.run("mount", "-t", "tmpfs", "-o", "size=\(megabytes)m", "tmpfs", path) == 0 else {
            try? FileManager.default.removeItem(atPath: path)
            throw StorageFailure.gone(path)
        }
    }

    /// Fills the disk except for `free` bytes.
    func fill(leaving free: Int = 0) throws {
        let descriptor = open(path + "/filler", O_WRONLY | O_CREAT | O_APPEND, 0o600)
        defer { close(descriptor) }
        let page = Bytes(repeating: 1, count: 4096)
        while page.withUnsafeBytes({ write(descriptor, $0.baseAddress, $0.count) }) == page.count {}
        if free > 0 {
            var status = stat()
            fstat(descriptor, &status)
            ftruncate(descriptor, max(0, status.st_size - off_t(free)))
        }
    }

    func makeRoom() { unlink(path + "/filler") }

    func remove() {
        _ = try? Self.run("umount", "-l", path)
        try? FileManager.default.removeItem(atPath: path)
    }

    @discardableResult private static func run(_ program: String, _ arguments: String...) throws -> Int32 {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = [program] + arguments
        process.standardError = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        return process.terminationStatus
    }

    static func with(megabytes: Int = 24, _ body: (SmallDisk) async throws -> Void) async throws {
        let disk = try SmallDisk(megabytes: megabytes)
        defer { disk.remove() }
        try await body(disk)
    }
}

/// A full disk causes each service's own error, loses no stored data, and writes succeed again once there is room.
@Suite(.enabled(if: SmallDisk.obstacle == nil, "\(SmallDisk.obstacle ?? "")"), .serialized) struct FullDisks {
    private func aws(_ disk: SmallDisk) throws -> AWS {
        AWS(try Simulator.drydock(.init(stateFolder: disk.path + "/state")))
    }

    /// Writes until a write fails. The log's spare pages may let the first writes succeed.
    private func failure(_ body: () async throws -> Void) async throws -> AWSError {
        for _ in 0..<2000 {
            do { try await body() } catch let error as AWSError { return error }
        }
        return try #require(nil as AWSError?, "nothing failed on a full disk")
    }

    @Test func fullDiskFailsWritesUntilSpaceIsFreed() async throws {
        try await SmallDisk.with { disk in
            let aws = try aws(disk)
            _ = try await aws.iam.createUser(.init(userName: "before"))
            try disk.fill()
            var number = 0
            func next() -> String {
                number += 1
                return "n\(number)"
            }
            let iam = try await failure { _ = try await aws.iam.createUser(.init(userName: next())) }
            #expect(iam.code == "ServiceUnavailable" && iam.status == 503)
            #expect(iam.explanation?.contains("no space left on device") == true, "\(iam)")
            let ec2 = try await failure { _ = try await aws.ec2.createVpc(.init(cidrBlock: "10.0.0.0/16")) }
            #expect(ec2.code == "ServiceUnavailable" && ec2.status == 503)
            let ecr = try await failure { _ = try await aws.ecr.createRepository(.init(repositoryName: next())) }
            #expect(ecr.code == "ServerException" && ecr.status == 500)
            // Reads still succeed.
            let users = try await aws.iam.listUsers(.init()).users?.compactMap(\.userName) ?? []
            #expect(users.contains("before"))
            disk.makeRoom()
            _ = try await aws.iam.createUser(.init(userName: "after"))
            try aws.simulator.close()
            let again = try self.aws(disk)
            let kept = try await again.iam.listUsers(.init()).users?.compactMap(\.userName) ?? []
            #expect(kept.sorted() == (users + ["after"]).sorted())
        }
    }

    @Test func fullDiskRejectsUploadWithRetryAfter() async throws {
        try await SmallDisk.with { disk in
            let aws = try aws(disk)
            _ = try await aws.ecr.createRepository(.init(repositoryName: "app"))
            let data = try #require(
                try await aws.ecr.getAuthorizationToken(.init()).authorizationData?.first?.authorizationToken)
            func ask(_ method: HTTPRequest.Method, _ path: String, _ body: Bytes) async throws -> HTTPReply {
                var request = HTTPRequest(
                    method: method, scheme: "https", authority: "123456789012.dkr.ecr.us-east-1.amazonaws.com", path: path)
                request.headerFields[.authorization] = "Basic \(data)"
                return await aws.simulator.respond(to: request, body: .bytes(body))
            }
            let begun = try await ask(.post, "/v2/app/blobs/uploads/", [])
            let place = try #require(begun.response.headerFields[.location])
            let path = place.contains("://") ? "/" + place.split(separator: "/").dropFirst(2).joined(separator: "/") : place
            try disk.fill(leaving: 1 << 20)
            let refused = try await ask(.patch, path, Bytes(repeating: 7, count: 4 << 20))
            #expect(refused.response.status == .serviceUnavailable)
            #expect(refused.response.headerFields[.retryAfter] == "10")
            let text = String(decoding: try await refused.body.collect(upTo: 1 << 20), as: UTF8.self)
            #expect(text.contains("UNAVAILABLE"), "\(text)")
            #expect(try FileManager.default.contentsOfDirectory(atPath: disk.path + "/state/layers/uploads").isEmpty)
            // A layer in one registry request, and a layer part through the API.
            let digest = Digest(of: Bytes(repeating: 8, count: 4 << 20))
            let whole = try await ask(.post, "/v2/app/blobs/uploads/?digest=\(digest)", Bytes(repeating: 8, count: 4 << 20))
            #expect(whole.response.status == .serviceUnavailable)
            let id = try #require(try await aws.ecr.initiateLayerUpload(.init(repositoryName: "app")).uploadId)
            let part = await #expect(throws: AWSError.self) {
                _ = try await aws.ecr.uploadLayerPart(
                    .init(
                        repositoryName: "app", uploadId: id, partFirstByte: 0, partLastByte: (4 << 20) - 1,
                        layerPartBlob: Bytes(repeating: 9, count: 4 << 20)))
            }
            #expect(part?.code == "ServerException")
            let left = try FileManager.default.contentsOfDirectory(atPath: disk.path + "/state/layers/uploads")
            let sizes = try left.map {
                try FileManager.default.attributesOfItem(atPath: disk.path + "/state/layers/uploads/\($0)")[.size] as? Int ?? 0
            }
            #expect(sizes == [0], "\(left) \(sizes)")
        }
    }

    @Test func failedSnapshotLeavesNoFile() async throws {
        try await SmallDisk.with { disk in
            let aws = AWS(try Simulator.drydock())
            _ = try await aws.ec2.describeVpcs(.init())
            try disk.fill()
            let error = #expect(throws: StateError.self) { try aws.simulator.snapshot().write(to: disk.path + "/kept.drydock") }
            #expect(error?.description.contains("no space left on device") == true, "\(error?.description ?? "")")
            #expect(try FileManager.default.contentsOfDirectory(atPath: disk.path) == ["filler"])
        }
    }

    @Test func startOnFullDiskReportsOneLineError() async throws {
        try await SmallDisk.with { disk in
            let first = try aws(disk)
            _ = try await first.ec2.describeVpcs(.init())
            try first.simulator.close()
            try disk.fill()
            let error = #expect(throws: StateError.self) { _ = try Simulator.drydock(.init(stateFolder: disk.path + "/state")) }
            #expect(error?.description.contains("no space left on device") == true, "\(error?.description ?? "")")
            #expect(error?.description.contains("\n") == false)
            let fresh = #expect(throws: StateError.self) { _ = try Simulator.drydock(.init(stateFolder: disk.path + "/other")) }
            #expect(fresh?.description.contains("no space left on device") == true, "\(fresh?.description ?? "")")
            disk.makeRoom()
            _ = try aws(disk)
        }
    }
}

/// Errors after a state folder is deleted.
@Suite struct DeletedStateFolders {
    private func folder() -> String { FileManager.default.temporaryDirectory.path + "/drydock-ends-\(UUID().uuidString)" }

    @Test func writesToDeletedStateFolderFail() async throws {
        let folder = folder()
        let aws = AWS(try Simulator.drydock(.init(stateFolder: folder)))
        _ = try await aws.iam.createUser(.init(userName: "kept"))
        try FileManager.default.removeItem(atPath: folder)
        let error = await #expect(throws: AWSError.self) { _ = try await aws.iam.createUser(.init(userName: "lost")) }
        #expect(
            error?.code == "ServiceUnavailable" && error?.explanation?.contains("moved or deleted") == true, "\(error as Any)")
        #expect(try await aws.iam.listUsers(.init()).users?.compactMap(\.userName) == ["kept"])
        // The simulator does not write to a new state in the same folder.
        _ = try Simulator.drydock(.init(stateFolder: folder))
        defer { try? FileManager.default.removeItem(atPath: folder) }
        await #expect(throws: AWSError.self) { _ = try await aws.iam.createUser(.init(userName: "lost")) }
    }
}
