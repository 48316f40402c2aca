import AWSClient
import AWSCore
import Foundation
import HTTPTypes

extension HTTPRequest {
    /// Adds the credentials for a server's control plane: the token in `DRYDOCK_TOKEN`, or else a signature with the
    /// environment's keys, if there are any.
    ///
    /// - Parameter body: nil if it is not in memory; the signature then does not cover it.
    public mutating func signForControlPlane(body: Bytes?) async {
        if let token = ProcessEnvironment.process["DRYDOCK_TOKEN"] {
            headerFields[.authorization] = "Bearer \(token)"
            return
        }
        guard let credentials = try? await EnvironmentCredentials().credentials() else { return }
        let signer = SigV4Signer(credentials: credentials, region: "us-east-1", service: Simulator.controlService)
        signer.sign(
            &self, payloadHash: body.map(SigV4.payloadHash) ?? SigV4.unsignedPayload, at: .machineTime)
    }
}
