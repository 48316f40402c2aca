import AWSClient
import AWSCore
import ArgumentParser
import Drydock
import ECRAPI
import Foundation
import OCI

struct ImportCommand: AsyncParsableCommand, Sendable {
    static let configuration = CommandConfiguration(
        commandName: "import", abstract: "Push the images of an OCI layout or a 'docker save' archive.",
        discussion: """
            Creates the repository if it does not exist. Without a tag, images keep the tags in the archive; an image without one \
            is pushed by its digest. The whole archive is read before anything is pushed.

            Example: docker save app:v1 | drydock ecr import - team/app:v1
            """)

    @OptionGroup var options: RegistryOptions
    @Argument(
        help: "A tar file, which may be compressed, or an OCI layout folder; - reads a tar file from standard input.")
    var source: String
    @Argument(
        help: "The repository with an optional tag: team/app:v1.", transform: RepositoryArgument.init(parsing:))
    var repository: RepositoryArgument

    func run() async throws {
        try await Interruption.cancels { try await RegistryOptions.explained { try await push() } }
    }

    /// An image of the archive to push.
    private struct Push {
        let reference: ManifestReference
        /// Children precede their index.
        let manifests: [Manifest]
        /// The manifest that gets the tag.
        var manifest: Manifest? { manifests.last }
        let note: String
    }

    private var shownSource: String { source == "-" ? "standard input" : source }

    private func push() async throws {
        let folder = try TemporaryFolder("import")
        defer { folder.remove() }
        let archive = try await read(DiskBlobStore(root: folder.path + "/layers"), scratch: folder.path)
        let pushes = try await pushes(of: archive)
        let (ecr, registry) = try await options.registry()
        let isNew = try await makeRepository(ecr)
        do {
            for push in pushes { try await carryOut(push, from: archive.blobs, registry) }
        } catch {
            // A repository that has an image by now is kept: the deletion fails. In a separate task, because this one may be
            // cancelled.
            if isNew { await Task { _ = try? await ecr.deleteRepository(.init(repositoryName: "\(repository.name)")) }.value }
            throw error
        }
    }

    /// - Returns: false if the repository existed.
    private func makeRepository(_ ecr: ECRClient) async throws -> Bool {
        do {
            try await ecr.createRepository(.init(repositoryName: repository.name.description))
            return true
        } catch let error as AWSError where error.code == "RepositoryAlreadyExistsException" { return false }
    }

    private func carryOut(_ push: Push, from blobs: any BlobStore, _ registry: RegistryClient) async throws {
        guard let image = push.manifest else { return }
        let name = "\(repository.name)\(Self.suffix(push.reference))", meter = TransferMeter()
        meter.begin("pushing \(name)", total: push.manifests.reduce(0) { $0 + $1.imageSize })
        defer { meter.clear() }
        for manifest in push.manifests {
            for blob in manifest.blobs {
                if try await registry.push(blob, to: repository.name, from: blobs, sent: meter.part) == .existed {
                    meter.skip(blob.size)
                }
            }
            let reference = manifest == image ? push.reference : .digest(manifest.digest)
            try await registry.putManifest(manifest, as: reference, in: repository.name)
        }
        meter.clear()
        print("\(name)  \(image.digest)\(push.note)")
    }

    private func read(_ store: DiskBlobStore, scratch: String) async throws -> ImageArchive {
        var path = source
        if source == "-" {
            path = scratch + "/archive"
            try StandardInput.spool(to: path)
        } else if !FileManager.default.fileExists(atPath: source) {
            throw Failure("\(source): no such file or folder")
        }
        let archive: ImageArchive
        do {
            archive = try await ImageArchive(reading: path, into: store)
        } catch let error as any Error & CustomStringConvertible {
            throw Failure("\(shownSource): \(error)")
        }
        guard !archive.images.isEmpty else { throw Failure("\(shownSource) has no images") }
        return archive
    }

    /// Returns the images to push, with their references.
    private func pushes(of archive: ImageArchive) async throws -> [Push] {
        var images = archive.images
        let digests = Set(images.map(\.manifest.digest))
        switch repository.reference {
        case .tag?:
            guard digests.count == 1 else {
                let names = images.map { $0.name ?? "\($0.manifest.digest)" }.joined(separator: ", ")
                throw Failure(
                    "\(shownSource) has \(digests.count) images (\(names)), which cannot all be \(repository.name)\(suffix). Omit the tag, so that each image keeps its own."
                )
            }
            images = Array(images.prefix(1))
        case .digest(let digest)?:
            images = Array(images.filter { $0.manifest.digest == digest }.prefix(1))
            if images.isEmpty { throw Failure("\(shownSource) has no image \(digest)") }
        case nil: break
        }
        var pushes: [Push] = [], owners: [OCI.Tag: ImageArchive.Image] = [:]
        for image in images {
            let reference = repository.reference ?? Self.tag(image.name).map { .tag($0) } ?? .digest(image.manifest.digest)
            if case .tag(let tag) = reference {
                if let other = owners[tag], other.manifest != image.manifest {
                    throw Failure(
                        "\(shownSource) has two images that would be \(repository.name):\(tag): \(other.name ?? "") and \(image.name ?? "")"
                    )
                }
                owners[tag] = image
            }
            pushes.append(try await push(image.manifest, as: reference, archive))
        }
        return pushes
    }

    private func push(_ image: Manifest, as reference: ManifestReference, _ archive: ImageArchive) async throws -> Push {
        do {
            let manifests = try await archive.manifests(of: image)
            guard let last = manifests.last, last != image else {
                return Push(reference: reference, manifests: manifests, note: "")
            }
            let platform = image.manifests.first { $0.digest == last.digest }?.platform
            var reference = reference
            if case .digest = reference { reference = .digest(last.digest) }
            return Push(
                reference: reference, manifests: manifests,
                note: "  (\(platform.map { "\($0), " } ?? "")the only image of its index in the archive)")
        } catch let error as any Error & CustomStringConvertible {
            throw Failure("\(shownSource): \(error)")
        }
    }

    private var suffix: String { repository.reference.map(Self.suffix) ?? "" }

    /// Returns a name's tag: `docker.io/library/app:v1` and `v1` both give `v1`.
    private static func tag(_ name: String?) -> OCI.Tag? {
        guard let name else { return nil }
        guard let colon = name.lastIndex(of: ":") else { return name.contains("/") ? nil : OCI.Tag(name) }
        return OCI.Tag(name[name.index(after: colon)...])
    }

    private static func suffix(_ reference: ManifestReference) -> String {
        if case .tag(let tag) = reference { ":\(tag)" } else { "" }
    }
}
