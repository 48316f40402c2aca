import AWSCore
import EC2API
import SimulatorCore

/// Amazon EC2 as the simulator plays it. Handlers stand in the file of their resource, as extensions.
public struct EC2Simulation: EC2Service, SimulatedService {
    public typealias Context = SimulatorCore.Context

    public init() {}

    public var model: ServiceModel { EC2.model }

    /// Append only; one entry a resource, in its own file.
    public static let migrations: [Migration] = [
        KeyPairRecord.migration
    ]

    private static let table = OperationTable(EC2Simulation(), EC2Simulation.handlers)

    public func operation(_ name: String) -> ServiceOperation? { Self.table[name] }
}
