import AWSCore
import EC2API
import SimulatorCore

/// A snapshot from which an account may create volumes: its own, one shared with it or with everyone, or AWS's.
struct VisibleSnapshot: Sendable {
    let owner: String
    /// The creation order, as an increasing number.
    let number: Int64
    let isPublic: Bool
    var shape: Snapshot
    var id: String { shape.snapshotId ?? "" }

    func isOwned(by name: String, _ context: Context) -> Bool {
        switch name {
        case "self": owner == context.account
        case "amazon": shape.ownerAlias == "amazon"
        default: owner == name
        }
    }

    /// Returns the snapshots of these ids, or all; without tags. Leaves out snapshots that exist but are not shared.
    /// - Throws: AWS's errors for malformed or unknown ids.
    static func list(_ ids: [String]?, _ context: Context) throws -> [VisibleSnapshot] {
        guard let ids, !ids.isEmpty else { return try own(context) + received(context) + amazon(context) }
        for id in ids { try Snapshot.check(id) }
        var found: [VisibleSnapshot] = []
        var seen: Set<String> = []
        for id in ids where seen.insert(id).inserted {
            if let snapshot = try find(id, context) {
                found.append(snapshot)
            } else if try !ResourceRow.existsAnywhere(Resource.snapshot.kind, id, context) {
                throw Resource.snapshot.kind.notFound(id)
            }
        }
        return found.sorted { $0.number < $1.number }
    }

    /// Returns the snapshot with an id.
    /// - Throws: AWS's errors for ids that are malformed, unknown, or not shared with the account.
    static func get(_ id: String, _ context: Context) throws -> VisibleSnapshot {
        try Snapshot.check(id)
        guard let found = try find(id, context) else { throw Resource.snapshot.kind.notFound(id) }
        return found
    }

    private static func find(_ id: String, _ context: Context) throws -> VisibleSnapshot? {
        if let own = try Resource.snapshot.find(id, context) {
            return VisibleSnapshot(owner: context.account, number: own.number, isPublic: false, shape: own.shape)
        }
        return try received(context).first { $0.id == id } ?? amazon(context).first { $0.id == id }
    }

    private static func own(_ context: Context) throws -> [VisibleSnapshot] {
        try Resource.snapshot.all(context).map {
            VisibleSnapshot(owner: context.account, number: $0.number, isPublic: false, shape: $0.shape)
        }
    }

    private static func received(_ context: Context) throws -> [VisibleSnapshot] {
        try Grants.received(Resource.snapshot.kind.prefix, context).compactMap { owner, id, isPublic in
            let there = context.within(account: owner)
            // Block public access hides public snapshots.
            if isPublic, try SnapshotSharing.hidesPublic(there) { return nil }
            return try Resource.snapshot.find(id, there).map {
                VisibleSnapshot(owner: owner, number: $0.number, isPublic: isPublic, shape: $0.shape)
            }
        }.sorted { $0.number < $1.number }
    }

    /// Returns the snapshots of public images, sorted after all others.
    private static func amazon(_ context: Context) -> [VisibleSnapshot] {
        let images = PublicImage.all(context).filter { $0.series.rootDeviceType == "ebs" }
        return images.enumerated().map { index, image in
            var snapshot = Snapshot()
            snapshot.snapshotId = image.snapshotId(region: context.region)
            snapshot.ownerId = image.series.owner
            snapshot.ownerAlias = image.series.alias
            snapshot.description = "Snapshot of \(image.name)"
            snapshot.volumeSize = image.series.size
            snapshot.volumeId = "vol-ffffffff"
            snapshot.encrypted = false
            snapshot.startTime = image.createdAt
            snapshot.completionTime = image.createdAt
            snapshot.storageTier = "standard"
            snapshot.state = "completed"
            return VisibleSnapshot(
                owner: image.series.owner, number: Int64.max - Int64(images.count - index), isPublic: true, shape: snapshot)
        }
    }

    /// Returns the snapshots that the named users can restore. A user is everyone (`all`), the caller (`self`), or an
    /// account with which the caller shares snapshots.
    static func restorable(
        by users: [String], of snapshots: [VisibleSnapshot], _ context: Context
    ) throws -> [VisibleSnapshot] {
        var own: Set<String> = []
        for user in users where user != "self" {
            own.formUnion(try Grants.own(Resource.snapshot.kind.prefix, sharedWith: user, context))
        }
        let isAll = users.contains(Grants.everybody)
        let isSelf = users.contains("self") || users.contains(context.account)
        return snapshots.filter {
            own.contains($0.id) || isAll && $0.isPublic || isSelf && ($0.owner == context.account || !$0.isPublic)
        }
    }
}
