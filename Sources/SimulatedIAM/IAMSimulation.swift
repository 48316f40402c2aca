import AWSCore
import IAMAPI
public import SimulatorCore

/// IAM: users, their keys, roles, and policies. Global: an account has one, whatever the region.
public struct IAMSimulation: SimulatedService, IAMService {
    public typealias Context = SimulatorCore.Context

    public init() {}

    public var model: ServiceModel { IAM.model }

    private static let table = OperationTable(IAMSimulation(), handler)

    public func operation(_ name: String) -> ServiceOperation? { Self.table[name] }

    /// IAM words two of the model's patterns itself.
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
