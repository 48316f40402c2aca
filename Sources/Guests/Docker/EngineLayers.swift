import Foundation
import OCI
import SimulatedDocker

/// The layers of all guests' engines. Each layer is stored once, as long as any engine needs it.
struct EngineLayers: Sendable {
    let blobs: DiskBlobStore
    /// The parent folder of the guests' folders.
    private let folder: String
    static let file = "docker.json"

    init(folder: String) throws {
        self.folder = folder
        blobs = try DiskBlobStore(root: folder + "/layers")
    }

    /// Removes layers that no engine needs.
    /// - Parameter time: keeps layers touched within this time: a layer that is still being pulled belongs to no engine yet.
    func collect(idleFor time: Duration) {
        var needed: Set<Digest> = []
        for guest in (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? [] {
            needed.formUnion(FileEngineStore.blobs(ofFile: "\(folder)/\(guest)/\(Self.file)"))
        }
        for digest in blobs.digests() where !needed.contains(digest) { blobs.remove(digest, ifIdleFor: time) }
    }
}
