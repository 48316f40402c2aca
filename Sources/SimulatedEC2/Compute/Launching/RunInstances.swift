import AWSCore
import EC2API
import GRDB
import SimulatorCore

extension EC2Simulation {
    /// Launches instances. A request with the client token of an earlier one returns that one's reservation.
    /// - Throws: AWS's errors of RunInstances.
    public func runInstances(_ request: RunInstancesRequest, _ context: Context) throws -> Reservation {
        try context.once(request, recalling: { try reservation($0, context) }) { try launch(request, context) }
    }

    /// - Returns: the reservation's id, and the reservation.
    private func launch(_ request: RunInstancesRequest, _ context: Context) throws -> (String, Reservation) {
        let launched = try Launch(request, context).carryOut(context)
        var shapes = try InstanceRecord.shapes(launched.instances, context)
        for index in shapes.indices { shapes[index].becomeNewborn() }
        return (
            launched.reservation,
            Reservation(reservationId: launched.reservation, ownerId: context.account, groups: [], instances: shapes)
        )
    }

    /// Returns the current state of an earlier launch's instances.
    private func reservation(_ id: String, _ context: Context) throws -> Reservation {
        let instances = try InstanceRecord.all(context, "AND reservation = ?", [id])
        // https://github.com/boto/boto3/issues/4406
        guard instances.contains(where: { $0.phase != .terminate }) else {
            throw AWSError(
                "IdempotentInstanceTerminated",
                "The client token you have provided is associated with a terminated instance. Please use a different client token."
            )
        }
        return Reservation(
            reservationId: id, ownerId: context.account, groups: [], instances: try InstanceRecord.shapes(instances, context))
    }
}

extension Instance {
    /// Removes what AWS doesn't know yet at launch, such as the public address and the volumes.
    fileprivate mutating func becomeNewborn() {
        state = LifeState.pending.shape
        stateReason = StateReason(code: "pending", message: "pending")
        publicIpAddress = nil
        publicDnsName = ""
        blockDeviceMappings = []
        metadataOptions?.state = "pending"
        if monitoring?.state == "enabled" { monitoring?.state = "pending" }
        for index in (networkInterfaces ?? []).indices {
            networkInterfaces?[index].association = nil
            networkInterfaces?[index].attachment?.status = "attaching"
            for address in (networkInterfaces?[index].privateIpAddresses ?? []).indices {
                networkInterfaces?[index].privateIpAddresses?[address].association = nil
            }
        }
    }
}
