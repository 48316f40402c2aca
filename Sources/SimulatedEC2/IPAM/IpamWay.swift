import AWSCore
import EC2API
import GRDB
import SimulatorCore

// What IPAM's resources have in common.
// https://docs.aws.amazon.com/vpc/latest/ipam/what-it-is-ipam.html

extension LifeCycle {
    /// How IPAM's resources come, change and go. How long that takes is assumed.
    static func ipam<State: StringEnumeration>(
        _ path: any WritableKeyPath<S, State?> & Sendable,
        leaving: @escaping @Sendable (inout S, Context) throws -> Void = { _, _ in }
    ) -> LifeCycle {
        LifeCycle(
            show: { $0[keyPath: path] = State(rawValue: $1) }, initial: "create-in-progress", deleting: "delete-in-progress",
            steps: [
                "create-in-progress": .init(after: .seconds(10), isFixed: false) { _, _ in "create-complete" },
                "modify-in-progress": .init(after: .seconds(5), isFixed: false) { _, _ in "modify-complete" },
                "delete-in-progress": .init(after: .seconds(10), isFixed: false) {
                    try leaving(&$0, $1)
                    return nil
                },
            ], gone: [])
    }
}

extension Resource {
    /// Changes one of IPAM's resources, which is shown as being modified for a while.
    func modify(_ id: String, _ context: Context, _ change: (inout S) throws -> Void) throws -> S {
        var stored = try get(id, context)
        guard stored.phase.hasSuffix("-complete") else { throw AWSError.ipamInProgress(id, stored.phase) }
        try change(&stored.shape)
        try move(&stored, to: "modify-in-progress", at: context.now, context)
        return try context.shown(self, stored)
    }
}

enum IpamArn {
    /// IPAM's ARNs name no region.
    static func of(_ type: String, _ id: String, _ context: Context) -> String {
        "arn:\(context.partition):ec2::\(context.account):\(type)/\(id)"
    }

    /// The id at its end.
    static func id(_ arn: String?) -> String { arn.flatMap { $0.split(separator: "/").last }.map(String.init) ?? "" }
}

extension Ipam {
    /// The regions in which the account has IPAMs, whose pools are there for other regions as well.
    static func homes(_ context: Context) throws -> [Context] {
        try context.reading(ReadKey(Ipam.self, context, "homes")) {
            let statement = try context.db.cachedStatement(
                sql: "SELECT DISTINCT region FROM resource WHERE account = ? AND kind = 'ipam' ORDER BY region")
            return try String.fetchAll(statement, arguments: [context.account])
        }.map { context.within(region: $0) }
    }

    /// The regions that it looks after.
    var regions: [String] { operatingRegions?.compactMap(\.regionName) ?? [] }

    /// The operating regions of a request, of which the home region must be one.
    static func operatingRegions(_ names: [String?]?, _ context: Context) throws -> [IpamOperatingRegion] {
        var seen: Set<String> = []
        let regions = (names ?? [context.region]).compactMap(\.self).filter { seen.insert($0).inserted }
        for region in regions where AWSRegion.named(region) == nil {
            throw AWSError.invalidValue(region, for: "OperatingRegions", "It is not a Region.")
        }
        guard regions.contains(context.region) else {
            throw AWSError("InvalidParameterValue", "The operating Regions must include the home Region (\(context.region)).")
        }
        return regions.map { IpamOperatingRegion(regionName: $0) }
    }

    static func changed(
        _ regions: [IpamOperatingRegion]?, adding: [AddIpamOperatingRegion]?, removing: [RemoveIpamOperatingRegion]?,
        _ context: Context
    ) throws -> [IpamOperatingRegion]? {
        guard adding != nil || removing != nil else { return regions }
        let gone = Set(removing?.compactMap(\.regionName) ?? [])
        let kept = (regions ?? []).map(\.regionName).filter { !gone.contains($0 ?? "") }
        return try operatingRegions(kept + (adding ?? []).map(\.regionName), context)
    }
}

extension AWSError {
    static func ipamInProgress(_ id: String, _ state: String) -> AWSError {
        AWSError("IncorrectState", "The operation is not allowed while '\(id)' is in the state '\(state)'.")
    }
}
