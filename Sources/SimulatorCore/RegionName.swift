/// The form of AWS's region names: `us-east-1`, `us-gov-west-1`, `ap-southeast-5`.
public enum RegionName {
    public static func isWellFormed(_ name: String) -> Bool {
        let parts = name.split(separator: "-", omittingEmptySubsequences: false)
        guard (3...4).contains(parts.count), let last = parts.last, last.count == 1, last.allSatisfy(\.isNumber),
            parts[0].count == 2
        else { return false }
        return parts.dropLast().allSatisfy { part in !part.isEmpty && part.utf8.allSatisfy { (97...122).contains($0) } }
    }
}
