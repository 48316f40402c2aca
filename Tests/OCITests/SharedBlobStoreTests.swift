import AWSCore
import Foundation
import OCI
import Testing

@Suite struct SharedBlobStores {
    private let layer = Bytes("a layer".utf8)

    @Test func blobIsKeptUntilLastForkReleasesIt() throws {
        let base = MemoryBlobStore()
        let first = try SharedBlobStore(base)
        let digest = try first.store(layer)
        var second: SharedBlobStore? = first.fork()
        #expect(try first.remove(digest))
        #expect(try first.size(of: digest) == nil)
        #expect(try second?.size(of: digest) == layer.count)
        second = nil
        #expect(base.digests().isEmpty)
        #expect(try !first.remove(digest))
    }

    @Test func existingBlobOutlivesSharedStore() throws {
        let base = MemoryBlobStore()
        let digest = base.store(layer)
        do { _ = try SharedBlobStore(base) }
        #expect(base.size(of: digest) == layer.count)
    }

    @Test func forkedStoreBlobsAreInvisibleToParent() async throws {
        let first = try SharedBlobStore(MemoryBlobStore())
        let fork = first.fork()
        let digest = try fork.store(layer)
        #expect(try first.open(digest) == nil)
        #expect(first.digests().isEmpty)
        #expect(fork.digests() == [digest])
        #expect(try await fork.read(digest) == layer)
    }

    @Test func forksHaveSeparateUploads() throws {
        let first = try SharedBlobStore(MemoryBlobStore())
        let fork = first.fork()
        let id = try #require(UploadID("same"))
        try first.beginUpload(id)
        try fork.beginUpload(id)
        try first.append(layer, to: id, at: 0)
        #expect(try fork.uploadedSize(id) == 0)
        #expect(try first.finishUpload(id, as: nil).digest == Digest(of: layer))
        #expect(try fork.cancelUpload(id))
    }

    @Test func uploadWithWrongDigestStoresNoBlob() throws {
        let store = try SharedBlobStore(MemoryBlobStore())
        let id = try #require(UploadID("wrong"))
        try store.beginUpload(id)
        try store.append(layer, to: id, at: 0)
        #expect(throws: BlobError.self) { try store.finishUpload(id, as: Digest(of: Bytes("other".utf8))) }
        #expect(store.digests().isEmpty)
    }

    @Test func adoptReplacesBlobsWithThoseOfOtherStore() throws {
        let first = try SharedBlobStore(MemoryBlobStore())
        let old = try first.store(Bytes("old".utf8))
        let other = try SharedBlobStore(MemoryBlobStore())
        let digest = try other.store(layer)
        try first.adopt(other)
        #expect(first.digests() == [digest])
        #expect(try first.size(of: old) == nil)
    }

    @Test func concurrentForksLoseNoBlobs() async throws {
        let base = MemoryBlobStore()
        let first = try SharedBlobStore(base)
        let layers = (0..<20).map { Bytes("layer \($0)".utf8) }
        let forks = (0..<4).map { _ in first.fork() }
        await withTaskGroup(of: Void.self) { group in
            for (index, fork) in forks.enumerated() {
                group.addTask {
                    for round in 0..<50 {
                        for layer in layers {
                            let digest = try! fork.store(layer)
                            #expect(try! base.size(of: digest) == layer.count)
                            if (round + index).isMultiple(of: 2) { _ = try! fork.remove(digest) }
                        }
                    }
                }
            }
        }
        for fork in forks { for digest in fork.digests() { #expect(try await !fork.read(digest).isEmpty) } }
    }
}
