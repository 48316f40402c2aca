import AWSCore
import HTTPTypes

/// Requests from a guest's root that only a process outside can carry out. The stand-ins of `reboot`, `poweroff` and
/// `hostnamectl` send them with PUT to the metadata service's address.
struct GuestControl: Sendable {
    enum Action: Sendable, Equatable {
        case reboot
        case powerOff
        case hostName(String)

        /// `reboot`, `power-off`, `host-name/web`
        init?(path: Substring) {
            switch path {
            case "reboot": self = .reboot
            case "power-off": self = .powerOff
            default:
                guard path.hasPrefix("host-name/") else { return nil }
                let name = String(path.dropFirst("host-name/".count))
                guard Self.isHostName(name) else { return nil }
                self = .hostName(name)
            }
        }

        /// Whether a name has labels of letters, digits and hyphens, within the kernel's 64 characters.
        static func isHostName(_ name: String) -> Bool {
            let labels = name.split(separator: ".", omittingEmptySubsequences: false)
            return name.utf8.count <= 64
                && labels.allSatisfy { label in
                    (1...63).contains(label.utf8.count)
                        && label.utf8.allSatisfy { (97...122).contains($0 | 32) || (48...57).contains($0) || $0 == 45 }
                }
        }
    }

    /// The token of the guest's root; no other user inside can read it.
    let token: String
    /// Carries out a request; returns whether it succeeded.
    let perform: @Sendable (Action) async -> Bool

    private static let prefix = "/drydock/"
    private static let tokenName = HTTPField.Name("X-Drydock-Token")

    /// Whether a request has the token of the guest's root.
    func comesFromRoot(_ request: HTTPRequest) -> Bool {
        Self.tokenName.flatMap { request.headerFields[$0] } == token
    }

    /// - Returns: nil if the request isn't one of these.
    func respond(to request: HTTPRequest) async -> HTTPReply? {
        let path = request.pathOnly
        guard request.method == .put, path.hasPrefix(Self.prefix) else { return nil }
        guard let action = Action(path: path.dropFirst(Self.prefix.count)) else {
            return HTTPReply(HTTPResponse(status: .badRequest))
        }
        guard comesFromRoot(request) else { return HTTPReply(HTTPResponse(status: .forbidden)) }
        return HTTPReply(HTTPResponse(status: await perform(action) ? .ok : .internalServerError))
    }
}
