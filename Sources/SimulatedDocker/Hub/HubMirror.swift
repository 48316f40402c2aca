public import HTTPTypes
import OCI
public import SimulatorCore

extension DockerHub {
    /// Returns a request to a mirror of the Hub as a request to the Hub's registry, by an anonymous caller who may pull what is public.
    ///
    /// dockerd's `--registry-mirror` takes only an address and sends no host name of the Hub, so a mirror has a port of its own. Like
    /// Docker's own mirror, it requires no token: the token service has another host name.
    /// https://docs.docker.com/docker-hub/image-library/mirror/
    ///
    /// - Returns: nil if the request isn't a pull of a public image. dockerd then asks the registry itself.
    public func mirrored(_ request: HTTPRequest, _ simulator: Simulator) throws -> HTTPRequest? {
        guard request.method == .get || request.method == .head,
            case .success(let operation) = RegistryOperation.reading(request)
        else { return nil }
        let session = HubSession(simulator: simulator, blobs: blobs)
        var access: [HubToken.Grant] = []
        if let name = operation.repository {
            guard try session.transact({ db, _ in try HubRepository.find(name, db)?.isPrivate == false }) else { return nil }
            access = [.init(repository: name, actions: [RegistryAction.pull.rawValue])]
        }
        var request = request
        request.authority = Host.registry.rawValue
        let token = HubToken(user: nil, access: access, issuedAt: session.now)
        request.headerFields[.authorization] = "Bearer \(token.text(simulator.configuration))"
        return request
    }
}
