import AWSCore
import ArgumentParser
import Foundation
import OCI
import SimulatedDocker

struct BuildImageCommand: AsyncParsableCommand, Sendable {
    static let configuration = CommandConfiguration(
        commandName: "build-image", abstract: "Build a container image from folders and tar archives, without Docker.",
        discussion: """
            If the target ends with .tar, .tar.gz or .tgz, writes a file: an OCI layout that 'docker load' reads too. \
            Otherwise writes a folder with an OCI layout, which must be empty or new.

            The same content gives the same bytes: files of folders are sorted, belong to root unless --owner sets another \
            owner, and have the time in SOURCE_DATE_EPOCH, else the start of 1970.

            Example: drydock build-image --layer root --change 'ENTRYPOINT ["/usr/bin/app"]' app:v1 app.tar
            """)

    @Option(
        name: .customLong("layer"),
        help: ArgumentHelp(
            "A folder, or a tar archive whose entries are not changed. Repeatable, lowest layer first.",
            valueName: "folder|file"))
    var layers: [String] = []
    @Option(
        name: .customLong("change"),
        help: ArgumentHelp(
            "A Dockerfile instruction that sets how the image is run, such as USER, ENV, CMD or HEALTHCHECK. Repeatable.",
            valueName: "instruction"))
    var changes: [String] = []
    @Option(
        name: .customLong("owner"),
        help: ArgumentHelp(
            "The owner of a path of the folders, and of everything below it: var/lib/app=1000:1000. Repeatable.",
            valueName: "path=uid:gid"), transform: OwnedPath.init(parsing:))
    var owners: [OwnedPath] = []
    @Option(
        help: ArgumentHelp("The platform. (default: this machine's)", valueName: "os/architecture"),
        transform: PlatformArgument.parse)
    var platform = Platform.machine
    @Argument(help: "The image's name, such as app:v1. (default tag: latest)") var name: String
    @Argument(help: "The file or folder to write.") var target: String

    func validate() throws {
        do { _ = try ImageReference(parsing: name) } catch { throw ValidationError("'\(name)': \(error).") }
    }

    func run() async throws {
        try await Interruption.cancels { try await RegistryOptions.explained { try await build() } }
    }

    private func build() async throws {
        try ImageArchive.checkTarget(target)
        let time = try Self.time()
        var builder = ImageBuilder()
        builder.platform = platform
        builder.manifestType = .ociManifest
        builder.compression = .gzip(level: 9)
        builder.created = time
        builder.fileTime = time
        do { builder.executionDocument = try ConfigChanges(changes).node } catch { throw Failure("--change: \(error.message)") }
        builder.instructions = changes
        try addLayers(to: &builder)
        let folder = try TemporaryFolder("build")
        defer { folder.remove() }
        let blobs = try DiskBlobStore(root: folder.path + "/layers")
        let image = try builder.build(into: blobs)
        try blobs.store(image.manifest.bytes)
        let named = NamedImage(image.manifest, names: [try ImageReference(parsing: name).withDefaultTag])
        try await ImageArchive.write([named], from: blobs, to: target)
        print("\(target)  \(image.manifest.digest)")
    }

    private func addLayers(to builder: inout ImageBuilder) throws {
        var unused = Set(owners.map(\.path))
        for place in layers {
            var isFolder: ObjCBool = false
            guard FileManager.default.fileExists(atPath: place, isDirectory: &isFolder) else {
                throw Failure("--layer: there is no folder or file '\(place)'.")
            }
            guard isFolder.boolValue else {
                guard let archive = HTTPBody.file(at: place) else {
                    throw Failure("--layer: '\(place)' is not a regular file that can be read.")
                }
                do { try builder.addLayer(archive: archive) } catch { throw Failure("--layer: \(place): \(error)") }
                continue
            }
            let entries = try LayerEntry.contents(of: place).map { entry in
                var entry = entry
                // The last option that names the entry or a folder above it.
                if let owner = owners.last(where: { $0.contains(entry.path) }) {
                    entry.userID = owner.userID
                    entry.groupID = owner.groupID
                }
                unused.remove(entry.path)
                return entry
            }
            builder.addLayer(entries, createdBy: "COPY . / # drydock")
        }
        if let path = unused.sorted().first { throw Failure("--owner: no folder of a layer has '\(path)'.") }
    }

    /// Returns the time of the image and its files.
    /// https://reproducible-builds.org/specs/source-date-epoch/
    private static func time() throws -> Instant {
        guard let text = ProcessInfo.processInfo.environment["SOURCE_DATE_EPOCH"], !text.isEmpty else {
            return Instant(milliseconds: 0)
        }
        // Up to the year 9999.
        guard let seconds = Int64(text), (0..<253_402_300_800).contains(seconds) else {
            throw Failure("SOURCE_DATE_EPOCH must be a number of seconds since 1970, not '\(text)'.")
        }
        return Instant(seconds: seconds)
    }
}

/// A path of an image and its owner: `var/lib/app=1000:1000`.
struct OwnedPath: Sendable {
    let path: String
    let userID, groupID: Int

    /// - Throws: `ValidationError` with the expected form.
    @Sendable init(parsing argument: String) throws {
        let parts = argument.split(separator: "=", omittingEmptySubsequences: false)
        let ids = parts.last?.split(separator: ":", omittingEmptySubsequences: false).compactMap { UInt32($0) } ?? []
        path = parts[0].split(separator: "/").joined(separator: "/")
        guard parts.count == 2, !path.isEmpty, ids.count == 2 else {
            throw ValidationError("--owner must look like var/lib/app=1000:1000, not '\(argument)'.")
        }
        (userID, groupID) = (Int(ids[0]), Int(ids[1]))
    }

    func contains(_ other: String) -> Bool { other == path || other.hasPrefix(path + "/") }
}

enum PlatformArgument {
    /// Parses `linux/arm64`, `linux/arm64/v8`.
    /// - Throws: `ValidationError` with the expected form.
    @Sendable static func parse(_ argument: String) throws -> Platform {
        let parts = argument.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        guard (2...3).contains(parts.count), parts.allSatisfy({ !$0.isEmpty && !$0.contains(where: \.isWhitespace) }) else {
            throw ValidationError("--platform must look like linux/arm64, not '\(argument)'.")
        }
        return Platform(os: parts[0], architecture: parts[1], variant: parts.count > 2 ? parts[2] : nil)
    }
}
