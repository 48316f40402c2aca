import AWSCore

/// Known vulnerabilities of packages, the source of scan findings. All of them come from a user's file.
///
/// The file is JSON:
///
///     {"updatedAt": "2026-11-01T00:00:00Z", "advisories": [
///       {"name": "CVE-2022-0778", "severity": "HIGH", "package": "openssl", "distribution": "debian", "releases": ["11"],
///        "fixedIn": "1.1.1k-1+deb11u2", "description": "…", "uri": "https://…", "attributes": {"CVSS2_SCORE": "5"}}]}
///
/// `name`, `severity` and `package` (the binary or source package) are required. `fixedIn` is a version of that package.
/// Without `distribution` or `releases`, the advisory applies to all of them; without `fixedIn`, to every version.
public struct AdvisoryList: Sendable {
    struct Advisory: Sendable {
        var name, severity, package: String
        var distribution: String?
        var releases: [String]
        var fixedIn: String?
        var description, uri: String?
        var attributes: [(String, String)]
    }

    /// When the list was last changed; nil if the file does not say.
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

    /// - Throws: ``AdvisoryError`` with the place of the error and the correct form.
    public init(parsing bytes: Bytes) throws {
        let node: Node
        do { node = try JSON.parse(bytes) } catch { throw AdvisoryError("not JSON: \(error)") }
        guard node.fields != nil else {
            throw AdvisoryError("the file must be an object, {\"advisories\": […]}")
        }
        try Self.check(node, at: "the file", fields: ["updatedAt", "advisories"])
        guard let items = node["advisories"]?.elements else {
            throw AdvisoryError("there is no list 'advisories'; the file must be an object, {\"advisories\": […]}")
        }
        var updatedAt: Instant?
        if let text = node["updatedAt"] {
            updatedAt = text.string.flatMap { Instant(parsing: $0) }
            guard updatedAt != nil else {
                throw AdvisoryError("'updatedAt' must be a time such as \"2026-11-01T00:00:00Z\"")
            }
        }
        self.init(updatedAt: updatedAt, try items.enumerated().map { try Advisory($1, number: $0) })
    }

    fileprivate static func check(_ node: Node, at path: String, fields: [String]) throws {
        // Unknown fields are errors, because a misspelt 'fixedIn' would make every version vulnerable.
        for field in node.fields ?? [] where !fields.contains(field.name) {
            throw AdvisoryError(
                "\(path) has an unknown field '\(field.name)'; there are \(fields.joined(separator: ", "))")
        }
    }

    struct Match {
        let advisory: Advisory
        let package: InstalledPackages.Package
    }

    /// Returns the vulnerabilities of an image's packages, the most severe first, then by name.
    func matches(_ packages: InstalledPackages) -> [Match] {
        var matches: [Match] = []
        for package in packages.packages {
            for advisory in byPackage[package.name] ?? [] where advisory.concerns(package.version, in: packages) {
                matches.append(Match(advisory: advisory, package: package))
            }
            guard package.source != package.name else { continue }
            // An advisory for a source package compares the source's version.
            for advisory in byPackage[package.source] ?? [] where advisory.concerns(package.sourceVersion, in: packages) {
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
    fileprivate init(_ node: Node, number: Int) throws {
        var path = "advisories[\(number)]"
        guard node.fields != nil else { throw AdvisoryError("\(path) must be an object") }
        func optional(_ field: String) throws -> String? {
            guard let value = node[field] else { return nil }
            guard let text = value.string, !text.isEmpty else {
                throw AdvisoryError("\(path).\(field) must be a string that isn't empty")
            }
            return text
        }
        func text(_ field: String) throws -> String {
            guard let value = try optional(field) else {
                throw AdvisoryError("\(path) has no '\(field)', which every advisory needs")
            }
            return value
        }
        name = try text("name")
        path += " (\(name))"
        try AdvisoryList.check(
            node, at: path,
            fields: [
                "name", "severity", "package", "distribution", "releases", "fixedIn", "description", "uri", "attributes",
            ])
        severity = try text("severity").uppercased()
        guard AdvisoryList.severities.contains(severity) else {
            throw AdvisoryError(
                "\(path).severity is '\(severity)', not one of \(AdvisoryList.severities.joined(separator: ", "))")
        }
        package = try text("package")
        distribution = try optional("distribution")
        fixedIn = try optional("fixedIn")
        description = try optional("description")
        uri = try optional("uri")
        releases =
            try node["releases"].map { list in
                let texts = (list.elements ?? []).compactMap(\.string)
                guard let items = list.elements, items.count == texts.count else {
                    throw AdvisoryError("\(path).releases must be a list of strings, such as [\"11\", \"12\"]")
                }
                return texts
            } ?? []
        attributes = try (node["attributes"]?.fields ?? []).map { field in
            guard let value = field.value.string else {
                throw AdvisoryError("\(path).attributes.\(field.name) must be a string")
            }
            return (field.name, value)
        }
        guard node["attributes"] == nil || node["attributes"]?.fields != nil else {
            throw AdvisoryError("\(path).attributes must be an object of strings")
        }
    }

    /// Whether the advisory applies to a version of its package in an image.
    func concerns(_ version: String, in image: InstalledPackages) -> Bool {
        if let distribution, distribution != image.distribution { return false }
        if !releases.isEmpty, !releases.contains(where: { image.release == $0 || image.release.hasPrefix($0 + ".") }) {
            return false
        }
        guard let fixedIn else { return true }
        return switch image.format {
        case .dpkg: DebianVersion(version) < DebianVersion(fixedIn)
        case .apk: AlpineVersion(version) < AlpineVersion(fixedIn)
        case .rpm: RPMVersion(version) < RPMVersion(fixedIn)
        }
    }
}

/// An advisory file that is not valid.
public struct AdvisoryError: Error, Sendable, CustomStringConvertible {
    public let description: String
    init(_ description: String) { self.description = description }
}
