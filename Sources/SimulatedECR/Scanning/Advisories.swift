import AWSCore

/// What is known to be wrong with which packages: the source of scan findings. Nothing is known that a user's file doesn't say.
///
/// The file is JSON:
///
///     {"updatedAt": "2026-11-01T00:00:00Z", "advisories": [
///       {"name": "CVE-2022-0778", "severity": "HIGH", "package": "openssl", "distribution": "debian", "releases": ["11"],
///        "fixedIn": "1.1.1k-1+deb11u2", "description": "…", "uri": "https://…", "attributes": {"CVSS2_SCORE": "5"}}]}
///
/// `name`, `severity` and `package` (the binary's name or its source's) must be there. Without `distribution` or `releases` it
/// is for any, and without `fixedIn` for every version.
public struct AdvisoryList: Sendable {
    struct Advisory: Sendable {
        var name, severity, package: String
        var distribution: String?
        var releases: [String]
        var fixedIn: String?
        var description, uri: String?
        var attributes: [(String, String)]
    }

    /// When the list was last changed, if it says.
    public let updatedAt: Instant?
    let advisories: [Advisory]
    private let byPackage: [String: [Advisory]]

    public static let none = AdvisoryList(updatedAt: nil, [])

    static let severities = ["CRITICAL", "HIGH", "MEDIUM", "LOW", "INFORMATIONAL", "UNDEFINED"]

    private init(updatedAt: Instant?, _ advisories: [Advisory]) {
        self.updatedAt = updatedAt
        self.advisories = advisories
        byPackage = Dictionary(grouping: advisories, by: \.package)
    }

    /// - Throws: ``AdvisoryError`` with what is wrong where.
    public init(parsing bytes: Bytes) throws {
        let node: Node
        do { node = try JSON.parse(bytes) } catch { throw AdvisoryError("not JSON: \(error)") }
        guard let items = node["advisories"]?.elements else { throw AdvisoryError("there is no list 'advisories'") }
        let list = try items.enumerated().map { number, item in
            func text(_ name: String) throws -> String {
                guard let value = item[name]?.string, !value.isEmpty else {
                    throw AdvisoryError("advisories[\(number)] has no '\(name)'")
                }
                return value
            }
            let severity = try text("severity").uppercased()
            guard Self.severities.contains(severity) else {
                throw AdvisoryError("advisories[\(number)].severity is '\(severity)', not one of \(Self.severities)")
            }
            return Advisory(
                name: try text("name"), severity: severity, package: try text("package"),
                distribution: item["distribution"]?.string, releases: (item["releases"]?.elements ?? []).compactMap(\.string),
                fixedIn: item["fixedIn"]?.string, description: item["description"]?.string, uri: item["uri"]?.string,
                attributes: (item["attributes"]?.fields ?? []).compactMap { field in field.value.string.map { (field.name, $0) }
                })
        }
        self.init(updatedAt: node["updatedAt"]?.string.flatMap { Instant(parsing: $0) }, list)
    }

    struct Match {
        let advisory: Advisory
        let package: InstalledPackages.Package
    }

    /// What is wrong with an image's packages: the worst first, then by name.
    func matches(_ packages: InstalledPackages) -> [Match] {
        var matches: [Match] = []
        for package in packages.packages {
            var candidates = byPackage[package.name] ?? []
            if package.source != package.name { candidates += byPackage[package.source] ?? [] }
            for advisory in candidates where advisory.concerns(package, of: packages) {
                matches.append(Match(advisory: advisory, package: package))
            }
        }
        func rank(_ match: Match) -> (Int, String, String) {
            (Self.severities.firstIndex(of: match.advisory.severity) ?? 99, match.advisory.name, match.package.name)
        }
        return matches.sorted { rank($0) < rank($1) }
    }
}

extension AdvisoryList.Advisory {
    func concerns(_ package: InstalledPackages.Package, of image: InstalledPackages) -> Bool {
        if let distribution, distribution != image.distribution { return false }
        if !releases.isEmpty, !releases.contains(where: { image.release == $0 || image.release.hasPrefix($0 + ".") }) {
            return false
        }
        guard let fixedIn else { return true }
        return switch image.format {
        case .dpkg: DebianVersion(package.version) < DebianVersion(fixedIn)
        case .apk: AlpineVersion(package.version) < AlpineVersion(fixedIn)
        case .rpm: RPMVersion(package.version) < RPMVersion(fixedIn)
        }
    }
}

/// A file that is no list of advisories.
public struct AdvisoryError: Error, Sendable, CustomStringConvertible {
    public let description: String
    init(_ description: String) { self.description = description }
}
