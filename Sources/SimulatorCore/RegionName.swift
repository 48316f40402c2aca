/// The format of AWS's region names: `us-east-1`, `us-gov-west-1`, `ap-southeast-5`.
public enum RegionName {
    /// Whether a region's name matches a partition of AWS. The patterns are those of botocore's `partitions.json`.
    public static func isInPartition(_ name: String) -> Bool {
        if name.utf8.elementsEqual("us-east-1".utf8) { return true }
        let parts = name.split(separator: "-", omittingEmptySubsequences: false)
        guard (3...4).contains(parts.count), let first = parts.first, let last = parts.last, prefixes.contains(first),
            !last.isEmpty, last.utf8.allSatisfy({ (48...57).contains($0) })
        else { return false }
        return parts.dropFirst().dropLast().allSatisfy { part in
            !part.isEmpty && part.utf8.allSatisfy { (97...122).contains($0) }
        }
    }

    /// The partitions other than `aws`, by the prefix of their regions' names.
    private static let partitions: [(prefix: String, name: String)] = [
        ("cn-", "aws-cn"), ("us-gov-", "aws-us-gov"), ("eusc-", "aws-eusc"), ("us-iso-", "aws-iso"), ("us-isob-", "aws-iso-b"),
        ("eu-isoe-", "aws-iso-e"), ("us-isof-", "aws-iso-f"),
    ]

    static func partition(of region: String) -> String {
        partitions.first { region.hasPrefix($0.prefix) }?.name ?? "aws"
    }

    static func isPartition(_ name: Substring) -> Bool { name == "aws" || partitions.contains { $0.name == name } }

    private static let prefixes: Set<Substring> = ["us", "eu", "ap", "sa", "ca", "me", "af", "il", "mx", "cn", "eusc"]

    /// Whether a text has the form of a region's name. The region need not exist.
    public static func isWellFormed(_ name: String) -> Bool {
        let parts = name.split(separator: "-", omittingEmptySubsequences: false)
        guard (3...4).contains(parts.count), let last = parts.last, last.count == 1, last.allSatisfy(\.isNumber),
            parts[0].count == 2
        else { return false }
        return parts.dropLast().allSatisfy { part in !part.isEmpty && part.utf8.allSatisfy { (97...122).contains($0) } }
    }
}
