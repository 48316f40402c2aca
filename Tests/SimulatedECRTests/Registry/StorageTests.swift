import DrydockTesting
import Foundation
import HTTPTypes
import OCI
import Testing

@testable import SimulatedECR

/// Removal of unreferenced blobs, and detection of damaged ones.
@Suite struct BlobStorage {
    private func disk() throws -> (store: DiskBlobStore, path: String) {
        let path = FileManager.default.temporaryDirectory.path + "/drydock-blobs-\(UUID().uuidString)"
        return (try DiskBlobStore(root: path), path)
    }

    private func ecr(_ aws: AWS) throws -> ECRSimulation {
        try #require(aws.simulator.services.compactMap { $0 as? ECRSimulation }.first)
    }

    @Test func blobsAreCollectedAfterLastReference() async throws {
        let store = MemoryBlobStore()
        let registry = try await SpecifiedRegistry(deletesAsSpecified: false, blobs: store)
        let ecr = try ecr(registry.aws)
        for repository in ["repo1", "repo2"] {
            try await registry.put(registry.image("shared", in: repository), "v1", in: repository)
        }
        try await registry.put(registry.image("own"), "v2")
        #expect(store.digests().count == 4)
        try await registry.aws.ecr.batchDeleteImage(.init(repositoryName: "repo1", imageIds: [.init(imageTag: "v2")]))
        try ecr.collector.collect(registry.aws.simulator, grace: .zero)
        #expect(store.digests().count == 2)
        try await registry.aws.ecr.deleteRepository(.init(repositoryName: "repo1", force: true))
        try ecr.collector.collect(registry.aws.simulator, grace: .zero)
        #expect(store.digests().count == 2, "the other repository still has them")
        try await registry.aws.ecr.deleteRepository(.init(repositoryName: "repo2", force: true))
        try ecr.collector.collect(registry.aws.simulator, grace: .seconds(60))
        #expect(store.digests().count == 2, "they are young: somebody may be about to refer to them")
        try ecr.collector.collect(registry.aws.simulator, grace: .zero)
        #expect(store.digests().isEmpty)
    }

    @Test func abandonedUploadIsUnknownAfterOneDay() async throws {
        let store = MemoryBlobStore()
        let registry = try await SpecifiedRegistry(blobs: store)
        let place = try await registry.begin()
        let begun = try await registry.aws.ecr.initiateLayerUpload(.init(repositoryName: "repo1"))
        _ = try await registry.ask(.patch, place, body: .bytes([1, 2]))
        registry.aws.clock.advance(by: .hours(11))
        #expect(try await registry.ask(.get, place).status == 204)
        registry.aws.clock.advance(by: .hours(13))
        // Assumed: AWS does not document how long an upload may take.
        let refusal = await refusal {
            try await registry.aws.ecr.uploadLayerPart(
                .init(
                    repositoryName: "repo1", uploadId: begun.uploadId ?? "", partFirstByte: 0, partLastByte: 0,
                    layerPartBlob: [1]))
        }
        #expect(refusal?.code == "UploadNotFoundException")
        _ = try await registry.aws.ecr.describeRepositories(.init())
        #expect(store.uploadIDs().isEmpty)
    }

    @Test func orphanedBlobsAndUploadsAreCollected() async throws {
        let store = MemoryBlobStore()
        let registry = try await SpecifiedRegistry(blobs: store)
        let kept = try await registry.push([1])
        let place = try await registry.begin()
        store.store([2])
        try store.beginUpload(try #require(UploadID("abandoned")))
        let ecr = try ecr(registry.aws)
        try ecr.collectGarbage(in: registry.aws.simulator)
        #expect(store.digests().count == 2, "what is young stays")
        try ecr.collector.collect(registry.aws.simulator, grace: .zero)
        #expect(store.digests() == [kept], "for a while")
        store.store([2])
        try ecr.collector.sweep(registry.aws.simulator, grace: .zero)
        #expect(store.digests() == [kept])
        #expect(store.uploadIDs().count == 1)
        #expect(try await registry.ask(.get, place).status == 204)
    }

    @Test func deleteRepositoryCancelsItsUploads() async throws {
        let store = MemoryBlobStore()
        let registry = try await SpecifiedRegistry(blobs: store)
        let place = try await registry.begin()
        let other = try await registry.begin("repo2")
        try await registry.aws.ecr.deleteRepository(.init(repositoryName: "repo1"))
        #expect(store.uploadIDs().count == 1)
        try await registry.aws.ecr.createRepository(.init(repositoryName: "repo1"))
        #expect(try await registry.ask(.patch, place, body: .bytes([1])).status == 404)
        #expect(try await registry.ask(.patch, other, body: .bytes([1])).status == 202)
    }

    @Test func resetKeepsBlobsUsedByOtherSimulator() async throws {
        let store = MemoryBlobStore()
        let ecr = ECRSimulation(blobs: store)
        let one = try await SpecifiedRegistry(ecr: ecr), two = try await SpecifiedRegistry(ecr: ecr)
        let shared = try await one.push([1])
        try await two.push([1])
        try await one.push([2])
        try one.aws.simulator.reset()
        #expect(store.digests() == [shared])
        #expect(try await two.ask(.get, "/v2/repo1/blobs/\(shared)").status == 307)
        try two.aws.simulator.reset()
        #expect(store.digests().isEmpty)
    }

    @Test func ecrCollectionKeepsHubLayers() async throws {
        let (store, path) = try disk()
        defer { try? FileManager.default.removeItem(atPath: path) }
        let simulator = try Simulator.drydock(Configuration(), layerFolder: path)
        let hub = RegistryClient(host: "registry-1.docker.io", transport: InProcessTransport(simulator))
        let manifest = try await hub.manifest(.tag(.latest), in: RepositoryName("library/alpine")!)
        let ecr = try #require(simulator.services.compactMap { $0 as? ECRSimulation }.first)
        try ecr.collector.sweep(simulator, grace: .zero)
        #expect(manifest.blobs.allSatisfy { store.size(of: $0.digest) == $0.size })
    }

    @Test func damagedLayerIsReportedAndReplacedByPush() async throws {
        let (store, path) = try disk()
        defer { try? FileManager.default.removeItem(atPath: path) }
        let registry = try await SpecifiedRegistry(blobs: store)
        let digest = try await registry.push([1, 2, 3])
        let file = URL(fileURLWithPath: path + "/blobs/sha256/\(digest.hex.prefix(2))/\(digest.hex)")
        try Data([1, 2, 4]).write(to: file)
        try FileManager.default.setAttributes([.modificationDate: Date(timeIntervalSinceNow: -5)], ofItemAtPath: file.path)
        let broken = try await registry.ask(.get, "/v2/repo1/blobs/\(digest)")
        #expect(broken.status == 500 && broken["x-drydock-explanation"]?.contains("damaged") == true)
        #expect(try await registry.ask(.head, "/v2/repo1/blobs/\(digest)").status == 404, "so that clients bring it again")
        let layers = try await registry.aws.ecr.batchCheckLayerAvailability(
            .init(repositoryName: "repo1", layerDigests: [digest.description]))
        #expect(layers.layers?.first?.layerAvailability == "UNAVAILABLE")
        try await registry.push([1, 2, 3])
        #expect(try await registry.ask(.get, "/v2/repo1/blobs/\(digest)").body == [1, 2, 3])
        try FileManager.default.removeItem(at: file)
        #expect(try await registry.ask(.head, "/v2/repo1/blobs/\(digest)").status == 404)
        let begun = try await registry.aws.upload([1, 2, 3], to: "repo1")
        #expect(begun == digest.description)
    }

    /// Changes to a layer's file while the server runs, in the seconds between two pulls.
    enum Harm: CaseIterable {
        /// Replaced by a file with the same size and times.
        case swapped
        /// Replaced by a link to such a file.
        case linked
        case cutOff, longer, linkedElsewhere
    }

    private func harm(_ file: URL, _ harm: Harm) throws {
        let files = FileManager.default
        let times = try files.attributesOfItem(atPath: file.path)[.modificationDate]
        let other = file.appendingPathExtension("other")
        let bytes: [UInt8] =
            switch harm {
            case .swapped, .linked: [1, 2, 4]
            case .cutOff: [1, 2]
            case .longer: [1, 2, 3, 4]
            case .linkedElsewhere: Bytes(repeating: 7, count: 100)
            }
        try Data(bytes).write(to: other)
        if let times { try files.setAttributes([.modificationDate: times], ofItemAtPath: other.path) }
        try files.removeItem(at: file)
        switch harm {
        case .linked, .linkedElsewhere: try files.createSymbolicLink(at: file, withDestinationURL: other)
        case .swapped, .cutOff, .longer: try files.moveItem(at: other, to: file)
        }
    }

    @Test(arguments: Harm.allCases, [false, true])
    func changedLayerFilesAreNotServed(_ kind: Harm, _ deletesAsSpecified: Bool) async throws {
        let (store, path) = try disk()
        defer { try? FileManager.default.removeItem(atPath: path) }
        let registry = try await SpecifiedRegistry(deletesAsSpecified: deletesAsSpecified, blobs: store)
        let digest = try await registry.push([1, 2, 3])
        let file = URL(fileURLWithPath: path + "/blobs/sha256/\(digest.hex.prefix(2))/\(digest.hex)")
        func pull() async throws -> SpecifiedRegistry.Answer {
            let answer = try await registry.ask(.get, "/v2/repo1/blobs/\(digest)")
            guard let place = answer.location else { return answer }
            let rest = place.dropFirst("https://".count)
            let slash = try #require(rest.firstIndex(of: "/"))
            let request = HTTPRequest(
                method: .get, scheme: "https", authority: String(rest[..<slash]), path: String(rest[slash...]))
            let reply = await registry.aws.simulator.respond(to: request, body: .empty)
            return .init(response: reply.response, body: try await reply.body.collect(upTo: 1000))
        }
        #expect(try await pull().body == [1, 2, 3])
        try harm(file, kind)
        let refused = try await pull()
        #expect(refused.status == 500 && refused.body != [1, 2, 3])
        #expect(try await registry.ask(.head, "/v2/repo1/blobs/\(digest)").status == 404)
        #expect(
            try await registry.ask(.post, "/v2/repo2/blobs/uploads/?mount=\(digest)&from=repo1").status == 202,
            "what is damaged is not handed on")
        try await registry.push([1, 2, 3])
        #expect(try await pull().body == [1, 2, 3])
    }

    @Test(arguments: [false, true]) func pushRejectsImageWithMissingLayerBytes(_ deletesAsSpecified: Bool) async throws {
        let store = MemoryBlobStore()
        let registry = try await SpecifiedRegistry(deletesAsSpecified: deletesAsSpecified, blobs: store)
        let image = try await registry.image("one")
        let layer = try #require(image.layers.first?.digest)
        store.remove(layer)
        let refused = try await registry.put(image, "v1")
        #expect((400..<500).contains(refused.status))
        #expect(try await registry.ask(.get, "/v2/repo1/manifests/v1").status == 404)
        let healed = try await registry.image("one")
        #expect(try await registry.put(healed, "v1").status == 201)
    }

    @Test func registryRequestsAreJournaled() async throws {
        let registry = try await SpecifiedRegistry(deletesAsSpecified: false)
        try await registry.put(registry.image("one"), "v1")
        _ = try await registry.ask(.get, "/v2/repo1/manifests/v2", ["User-Agent": "docker/20"])
        _ = try await registry.ask(.get, "/v2/")
        let entries = registry.aws.simulator.journal.entries.filter { $0.service == "ecr" }
        let put = try #require(entries.last { $0.operation == "PutImage" })
        #expect(put.status == 201 && put.caller?.arn == "arn:aws:iam::123456789012:root" && put.error == nil)
        #expect(put.parameters["repositoryName"]?.string == "repo1" && put.parameters["imageTag"]?.string == "v1")
        let get = try #require(entries.last { $0.operation == "BatchGetImage" })
        #expect(get.status == 404 && get.error?.code == "MANIFEST_UNKNOWN" && get.userAgent == "docker/20")
        #expect(entries.last?.operation == "Ping" && entries.last?.status == 200)
        #expect(entries.contains { $0.operation == "CompleteLayerUpload" && $0.region == "us-east-1" })
    }
}
