import AWSCore
import HTTPTypes

/// The reason why a caller may not use the control plane.
package struct ControlRefusal: Error {
    package let message: String
}

extension Simulator {
    /// The signing name of requests to the control plane.
    package static let controlService = "drydock"

    /// Whether a request has the control plane's token, or no token is required.
    package func bringsControlToken(_ request: HTTPRequest) -> Bool {
        guard let token = configuration.controlToken else { return true }
        guard let header = request.headerFields[.authorization], header.lowercased().hasPrefix("bearer ") else { return false }
        let given = Bytes(header.utf8.dropFirst(7)), wanted = Bytes(token.utf8)
        guard given.count == wanted.count else { return false }
        // In constant time, so that the time of a rejection reveals nothing about the token.
        return zip(given, wanted).reduce(0 as UInt8) { $0 | ($1.0 ^ $1.1) } == 0
    }

    /// Checks that a control request to a strict simulator is signed with a key of the account's root, or of a caller whose
    /// policies allow `drydock:Control`.
    ///
    /// - Parameter body: nil if the body is not in memory; the signature then covers only the head.
    /// - Throws: ``ControlRefusal``
    package func checkControlKey(_ request: HTTPRequest, body: Bytes?, from peer: String) throws(ControlRefusal) {
        // With a token, the server has checked it already.
        guard configuration.isStrict, configuration.controlToken == nil else { return }
        let usage =
            "This server is strict: sign the request (SigV4, service '\(Self.controlService)') with a key that this server created, "
            + "or serve with DRYDOCK_TOKEN."
        do {
            guard let authorization = try authenticator.parse(request) else { throw ControlRefusal(message: usage) }
            try authorization.checkScope(region: nil, service: Self.controlService)
            let isAllowed = try store.transaction { db in
                let caller = try authenticator.caller(
                    authorization, request, body, wire: .awsJson1_1, now: clock.now, db)
                let context = Context(
                    db: db, simulator: self, service: Self.controlService, operation: "Control", account: configuration.account,
                    region: configuration.region, caller: caller, now: clock.now, ids: IDGenerator(seed: seed, stream: 0),
                    requestId: "", sourceAddress: peer)
                guard caller.account == configuration.account else { return false }
                if case .root = caller.kind { return true }
                let target = AuthorizationTarget(action: "drydock:Control")
                return try context.policies(for: target, []).evaluate(AuthorizationRequest(target, context)).isAllowed
            }
            guard isAllowed else {
                throw ControlRefusal(
                    message: "The key's policies do not allow drydock:Control in account \(configuration.account).")
            }
        } catch let refusal as ControlRefusal {
            throw refusal
        } catch let error as AWSError {
            throw ControlRefusal(message: "\(error.message) \(usage)")
        } catch {
            throw ControlRefusal(message: "The signature cannot be checked. \(usage)")
        }
    }
}
