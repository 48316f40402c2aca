extension Manifest {
    /// The same image in the other of the two forms that images have today: Docker's (schema 2) and OCI's.
    ///
    /// Media types alone differ; configuration and layers stay the same bytes. The translation is another manifest, with a
    /// digest of its own.
    ///
    /// - Returns: nil where the other form has no word for something: an index, an artifact, a layer packed with zstd.
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

    /// By the wanted form, what stands in it for what stands in the other.
    private static let translations: [MediaType: [MediaType: MediaType]] = [
        .dockerManifest: Dictionary(uniqueKeysWithValues: pairs.map { ($0.oci, $0.docker) }),
        .ociManifest: Dictionary(uniqueKeysWithValues: pairs.map { ($0.docker, $0.oci) }),
    ]

    private static let pairs: [(docker: MediaType, oci: MediaType)] = [
        (.dockerConfig, .ociConfig), (.dockerLayer, .ociLayerGzip), (.dockerLayerPlain, .ociLayer),
        (.dockerForeignLayer, .ociForeignLayer),
    ]
}
