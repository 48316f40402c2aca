import AWSCore
import Foundation
import OCI
import Testing

@Suite struct ImageArchives {
    private func temporary(_ name: String) -> String {
        FileManager.default.temporaryDirectory.path + "/drydock-test-\(UUID().uuidString)-\(name)"
    }

    @Test(arguments: ["layout", "image.tar", "image.tar.gz", "image.tgz"])
    func imageArchivesRoundTrip(name: String) async throws {
        let path = temporary(name)
        defer { try? FileManager.default.removeItem(atPath: path) }
        let built = try BuiltImage([[.file("a", "one")], [.file("b", "two")]])
        let index = Manifest(index: [built.image.manifest.descriptor])
        built.store.store(built.image.manifest.bytes)
        built.store.store(index.bytes)
        let images = [
            ImageArchive.Image(name: "v1", manifest: built.image.manifest), ImageArchive.Image(name: "multi", manifest: index),
        ]
        try await ImageArchive(images: images, blobs: built.store).write(to: path)
        let store = MemoryBlobStore()
        let read = try await ImageArchive(reading: path, into: store)
        #expect(read.images.map(\.name) == ["v1", "multi"])
        #expect(read.images.map(\.manifest.digest) == images.map(\.manifest.digest))
        #expect(built.image.manifest.blobs.allSatisfy { store.size(of: $0.digest) == $0.size })
    }

    @Test func invalidImageArchivesAreRejected() async throws {
        let path = temporary("file")
        defer { try? FileManager.default.removeItem(atPath: path) }
        try Data("hello".utf8).write(to: URL(fileURLWithPath: path))
        await #expect(throws: (any Error).self) { _ = try await ImageArchive(reading: path, into: MemoryBlobStore()) }
        await #expect(throws: (any Error).self) {
            _ = try await ImageArchive(reading: path + ".absent", into: MemoryBlobStore())
        }
    }

    /// An index of two images; the caller chooses which parts of the second exist.
    private struct Platforms {
        let store = MemoryBlobStore()
        let first: Manifest
        let second: Manifest
        let index: Manifest

        init() throws {
            var manifests: [Manifest] = []
            for text in ["one", "two"] {
                let built = try BuiltImage([[.file(text, text)]])
                for blob in built.image.manifest.blobs {
                    guard case .bytes(let bytes)? = built.store.open(blob.digest) else { continue }
                    store.store(bytes)
                }
                store.store(built.image.manifest.bytes)
                manifests.append(built.image.manifest)
            }
            (first, second) = (manifests[0], manifests[1])
            index = Manifest(
                index: zip(manifests, ["amd64", "arm64"]).map { manifest, architecture in
                    var descriptor = manifest.descriptor
                    descriptor.platform = Platform(os: "linux", architecture: architecture)
                    return descriptor
                })
            store.store(index.bytes)
        }

        func manifests(of image: Manifest? = nil) async throws -> [Manifest] {
            try await ImageArchive(images: [], blobs: store).manifests(of: image ?? index)
        }
    }

    @Test func indexFollowsItsImages() async throws {
        let images = try Platforms()
        #expect(try await images.manifests() == [images.first, images.second, images.index])
        #expect(try await images.manifests(of: images.first) == [images.first])
    }

    /// The archive of an engine that pulled only one image of an index.
    @Test func incompleteIndexYieldsItsCompleteImage() async throws {
        let images = try Platforms()
        images.store.remove(try #require(images.second.config?.digest))
        #expect(try await images.manifests() == [images.first])
        images.store.remove(images.second.digest)
        #expect(try await images.manifests() == [images.first])
    }

    @Test func incompleteImagesAreRejected() async throws {
        let images = try Platforms()
        let layer = images.first.layers[0].digest
        images.store.remove(layer)
        await #expect(throws: ArchiveError("\(layer), part of \(images.first.digest), is missing")) {
            _ = try await images.manifests(of: images.first)
        }
        images.store.remove(images.second.digest)
        await #expect(throws: ArchiveError.self) { _ = try await images.manifests() }
    }

    @Test func imageWithWrongLayerSizeIsRejected() async throws {
        let images = try Platforms()
        var layer = images.first.layers[0]
        layer.size += 1
        let wrong = Manifest(image: try #require(images.first.config), layers: [layer])
        await #expect(throws: ArchiveError.self) { _ = try await images.manifests(of: wrong) }
    }

    /// `docker load` does not support indexes; it loads the image for the machine's platform.
    @Test func archiveManifestListsOneImageOfIndex() async throws {
        let path = temporary("index.tar")
        defer { try? FileManager.default.removeItem(atPath: path) }
        let images = try Platforms()
        try await ImageArchive(images: [.init(name: "app:v1", manifest: images.index)], blobs: images.store).write(to: path)
        let reader = try ArchiveReader(
            .file(path: path, offset: 0, length: try Data(contentsOf: URL(fileURLWithPath: path)).count))
        var list: Node?
        while let entry = try reader.next() {
            if entry.path == "manifest.json" { list = try JSON.parse(reader.content(upTo: 1 << 20)) }
        }
        let items = try #require(list?.elements)
        #expect(items.count == 1)
        #expect(items.first?["RepoTags"]?.elements?.compactMap(\.string) == ["app:v1"])
        let configs = [images.first, images.second].compactMap { $0.config.map { "blobs/sha256/\($0.digest.hex)" } }
        #if arch(arm64)
            #expect(items.first?["Config"]?.string == configs[1])
        #else
            #expect(items.first?["Config"]?.string == configs[0])
        #endif
    }

    @Test(arguments: ["layout", "image.tar", "image.tgz"])
    func cancelledArchiveWriteLeavesNoFiles(name: String) async throws {
        let folder = temporary("folder")
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let images = try Platforms()
        let task = Task {
            withUnsafeCurrentTask { $0?.cancel() }
            try await ImageArchive(images: [.init(name: "v1", manifest: images.first)], blobs: images.store)
                .write(to: "\(folder)/\(name)")
        }
        await #expect(throws: CancellationError.self) { try await task.value }
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == [])
    }

    @Test(arguments: [
        ("full", "is not empty"), ("full/a", "is a file"), ("full/a/b.tar", "no such folder"),
        ("none/b.tar.gz", "no such folder"), ("folder.tar", "is a folder"), ("x.tar.zst", "not as .tar.zst"),
        ("", "is empty"),
    ])
    func unsuitableArchiveTargetsAreRejected(name: String, reason: String) throws {
        let folder = temporary("folder")
        defer { try? FileManager.default.removeItem(atPath: folder) }
        for path in ["full", "folder.tar"] {
            try FileManager.default.createDirectory(atPath: "\(folder)/\(path)", withIntermediateDirectories: true)
        }
        try Data("a".utf8).write(to: URL(fileURLWithPath: folder + "/full/a"))
        let error = #expect(throws: ArchiveError.self) { try ImageArchive.checkTarget(name.isEmpty ? "" : "\(folder)/\(name)") }
        #expect(error?.description.contains(reason) == true)
        #expect(throws: Never.self) { try ImageArchive.checkTarget("\(folder)/new") }
    }

    @Test func damagedBlobInTarIsRejected() async throws {
        let path = temporary("image.tar")
        defer { try? FileManager.default.removeItem(atPath: path) }
        let images = try Platforms()
        try await ImageArchive(images: [.init(name: "v1", manifest: images.first)], blobs: images.store).write(to: path)
        var bytes = try Data(contentsOf: URL(fileURLWithPath: path))
        let place = try #require(bytes.range(of: Data(#""architecture""#.utf8)))
        bytes[place.lowerBound + 1] = UInt8(ascii: "A")
        try bytes.write(to: URL(fileURLWithPath: path))
        await #expect(throws: BlobError.self) { _ = try await ImageArchive(reading: path, into: MemoryBlobStore()) }
    }
}
