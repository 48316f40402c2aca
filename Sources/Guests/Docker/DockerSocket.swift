import AWSCore
import HTTPTypes
import OCI
import SimulatedDocker

/// Serves the Docker Engine API (https://docs.docker.com/reference/api/engine) for the stock docker command, from an image
/// engine. Requests that need containers report that there are none.
struct DockerSocket: Sendable {
    let engine: DockerEngine
    let hostName: String
    let clock: @Sendable () -> Instant
    /// Reserves disk space for archives while they are read.
    let layerStore: LimitedBlobStore

    static let newestVersion = 50, oldestVersion = 24

    func respond(to request: HTTPRequest, body: HTTPBody) async -> HTTPReply {
        do {
            return try await route(try Call(request, body))
        } catch let failure as DockerFailure {
            return Self.failure(failure.status, failure.description)
        } catch let error as DockerError {
            return Self.failure(error.status, error.message)
        } catch {
            return Self.failure(500, "\(error)")
        }
    }

    /// A parsed request.
    struct Call: Sendable {
        let method: HTTPRequest.Method
        /// The path's parts, without the version.
        let words: [String]
        /// The minor version of the API that the client speaks.
        let version: Int
        private let pairs: [(name: String, value: String)]
        let registry: RegistryCredentials?
        let body: HTTPBody

        /// - Throws: ``DockerFailure`` for an unsupported API version.
        init(_ request: HTTPRequest, _ body: HTTPBody) throws {
            var words = request.pathOnly.split(separator: "/").map { $0.removingPercentEncoding ?? String($0) }
            version = try Self.version(words.first) ?? DockerSocket.newestVersion
            if try Self.version(words.first) != nil { words.removeFirst() }
            method = request.method
            self.words = words
            pairs = ((try? QueryString.pairs(request.queryText.utf8)) ?? []).map { ($0.name, $0.value) }
            registry = Self.credentials(HTTPField.Name("X-Registry-Auth").flatMap { request.headerFields[$0] })
            self.body = body
        }

        /// The last value of a query parameter; nil if empty or missing.
        subscript(name: String) -> String? {
            pairs.last { $0.name == name && !$0.value.isEmpty }?.value
        }

        /// All values of a query parameter that may be repeated.
        func all(_ name: String) -> [String] { pairs.filter { $0.name == name }.map(\.value) }

        /// Whether a flag is set, by the rules of dockerd's handlers (Go).
        func isSet(_ name: String) -> Bool { !["", "0", "no", "false", "none"].contains((self[name] ?? "").lowercased()) }

        /// The parameter `platform`: `linux/arm64`, or an object since 1.48.
        /// - Throws: ``DockerFailure`` if it is neither.
        func platform() throws -> Platform? {
            guard let text = self["platform"] else { return nil }
            if let node = try? JSON.parse(text), let architecture = node["architecture"]?.string {
                return Platform(
                    os: node["os"]?.string ?? "linux", architecture: architecture, variant: node["variant"]?.string)
            }
            let parts = text.lowercased().split(separator: "/", omittingEmptySubsequences: false).map(String.init)
            let names = ["aarch64": "arm64", "x86_64": "amd64", "x86-64": "amd64"]
            let known = ["linux", "windows", "darwin", "freebsd"]
            switch parts.count {
            case 1 where known.contains(parts[0]): return Platform(os: parts[0], architecture: "amd64")
            case 1 where names[parts[0]] != nil || ["amd64", "arm64", "arm", "386", "ppc64le", "s390x"].contains(parts[0]):
                return Platform(os: "linux", architecture: names[parts[0]] ?? parts[0])
            case 2...3 where known.contains(parts[0]) && !parts[1].isEmpty:
                return Platform(
                    os: parts[0], architecture: names[parts[1]] ?? parts[1], variant: parts.count > 2 ? parts[2] : nil)
            default:
                throw DockerFailure(400, "\"\(text)\": unknown operating system or architecture: invalid argument")
            }
        }

        private static func version(_ word: String?) throws -> Int? {
            guard let word, word.hasPrefix("v") else { return nil }
            let parts = word.dropFirst().split(separator: ".")
            guard parts.count == 2, let major = Int(parts[0]), let minor = Int(parts[1]) else { return nil }
            let text = word.dropFirst()
            guard major == 1, minor <= newestVersion else {
                throw DockerFailure(
                    400, "client version \(text) is too new. Maximum supported API version is 1.\(newestVersion)")
            }
            guard minor >= oldestVersion else {
                throw DockerFailure(
                    400,
                    "client version \(text) is too old. Minimum supported API version is 1.\(oldestVersion), please upgrade your client "
                        + "to a newer version")
            }
            return minor
        }

        private static func credentials(_ header: String?) -> RegistryCredentials? {
            guard let header else { return nil }
            var text = header.replacing("-", with: "+").replacing("_", with: "/")
            while text.utf8.count % 4 != 0 { text += "=" }
            guard let bytes = Base64.decode(text), let node = try? JSON.parse(bytes) else { return nil }
            return RegistryCredentials(username: node["username"]?.string ?? "", password: node["password"]?.string ?? "")
        }
    }

    private func route(_ call: Call) async throws -> HTTPReply {
        switch (call.method, call.words.first ?? "", call.words.count) {
        case (.get, "_ping", 1), (.head, "_ping", 1):
            return Self.reply(200, Bytes("OK".utf8), type: "text/plain; charset=utf-8")
        case (.get, "version", 1): return Self.json(about)
        case (.get, "info", 1): return Self.json(information)
        case (.post, "auth", 1): return try await login(call)
        case (_, "images", _): return try await images(call)
        case (.get, "distribution", 3...) where call.words.last == "json": return Self.json(try await look(call))
        case (.get, "system", 2) where call.words[1] == "df": return Self.json(try usage())
        default: return try withoutContainers(call)
        }
    }

    // MARK: Replies

    static func json(_ node: Node, status: Int = 200) -> HTTPReply {
        reply(status, JSON.write(node) + [10], type: "application/json")
    }

    static func failure(_ status: Int, _ message: String) -> HTTPReply {
        json(.object([.init("message", .string(message))]), status: status)
    }

    static func reply(_ status: Int, _ bytes: Bytes, type: String) -> HTTPReply { HTTPReply(head(status, type), .bytes(bytes)) }

    static func head(_ status: Int, _ type: String) -> HTTPResponse {
        var response = HTTPResponse(status: .init(code: status))
        response.headerFields[.contentType] = type
        response.headerFields[.server] = "Docker/\(DockerEngine.version) (linux)"
        for (name, value) in [
            ("Api-Version", "1.\(newestVersion)"), ("Docker-Experimental", "false"), ("Ostype", "linux"),
            // The legacy builder: its client calls this endpoint and gets the error that building isn't supported.
            ("Builder-Version", "1"), ("Swarm", "inactive"), ("Cache-Control", "no-cache, no-store, must-revalidate"),
        ] {
            if let name = HTTPField.Name(name) { response.headerFields[name] = value }
        }
        return response
    }
}

/// An error of the Engine API.
struct DockerFailure: Error, CustomStringConvertible {
    let status: Int
    let description: String
    init(_ status: Int, _ description: String) {
        self.status = status
        self.description = description
    }
}
