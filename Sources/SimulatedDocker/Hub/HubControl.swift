import AWSCore
import GRDB
import HTTPTypes
import OCI
import SimulatorCore

// Requests from users to the Hub outside Docker's protocols, under `/_drydock/hub`.

extension DockerHub {
    static let controlPath = "/_drydock/hub"

    /// Adds users and images. Existing users get the new password, existing tags the new image.
    /// - Returns: the images' digests in order.
    @discardableResult
    public func add(_ contents: HubContents, in simulator: Simulator) throws -> [Digest] {
        for user in contents.users { try addUser(user.name, password: user.password, in: simulator) }
        return try contents.images.map { image in
            var builder = ImageBuilder()
            builder.created = simulator.clock.now
            builder.execution.command = image.command
            for layer in image.layers { builder.addLayer(layer) }
            let manifest = try builder.build(into: blobs).manifest
            try addImage(
                manifest, to: image.reference.repository, tag: image.reference.tag ?? .latest, isPrivate: image.isPrivate,
                in: simulator)
            return manifest.digest
        }
    }

    func controlReply(_ request: HTTPRequest, _ body: HTTPBody, from peer: String, _ simulator: Simulator) async throws
        -> HTTPReply
    {
        do {
            // An archive is too large to collect first, so its signature does not cover the body.
            var body = body, bytes: Bytes?
            if request.pathOnly.dropFirst(Self.controlPath.count) != "/images" {
                let whole = try await body.collect(upTo: 16 << 20)
                bytes = whole
                body = .bytes(whole)
            }
            try simulator.checkControlKey(request, body: bytes, from: peer)
            switch (request.method, request.pathOnly.dropFirst(Self.controlPath.count)) {
            case (.get, ""): return HubSession.json(try describe(simulator))
            case (.post, ""):
                let contents = try HubContents(parsing: try await body.collect(upTo: 16 << 20))
                let digests = try add(contents, in: simulator)
                return HubSession.json(Self.node(zip(contents.images.map(\.reference), digests)))
            case (.post, "/images"):
                let query = try QueryString.pairs(request.queryText.utf8)
                let value = { (name: String) in query.first { $0.name == name }?.value }
                let added = try await add(
                    archive: body, as: value("name") ?? "", isPrivate: value("private") == "true", in: simulator)
                return HubSession.json(Self.node(added))
            case (_, ""), (_, "/images"): return Self.failure("\(request.method) is not for this path", status: 405)
            default: return Self.failure("there is no \(request.method) \(request.pathOnly) here", status: 404)
            }
        } catch let refusal as ControlRefusal {
            return Self.failure(refusal.message, status: 403)
        } catch let error as HubContentsError {
            return Self.failure(error.description, status: 400)
        } catch let error as BodyTooLarge {
            return Self.failure("the body has more than \(error.limit) bytes", status: 413)
        }
    }

    private static func failure(_ message: String, status: Int) -> HTTPReply {
        HubSession.json(.object([.init("message", .string(message))]), status: .init(code: status))
    }

    private static func node(_ images: some Sequence<(ImageReference, Digest)>) -> Node {
        .object([
            .init(
                "images",
                .list(
                    images.map { reference, digest in
                        .object([
                            .init("reference", .string(reference.withDefaultTag.familiar)),
                            .init("digest", .string(digest.description)),
                        ])
                    }))
        ])
    }

    /// Returns all content of the Hub: its users, and its repositories with their tags.
    private func describe(_ simulator: Simulator) throws -> Node {
        try HubSession(simulator: simulator, blobs: blobs).transact { db, _ in
            let repositories = try HubRepository.all(db).map { repository -> Node in
                let tags = try HubManifest.tags(in: repository.name, after: "", limit: .max, db).map { tag -> Node in
                    let stored = try HubManifest.find(.tag(tag), in: repository.name, db)
                    return .object([
                        .init("name", .string(tag.description)),
                        .init("digest", .string(stored?.digest.description ?? "")),
                    ])
                }
                return .object([
                    .init("name", .string(ImageReference(repository: repository.name).familiarName)),
                    .init("private", .bool(repository.isPrivate)), .init("description", .string(repository.description)),
                    .init("pulls", .integer(Int64(repository.pulls))), .init("tags", .list(tags)),
                ])
            }
            return .object([
                .init("users", .list(try HubUser.names(db).map { .string($0) })), .init("repositories", .list(repositories)),
            ])
        }
    }
}
