import AWSCore
import HTTPServing
import HTTPTypes
import SimulatorCore

/// Responds on a simulator's port: APIs, doors and the control plane.
struct SimulatorResponder: HTTPResponder {
    let simulator: Simulator
    let control: ControlPlane

    func respondAtOnce(to request: HTTPRequest, body: Bytes, from peer: String) -> ImmediateAnswer? {
        control.answers(request) || WelcomePage.isAsked(request)
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
        if WelcomePage.isAsked(request) { return WelcomePage.reply(to: request, of: simulator) }
        if control.answers(request) { return await control.respond(to: request, body: body) }
        return await simulator.respond(to: request, body: body, from: peer)
    }
}
