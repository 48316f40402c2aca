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
        // The network.
        VpcRecord.migration,
        SubnetRecord.migration,
        SecurityGroupRecord.migration,
        SecurityGroupRuleRecord.migration,
        InternetGatewayRecord.migration,
        RouteTableRecord.migration,
        NetworkAclRecord.migration,
        DhcpOptionsRecord.migration,
        NetworkInterfaceRecord.migration,
        AddressRecord.migration,
        // Instances and what they are made of.
        KeyPairRecord.migration,
        InstanceRecord.migration,
        VolumeRecord.migration,
    ]

    private static let table = OperationTable(
        EC2Simulation(), EC2Simulation.handlers, first: InstanceRecord.settle)

    public func operation(_ name: String) -> ServiceOperation? { Self.table[name] }

    public func prepare(_ context: Context) throws { try DefaultNetwork.create(context) }
}
