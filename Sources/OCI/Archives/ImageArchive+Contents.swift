extension ImageArchive {
    /// Returns an image's manifests, after checking that all of its content is available.
    ///
    /// An engine that pulled one image of an index keeps and saves the index. If only one image of an index is available, that
    /// image replaces the index.
    ///
    /// - Returns: the manifests; those listed in an index come before the index.
    /// - Throws: ``ArchiveError`` if content is missing or has the wrong size.
    public func manifests(of image: Manifest) async throws -> [Manifest] {
        for blob in image.blobs { try check(blob, of: image) }
        var whole: [[Manifest]] = [], absent: [(Descriptor, any Error)] = []
        for child in image.manifests {
            try Task.checkCancellation()
            do {
                guard try blobs.contains(child.digest) else { throw ArchiveError("\(child.digest) is missing") }
                let bytes = try await blobs.read(child.digest, upTo: Manifest.maximumSize)
                whole.append(try await manifests(of: Manifest(parsing: bytes, contentType: child.mediaType)))
            } catch { absent.append((child, error)) }
        }
        guard let (first, reason) = absent.first else { return whole.flatMap { $0 } + [image] }
        let runnable = whole.filter { manifests in
            let platform = image.manifests.first { $0.digest == manifests.last?.digest }?.platform
            return platform?.os != "unknown"
        }
        if runnable.count == 1 { return runnable[0] }
        let platform = first.platform.map { " (\($0))" } ?? ""
        throw ArchiveError("the index \(image.digest) lists an image\(platform) that is incomplete: \(reason)")
    }

    private func check(_ blob: Descriptor, of image: Manifest) throws {
        guard let size = try blobs.size(of: blob.digest) else {
            throw ArchiveError("\(blob.digest), part of \(image.digest), is missing")
        }
        guard size == blob.size else {
            throw ArchiveError("\(blob.digest) has \(size) bytes, but \(image.digest) lists it with \(blob.size)")
        }
    }
}
