import AWSCore
import Foundation
import OCI
import Testing

@Suite struct ImageArchives {
    private func temporary(_ name: String) -> String {
        FileManager.default.temporaryDirectory.path + "/drydock-test-\(UUID().uuidString)-\(name)"
    }

    @Test(arguments: ["layout", "image.tar"])
    func whatIsWrittenIsReadBack(name: String) async throws {
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

    @Test func whatIsNoArchiveIsRefused() async throws {
        let path = temporary("file")
        defer { try? FileManager.default.removeItem(atPath: path) }
        try Data("hello".utf8).write(to: URL(fileURLWithPath: path))
        await #expect(throws: (any Error).self) { _ = try await ImageArchive(reading: path, into: MemoryBlobStore()) }
        await #expect(throws: (any Error).self) {
            _ = try await ImageArchive(reading: path + ".absent", into: MemoryBlobStore())
        }
    }
}
