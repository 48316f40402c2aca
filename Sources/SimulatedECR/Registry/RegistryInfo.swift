import AWSCore
import ECRAPI
import SimulatorCore

extension ECRSimulation {
    public func describeRegistry(_ input: DescribeRegistryRequest, _ context: Context) throws -> DescribeRegistryResponse {
        DescribeRegistryResponse(registryId: context.account, replicationConfiguration: ReplicationConfiguration(rules: []))
    }
}
