import AWSCore
import Drydock
import HTTPServing
import HTTPTypes
import SimulatorCore

/// Responds on the port of the simulated Docker Hub's mirror.
struct MirrorResponder: HTTPResponder {
    let simulator: Simulator

    func respond(to request: HTTPRequest, body: HTTPBody, from peer: String) async -> HTTPReply {
        do {
            if let request = try simulator.hubRequest(mirroring: request) {
                return await simulator.respond(to: request, body: body, from: peer)
            }
        } catch { return WireFailure("InternalError", "\(error)", status: .internalServerError).reply(to: request) }
        return WireFailure(
            "NotFound", "This port is a mirror of the simulated Docker Hub: public images can be pulled.", status: .notFound
        ).reply(to: request)
    }
}

/// Responds on a simulator's port: APIs, doors and the control plane.
struct SimulatorResponder: HTTPResponder {
    let simulator: Simulator
    let control: ControlPlane

    func respondAtOnce(to request: HTTPRequest, body: Bytes, from peer: String) -> ImmediateAnswer? {
        control.answers(request) || WelcomePage.isRequested(by: request)
            ? nil : simulator.respondAtOnce(to: request, body: body, from: peer)
    }

    func respond(to request: HTTPRequest, body: HTTPBody, from peer: String) async -> HTTPReply {
        if WireFailure.isOfControl(request.pathOnly), !control.isHealth(request), !simulator.bringsControlToken(request) {
            return WireFailure(
                "AccessDenied",
                "The control plane requires the token in the server's DRYDOCK_TOKEN: Authorization: Bearer TOKEN.",
                status: .unauthorized
            ).reply(to: request)
        }
        if WelcomePage.isRequested(by: request) { return WelcomePage.reply(to: request, of: simulator) }
        if control.answers(request) { return await control.respond(to: request, body: body) }
        return await simulator.respond(to: request, body: body, from: peer)
    }
}
