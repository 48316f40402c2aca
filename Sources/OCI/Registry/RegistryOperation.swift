import AWSCore
public import HTTPTypes

/// A registry request: the endpoints of the distribution specification, parsed once.
///
/// https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#endpoints
public enum RegistryOperation: Sendable, Hashable {
    /// `GET /v2/`: checks protocol support and credentials.
    case ping
    case listRepositories(Page)
    case checkBlob(RepositoryName, Digest)
    case fetchBlob(RepositoryName, Digest)
    case deleteBlob(RepositoryName, Digest)
    /// `whole` is the content's digest, if the request includes all of it.
    case startUpload(RepositoryName, whole: Digest?)
    case mountBlob(RepositoryName, Digest, from: RepositoryName?)
    case checkUpload(RepositoryName, UploadID)
    case appendToUpload(RepositoryName, UploadID)
    case finishUpload(RepositoryName, UploadID, Digest)
    case cancelUpload(RepositoryName, UploadID)
    case checkManifest(RepositoryName, ManifestReference)
    case fetchManifest(RepositoryName, ManifestReference)
    /// `tags` are the tags of a push by digest.
    case putManifest(RepositoryName, ManifestReference, tags: [Tag])
    case deleteManifest(RepositoryName, ManifestReference)
    case listTags(RepositoryName, Page)
    case listReferrers(RepositoryName, Digest, artifactType: String?)

    /// A page of a list: at most `limit` names after `last`.
    public struct Page: Sendable, Hashable {
        public var limit: Int?
        public var last: String?
        public init(limit: Int? = nil, last: String? = nil) {
            self.limit = limit
            self.last = last
        }
    }

    /// The repository of the request; nil for ``ping`` and ``listRepositories(_:)``.
    public var repository: RepositoryName? {
        switch self {
        case .ping, .listRepositories: nil
        case .checkBlob(let name, _), .fetchBlob(let name, _), .deleteBlob(let name, _), .startUpload(let name, _),
            .mountBlob(let name, _, _), .checkUpload(let name, _), .appendToUpload(let name, _),
            .finishUpload(let name, _, _), .cancelUpload(let name, _), .checkManifest(let name, _),
            .fetchManifest(let name, _), .putManifest(let name, _, _), .deleteManifest(let name, _), .listTags(let name, _),
            .listReferrers(let name, _, _):
            name
        }
    }

    /// The digest in the request; nil if there is none.
    public var digest: Digest? {
        switch self {
        case .checkBlob(_, let digest), .fetchBlob(_, let digest), .deleteBlob(_, let digest),
            .mountBlob(_, let digest, _), .finishUpload(_, _, let digest), .listReferrers(_, let digest, _):
            return digest
        case .startUpload(_, let whole): return whole
        case .checkManifest(_, let reference), .fetchManifest(_, let reference), .putManifest(_, let reference, _),
            .deleteManifest(_, let reference):
            if case .digest(let digest) = reference { return digest }
            return nil
        case .ping, .listRepositories, .checkUpload, .appendToUpload, .cancelUpload, .listTags: return nil
        }
    }

    /// The required permission: `pull`, `push` or `delete`, as in scopes of registry tokens; nil if none is required.
    public var action: RegistryAction? {
        switch self {
        case .ping: nil
        case .listRepositories, .checkBlob, .fetchBlob, .checkManifest, .fetchManifest, .listTags, .listReferrers: .pull
        case .startUpload, .mountBlob, .checkUpload, .appendToUpload, .finishUpload, .cancelUpload, .putManifest: .push
        case .deleteBlob, .deleteManifest: .delete
        }
    }
}

/// The actions of Docker's token scopes. https://distribution.github.io/distribution/spec/auth/scope/
public enum RegistryAction: String, Sendable, Hashable {
    case pull, push, delete
}

extension RegistryOperation {
    /// Parses method and path.
    /// - Throws: ``RegistryError`` if the request is not part of the protocol.
    public init(_ request: HTTPRequest) throws(RegistryError) {
        let target = request.path ?? "/"
        let path = target.prefix { $0 != "?" }
        let query: [(name: String, value: String)]
        do {
            query = try QueryString.pairs(target.dropFirst(path.count + 1).utf8)
        } catch { throw .unsupported("the query cannot be read: \(error)") }
        let place = try RegistryPath(path)
        self = try Self.operation(request.method, place, RegistryQuery(pairs: query))
    }

    /// Parses a request and returns the operation or the error.
    public static func reading(_ request: HTTPRequest) -> Result<RegistryOperation, RegistryError> {
        Result { () throws(RegistryError) in try RegistryOperation(request) }
    }

    private static func operation(
        _ method: HTTPRequest.Method, _ path: RegistryPath, _ query: RegistryQuery
    ) throws(RegistryError) -> RegistryOperation {
        switch (path, method) {
        case (.base, .get), (.base, .head): return .ping
        case (.catalog, .get): return .listRepositories(try query.page())
        case (.blob(let name, let digest), .head): return .checkBlob(name, digest)
        case (.blob(let name, let digest), .get): return .fetchBlob(name, digest)
        case (.blob(let name, let digest), .delete): return .deleteBlob(name, digest)
        case (.uploads(let name), .post):
            if let mount = try query.digest("mount") {
                return .mountBlob(name, mount, from: query["from"].flatMap { .init($0) })
            }
            return .startUpload(name, whole: try query.digest("digest"))
        case (.upload(let name, let id), .get): return .checkUpload(name, id)
        case (.upload(let name, let id), .patch): return .appendToUpload(name, id)
        case (.upload(let name, let id), .put):
            guard let digest = try query.digest("digest") else { throw .digestInvalid("digest missing") }
            return .finishUpload(name, id, digest)
        case (.upload(let name, let id), .delete): return .cancelUpload(name, id)
        case (.manifest(let name, let reference), .head): return .checkManifest(name, reference)
        case (.manifest(let name, let reference), .get): return .fetchManifest(name, reference)
        case (.manifest(let name, let reference), .put): return .putManifest(name, reference, tags: try query.tags())
        case (.manifest(let name, let reference), .delete): return .deleteManifest(name, reference)
        case (.tags(let name), .get): return .listTags(name, try query.page())
        case (.referrers(let name, let digest), .get):
            return .listReferrers(name, digest, artifactType: query["artifactType"])
        default: throw .methodNotAllowed
        }
    }
}

/// The paths under `/v2/`.
enum RegistryPath {
    case base, catalog
    case blob(RepositoryName, Digest)
    case uploads(RepositoryName)
    case upload(RepositoryName, UploadID)
    case manifest(RepositoryName, ManifestReference)
    case tags(RepositoryName)
    case referrers(RepositoryName, Digest)

    /// Repository names contain slashes and may contain words such as `blobs`, so the path is parsed from its end.
    init(_ path: some StringProtocol) throws(RegistryError) {
        var parts = try Self.decode(path).split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count >= 2, parts[0].isEmpty, parts[1] == "v2" else { throw .notFound }
        parts.removeFirst(2)
        let hasSlash = parts.last?.isEmpty == true
        if hasSlash { parts.removeLast() }
        let count = parts.count
        if count == 0 {
            self = .base
        } else if count == 1, parts[0] == "_catalog" {
            self = .catalog
        } else if count >= 3, parts[count - 2] == "blobs", parts[count - 1] == "uploads" {
            self = .uploads(try Self.name(parts.dropLast(2)))
        } else if count >= 4, parts[count - 3] == "blobs", parts[count - 2] == "uploads" {
            guard let id = UploadID(parts[count - 1]) else { throw .blobUploadUnknown }
            self = .upload(try Self.name(parts.dropLast(3)), id)
        } else if count >= 3, !hasSlash {
            self = try Self.leaf(parts[count - 2], parts[count - 1], try Self.name(parts.dropLast(2)))
        } else {
            throw .notFound
        }
    }

    private static func leaf(
        _ kind: Substring, _ leaf: Substring, _ name: @autoclosure () throws(RegistryError) -> RepositoryName
    ) throws(RegistryError) -> RegistryPath {
        switch kind {
        case "blobs": return .blob(try name(), try digest(leaf))
        case "manifests":
            guard let reference = ManifestReference(leaf) else {
                if leaf.contains(":") { throw .digestInvalid("invalid digest: \(leaf)") }
                throw .tagInvalid(String(leaf))
            }
            return .manifest(try name(), reference)
        case "tags" where leaf == "list": return .tags(try name())
        case "referrers": return .referrers(try name(), try digest(leaf))
        default: throw .notFound
        }
    }

    private static func digest(_ text: Substring) throws(RegistryError) -> Digest {
        do { return try Digest(parsing: text) } catch { throw .digestInvalid(error.description) }
    }

    private static func name(_ parts: ArraySlice<Substring>) throws(RegistryError) -> RepositoryName {
        let text = parts.joined(separator: "/")
        do { return try RepositoryName(parsing: text) } catch { throw .nameInvalid(text) }
    }

    private static func decode(_ path: some StringProtocol) throws(RegistryError) -> String {
        guard path.utf8.contains(37) else { return String(path) }
        // A plus is literal in a path, but the form decoder would read it as a space.
        let escaped = Bytes(path.utf8).flatMap { $0 == 43 ? Bytes("%2B".utf8) : $0 == 61 ? Bytes("%3D".utf8) : [$0] }
        do {
            return try QueryString.pairs(escaped).first?.name ?? ""
        } catch { throw .notFound }
    }
}

struct RegistryQuery {
    let pairs: [(name: String, value: String)]

    subscript(name: String) -> String? { pairs.first { $0.name == name }?.value }

    func digest(_ name: String) throws(RegistryError) -> Digest? {
        guard let text = self[name] else { return nil }
        do { return try Digest(parsing: text) } catch { throw .digestInvalid(error.description) }
    }

    func tags() throws(RegistryError) -> [Tag] {
        var tags: [Tag] = []
        for pair in pairs where pair.name == "tag" {
            guard let tag = Tag(pair.value) else { throw .tagInvalid(pair.value) }
            if !tags.contains(tag) { tags.append(tag) }
        }
        return tags
    }

    func page() throws(RegistryError) -> RegistryOperation.Page {
        var page = RegistryOperation.Page(last: self["last"])
        if let text = self["n"] {
            guard let limit = Int(text), limit >= 0 else { throw .paginationInvalid(text) }
            page.limit = limit
        }
        return page
    }
}
