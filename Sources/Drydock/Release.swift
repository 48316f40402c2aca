import CBuild

/// Which Drydock this is.
public enum Release {
    /// The version of the last release or of the one to come, as CHANGELOG.md has it.
    public static let version = "0.1.0"
    /// The commit that a released program was built from; nil in a build of one's own.
    public static let commit: String? = {
        let text = String(cString: cbuild_commit())
        return text.isEmpty ? nil : text
    }()

    /// `0.1.0 (1d5e39ec5a2b)`
    public static var description: String { version + (commit.map { " (\($0.prefix(12)))" } ?? "") }
}
