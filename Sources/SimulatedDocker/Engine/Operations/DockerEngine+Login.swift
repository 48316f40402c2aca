public import AWSCore
public import OCI

extension DockerEngine {
    /// Docker Hub's key in `config.json`.
    public static let hubAddress = "https://index.docker.io/v1/"

    /// Returns the key of a registry's login: the given host, or the Hub's old address for the Hub.
    static func loginKey(_ server: String) -> String {
        let host = hostName(server)
        return ["", ImageReference.dockerHub, "index.docker.io", "registry-1.docker.io"].contains(host) ? hubAddress : host
    }

    private static func hostName(_ server: String) -> String {
        var rest = server[...]
        for scheme in ["https://", "http://"] where rest.hasPrefix(scheme) { rest = rest.dropFirst(scheme.count) }
        return String(rest.prefix { $0 != "/" })
    }

    /// Logs in to a registry and stores the credentials. The default is Docker Hub.
    /// - Throws: ``DockerError`` if the registry rejects them or cannot be reached.
    public func login(_ server: String = "", _ credentials: RegistryCredentials) async throws(DockerError) {
        let key = Self.loginKey(server)
        let host = key == Self.hubAddress ? "registry-1.docker.io" : key
        let scheme = Self.scheme(of: host)
        let client = RegistryClient(
            host: host, scheme: scheme, credentials: credentials, transport: transport, timeout: timeout)
        do {
            try await client.ping()
            try store.update { $0.logins[key] = credentials }
        } catch RegistryClientError.refused(let refusal) {
            throw .daemon(
                "login attempt to \(scheme)://\(host)/v2/ failed with status: \(RegistryWords.status(refusal.status))")
        } catch {
            let request = "Get \"\(scheme)://\(host)/v2/\""
            let text = RegistryWords.text(error, request: request)
            throw .daemon(text.hasPrefix(request) ? text : "\(request): \(text)")
        }
    }

    /// Removes a login. Returns false if there was none.
    @discardableResult
    public func logout(_ server: String = "") throws -> Bool {
        let key = Self.loginKey(server)
        return try store.update { $0.logins.removeValue(forKey: key) != nil }
    }

    /// The logins in the format of Docker's `config.json`.
    public var configuration: Node {
        let auths = store.read().logins.sorted { $0.key < $1.key }.map { server, login -> Node.Field in
            let auth = Base64.encode(Bytes("\(login.username):\(login.password)".utf8))
            return .init(server, .object([.init("auth", .string(auth))]))
        }
        return .object([.init("auths", .object(auths))])
    }

    /// Replaces all logins with those of a `config.json`.
    /// - Throws: ``DockerError`` if it cannot be parsed.
    public func load(configuration bytes: Bytes) throws {
        let node: Node
        do { node = try JSON.parse(bytes) } catch { throw DockerError("WARNING: Error loading config file: \(error)") }
        var logins: [String: RegistryCredentials] = [:]
        for field in node["auths"]?.fields ?? [] {
            guard let auth = field.value["auth"]?.string, let decoded = Base64.decode(auth),
                let text = String(validating: decoded, as: UTF8.self), let colon = text.firstIndex(of: ":")
            else { continue }
            logins[Self.loginKey(field.name)] = RegistryCredentials(
                username: String(text[..<colon]), password: String(text[text.index(after: colon)...]))
        }
        let found = logins
        try store.update { $0.logins = found }
    }
}
