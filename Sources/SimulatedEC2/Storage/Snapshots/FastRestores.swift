import AWSCore
import EC2API
import SimulatorCore

// https://docs.aws.amazon.com/ebs/latest/userguide/ebs-fast-snapshot-restore.html

typealias FastRestore = DescribeFastSnapshotRestoreSuccessItem

extension Resource where S == FastRestore {
    /// The fast restore of one snapshot in one zone.
    static let fastRestore = Resource(
        ResourceKind("fast-restore", type: "fast-restore", code: "", notFound: ""),
        identity: { "\($0.snapshotId ?? ""):\($0.availabilityZone ?? "")" },
        refers: [.to("snapshot", \.snapshotId, .cascades)],
        life: LifeCycle(
            show: { $0.state = FastSnapshotRestoreStateCode(rawValue: $1) }, initial: "enabling", deleting: "disabling",
            steps: [
                "enabling": .init(after: .seconds(20), isFixed: false) {
                    $0.optimizingTime = $1.now
                    $0.stateTransitionReason = FastRestore.byItself
                    return "optimizing"
                },
                // AWS takes one hour per TiB.
                "optimizing": .init(after: .seconds(900), isFixed: false) {
                    $0.enabledTime = $1.now
                    return "enabled"
                },
                "disabling": .init(after: .seconds(20), isFixed: false) {
                    $0.disabledTime = $1.now
                    $0.stateTransitionReason = FastRestore.byItself
                    return "disabled"
                },
                "disabled": .init(after: .hours(1), isFixed: true) { _, _ in nil },
            ], gone: []))
}

extension FastRestore {
    fileprivate static let byUser = "Client.UserInitiated"
    fileprivate static let byItself = "Client.UserInitiated - Lifecycle state transition"

    /// Returns a snapshot's fast restores that are not disabled.
    static func of(_ snapshot: String, _ context: Context) throws -> [FastRestore] {
        try Resource.fastRestore.all(context).filter { $0.shape.snapshotId == snapshot && $0.phase != "disabled" }
            .map(\.shape)
    }

    /// Whether volumes from a snapshot are fully initialized at once in a zone.
    static func isEnabled(_ snapshot: String, in zone: String, _ context: Context) throws -> Bool {
        try Resource.fastRestore.find("\(snapshot):\(zone)", context)?.phase == "enabled"
    }

    /// AWS's default quota of snapshots per region.
    fileprivate static let mostSnapshots = 5
}

// MARK: Handlers

extension EC2Simulation {
    public func enableFastSnapshotRestores(
        _ input: EnableFastSnapshotRestoresRequest, _ context: Context
    ) throws -> EnableFastSnapshotRestoresResult {
        let zones = try Self.zones(input.availabilityZones, input.availabilityZoneIds, context)
        let snapshots = try Self.snapshots(input.sourceSnapshotIds, context)
        var result = EnableFastSnapshotRestoresResult(successful: [], unsuccessful: [])
        for snapshot in snapshots {
            var refusals: [EnableFastSnapshotRestoreStateErrorItem] = []
            for zone in zones {
                if let refusal = try Self.refusal(of: snapshot, zone, context) {
                    refusals.append(
                        .init(
                            availabilityZone: zone.name, availabilityZoneId: zone.id,
                            error: .init(code: refusal.code, message: refusal.message)))
                    continue
                }
                let item = try enable(snapshot, zone, context)
                result.successful?.append(item.relabelled())
            }
            if !refusals.isEmpty {
                result.unsuccessful?.append(.init(snapshotId: snapshot.id, fastSnapshotRestoreStateErrors: refusals))
            }
        }
        return result
    }

    private static func refusal(
        of snapshot: VisibleSnapshot, _ zone: AWSRegion.Zone, _ context: Context
    ) throws -> AWSError? {
        guard snapshot.shape.state == .completed, snapshot.shape.storageTier != .archive else {
            return AWSError("IncorrectState", "Snapshot is in invalid state - \(snapshot.shape.state?.rawValue ?? "")")
        }
        guard snapshot.shape.volumeSize ?? 0 <= 16_384 else {
            return AWSError("InvalidParameterValue", "Snapshots of more than 16 TiB are not supported.")
        }
        let active = try Resource.fastRestore.all(context).filter { $0.phase != "disabled" }
        guard
            !active.contains(where: {
                $0.shape.snapshotId == snapshot.id && $0.phase == "disabling"
                    && $0.shape.availabilityZone == zone.name
            })
        else {
            return AWSError("IncorrectState", "Fast snapshot restores are being disabled.")
        }
        let used = Set(active.compactMap(\.shape.snapshotId))
        guard used.contains(snapshot.id) || used.count < FastRestore.mostSnapshots else {
            return AWSError(
                "FastSnapshotRestoresLimitExceeded",
                "You have reached the limit of \(FastRestore.mostSnapshots) snapshots enabled for fast snapshot restore.")
        }
        return nil
    }

    private func enable(_ snapshot: VisibleSnapshot, _ zone: AWSRegion.Zone, _ context: Context) throws -> FastRestore {
        let identity = "\(snapshot.id):\(zone.name)"
        if let earlier = try Resource.fastRestore.find(identity, context), earlier.phase != "disabled" { return earlier.shape }
        try Resource.fastRestore.forget(identity, context)
        var item = FastRestore()
        item.snapshotId = snapshot.id
        item.availabilityZone = zone.name
        item.availabilityZoneId = zone.id
        item.ownerId = context.account
        item.stateTransitionReason = FastRestore.byUser
        item.enablingTime = context.now
        var stored = try Resource.fastRestore.insert(item, phase: "enabling", context)
        try Resource.fastRestore.move(&stored, to: "enabling", at: context.now, context)
        return stored.shape
    }

    public func disableFastSnapshotRestores(
        _ input: DisableFastSnapshotRestoresRequest, _ context: Context
    ) throws -> DisableFastSnapshotRestoresResult {
        let zones = try Self.zones(input.availabilityZones, input.availabilityZoneIds, context)
        let snapshots = try Self.snapshots(input.sourceSnapshotIds, context)
        var result = DisableFastSnapshotRestoresResult(successful: [], unsuccessful: [])
        for snapshot in snapshots {
            var refusals: [DisableFastSnapshotRestoreStateErrorItem] = []
            for zone in zones {
                guard var stored = try Resource.fastRestore.find("\(snapshot.id):\(zone.name)", context),
                    stored.phase != "disabled"
                else {
                    refusals.append(
                        .init(
                            availabilityZone: zone.name, availabilityZoneId: zone.id,
                            error: .init(
                                code: "IncorrectState", message: "Fast snapshot restores are not enabled in \(zone.name).")))
                    continue
                }
                if stored.phase != "disabling" {
                    stored.shape.disablingTime = context.now
                    stored.shape.stateTransitionReason = FastRestore.byUser
                    try Resource.fastRestore.move(&stored, to: "disabling", at: context.now, context)
                }
                result.successful?.append(stored.shape.relabelled())
            }
            if !refusals.isEmpty {
                result.unsuccessful?.append(.init(snapshotId: snapshot.id, fastSnapshotRestoreStateErrors: refusals))
            }
        }
        return result
    }

    public func describeFastSnapshotRestores(
        _ input: DescribeFastSnapshotRestoresRequest, _ context: Context
    ) throws -> DescribeFastSnapshotRestoresResult {
        let paging = try Paging(input, context)
        let test = try Resource.fastRestore.filterTable.predicate(input.filters, context)
        let page = try paging.page(Resource.fastRestore.all(context).filter { test($0.shape) }) { .number($0.number) }
        return DescribeFastSnapshotRestoresResult(
            fastSnapshotRestores: page.items.map(\.shape), nextToken: page.nextToken)
    }

    private static func zones(_ names: [String]?, _ ids: [String]?, _ context: Context) throws -> [AWSRegion.Zone] {
        let named = names ?? [], identified = ids ?? []
        guard named.isEmpty || identified.isEmpty else {
            throw AWSError.invalidCombination(
                "The parameter AvailabilityZones cannot be used with the parameter AvailabilityZoneIds")
        }
        guard !named.isEmpty || !identified.isEmpty else { throw AWSError.missingParameter("AvailabilityZone") }
        return try named.map { try AWSRegion.zone(named: $0, id: nil, context) }
            + identified.map { try AWSRegion.zone(named: nil, id: $0, context) }
    }

    private static func snapshots(_ ids: [String], _ context: Context) throws -> [VisibleSnapshot] {
        guard !ids.isEmpty else { throw AWSError.missingParameter("SourceSnapshotId") }
        return try ids.map { try VisibleSnapshot.get($0, context) }
    }
}

extension FastRestore {
    /// Converts to the shapes of the enable and disable responses, which have the same members.
    fileprivate func relabelled<Other: Shape>() -> Other {
        var writer = ShapeWriter(schema: Self.schema, layout: .model)
        writer.structure(self)
        return Other(
            from: ShapeReader((try? JSON.parse(writer.bytes)) ?? .object([]), schema: Other.schema, layout: .model))
    }
}
