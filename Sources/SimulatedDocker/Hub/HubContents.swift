public import AWSCore
public import OCI

/// Additional content of the Hub: the body of `POST /_drydock/hub`, the file of `serve --hub`, and the section `hub` of a
/// scenario.
///
/// ```json
/// {"users": [{"name": "worker", "password": "secret"}],
///  "images": [{"reference": "worker/app:v1", "private": true, "command": ["sh"], "layers": [{"etc/motd": "hello"}]}]}
/// ```
public struct HubContents: Sendable {
    /// A user who can log in.
    public struct User: Sendable {
        public var name: String
        public var password: String

        public init(name: String, password: String) {
            self.name = name
            self.password = password
        }
    }

    /// An image to add.
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

    /// - Throws: ``HubContentsError`` for an invalid document.
    public init(parsing bytes: Bytes) throws(HubContentsError) {
        let node: Node
        do { node = try JSON.parse(bytes) } catch { throw HubContentsError("not JSON: \(error)") }
        try self.init(node)
    }

    /// - Throws: ``HubContentsError`` with the first error.
    public init(_ node: Node) throws(HubContentsError) {
        let document = try Members(node, "the Hub's contents", known: ["users", "images"])
        for (number, item) in try document.list("users").enumerated() {
            let user = try Members(item, "users[\(number)]", known: ["name", "password"])
            let name = try user.text("name"), password = try user.text("password")
            guard HubUser.canBe(name) else {
                throw HubContentsError(
                    "users[\(number)]: '\(name)' is not a user name; it must have 1 to 30 letters a-z and digits")
            }
            guard !password.isEmpty else { throw HubContentsError("users[\(number)]: the password is empty") }
            users.append(User(name: name, password: password))
        }
        for (number, item) in try document.list("images").enumerated() {
            images.append(try Self.image(item, "images[\(number)]"))
        }
    }

    private static func image(_ node: Node, _ place: String) throws(HubContentsError) -> Image {
        let members = try Members(node, place, known: ["reference", "private", "command", "layers"])
        var image = Image(try reference(try members.text("reference")))
        switch members["private"] {
        case nil, .bool(false)?: break
        case .bool(true)?: image.isPrivate = true
        default: throw HubContentsError("\(place): 'private' must be true or false")
        }
        for word in try members.list("command") {
            guard let text = word.string else { throw HubContentsError("\(place): 'command' must be a list of strings") }
            image.command.append(text)
        }
        for layer in try members.list("layers") {
            guard let files = layer.fields else {
                throw HubContentsError("\(place): a layer is an object of paths and texts")
            }
            var entries: [LayerEntry] = []
            for file in files {
                guard let text = file.value.string else {
                    throw HubContentsError("\(place): the content of '\(file.name)' is not a text")
                }
                entries.append(.file(file.name, text))
            }
            image.layers.append(entries)
        }
        return image
    }

    /// Parses a name on Docker Hub.
    static func reference(_ text: String) throws(HubContentsError) -> ImageReference {
        let reference: ImageReference
        do { reference = try ImageReference(parsing: text) } catch { throw HubContentsError("'\(text)': \(error)") }
        guard reference.registry == ImageReference.dockerHub else {
            throw HubContentsError(
                "'\(text)' is not a name of Docker Hub but of \(reference.registry); the Hub's are like worker/app:v1 or alpine:3"
            )
        }
        guard reference.digest == nil else {
            throw HubContentsError("'\(text)' has a digest, which follows from the image; name a tag instead")
        }
        return reference
    }

    /// The members of an object; unknown members are rejected.
    private struct Members {
        let place: String
        private let node: Node

        init(_ node: Node, _ place: String, known: [String]) throws(HubContentsError) {
            guard let fields = node.fields else { throw HubContentsError("\(place) must be an object") }
            if let other = fields.first(where: { !known.contains($0.name) }) {
                throw HubContentsError(
                    "\(place) has no member '\(other.name)'; there are \(known.map { "'\($0)'" }.joined(separator: ", "))")
            }
            self.node = node
            self.place = place
        }

        subscript(name: String) -> Node? {
            guard let value = node[name], !value.isNull else { return nil }
            return value
        }

        func text(_ name: String) throws(HubContentsError) -> String {
            guard let value = self[name] else { throw HubContentsError("\(place) needs '\(name)'") }
            guard let text = value.string else { throw HubContentsError("\(place): '\(name)' must be text") }
            return text
        }

        func list(_ name: String) throws(HubContentsError) -> [Node] {
            guard let value = self[name] else { return [] }
            guard let items = value.elements else { throw HubContentsError("\(place): '\(name)' must be a list") }
            return items
        }
    }
}

/// An error in a document or archive with the Hub's content.
public struct HubContentsError: Error, Sendable, CustomStringConvertible {
    public let description: String
    init(_ description: String) { self.description = description }
}
