import AWSCore
import EC2API

/// The limits of a volume type: size in GiB, IOPS, throughput in MiB/s.
///
/// https://docs.aws.amazon.com/ebs/latest/userguide/ebs-volume-types.html
struct VolumeTypeRules: Sendable {
    let name: String
    let sizes: ClosedRange<Int>
    /// Nil if the request cannot set them.
    var iops, throughput: ClosedRange<Int>?
    /// The maximum IOPS per GiB.
    var iopsPerGiB = 0
    var mustNameIops = false
    var isMultiAttach = false
    /// Whether an instance can boot from it.
    var isBootable = true
    /// AWS's default quotas per region: TiB of storage, and provisioned IOPS.
    var quota = (tebibytes: 50, iops: Int.max)

    static let all: [String: VolumeTypeRules] = Dictionary(
        uniqueKeysWithValues: [
            VolumeTypeRules(name: "standard", sizes: 1...1024),
            VolumeTypeRules(name: "gp2", sizes: 1...16_384),
            VolumeTypeRules(
                name: "gp3", sizes: 1...65_536, iops: 3000...80_000, throughput: 125...2000, iopsPerGiB: 500),
            VolumeTypeRules(
                name: "io1", sizes: 4...16_384, iops: 100...64_000, iopsPerGiB: 50, mustNameIops: true, isMultiAttach: true,
                quota: (50, 300_000)),
            VolumeTypeRules(
                name: "io2", sizes: 4...65_536, iops: 100...256_000, iopsPerGiB: 1000, mustNameIops: true,
                isMultiAttach: true, quota: (20, 100_000)),
            VolumeTypeRules(name: "st1", sizes: 125...16_384, isBootable: false),
            VolumeTypeRules(name: "sc1", sizes: 125...16_384, isBootable: false),
        ].map { ($0.name, $0) })

    /// - Throws: `UnknownVolumeType`.
    static func named(_ name: String) throws -> VolumeTypeRules {
        guard let rules = all[name] else { throw AWSError.unknownVolumeType(name) }
        return rules
    }

    /// Returns the performance for a request, with the type's defaults.
    /// - Throws: AWS's errors for values that the type does not allow.
    func performance(size: Int, iops: Int?, throughput: Int?) throws -> (iops: Int?, throughput: Int?) {
        try check(size: size)
        let iops = try checked(iops: iops, size: size)
        return (iops, try checked(throughput: throughput, iops: iops))
    }

    private func check(size: Int) throws {
        if size < sizes.lowerBound {
            throw AWSError(
                "InvalidParameterValue",
                "Volume of \(size)GiB is too small for volume type \(name); minimum is \(sizes.lowerBound)GiB.")
        }
        if size > sizes.upperBound {
            throw AWSError(
                "InvalidParameterValue",
                "Volume of \(size)GiB is too large for volume type \(name); maximum is \(sizes.upperBound)GiB.")
        }
    }

    private func checked(iops: Int?, size: Int) throws -> Int? {
        guard let range = self.iops else {
            if iops != nil { throw AWSError.invalidCombination("The parameter iops is not supported for \(name) volumes.") }
            // The baseline of a gp2 volume grows with its size.
            return name == "gp2" ? min(max(100, 3 * size), 16_000) : nil
        }
        guard let iops else {
            // https://github.com/kubernetes-sigs/aws-ebs-csi-driver/issues/766
            if mustNameIops { throw AWSError.invalidCombination("The parameter iops must be specified for \(name) volumes.") }
            return range.lowerBound
        }
        // https://github.com/kubernetes-sigs/aws-ebs-csi-driver/pull/809
        if iops < range.lowerBound {
            throw AWSError(
                "InvalidParameterValue", "Volume iops of \(iops) is too low; minimum is \(range.lowerBound).")
        }
        if iops > range.upperBound {
            throw AWSError(
                "InvalidParameterValue", "Volume iops of \(iops) is too high; maximum is \(range.upperBound).")
        }
        // The baseline of gp3 volumes does not depend on size. https://github.com/rocicorp/mono/pull/4410
        if iops > size * iopsPerGiB, mustNameIops || iops > range.lowerBound {
            throw AWSError(
                "InvalidParameterValue",
                "Iops to volume size ratio of \(Self.fraction(iops, size)) is too high; maximum is \(iopsPerGiB)")
        }
        return iops
    }

    private func checked(throughput: Int?, iops: Int?) throws -> Int? {
        guard let range = self.throughput else {
            if throughput != nil {
                throw AWSError.invalidCombination("The parameter throughput is not supported for \(name) volumes.")
            }
            return nil
        }
        guard let throughput else { return range.lowerBound }
        if throughput < range.lowerBound {
            throw AWSError(
                "InvalidParameterValue",
                "Volume throughput of \(throughput) is too low; minimum is \(range.lowerBound).")
        }
        if throughput > range.upperBound {
            throw AWSError(
                "InvalidParameterValue",
                "Volume throughput of \(throughput) is too high; maximum is \(range.upperBound).")
        }
        // AWS's limit: 0.25 MiB/s for each IOPS.
        if let iops, throughput * 4 > iops {
            throw AWSError(
                "InvalidParameterValue",
                "Throughput (MiBps) to iops ratio of \(Self.fraction(throughput, iops)) is too high; maximum is 0.250000 MiBps "
                    + "per iops")
        }
        return throughput
    }

    /// Formats a ratio with six decimals, as AWS does.
    private static func fraction(_ left: Int, _ right: Int) -> String {
        let millionths = (left * 1_000_000 + right / 2) / max(right, 1)
        let rest = String(millionths % 1_000_000)
        return "\(millionths / 1_000_000)." + String(repeating: "0", count: 6 - rest.count) + rest
    }
}

extension AWSError {
    static func unknownVolumeType(_ name: String) -> AWSError {
        AWSError("UnknownVolumeType", "Unsupported volume type '\(name)' for volume creation.")
    }
}
