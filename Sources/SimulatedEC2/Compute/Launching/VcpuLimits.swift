import AWSCore
import EC2API
import GRDB
import SimulatorCore

/// The quotas of running vCPUs, one for each bucket of families. Spot and On-Demand have equal quotas. They are generous, like
/// those of an account that has requested increases.
enum VcpuLimits {
    private struct Bucket: Sendable {
        let families: Set<Character>
        let limit: Int
    }
    private static let buckets: [Bucket] = [
        Bucket(families: ["a", "c", "d", "h", "i", "m", "r", "t", "z"], limit: 5120), Bucket(families: ["g", "v"], limit: 768),
        Bucket(families: ["p"], limit: 384), Bucket(families: ["f"], limit: 176), Bucket(families: ["x"], limit: 768),
        Bucket(families: ["u"], limit: 448),
    ]

    /// Returns the type's bucket; -1 for families that share a letter with another bucket but have their own quota.
    private static func bucket(of family: Substring) -> Int {
        if family.hasPrefix("inf") || family.hasPrefix("trn") || family.hasPrefix("dl") { return -1 }
        return buckets.firstIndex { bucket in family.first.map(bucket.families.contains) ?? false } ?? -1
    }

    /// The index for Spot Instances, which count towards their own quota.
    static let migration = Migration(
        "ec2.instance-spot",
        "CREATE INDEX ec2_instance_spot ON ec2_instance (account, region, type) WHERE phase = 'start' AND is_spot = 1")

    /// Returns how many of the requested instances the quota allows. Unused reserved capacity counts as used.
    /// - Parameter reserved: how many of the instances have a place in a reservation, which is already counted.
    /// - Throws: `VcpuLimitExceeded` if fewer than `minimum` are allowed; for Spot Instances `MaxSpotInstanceCountExceeded`.
    static func admit(
        _ type: InstanceTypeFigures, isSpot: Bool = false, minimum: Int, maximum: Int, reserved: Int = 0, _ context: Context
    ) throws -> Int {
        let bucket = bucket(of: type.family)
        let limit = bucket >= 0 ? buckets[bucket].limit : 512
        let spot = try used(bucket, "phase = 'start' AND is_spot = 1", context)
        var used = isSpot ? spot : try used(bucket, "phase = 'start'", context) - spot
        for (name, count) in isSpot ? [:] : try CapacityReservation.unused(context) {
            guard let other = InstanceTypeTable.figures(of: name), Self.bucket(of: other.family) == bucket else { continue }
            used += other.vCPUs * count
        }
        let admitted = min(maximum, reserved + max(0, limit - used) / max(type.vCPUs, 1))
        guard admitted >= minimum else {
            if isSpot { throw AWSError("MaxSpotInstanceCountExceeded", "Max spot instance count exceeded") }
            throw AWSError(
                "VcpuLimitExceeded",
                "You have requested more vCPU capacity than your current vCPU limit of \(limit) allows for the instance bucket that "
                    + "the specified instance type belongs to. Please visit http://aws.amazon.com/contact-us/ec2-request to request "
                    + "an adjustment to this limit.")
        }
        return admitted
    }

    /// Returns the number of vCPUs that a bucket's instances use, for instances that match the SQL `condition`.
    private static func used(_ bucket: Int, _ condition: String, _ context: Context) throws -> Int {
        let statement = try context.db.cachedStatement(
            sql: "SELECT type, COUNT(*) FROM ec2_instance WHERE account = ? AND region = ? AND \(condition) GROUP BY type")
        let rows = try StoredRow.fetchCursor(statement, arguments: [context.account, context.region])
        var used = 0
        while let row = try rows.next() {
            let name: String = try row[0], count: Int = try row[1]
            guard let other = InstanceTypeTable.figures(of: name), Self.bucket(of: other.family) == bucket else { continue }
            used += other.vCPUs * count
        }
        return used
    }
}
