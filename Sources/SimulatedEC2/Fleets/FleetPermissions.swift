import AWSCore
import EC2API
import SimulatorCore

// An instant fleet launches with the caller's permissions: each launch needs those of RunInstances, and a denied one is an error
// among CreateFleet's results, as users of Karpenter report. Other fleets launch with the service-linked role of EC2 Fleet:
// https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/ec2-fleet-prerequisites.html

extension EC2Simulation {
    /// Checks that the caller may launch, as if it called RunInstances.
    /// - Parameter plain: the same launch without the fleet's tags, for which CreateFleet needed the permission.
    func authorizeLaunch(_ launch: RunInstancesRequest, withoutTags plain: RunInstancesRequest, _ context: Context) throws {
        let tagging = "ec2:CreateTags"
        for target in try authorizationTargets("RunInstances", launch, context) where target.action != tagging {
            try context.authorize(target, self)
        }
        for target in try authorizationTargets("RunInstances", plain, context) where target.action == tagging {
            try context.authorize(target, self)
        }
    }
}

/// The instances and volumes that CreateFleet asks for, as policies see them.
struct FleetQuestion {
    private let launches: [LaunchQuestion]
    /// Whether the launch at the same index chooses its type by attributes, so that the request has no type.
    private let isOpen: [Bool]

    /// Errors in the request are ignored here and reported later, to callers who may create fleets.
    init(_ input: CreateFleetRequest, _ context: Context) {
        let shown = (try? FleetOrder.shown(input.launchTemplateConfigs, type: input.type ?? .maintain, context)) ?? []
        let entries = zip(input.launchTemplateConfigs, shown).flatMap { (try? FleetEntry.entries($0, shown: $1)) ?? [] }
        launches = entries.map { entry in
            var launch = entry.launch
            launch.instanceType = entry.shown.overrides?.instanceType
            launch.subnetId = entry.subnets.count == 1 ? entry.subnets.first : nil
            return LaunchQuestion((try? launch.resolved(context))?.0 ?? launch, context)
        }
        isOpen = entries.map { $0.requirements != nil }
    }

    /// The condition keys of the instances, each combination once.
    var instances: [[String: [String]]] {
        var found: [[String: [String]]] = []
        for (launch, isOpen) in zip(launches, isOpen) {
            var conditions = launch.instance
            if isOpen { conditions["ec2:InstanceType"] = nil }
            if !found.contains(conditions) { found.append(conditions) }
        }
        return found
    }

    /// The condition keys of the volumes, each combination once.
    var volumes: [[String: [String]]] {
        var found: [[String: [String]]] = []
        for conditions in launches.flatMap(\.volumes) where !found.contains(conditions) { found.append(conditions) }
        return found
    }
}
