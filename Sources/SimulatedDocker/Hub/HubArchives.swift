public import AWSCore
import Foundation
public import OCI
public import SimulatorCore

extension DockerHub {
    /// Adds the images of a `docker save` archive or an OCI layout, as if the namespace's user had pushed them.
    ///
    /// - Parameters:
    ///   - archive: a tar archive. It is read completely before anything changes.
    ///   - name: the image's name: `worker/app:v1`. Without a tag, images keep their tags from the archive; an image without any
    ///     gets `latest`.
    /// - Returns: the added images.
    /// - Throws: ``HubContentsError`` for a name outside the Hub, and for an unsupported archive.
    @discardableResult
    public func add(archive: HTTPBody, as name: String, isPrivate: Bool = false, in simulator: Simulator) async throws
        -> [(ImageReference, Digest)]
    {
        guard !name.isEmpty else { throw HubContentsError("the image needs a name, such as worker/app:v1") }
        let reference = try HubContents.reference(name)
        let folder = FileManager.default.temporaryDirectory.path + "/drydock-hub-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let scratch = try DiskBlobStore(root: folder)
        let found: ImageArchive
        do {
            let file = try await scratch.store(archive, as: nil)
            found = try await ImageArchive(reading: scratch.path(of: file.digest), into: scratch)
        } catch let error as any Error & CustomStringConvertible {
            throw HubContentsError("the archive cannot be read: \(error)")
        }
        let images = try Self.named(found.images, reference)
        var trees: [Tree] = []
        for image in images {
            let tree = try await Self.tree(of: image.manifest, in: scratch)
            for blob in tree.blobs where try !blobs.touch(blob.digest) {
                guard let content = scratch.open(blob.digest) else {
                    throw HubContentsError("the archive lacks \(blob.digest), part of '\(image.reference.familiar)'")
                }
                try await blobs.store(content, as: blob.digest)
            }
            trees.append(tree)
        }
        let session = HubSession(simulator: simulator, blobs: blobs)
        let all = trees
        try session.transact { db, _ in
            for (image, tree) in zip(images, all) {
                for manifest in tree.manifests {
                    try session.add(manifest, to: reference.repository, tag: nil, isPrivate: isPrivate, db)
                }
                try HubManifest.point(
                    image.reference.tag ?? .latest, to: image.manifest.digest, in: reference.repository, at: session.now, db)
            }
        }
        return images.map { ($0.reference, $0.manifest.digest) }
    }

    /// Returns the images with the names that the Hub gives them.
    /// - Throws: ``HubContentsError`` if the archive has no images, or if an image gets no name of its own.
    private static func named(_ images: [ImageArchive.Image], _ reference: ImageReference) throws(HubContentsError)
        -> [(reference: ImageReference, manifest: Manifest)]
    {
        guard let first = images.first else { throw HubContentsError("the archive has no images") }
        let isOne = images.allSatisfy { $0.manifest == first.manifest }
        if reference.tag != nil {
            guard isOne else {
                let names = images.map { $0.name ?? "\($0.manifest.digest)" }.joined(separator: ", ")
                throw HubContentsError(
                    "the archive has \(images.count) images (\(names)), which cannot all be '\(reference.familiar)'. "
                        + "Omit the tag, so that each image keeps its own.")
            }
            return [(reference, first.manifest)]
        }
        var result: [(reference: ImageReference, manifest: Manifest)] = []
        for image in images {
            var own = reference
            own.tag = tag(image.name)
            guard own.tag != nil || isOne else {
                throw HubContentsError(
                    "\(image.manifest.digest) has no tag in the archive, which has several images: give it a tag")
            }
            let named = own.withDefaultTag
            if !result.contains(where: { $0.reference == named }) { result.append((named, image.manifest)) }
        }
        return result
    }

    /// Returns the tag: `docker.io/library/app:v1` and `v1` both mean `v1`.
    private static func tag(_ name: String?) -> Tag? {
        guard let name else { return nil }
        guard let colon = name.lastIndex(of: ":") else { return name.contains("/") ? nil : Tag(name) }
        return Tag(name[name.index(after: colon)...])
    }

    /// An image or an index, with the manifests and blobs in the archive that it refers to.
    private struct Tree {
        /// Children come before their index.
        var manifests: [Manifest] = []
        var blobs: [Descriptor] = []
    }

    private static func tree(of manifest: Manifest, in store: any BlobStore) async throws -> Tree {
        var tree = Tree()
        // An index may list images of platforms that were not added.
        for child in manifest.manifests where try store.contains(child.digest) {
            let bytes = try await store.read(child.digest, upTo: Manifest.maximumSize)
            let inner = try await self.tree(of: Manifest(parsing: bytes, contentType: child.mediaType), in: store)
            tree.manifests += inner.manifests
            tree.blobs += inner.blobs
        }
        tree.manifests.append(manifest)
        tree.blobs += manifest.blobs
        return tree
    }
}
