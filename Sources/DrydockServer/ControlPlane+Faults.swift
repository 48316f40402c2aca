import AWSCore
import Drydock

extension ControlPlane {
    /// The fault plan, and how often each fault matched a request and took effect.
    var faults: Node {
        .object([
            .init(
                "faults",
                .list(
                    simulator.faults.progress.map { progress in
                        .object(
                            (progress.fault.node.fields ?? []) + [
                                .init("met", .integer(Int64(progress.met))), .init("struck", .integer(Int64(progress.struck))),
                            ])
                    }))
        ])
    }

    func setFaults(_ body: Bytes) throws {
        let plan: Node
        do { plan = try JSON.parse(body) } catch { throw ControlError("The body is not JSON: \(error).") }
        simulator.faults.set(try FaultPlan(parsing: plan, simulator.faultCatalogue))
    }
}
