import AWSClient
import AWSCore
import Foundation
import HTTPTypes

extension HTTPRequest {
    /// Adds what the control plane of a server may ask for: `DRYDOCK_TOKEN`, else a signature with the keys in the environment,
    /// if there are any.
    ///
    /// - Parameter body: nil for one that is not in memory, which the signature does not cover then.
    public mutating func proveToControlPlane(body: Bytes?) async {
        if let token = Surroundings.process["DRYDOCK_TOKEN"] {
            headerFields[.authorization] = "Bearer \(token)"
            return
        }
        guard let credentials = try? await EnvironmentCredentials().credentials() else { return }
        let signer = SigV4Signer(credentials: credentials, region: "us-east-1", service: Simulator.controlService)
        signer.sign(
            &self, payloadHash: body.map(SigV4.payloadHash) ?? SigV4.unsignedPayload, at: .machineTime)
    }
}
