import AWSCore
import EC2API
import SimulatorCore

/// The capacity of a family's Dedicated Host.
///
/// Assumed: a host is as large as the family's largest size, and has two sockets from 36 cores on. AWS's page agrees for most
/// families. The T3 host is larger; its figures are from that page.
struct HostCapacity {
    let vCPUs, cores, sockets: Int

    init(_ family: String) {
        let types = Self.types(of: family)
        if family == "t3" {
            (vCPUs, cores, sockets) = (192, 48, 2)
            return
        }
        vCPUs = types.map(\.vCPUs).max() ?? 0
        cores = types.map(\.cores).max() ?? 0
        sockets = cores >= 36 && types.first?.architectures.contains("arm64") != true ? 2 : 1
    }

    /// Returns the family's types that run on Dedicated Hosts.
    static func types(of family: String) -> [InstanceTypeFigures] {
        InstanceTypeTable.all.filter { $0.family == family && $0.has("d") }
    }

    static func vCPUs(of type: String) -> Int { InstanceTypeTable.figures(of: type)?.vCPUs ?? 0 }
}

/// The instances on an account's hosts.
struct HostedInstances {
    private var byHost: [String: [InstanceRecord]] = [:]

    init(_ context: Context) throws {
        for instance in try InstanceRecord.all(context, "AND tenancy = 'host' AND phase <> 'terminate'") {
            // A stopped instance keeps its place on the host only with host affinity.
            guard let host = instance.options.host, instance.phase == .start || instance.options.affinity == "host" else {
                continue
            }
            byHost[host, default: []].append(instance)
        }
    }

    func on(_ host: String) -> [InstanceRecord] { byHost[host] ?? [] }
}

/// The hosts of a launch's instances.
struct HostPlacement {
    /// The host of each instance.
    let hosts: [String]
    let affinity: String

    /// - Parameter zone: the launch's zone.
    /// - Throws: AWS's errors for absent hosts, full hosts, and hosts of another type.
    init?(
        _ placement: Placement?, tenancy: String, _ type: InstanceTypeFigures, zone: String, count: Int, _ context: Context
    ) throws {
        if placement?.hostResourceGroupArn?.isEmpty == false {
            throw AWSError.notSimulated("ec2", "RunInstances in a host resource group")
        }
        let wanted = placement?.hostId.flatMap { $0.isEmpty ? nil : $0 }
        if let affinity = placement?.affinity, !affinity.isEmpty {
            guard ["default", "host"].contains(affinity) else { throw AWSError.invalidValue(affinity, for: "affinity") }
            guard tenancy == "host" else {
                throw AWSError.invalidCombination("Affinity can be set only for instances with a tenancy of host.")
            }
        }
        guard tenancy == "host" else {
            guard wanted == nil else {
                throw AWSError.invalidCombination("A host ID can be specified only with a tenancy of host.")
            }
            return nil
        }
        affinity = placement?.affinity.flatMap { $0.isEmpty ? nil : $0 } ?? "default"
        hosts = try Self.find(wanted, type, zone: zone, count: count, context)
    }

    /// - Parameter wanted: the requested host; nil for any host with auto-placement.
    static func find(
        _ wanted: String?, _ type: InstanceTypeFigures, zone: String, count: Int, _ context: Context
    ) throws -> [String] {
        guard type.has("d") else {
            throw AWSError(
                "UnsupportedHostConfiguration", "The \(type.name) instance type is not supported on Dedicated Hosts.")
        }
        var candidates: [Host]
        if let wanted {
            let host = try Resource.host.get(wanted, context)
            guard host.phase == "available" else {
                throw AWSError("InvalidHostState", "The Dedicated Host '\(wanted)' is not in the available state.")
            }
            guard host.shape.takes(type) else {
                throw AWSError(
                    "UnsupportedInstanceTypeOnHost",
                    "The instance type \(type.name) is not supported on the Dedicated Host '\(wanted)'.")
            }
            guard host.shape.availabilityZone == zone else {
                throw AWSError(
                    "IncompatibleHostRequirements",
                    "The Dedicated Host '\(wanted)' is in the Availability Zone '\(host.shape.availabilityZone ?? "")'.")
            }
            candidates = [host.shape]
        } else {
            candidates = try Host.present(context).filter {
                $0.autoPlacement == .on && $0.takes(type) && $0.availabilityZone == zone
            }
            guard !candidates.isEmpty else {
                throw AWSError(
                    "UnavailableHostRequirements",
                    "There are no valid Dedicated Hosts available on which you can launch an instance.")
            }
        }
        let instances = try HostedInstances(context)
        var free = candidates.map { host in
            let used = instances.on(host.hostId ?? "").reduce(0) { $0 + HostCapacity.vCPUs(of: $1.type) }
            return (id: host.hostId ?? "", vCPUs: (host.hostProperties?.totalVCpus ?? 0) - used)
        }
        return try (0..<count).map { _ in
            guard let index = free.firstIndex(where: { $0.vCPUs >= type.vCPUs }) else {
                throw wanted == nil
                    ? AWSError(
                        "InsufficientHostCapacity",
                        "There is not enough capacity to fulfill your Dedicated Host request.")
                    : AWSError(
                        "InsufficientCapacityOnHost",
                        "There is not enough capacity on the Dedicated Host to launch or start the instance.")
            }
            free[index].vCPUs -= type.vCPUs
            return free[index].id
        }
    }
}

extension Host {
    /// Returns whether the host can run instances of a type.
    fileprivate func takes(_ type: InstanceTypeFigures) -> Bool {
        hostProperties?.instanceType.map { $0 == type.name } ?? (hostProperties?.instanceFamily == String(type.family))
    }
}

extension InstanceRecord {
    /// Chooses the host of a stopped instance that starts: the one it has affinity to, or else one with room, its last one first.
    mutating func returnToHost(_ context: Context) throws {
        guard tenancy == "host", let type = InstanceTypeTable.figures(of: type) else { return }
        if options.affinity == "host", let own = options.host {
            // Its place is reserved while it is stopped.
            guard try Resource.host.find(own, context)?.phase == "available" else {
                throw AWSError("InvalidHostState", "The Dedicated Host '\(own)' is not in the available state.")
            }
            return
        }
        let last = options.host
        if let last, let found = try? HostPlacement.find(last, type, zone: zone, count: 1, context).first {
            options.host = found
            return
        }
        options.host = try HostPlacement.find(nil, type, zone: zone, count: 1, context).first
    }
}
