import AWSCore
import Foundation
import OCI
import Testing

@Suite struct Layers {
    let scratch = Scratch()

    static let compressions: [LayerCompression] = [.stored, .gzip(level: 6), .none]

    @Test(arguments: compressions)
    func layerEntriesRoundTrip(_ compression: LayerCompression) throws {
        let store = MemoryBlobStore()
        var builder = ImageBuilder()
        builder.compression = compression
        let large = Bytes((0..<200_000).map { UInt8(truncatingIfNeeded: $0 &* $0) })
        builder.addLayer([
            LayerEntry("etc/big", .file(.bytes(large)), mode: 0o600), .file("./etc/a", "hello"), .link("bin", to: "usr/bin"),
            .directory("tmp", mode: 0o1777), LayerEntry("etc/same", .hardLink(to: "etc/a")),
            .file("ä/\(String(repeating: "n", count: 150))", ""),
        ])
        let image = try builder.build(into: store)
        let content = try #require(store.open(image.layers[0].descriptor.digest))
        let reader = try ArchiveReader(content)
        var names: [String] = []
        while let entry = try reader.next() {
            names.append(entry.path)
            #expect(entry.modified == Instant(milliseconds: 0))
            switch entry.path {
            case "etc/big":
                #expect(entry.mode == 0o600)
                #expect(try reader.content(upTo: 1 << 20) == large)
            case "etc/a": #expect(try reader.content(upTo: 10) == Bytes("hello".utf8))
            case "etc/same": #expect(entry.kind == .hardLink(to: "etc/a"))
            case "bin": #expect(entry.kind == .symbolicLink(to: "usr/bin"))
            case "tmp": #expect(entry.mode == 0o1777)
            default: break
            }
        }
        #expect(names == ["bin", "etc", "etc/a", "etc/big", "etc/same", "tmp", "ä", "ä/\(String(repeating: "n", count: 150))"])
        #expect(image.config.diffIDs == image.layers.map(\.diffID))
        if compression == .none { #expect(image.layers[0].diffID == image.layers[0].descriptor.digest) }
    }

    @Test func entryOrderDoesNotChangeDigest() throws {
        let entries: [LayerEntry] = [.file("b/c", "1"), .file("a", "2"), .file("b-", "3")]
        var digests: Set<Digest> = []
        for entries in [entries, entries.reversed()] {
            var builder = ImageBuilder()
            builder.addLayer(entries)
            digests.insert(try builder.build(into: MemoryBlobStore()).manifest.digest)
        }
        #expect(digests.count == 1)
    }

    /// Tar and "stored" gzip use no compressor, so the digest is the same on every machine.
    @Test func imageDigestIsReproducible() throws {
        var builder = ImageBuilder()
        builder.addLayer([.file("hello", "world\n")])
        let image = try builder.build(into: MemoryBlobStore())
        #expect(image.layers[0].diffID.description == "sha256:0c0191ed5333fe216118df07a5df8577dc0efccbad71c0df8eebd442facbd569")
        #expect(image.manifest.digest.description == "sha256:f87e6dbc4bf6fde4b6f5406069bd7042e94ac1ab9ab3f49e7c9b667809f9c8f5")
    }

    @Test func folderLayerIgnoresLocationAndTime() throws {
        var digests: Set<Digest> = []
        for place in ["one", "two"] {
            let folder = scratch.path + "/" + place
            try FileManager.default.createDirectory(atPath: folder + "/app", withIntermediateDirectories: true)
            try Data("print(1)".utf8).write(to: URL(fileURLWithPath: folder + "/app/main.py"))
            try FileManager.default.createSymbolicLink(atPath: folder + "/start", withDestinationPath: "app/main.py")
            var builder = ImageBuilder()
            try builder.addLayer(folder: folder)
            digests.insert(try builder.build(into: MemoryBlobStore()).manifest.digest)
        }
        #expect(digests.count == 1)
        var builder = ImageBuilder()
        #expect(throws: ArchiveError.self) { try builder.addLayer(folder: scratch.path + "/nothing") }
    }

    @Test func archiveLayerIsStoredUnchanged() throws {
        let store = MemoryBlobStore()
        var first = ImageBuilder()
        first.fileTime = Instant(milliseconds: 5_000)
        first.addLayer([LayerEntry("home", .directory, userID: 7, groupID: 8)])
        let made = try first.build(into: store).layers[0]
        var second = ImageBuilder()
        second.compression = .none
        let archive = try #require(store.open(made.descriptor.digest))
        try second.addLayer(archive: archive)
        let layer = try second.build(into: store).layers[0]
        #expect(layer.diffID == made.diffID)
        let stored = try #require(store.open(layer.descriptor.digest))
        let entry = try #require(try ArchiveReader.entries(of: stored).first)
        #expect(entry.userID == 7)
        #expect(entry.groupID == 8)
        #expect(entry.modified == Instant(milliseconds: 5_000))
        #expect(throws: ArchiveError.self) {
            try second.addLayer(archive: .bytes(Bytes(repeating: 65, count: 2000)))
        }
    }

    @Test func invalidArchivesAreRejected() throws {
        #expect(throws: ArchiveError.self) { try ArchiveReader.entries(of: .bytes(Bytes(repeating: 65, count: 2000))) }
        var builder = ImageBuilder()
        builder.addLayer([.file("a", String(repeating: "x", count: 5000))])
        let store = MemoryBlobStore()
        let layer = try builder.build(into: store).layers[0].descriptor
        guard case .bytes(let bytes)? = store.open(layer.digest) else {
            Issue.record("the layer is not in memory")
            return
        }
        let whole = try ArchiveReader(.bytes(bytes))
        while try whole.next() != nil { try whole.content { _ in } }
        let half = Bytes(bytes.prefix(bytes.count / 2))
        #expect(throws: ArchiveError.self) {
            let reader = try ArchiveReader(.bytes(half))
            while try reader.next() != nil { try reader.content { _ in } }
        }
    }

    /// The system's gzip must be able to read our output.
    @Test func systemGzipReadsLayer() throws {
        let store = try DiskBlobStore(root: scratch.path + "/blobs")
        var builder = ImageBuilder()
        builder.addLayer([.file("a", String(repeating: "x", count: 500_000))])
        let layer = try builder.build(into: store).layers[0]
        guard case .file(let path, _, _)? = store.open(layer.descriptor.digest) else {
            Issue.record("the layer is not a file")
            return
        }
        let gzip = Process()
        gzip.executableURL = URL(fileURLWithPath: "/bin/gzip")
        gzip.arguments = ["-dc", path]
        let output = Pipe()
        gzip.standardOutput = output
        gzip.standardInput = FileHandle(forReadingAtPath: path)
        try gzip.run()
        let bytes = Bytes(output.fileHandleForReading.readDataToEndOfFile())
        gzip.waitUntilExit()
        #expect(gzip.terminationStatus == 0)
        #expect(Digest(of: bytes) == layer.diffID)
    }
}
