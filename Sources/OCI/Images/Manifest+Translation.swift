extension Manifest {
    /// Returns the same image in the other of the two current formats: Docker's (schema 2) or OCI's.
    ///
    /// Only media types change; configuration and layers keep their bytes. The result is another manifest with its own digest.
    ///
    /// - Returns: nil if the other format lacks an equivalent: for an index, an artifact, a layer compressed with zstd.
    public func translated(to type: MediaType) -> Manifest? {
        guard case .image(var config, var layers) = content, let types = Self.translations[type],
            let configType = types[config.mediaType]
        else { return nil }
        config.mediaType = configType
        for index in layers.indices {
            guard let layerType = types[layers[index].mediaType] else { return nil }
            layers[index].mediaType = layerType
        }
        return Manifest(image: config, layers: layers, mediaType: type, annotations: type.isOCI ? annotations : [:])
    }

    /// For each target format, its media types by those of the other format.
    private static let translations: [MediaType: [MediaType: MediaType]] = [
        .dockerManifest: Dictionary(uniqueKeysWithValues: pairs.map { ($0.oci, $0.docker) }),
        .ociManifest: Dictionary(uniqueKeysWithValues: pairs.map { ($0.docker, $0.oci) }),
    ]

    private static let pairs: [(docker: MediaType, oci: MediaType)] = [
        (.dockerConfig, .ociConfig), (.dockerLayer, .ociLayerGzip), (.dockerLayerPlain, .ociLayer),
        (.dockerForeignLayer, .ociForeignLayer),
    ]
}
