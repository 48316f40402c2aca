import DrydockTesting
import HTTPTypes
import OCI
import SimulatedECR
import SimulatedIAM
import Testing

/// A simulator's registry as seen by a client of the distribution specification: raw requests with a login.
struct SpecifiedRegistry {
    let aws: AWS
    let host = "123456789012.dkr.ecr.us-east-1.amazonaws.com"
    private let token: String

    /// - Parameter deletesAsSpecified: whether to delete as the specification says, like `serve --oci-deletes`, or as ECR does.
    init(deletesAsSpecified: Bool = true, blobs: any BlobStore = MemoryBlobStore()) async throws {
        try await self.init(ecr: ECRSimulation(blobs: blobs, deletesAsSpecified: deletesAsSpecified))
    }

    init(ecr: ECRSimulation) async throws {
        aws = AWS(
            try Simulator(
                Configuration(), services: [ecr, IAMSimulation(), STSSimulation()], doors: ecr.doors, directory: IAMDirectory())
        )
        for name in ["repo1", "repo2"] { try await aws.ecr.createRepository(.init(repositoryName: name)) }
        let data = try #require(try await aws.ecr.getAuthorizationToken(.init()).authorizationData?.first)
        token = data.authorizationToken ?? ""
    }

    struct Answer {
        let response: HTTPResponse
        let body: Bytes
        var status: Int { response.status.code }
        var location: String? { response.headerFields[.location] }
        /// The error codes in the body; empty if the body does not have the specification's error format.
        var codes: [String] { (try? JSON.parse(body))?["errors"]?.elements?.compactMap { $0["code"]?.string } ?? [] }
        var json: Node? { try? JSON.parse(body) }
        subscript(name: String) -> String? { HTTPField.Name(name).flatMap { response.headerFields[$0] } }
    }

    func ask(
        _ method: HTTPRequest.Method, _ path: String, _ fields: [String: String] = [:], body: HTTPBody = .empty
    ) async throws -> Answer {
        var request = HTTPRequest(method: method, scheme: "https", authority: host, path: path)
        request.headerFields[.authorization] = "Basic \(token)"
        for (name, value) in fields { request.headerFields[try #require(HTTPField.Name(name))] = value }
        let reply = await aws.simulator.respond(to: request, body: body)
        return Answer(response: reply.response, body: try await reply.body.collect(upTo: 8 << 20))
    }

    /// Begins an upload and returns its location.
    func begin(_ repository: String = "repo1") async throws -> String {
        let begun = try await ask(.post, "/v2/\(repository)/blobs/uploads/")
        #expect(begun.status == 202)
        return try #require(begun.location)
    }

    @discardableResult
    func push(_ bytes: Bytes, to repository: String = "repo1", _ algorithm: Digest.Algorithm = .sha256) async throws -> Digest {
        let digest = Self.digest(bytes, algorithm)
        let pushed = try await ask(.post, "/v2/\(repository)/blobs/uploads/?digest=\(digest)", body: .bytes(bytes))
        #expect(pushed.status == 201)
        return digest
    }

    static func digest(_ bytes: Bytes, _ algorithm: Digest.Algorithm) -> Digest {
        var digester = Digester(algorithm)
        digester.update(bytes)
        return digester.finish()
    }

    /// Pushes the blobs of an OCI image with one layer and returns its manifest.
    func image(
        _ text: String, in repository: String = "repo1", _ algorithm: Digest.Algorithm = .sha256, subject: Descriptor? = nil,
        artifactType: String? = nil, annotations: [String: String] = [:]
    ) async throws -> Manifest {
        func blob(_ text: String, _ type: MediaType) async throws -> Descriptor {
            let bytes = Bytes(text.utf8)
            return Descriptor(mediaType: type, digest: try await push(bytes, to: repository, algorithm), size: bytes.count)
        }
        return Manifest(
            image: try await blob("{\"of\":\"\(text)\"}", artifactType == nil ? .ociConfig : MediaType("application/x.empty")),
            layers: [try await blob(text, MediaType("application/vnd.oci.image.layer.v1.tar+gzip"))], mediaType: .ociManifest,
            artifactType: artifactType, subject: subject, annotations: annotations)
    }

    @discardableResult
    func put(_ manifest: Manifest, _ reference: String, in repository: String = "repo1") async throws -> Answer {
        try await ask(
            .put, "/v2/\(repository)/manifests/\(reference)", ["Content-Type": manifest.mediaType.rawValue],
            body: .bytes(manifest.bytes))
    }

    /// Returns the repository's contents, to show that a rejected request changed nothing.
    func contents(_ repository: String = "repo1") async throws -> [String] {
        try await aws.ecr.listImages(.init(repositoryName: repository)).imageIds?.map {
            "\($0.imageDigest ?? "") \($0.imageTag ?? "")"
        } ?? []
    }
}
