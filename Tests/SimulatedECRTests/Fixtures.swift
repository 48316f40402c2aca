import DrydockTesting
import OCI
import SimulatedECR
import Testing

/// Returns the error of a call; nil if it succeeds.
func refusal(_ body: () async throws -> Void) async -> AWSError? {
    do {
        try await body()
        return nil
    } catch let error as AWSError {
        return error
    } catch {
        Issue.record("threw \(error), which is not AWS's")
        return nil
    }
}

func registryRefusal(_ body: () async throws -> Void) async -> RegistryError? {
    do {
        try await body()
        return nil
    } catch RegistryClientError.refused(let error) {
        return error
    } catch {
        Issue.record(error)
        return nil
    }
}

extension AWS {
    /// Returns a registry client that is logged in with a new token.
    func registry(
        as ecr: ECRClient? = nil, account: String = "123456789012", region: String = "us-east-1"
    ) async throws -> RegistryClient {
        let data = try #require(try await (ecr ?? self.ecr).getAuthorizationToken(.init()).authorizationData?.first)
        return RegistryClient(
            host: "\(account).dkr.ecr.\(region).amazonaws.com", credentials: try credentials(data),
            transport: InProcessTransport(simulator))
    }

    func credentials(_ data: AuthorizationData) throws -> RegistryCredentials {
        let text = String(decoding: try #require(Base64.decode(data.authorizationToken ?? "")), as: UTF8.self)
        #expect(text.hasPrefix("AWS:"))
        return RegistryCredentials(username: "AWS", password: String(text.dropFirst(4)))
    }

    /// Uploads a layer through the API.
    func upload(_ bytes: Bytes, to repository: String) async throws -> String {
        let digest = Digest(of: bytes).description
        let begun = try await ecr.initiateLayerUpload(.init(repositoryName: repository))
        let id = try #require(begun.uploadId)
        try await ecr.uploadLayerPart(
            .init(
                repositoryName: repository, uploadId: id, partFirstByte: 0, partLastByte: bytes.count - 1, layerPartBlob: bytes)
        )
        try await ecr.completeLayerUpload(.init(repositoryName: repository, uploadId: id, layerDigests: [digest]))
        return digest
    }

    /// Pushes an image with one layer containing `text` through the API.
    @discardableResult
    func putImage(_ text: String, tag: String?, to repository: String) async throws -> String {
        let manifest = try await manifest(text, in: repository)
        let put = try await ecr.putImage(
            .init(repositoryName: repository, imageManifest: String(decoding: manifest.bytes, as: UTF8.self), imageTag: tag))
        return try #require(put.image?.imageId?.imageDigest)
    }

    /// Returns the manifest of such an image after uploading its layers.
    func manifest(_ text: String, in repository: String, subject: Descriptor? = nil) async throws -> Manifest {
        func blob(_ text: String, _ type: MediaType) async throws -> Descriptor {
            let bytes = Bytes(text.utf8)
            do { _ = try await upload(bytes, to: repository) } catch let error as AWSError
                where error.code == "LayerAlreadyExistsException"
            {}
            return Descriptor(mediaType: type, digest: Digest(of: bytes), size: bytes.count)
        }
        let config = try await blob(
            "{\"config\":\"\(text)\"}", subject == nil ? .dockerConfig : MediaType("application/x.note"))
        let layer = try await blob(text, .dockerLayer)
        return Manifest(
            image: config, layers: [layer], mediaType: subject == nil ? .dockerManifest : .ociManifest, subject: subject)
    }

    func tags(_ repository: String) async throws -> [String] {
        try await ecr.listImages(.init(repositoryName: repository)).imageIds?.compactMap(\.imageTag).sorted() ?? []
    }
}

/// A built image with its blobs.
struct BuiltImage {
    let store = MemoryBlobStore()
    let image: ImageBuilder.Image

    init(_ layers: [[LayerEntry]]) throws {
        var builder = ImageBuilder()
        for layer in layers { builder.addLayer(layer) }
        image = try builder.build(into: store)
    }

    init(_ text: String) throws { try self.init([[.file("hello.txt", text)]]) }

    func push(to repository: String, tag: String, _ client: RegistryClient) async throws {
        let name = try RepositoryName(parsing: repository)
        for blob in image.manifest.blobs { try await client.push(blob, to: name, from: store) }
        try await client.putManifest(image.manifest, as: .tag(try OCI.Tag(parsing: tag)), in: name)
    }
}
