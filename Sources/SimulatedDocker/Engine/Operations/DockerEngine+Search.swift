public import AWSCore
import HTTPTypes
public import OCI

extension DockerEngine {
    /// A repository in the results of `docker search`.
    public struct SearchResult: Sendable, Hashable {
        public let name: String
        public let description: String
        public let stars: Int
        public let isOfficial: Bool
    }

    /// Searches Docker Hub for repositories.
    ///
    /// - Parameters:
    ///   - limit: the maximum number of results, 1 to 100.
    ///   - filters: `is-official`, `is-automated` (which matches nothing any more) and `stars`, the minimum number of stars.
    /// - Throws: ``DockerError``
    public func search(_ term: String, limit: Int = 25, filters: ImageFilters = ImageFilters()) async throws(DockerError)
        -> [SearchResult]
    {
        try filters.check(["is-official", "is-automated", "stars"])
        let isOfficial = try filters.flag("is-official")
        let isAutomated = try filters.flag("is-automated")
        var stars = 0
        for text in filters["stars"] {
            guard let number = Int(text) else { throw .invalidFilter("stars=\(text)") }
            stars = max(stars, number)
        }
        guard (1...100).contains(limit) else {
            throw .daemon("limit \(limit) is outside the range of [1, 100]", status: 400)
        }
        let path = "/v1/search?q=\(QueryString.encoded(term))&n=\(limit)"
        let request = HTTPRequest(method: .get, scheme: "https", authority: "index.docker.io", path: path)
        let answer: Node
        do {
            let reply = try await transport.send(request, body: .empty, timeout: timeout)
            guard reply.response.status == .ok else {
                throw DockerError.daemon("Unexpected status code \(reply.response.status.code)")
            }
            answer = try JSON.parse(try await reply.body.collect(upTo: 4 << 20))
        } catch let error as DockerError {
            throw error
        } catch {
            throw .daemon(RegistryWords.text(error, request: "Get \"https://index.docker.io\(path)\""))
        }
        let found = (answer["results"]?.elements ?? []).map { node -> SearchResult in
            let stars = if case .integer(let number)? = node["star_count"] { Int(number) } else { 0 }
            return SearchResult(
                name: node["name"]?.string ?? "", description: node["description"]?.string ?? "", stars: stars,
                isOfficial: node["is_official"] == .bool(true))
        }
        if isAutomated == true { return [] }
        return found.filter { $0.stars >= stars && (isOfficial == nil || $0.isOfficial == isOfficial) }
    }

    /// Returns the content at a URL, if this engine can reach it.
    /// - Throws: ``DockerError``
    public func download(_ url: String) async throws(DockerError) -> HTTPBody {
        let parts = url.split(separator: "://", maxSplits: 1).map(String.init)
        guard parts.count == 2, ["http", "https"].contains(parts[0]) else {
            throw .daemon("unsupported protocol scheme in '\(url)'", status: 400)
        }
        let host = parts[1].prefix { $0 != "/" }
        let path = parts[1].dropFirst(host.count)
        let request = HTTPRequest(
            method: .get, scheme: parts[0], authority: String(host), path: path.isEmpty ? "/" : String(path))
        do {
            let reply = try await transport.send(request, body: .empty, timeout: timeout)
            guard reply.response.status == .ok else {
                throw DockerError.daemon("got HTTP status code >= 400: \(reply.response.status.code)")
            }
            return reply.body
        } catch let error as DockerError {
            throw error
        } catch {
            throw .daemon(RegistryWords.text(error, request: "Get \"\(url)\""))
        }
    }

    /// Returns the manifest and platforms of an image in a registry, without pulling it.
    /// - Throws: ``DockerError``
    public func look(at text: String) async throws(DockerError) -> (manifest: Descriptor, platforms: [Platform]) {
        let reference = try Self.reference(text).withDefaultTag
        do {
            let client = client(for: reference)
            let manifest = try await client.manifest(reference.manifestReference, in: reference.repository)
            var platforms = manifest.manifests.compactMap(\.platform)
            if let config = manifest.config {
                let body = try await client.blob(config.digest, in: reference.repository)
                platforms = [try ImageConfig(parsing: try await body.collect(upTo: Manifest.maximumSize)).platform]
            }
            return (manifest.descriptor, platforms)
        } catch {
            throw Self.pullError(error, reference)
        }
    }
}
