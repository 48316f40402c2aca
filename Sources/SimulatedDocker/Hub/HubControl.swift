import AWSCore
import GRDB
import HTTPTypes
public import OCI
public import SimulatorCore

/// What the Hub shall hold besides what every Hub has: the body of `POST /_drydock/hub`.
///
/// ```json
/// {"users": [{"name": "worker", "password": "secret"}],
///  "images": [{"reference": "worker/app:v1", "private": true, "command": ["sh"], "layers": [{"etc/motd": "hello"}]}]}
/// ```
public struct HubContents: Sendable {
    public struct User: Sendable {
        public var name: String
        public var password: String

        public init(name: String, password: String) {
            self.name = name
            self.password = password
        }
    }

    public struct Image: Sendable {
        public var reference: ImageReference
        public var isPrivate = false
        public var command: [String] = []
        /// Layers, lowest first.
        public var layers: [[LayerEntry]] = []

        public init(_ reference: ImageReference, layers: [[LayerEntry]] = [], command: [String] = [], isPrivate: Bool = false) {
            self.reference = reference
            self.layers = layers
            self.command = command
            self.isPrivate = isPrivate
        }
    }

    public var users: [User] = []
    public var images: [Image] = []

    public init() {}

    /// - Throws: ``HubContentsError`` for what is no such document.
    public init(parsing bytes: Bytes) throws {
        guard let node = try? JSON.parse(bytes) else { throw HubContentsError("the body is not JSON") }
        for item in node["users"]?.elements ?? [] {
            guard let name = item["name"]?.string, let password = item["password"]?.string else {
                throw HubContentsError("a user needs a name and a password")
            }
            users.append(User(name: name, password: password))
        }
        for item in node["images"]?.elements ?? [] { images.append(try Self.image(item)) }
    }

    private static func image(_ node: Node) throws -> Image {
        guard let text = node["reference"]?.string else { throw HubContentsError("an image needs a reference") }
        let reference: ImageReference
        do { reference = try ImageReference(parsing: text) } catch { throw HubContentsError("'\(text)': \(error)") }
        guard reference.registry == ImageReference.dockerHub else {
            throw HubContentsError("'\(text)' is not a name of Docker Hub")
        }
        let layers = try (node["layers"]?.elements ?? []).map { layer -> [LayerEntry] in
            guard let files = layer.fields else {
                throw HubContentsError("a layer of '\(text)' is not an object of paths and texts")
            }
            return files.map { .file($0.name, $0.value.string ?? "") }
        }
        return Image(
            reference, layers: layers, command: (node["command"]?.elements ?? []).compactMap(\.string),
            isPrivate: node["private"] == .bool(true))
    }
}

/// A document that doesn't say what a Hub shall hold.
public struct HubContentsError: Error, Sendable, CustomStringConvertible {
    public let description: String
    init(_ description: String) { self.description = description }
}

extension DockerHub {
    static let controlPath = "/_drydock/hub"

    /// Adds users and images; those that are there get the new password, the new image.
    /// - Returns: the images' digests in their order.
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

    func answerControl(_ request: HTTPRequest, _ body: HTTPBody, _ simulator: Simulator) async throws -> HTTPReply {
        guard request.method == .post else { return RegistryError.methodNotAllowed.reply }
        do {
            let contents = try HubContents(parsing: try await body.collect(upTo: 16 << 20))
            let digests = try add(contents, in: simulator)
            let images = zip(contents.images, digests).map { image, digest in
                Node.object([
                    .init("reference", .string(image.reference.withDefaultTag.familiar)),
                    .init("digest", .string(digest.description)),
                ])
            }
            return HubHouse.json(.object([.init("images", .list(images))]))
        } catch let error as HubContentsError {
            return HubHouse.json(.object([.init("message", .string(error.description))]), status: .badRequest)
        }
    }
}
