import Foundation
import OCI
import SimulatedDocker

/// The layers of all guests' engines: each lies there once, for as long as any engine has it.
struct EngineLayers: Sendable {
    let blobs: DiskBlobStore
    /// Where the guests' folders are.
    private let folder: String
    static let file = "docker.json"

    init(folder: String) throws {
        self.folder = folder
        blobs = try DiskBlobStore(root: folder + "/layers")
    }

    /// Forgets what no engine needs any more.
    /// - Parameter time: how long nobody may have touched it; what arrives belongs to nobody yet.
    func collect(idleFor time: Duration) {
        var needed: Set<Digest> = []
        for guest in (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? [] {
            needed.formUnion(FileEngineStore.blobs(ofFile: "\(folder)/\(guest)/\(Self.file)"))
        }
        for digest in blobs.digests() where !needed.contains(digest) { blobs.remove(digest, ifIdleFor: time) }
    }
}
