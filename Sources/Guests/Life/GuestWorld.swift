import AWSCore
import Foundation
import HTTPTypes
import SimulatedDocker
import SimulatorCore
import Synchronization

/// The outside that guests can reach: AWS and Docker Hub, both simulated, and URLs with fixed answers. Other names do not
/// resolve.
final class GuestWorld: Sendable {
    /// The address that all known names resolve to in a guest with an interface. It belongs to nobody
    /// (https://www.rfc-editor.org/rfc/rfc2544).
    static let address = "198.18.0.1"
    /// The same in a guest without one. Programs inside then cannot listen at ports 80 and 443 of every address.
    static let innerAddress = "127.0.0.254"
    static let metadataAddress = "169.254.169.254"

    /// What guests reach over their interface: metadata, HTTPS and HTTP, in this order.
    static let services: [(address: UInt32, port: UInt16)] = [(metadataAddress, 80), (address, 443), (address, 80)].map {
        (addressNumber($0.0) ?? 0, UInt16($0.1))
    }

    static func isService(_ address: UInt32) -> Bool { services.contains { $0.address == address } }

    /// The address of the guests' name server.
    static let nameServer = "127.0.0.53"

    private let state: Mutex<State>

    private struct State {
        /// By host, then by path; `*` in a path matches any text.
        var answers: [String: [(path: String, bytes: Bytes)]] = [:]
        /// Package names with the program that each installs.
        var packages: [(name: String, program: String)] = []
    }

    init() {
        var state = State()
        state.answers["awscli.amazonaws.com"] = [("/*.zip", StandIns.commandLineArchive)]
        state.answers["get.k3s.io"] = [("/", Bytes(StandIns.getK3s.utf8))]
        state.answers["get.docker.com"] = [("/", Bytes(StandIns.getDocker.utf8))]
        state.answers["download.docker.com"] = [("/linux/*/gpg", Bytes(StandIns.archiveKey.utf8))]
        self.state = Mutex(state)
    }

    /// Whether a host's name resolves to Drydock.
    func knows(_ name: String) -> Bool {
        let name = name.lowercased()
        if [".amazonaws.com", ".amazonaws.com.cn", ".api.aws"].contains(where: name.hasSuffix) { return true }
        if DockerHub.Host(rawValue: name) != nil { return true }
        return state.withLock { $0.answers[name] != nil }
    }

    /// Returns the fixed answer to a request; nil if Drydock answers it.
    func answer(to request: HTTPRequest) -> HTTPReply? {
        let host = request.hostOnly.lowercased()
        let path = String(request.pathOnly)
        if Self.isSteering(request) {
            return HTTPReply(HTTPResponse(status: .notFound), .bytes(Bytes("404 Not Found\n".utf8)))
        }
        guard let answers = state.withLock({ $0.answers[host] }) else { return nil }
        var response = HTTPResponse(status: .notFound)
        response.headerFields[.contentType] = "application/octet-stream"
        // The last declaration wins.
        guard let found = answers.last(where: { Self.matches(path[...], $0.path[...]) }) else {
            return HTTPReply(response, .bytes(Bytes("404 Not Found\n".utf8)))
        }
        response.status = .ok
        return HTTPReply(response, .bytes(found.bytes))
    }

    /// Whether a request is for Drydock's control API. Guests, and requests made for them, reach only AWS and Docker Hub.
    static func isSteering(_ request: HTTPRequest) -> Bool {
        let path = (request.pathOnly.removingPercentEncoding ?? String(request.pathOnly)).lowercased()
        return path.split(separator: "/").first?.hasPrefix("_drydock") == true
    }

    private static func matches(_ text: Substring, _ pattern: Substring) -> Bool {
        guard let first = pattern.first else { return text.isEmpty }
        if first == "*" {
            return matches(text, pattern.dropFirst()) || !text.isEmpty && matches(text.dropFirst(), pattern)
        }
        return text.first == first && matches(text.dropFirst(), pattern.dropFirst())
    }

    /// Sets the fixed answer of a URL.
    /// - Throws: ``GuestFailure`` if the URL isn't http or https.
    func add(_ url: String, _ bytes: Bytes) throws {
        guard let parts = URLComponents(string: url), ["http", "https"].contains(parts.scheme), let host = parts.host,
            !host.isEmpty
        else { throw GuestFailure("'\(url)' is not a URL such as https://example.com/install.sh") }
        let path = parts.path.isEmpty ? "/" : parts.path
        state.withLock { $0.answers[host.lowercased(), default: []].append((path, bytes)) }
    }

    /// Declares a package that installs a program of the machine, or nothing for `-`.
    /// - Throws: ``GuestFailure`` for an empty name, or one with white space or a slash.
    func addPackage(_ name: String, bringing program: String) throws {
        for word in [name, program] where word.isEmpty || word.contains(where: { $0.isWhitespace || $0 == "/" }) {
            throw GuestFailure("'\(word)' is not a valid name of a package or program")
        }
        state.withLock { $0.packages.append((name, program)) }
    }

    /// The packages that scenarios add to the catalogue, one per line; the first line with a name wins.
    var catalogue: String {
        state.withLock { $0.packages.reversed().map { "\($0.name) \($0.program)\n" } }.joined()
    }
}
