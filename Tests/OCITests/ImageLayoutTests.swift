import AWSCore
import Foundation
import OCI
import Testing

@Suite struct ImageLayouts {
    let scratch = Scratch()
    let store = MemoryBlobStore()

    func names(_ texts: String...) throws -> [ImageReference] { try texts.map { try ImageReference(parsing: $0) } }

    @Test func layoutFolderRoundTrips() async throws {
        let image = try image(in: store)
        let named = NamedImage(image.manifest, names: try names("a/b:v1", "a/b:v2"))
        try await ImageLayout.write([named], from: store, to: scratch.path + "/layout")
        let other = MemoryBlobStore()
        let read = try await ImageLayout.read(scratch.path + "/layout", into: other)
        #expect(read.map(\.manifest) == [image.manifest])
        #expect(read[0].names == named.names)
        for blob in image.manifest.blobs { #expect(other.isIntact(blob.digest) == true) }
    }

    @Test func damagedLayoutFolderIsRejected() async throws {
        let image = try image(in: store)
        let folder = scratch.path + "/layout"
        try await ImageLayout.write([NamedImage(image.manifest)], from: store, to: folder)
        let layer = folder + "/blobs/sha256/" + image.manifest.layers[0].digest.hex
        try Data([1]).write(to: URL(fileURLWithPath: layer))
        await #expect(throws: BlobError.self) { try await ImageLayout.read(folder, into: MemoryBlobStore()) }
        await #expect(throws: ArchiveError.self) { try await ImageLayout.read(scratch.path, into: MemoryBlobStore()) }
    }

    @Test func imageArchiveRoundTrips() async throws {
        let image = try image(in: store, type: .ociManifest)
        let path = scratch.path + "/image.tar"
        try await ImageLayout.save([NamedImage(image.manifest, names: try names("a/b:v1"))], from: store, to: path)
        let first = try Data(contentsOf: URL(fileURLWithPath: path))
        try await ImageLayout.save([NamedImage(image.manifest, names: try names("a/b:v1"))], from: store, to: path)
        #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == first)
        let other = MemoryBlobStore()
        let read = try await ImageLayout.load(.file(path: path, offset: 0, length: first.count), into: other)
        #expect(read.map(\.manifest) == [image.manifest])
        #expect(read[0].names.map(\.familiar) == ["a/b:v1"])
    }

    /// The archive format of Docker before version 25: a configuration and folders with uncompressed layers, but no manifests.
    @Test func legacyDockerArchiveIsRead() async throws {
        var builder = ImageBuilder()
        builder.compression = .none
        builder.addLayer([.file("a", "1")])
        let image = try builder.build(into: store)
        let layer = try #require(store.open(image.layers[0].diffID))
        guard case .bytes(let content) = layer else {
            Issue.record("the layer is not in memory")
            return
        }
        let hex = image.config.digest.hex
        var old = ImageBuilder()
        old.compression = .none
        old.addLayer([
            LayerEntry("\(hex).json", .file(.bytes(image.config.bytes))), LayerEntry("one/layer.tar", .file(.bytes(content))),
            .file("manifest.json", #"[{"Config":"\#(hex).json","RepoTags":["x:v1"],"Layers":["one/layer.tar"]}]"#),
        ])
        let archive = try #require(store.open(try old.build(into: store).layers[0].diffID))
        let read = try await ImageLayout.load(archive, into: MemoryBlobStore())
        #expect(read[0].manifest.config?.digest == image.config.digest)
        #expect(read[0].manifest.layers.map(\.digest) == [image.layers[0].diffID])
        #expect(read[0].names.map(\.familiar) == ["x:v1"])
    }

    @Test func archiveWithoutManifestIsRejected() async throws {
        let image = try image(layers: 1, in: store)
        let layer = try #require(store.open(image.manifest.layers[0].digest))
        await #expect(throws: ArchiveError.self) { try await ImageLayout.load(layer, into: MemoryBlobStore()) }
    }
}
