import CBuild

/// The version of Drydock.
public enum Release {
    /// The version of the last or the next release, as in CHANGELOG.md.
    public static let version = "0.1.0"
    /// The commit that a released program was built from; nil in a local build.
    public static let commit: String? = {
        let text = String(cString: cbuild_commit())
        return text.isEmpty ? nil : text
    }()

    /// `0.1.0 (1d5e39ec5a2b)`
    public static var description: String { version + (commit.map { " (\($0.prefix(12)))" } ?? "") }
}
