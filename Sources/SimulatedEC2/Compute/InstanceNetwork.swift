import AWSCore
import EC2API
import SimulatorCore

/// The network operations that instances need.
enum InstanceNetwork {
    /// Returns instances' interfaces in the form of DescribeInstances, primary first, with a fixed number of statements.
    static func interfaces(of ids: [String], _ context: Context) throws -> [String: [InstanceNetworkInterface]] {
        // Cached too: nothing in it changes with the time.
        try context.reading(ReadKey(InstanceNetwork.self, context, "", ids.count == 1 ? ids : [])) {
            let records =
                ids.count == 1
                ? [ids[0]: try NetworkInterfaceRecord.of(instance: ids[0], context)]
                : try NetworkInterfaceRecord.byInstance(context)
            let index = try NetworkInterfaceRecord.Index.read(context, tagged: false)
            return records.mapValues { interfaces in
                interfaces.sorted { ($0.deviceIndex ?? 0) < ($1.deviceIndex ?? 0) }.map { $0.instanceShape(index, context) }
            }
        }
    }

    /// Deletes or detaches the interfaces of terminated instances.
    static func release(_ ids: [String], _ context: Context) throws {
        for id in ids { try NetworkInterfaceRecord.instanceTerminated(id, context) }
    }

    /// Returns the instance's only interface, which instance attributes apply to.
    /// - Throws: AWS's error if the instance has several.
    private static func only(of instance: InstanceRecord, _ context: Context) throws -> NetworkInterfaceRecord? {
        let interfaces = try NetworkInterfaceRecord.of(instance: instance.id, context)
        guard interfaces.count <= 1 else { throw AWSError.severalInterfaces(instance.id) }
        return interfaces.first
    }

    static func setSourceDestCheck(_ isChecked: Bool, of instance: InstanceRecord, _ context: Context) throws {
        guard var primary = try only(of: instance, context) else { return }
        primary.checksSource = isChecked
        try primary.update(context)
    }

    static func setGroups(_ groups: [String], of instance: InstanceRecord, _ context: Context) throws {
        guard let primary = try only(of: instance, context),
            let subnet = try SubnetRecord.find(primary.subnetId, context)
        else { return }
        try primary.setGroups(try SecurityGroupRecord.resolve(ids: groups, names: nil, subnet: subnet, context), context)
    }
}
