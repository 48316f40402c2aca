import AWSCore
import EC2API
import GRDB
import SimulatorCore

// Code that IPAM's resources share.
// https://docs.aws.amazon.com/vpc/latest/ipam/what-it-is-ipam.html

extension LifeCycle {
    /// Returns the life cycle of an IPAM resource. The durations are assumed.
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
    /// Changes an IPAM resource, which is then shown as being modified for a while.
    func modify(_ id: String, _ context: Context, _ change: (inout S) throws -> Void) throws -> S {
        var stored = try get(id, context)
        guard stored.phase.hasSuffix("-complete") else { throw AWSError.ipamInProgress(id, stored.phase) }
        try change(&stored.shape)
        try move(&stored, to: "modify-in-progress", at: context.now, context)
        return try context.shown(self, stored)
    }
}

enum IpamArn {
    /// Returns an ARN. IPAM's ARNs have no region.
    static func of(_ type: String, _ id: String, _ context: Context) -> String {
        "arn:\(context.partition):ec2::\(context.account):\(type)/\(id)"
    }

    /// Returns the id at the ARN's end.
    static func id(_ arn: String?) -> String { arn.flatMap { $0.split(separator: "/").last }.map(String.init) ?? "" }
}

extension Ipam {
    /// Returns the regions where the account has IPAMs. Their pools also serve other regions.
    static func homes(_ context: Context) throws -> [Context] {
        try context.reading(ReadKey(Ipam.self, context, "homes")) {
            let statement = try context.db.cachedStatement(
                sql: "SELECT DISTINCT region FROM resource WHERE account = ? AND kind = 'ipam' ORDER BY region")
            return try String.fetchAll(statement, arguments: [context.account])
        }.map { context.within(region: $0) }
    }

    /// The names of the operating regions.
    var regions: [String] { operatingRegions?.compactMap(\.regionName) ?? [] }

    /// Returns the operating regions of a request, which must include the home region.
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
