import AWSClient
import AWSCore
import ArgumentParser
import Drydock
import ECRAPI
import Foundation
import OCI

struct ExportCommand: AsyncParsableCommand, Sendable {
    static let configuration = CommandConfiguration(
        commandName: "export", abstract: "Write an image as an OCI layout.",
        discussion: """
            If the name ends with .tar, .tar.gz or .tgz, writes a file that 'docker load' reads, and replaces an existing one. \
            Otherwise writes a folder, which must be empty or new. Manifests are not converted, so digests do not change.

            Example: drydock ecr export team/app:v1 app.tar && docker load -i app.tar
            """)

    @OptionGroup var options: RegistryOptions
    @Argument(
        help: "The repository with a tag or digest: team/app:v1. (default tag: latest)",
        transform: RepositoryArgument.init(parsing:))
    var image: RepositoryArgument
    @Argument(help: "The file or folder to write.") var target: String

    func validate() throws {
        if target == "-" { throw ValidationError("An archive is written to a file or folder, not to the standard output.") }
    }

    func run() async throws {
        try await Interruption.cancels { try await RegistryOptions.explained { try await pull() } }
    }

    private func pull() async throws {
        try ImageArchive.checkTarget(target)
        let (_, registry) = try await options.registry()
        let folder = try TemporaryFolder("export")
        defer { folder.remove() }
        let blobs = try DiskBlobStore(root: folder.path + "/layers")
        let reference = image.reference ?? .tag(.latest)
        let meter = TransferMeter()
        defer { meter.clear() }
        let manifest = try await pull(reference, into: blobs, registry, meter)
        meter.clear()
        var name: String?
        // 'docker load' needs a full name.
        if case .tag(let tag) = reference { name = ImageArchive.isFile(target) ? "\(image.name):\(tag)" : tag.description }
        try await ImageArchive(images: [.init(name: name, manifest: manifest)], blobs: blobs).write(to: target)
        print("\(target)  \(manifest.digest)")
    }

    private func pull(
        _ reference: ManifestReference, into blobs: DiskBlobStore, _ registry: RegistryClient, _ meter: TransferMeter
    ) async throws -> Manifest {
        let manifest = try await registry.manifest(reference, in: image.name)
        try blobs.store(manifest.bytes)
        meter.begin("pulling \(image.name) \(manifest.digest.short)", total: manifest.imageSize)
        for blob in manifest.blobs { try await registry.pull(blob, from: image.name, into: blobs, received: meter.part) }
        for child in manifest.manifests { _ = try await pull(.digest(child.digest), into: blobs, registry, meter) }
        return manifest
    }
}
