import AWSCore
/// temp
public final class PolicyCache: Sendable { public init() {} }
struct Decision { var isAllowed = true }
extension Simulator {
    func decide(_ target: AuthorizationTarget, _ r: [CallerPolicies.Source], _ context: Context) throws -> Decision { Decision() }
}
extension AWSError { static func denied(_ d: Decision, _ wire: WireProtocol) -> AWSError { AWSError("x", "x") } }
