import AWSCore
@_exported import SimulatorCore
import SimulatedEC2
import SimulatedECR
import SimulatedIAM
import SimulatedIAM

extension Simulator {
    /// A simulator with every service and door of Drydock.
    /// - Throws: ``StateError`` if the configuration names a state folder that cannot be used.
    public static func drydock(_ configuration: Configuration = Configuration()) throws -> Simulator {
        try Simulator(
            configuration, services: [EC2Simulation(), ECRSimulation(), IAMSimulation(), STSSimulation()], doors: [],
            directory: IAMDirectory())
    }
}
