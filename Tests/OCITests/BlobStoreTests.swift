import AWSCore
import Foundation
import Testing

@testable import OCI

/// A directory that is removed at the end of the test.
final class Scratch: Sendable {
    let path: String
    init() {
        path = NSTemporaryDirectory() + "oci-\(UUID().uuidString)"
        try? FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }
    deinit { try? FileManager.default.removeItem(atPath: path) }
}

struct BrokeOff: Error {}

/// Returns a body of `pieces` that then ends or fails.
func body(_ pieces: [Bytes], breaksOff: Bool = false) -> HTTPBody {
    let stream = AsyncThrowingStream<Bytes, any Error> { continuation in
        for piece in pieces { continuation.yield(piece) }
        continuation.finish(throwing: breaksOff ? BrokeOff() : nil)
    }
    return .stream(HTTPBodyStream(stream), length: nil)
}

enum StoreKind: String, CaseIterable, Sendable {
    case memory, disk

    func make(_ scratch: Scratch) throws -> any BlobStore {
        switch self {
        case .memory: MemoryBlobStore()
        case .disk: try DiskBlobStore(root: scratch.path + "/store")
        }
    }
}

@Suite struct BlobStores {
    let scratch = Scratch()

    @Test(arguments: StoreKind.allCases)
    func blobIsStoredUnderItsDigest(_ kind: StoreKind) async throws {
        let store = try kind.make(scratch)
        let digest = try store.store(Array("hello".utf8))
        #expect(digest == Digest(of: "hello".utf8))
        #expect(try store.size(of: digest) == 5)
        #expect(try await store.read(digest) == Array("hello".utf8))
        #expect(try store.digests() == [digest])
        #expect(try store.isIntact(digest) == true)
        #expect(try store.remove(digest))
        #expect(try !store.remove(digest))
        #expect(try store.open(digest) == nil ? true : false)
        #expect(try store.isIntact(digest) == nil)
        await #expect(throws: BlobError.missing(digest)) { try await store.read(digest) }
    }

    @Test(arguments: StoreKind.allCases)
    func uploadsAppendPiecesAndCheckDigest(_ kind: StoreKind) async throws {
        let store = try kind.make(scratch)
        let id = try #require(UploadID("one"))
        try store.beginUpload(id)
        #expect(throws: BlobError.uploadExists(id)) { try store.beginUpload(id) }
        #expect(try store.append([1, 2], to: id, at: 0) == 2)
        #expect(throws: BlobError.offset(expected: 5, found: 2)) { try store.append([3], to: id, at: 5) }
        #expect(try await store.receive(body([[3], [4, 5]]), into: id, at: 2) == 5)
        #expect(try store.digests().isEmpty)
        let wrong = Digest(of: [9])
        let right = Digest(of: [1, 2, 3, 4, 5])
        #expect(throws: BlobError.digest(expected: wrong, found: right)) { try store.finishUpload(id, as: wrong) }
        #expect(try store.finishUpload(id, as: right) == StoredBlob(digest: right, size: 5))
        #expect(try store.uploadedSize(id) == nil)
        #expect(throws: BlobError.unknownUpload(id)) { try store.finishUpload(id, as: right) }
        #expect(try await store.read(right) == [1, 2, 3, 4, 5])
    }

    @Test(arguments: StoreKind.allCases)
    func sha512BlobsAreStored(_ kind: StoreKind) async throws {
        let store = try kind.make(scratch)
        var digester = Digester(.sha512)
        digester.update([1, 2, 3])
        let stored = try await store.store(body([[1, 2], [3]]), as: digester.finish())
        #expect(stored.digest == digester.finish())
        #expect(try store.digests() == [stored.digest])
        #expect(try await store.read(stored.digest) == [1, 2, 3])
    }

    @Test(arguments: StoreKind.allCases)
    func failedUploadStoresNoBlob(_ kind: StoreKind) async throws {
        let store = try kind.make(scratch)
        let id = try #require(UploadID("one"))
        try store.beginUpload(id)
        await #expect(throws: BrokeOff.self) { try await store.receive(body([[1], [2]], breaksOff: true), into: id) }
        #expect(try store.digests().isEmpty)
        #expect(try store.uploadedSize(id) == 2)
        #expect(try store.cancelUpload(id))
        #expect(try store.uploadedSize(id) == nil)
        await #expect(throws: BrokeOff.self) { try await store.store(body([[1]], breaksOff: true), as: nil) }
        #expect(try store.digests().isEmpty)
    }

    @Test(arguments: StoreKind.allCases)
    func onlyIdleBlobsAreRemoved(_ kind: StoreKind) throws {
        let store = try kind.make(scratch)
        let digest = try store.store([1])
        #expect(try !store.remove(digest, ifIdleFor: .seconds(600)))
        #expect(try store.touch(digest))
        #expect(try store.size(of: digest) == 1)
        #expect(try store.remove(digest, ifIdleFor: .zero))
        #expect(try !store.remove(digest, ifIdleFor: .zero) && !store.touch(digest))
    }

    @Test(arguments: StoreKind.allCases)
    func uploadsAreListed(_ kind: StoreKind) throws {
        let store = try kind.make(scratch)
        let id = try #require(UploadID("one"))
        try store.beginUpload(id)
        #expect(try store.uploadIDs() == [id])
        try store.cancelUpload(id)
        #expect(try store.uploadIDs().isEmpty)
    }

    @Test(arguments: StoreKind.allCases)
    func concurrentUploadsOfOneBlobSucceed(_ kind: StoreKind) async throws {
        let store = try kind.make(scratch)
        let content = Bytes(repeating: 7, count: 100_000)
        try await withThrowingTaskGroup(of: StoredBlob.self) { group in
            for _ in 0..<8 { group.addTask { try await store.store(body([content, content]), as: nil) } }
            for try await blob in group { #expect(blob.size == 200_000) }
        }
        #expect(try store.digests() == [Digest(of: content + content)])
    }
}

@Suite struct DiskBlobStores {
    let scratch = Scratch()

    @Test func damagedBlobIsDetectedAndReplaced() async throws {
        let store = try DiskBlobStore(root: scratch.path + "/store")
        let digest = try store.store([1, 2, 3])
        let file = scratch.path + "/store/blobs/sha256/\(digest.hex.prefix(2))/\(digest.hex)"
        try Data([1, 2, 4]).write(to: URL(fileURLWithPath: file))
        #expect(try store.isIntact(digest) == false)
        await #expect(throws: BlobError.damaged(digest)) { try await store.read(digest) }
        // The next upload replaces a damaged or truncated blob.
        try store.store([1, 2, 3])
        #expect(try store.isIntact(digest) == true)
        for damaged in [Data([1]), Data([1, 2, 4])] {
            try damaged.write(to: URL(fileURLWithPath: file))
            try await store.store(body([[1, 2], [3]]), as: digest)
            #expect(try store.isIntact(digest) == true)
        }
    }

    @Test func uploadsContinueAfterStoreReopens() throws {
        let id = try #require(UploadID("one"))
        do {
            let store = try DiskBlobStore(root: scratch.path + "/store")
            try store.beginUpload(id)
            try store.append([1, 2], to: id, at: nil)
        }
        let store = try DiskBlobStore(root: scratch.path + "/store")
        #expect(try store.append([3], to: id, at: 2) == 3)
        #expect(try store.finishUpload(id, as: nil).digest == Digest(of: [1, 2, 3]))
        #expect(try FileManager.default.contentsOfDirectory(atPath: scratch.path + "/store/uploads").isEmpty)
    }

    @Test func manyUploadsKeepFewFilesOpen() throws {
        let store = try DiskBlobStore(root: scratch.path + "/store")
        let ids = try (0..<300).map { try #require(UploadID("u\($0)")) }
        for id in ids { try store.beginUpload(id) }
        for (number, id) in ids.enumerated() { try store.append([UInt8(number % 256)], to: id, at: 0) }
        #if os(Linux)
            let open = try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").filter { name in
                let target = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/fd/\(name)")
                return target?.contains(scratch.path) == true
            }
            #expect(open.count <= 128)
        #endif
        for (number, id) in ids.enumerated() {
            try store.append([1], to: id, at: 1)
            #expect(try store.finishUpload(id, as: nil).digest == Digest(of: [UInt8(number % 256), 1]))
        }
    }

    /// The case of a write that failed because the disk was full.
    @Test func writesAfterTruncationAppend() throws {
        let path = scratch.path + "/file"
        let file = try OpenFile(creating: path)
        try file.write([1, 2, 3, 4])
        file.truncate(to: 2)
        try file.write([5])
        #expect(try Files.readAll(path) == [1, 2, 5])
    }

    @Test func forkKeepsBlobsRemovedFromOriginal() async throws {
        let store = try DiskBlobStore(root: scratch.path + "/store")
        let digest = try store.store([1, 2, 3])
        let fork = try store.fork(to: scratch.path + "/fork")
        try store.remove(digest)
        try store.store([4])
        #expect(try await fork.read(digest) == [1, 2, 3])
        #expect(fork.digests() == [digest])
    }

    @Test func uncreatableStoreDirectoryIsNamedInError() {
        #expect(throws: BlobError.storage("/proc/nothing: No such file or directory")) {
            try DiskBlobStore(root: "/proc/nothing")
        }
    }
}
