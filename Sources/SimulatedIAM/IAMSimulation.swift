import AWSCore
import IAMAPI
public import SimulatorCore

/// The simulation of IAM: users, access keys, roles and policies. IAM is global: each account has
/// one for all regions.
public struct IAMSimulation: SimulatedService, IAMService {
    public typealias Context = SimulatorCore.Context

    public init() {}

    public var model: ServiceModel { IAM.model }

    private static let table = OperationTable(IAMSimulation(), handler)

    public func operation(_ name: String) -> ServiceOperation? { Self.table[name] }

    /// IAM has its own messages for two of the model's patterns.
    public func error(for violations: [Violation], _ operation: String) -> AWSError {
        if violations.count == 1, let violation = violations.first, violation.list == nil,
            case .patternMismatch(let pattern) = violation.kind
        {
            if pattern == #"[\w+=,.@-]+"# { return .invalidName(violation.path) }
            if violation.path.lowercased().hasSuffix("path") { return .invalidPath(violation.path) }
        }
        return .invalid(violations, wire: model.wire)
    }
}
