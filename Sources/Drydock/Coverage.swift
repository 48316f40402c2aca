import AWSCore
import SimulatorCore

/// The AWS operations that are simulated, found by calling them, because a list could be wrong.
public struct Coverage: Sendable {
    /// The operations of one service.
    public struct Service: Sendable {
        public let id: String
        public let simulated: [String]
        public let missing: [String]
        public var total: Int { simulated.count + missing.count }
    }
    public let services: [Service]

    /// Calls every operation that has a handler once, without parameters, on a temporary simulator. Operations that are not
    /// simulated return their own error; any other response counts as simulated.
    public init() throws {
        let simulator = try Simulator.drydock()
        services = simulator.services.map { service in
            let names = service.model.operationNames.sorted()
            let simulated = names.filter { Self.isSimulated($0, service, simulator) }
            let missing = Set(names).subtracting(simulated).sorted()
            return Service(id: service.model.id, simulated: simulated, missing: missing)
        }
    }

    private static func isSimulated(_ name: String, _ service: any SimulatedService, _ simulator: Simulator) -> Bool {
        guard let operation = service.operation(name) else { return false }
        let input = operation.read(ShapeReader(.object([]), schema: operation.inputSchema, layout: .json))
        let root = Caller.root(of: simulator.configuration.account, accessKeyId: "coverage")
        do {
            try simulator.perform(service.model.id, name, as: root, region: simulator.configuration.region) { context in
                _ = try operation.call(input, context)
            }
        } catch let error as AWSError {
            return !error.isNotSimulated
        } catch {
            return true
        }
        return true
    }
}

extension FaultCatalogue {
    /// The services and operations that fault plans may name in Drydock's simulators.
    public static let drydock: FaultCatalogue = (try? Simulator.drydock().faultCatalogue) ?? FaultCatalogue([])
}
