import Foundation
import Glibc
import Logging
import Synchronization

/// The disks of images that were made from guests: one folder per image, beside the guests' folders.
///
/// Copying takes time. A caller that needs a disk waits for its copy.
final class GuestImages: Sendable {
    private let folder: String
    private let machine: Machine
    private let copies = Mutex<[String: Task<Void, Never>]>([:])

    /// The copy of a disk that belongs to an image.
    struct Captured: Sendable {
        let folder: String
        var root: String { folder + "/root" }
        var images: String { folder + "/" + EngineLayers.file }
        /// The name of the AWS image that its operating system came from.
        var systemName: String {
            FileManager.default.contents(atPath: folder + "/system").map { String(decoding: $0, as: UTF8.self) } ?? ""
        }
    }

    init(folder: String, machine: Machine) {
        self.folder = folder
        self.machine = machine
    }

    private func imageFolder(_ image: String) -> String { folder + "/" + image }

    /// Starts to copy a guest's disk.
    func capture(_ disk: GuestDisk, as image: String) {
        guard disk.isMade else { return }
        begin(image, root: disk.root, small: [disk.images, disk.folder + "/system"])
    }

    /// Starts to copy an image's disk, if it has one.
    func copy(_ source: String, as image: String) {
        let from = imageFolder(source)
        guard FileManager.default.fileExists(atPath: from) else { return }
        begin(image, root: from + "/root", small: [from + "/" + EngineLayers.file, from + "/system"], after: source)
    }

    func forget(_ image: String) {
        copies.withLock { copies in
            // A copy from this image may still be running.
            let running = Array(copies.values)
            copies[image] = Task { [imageFolder = imageFolder(image), machine] in
                for copy in running { await copy.value }
                machine.remove(imageFolder)
            }
        }
    }

    /// Waits for an image's copy and returns its disk; nil for an image without a disk.
    func captured(_ image: String) async -> Captured? {
        await copies.withLock { $0[image] }?.value
        let imageFolder = imageFolder(image)
        return FileManager.default.fileExists(atPath: imageFolder + "/root") ? Captured(folder: imageFolder) : nil
    }

    /// Waits for all running copies.
    func finishCopies() async {
        for copy in copies.withLock({ Array($0.values) }) { await copy.value }
    }

    /// Removes the disks of deleted images.
    func removeAll(except kept: Set<String>) {
        for name in (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        where name.hasPrefix("ami-") && !kept.contains(name) {
            machine.remove(folder + "/" + name)
        }
    }

    /// Copies small files at once and the rest in the background.
    private func begin(_ image: String, root: String, small: [String], after source: String? = nil) {
        let imageFolder = imageFolder(image)
        do {
            machine.remove(imageFolder)
            try FileManager.default.createDirectory(
                atPath: imageFolder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o711])
            for file in small where FileManager.default.fileExists(atPath: file) {
                let name = file.split(separator: "/").last ?? ""
                try FileManager.default.copyItem(atPath: file, toPath: imageFolder + "/" + name)
            }
        } catch { return give(up: imageFolder, error) }
        copies.withLock { copies in
            let earlier = source.flatMap { copies[$0] }
            copies[image] = Task {
                await earlier?.value
                do {
                    try await Self.copyTree(root, to: imageFolder + "/unfinished", machine)
                    try FileManager.default.moveItem(atPath: imageFolder + "/unfinished", toPath: imageFolder + "/root")
                } catch { give(up: imageFolder, error) }
            }
        }
    }

    private func give(up imageFolder: String, _ error: any Error) {
        Logger.drydock.error("the disk of an image cannot be kept in '\(imageFolder)': \(error)")
        machine.remove(imageFolder)
    }

    /// Copies a folder with its links, owners, modes and times. Doesn't follow links.
    static func copyTree(_ source: String, to target: String, _ machine: Machine) async throws {
        let status = try await machine.run(onFiles: ["/bin/cp", "-a", "--reflink=auto", "--", source, target])
        // A running guest may delete files meanwhile. The remaining files still form a disk, as after a power failure.
        guard FileManager.default.fileExists(atPath: target + "/etc") else {
            throw GuestFailure("cp of '\(source)' failed with \(status)")
        }
    }
}

extension GuestImages {
    /// Copies the engine's images of the instance's image beside a disk that isn't made yet.
    func giveEngine(of image: String, to disk: GuestDisk) {
        let source = imageFolder(image) + "/" + EngineLayers.file
        guard FileManager.default.fileExists(atPath: source) else { return }
        try? FileManager.default.createDirectory(
            atPath: disk.folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o755])
        try? FileManager.default.copyItem(atPath: source, toPath: disk.images)
    }
}
