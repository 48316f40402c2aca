import Foundation

/// The folder for data that belongs to the user, not to a project: certificates, snapshots, guests' host keys.
public enum UserFolder {
    /// `$XDG_DATA_HOME/drydock`, by default `~/.local/share/drydock`, as the XDG Base Directory Specification defines.
    public static var path: String {
        let environment = ProcessInfo.processInfo.environment
        let home = environment["HOME"].flatMap { $0.isEmpty ? nil : $0 } ?? NSHomeDirectory()
        let data = environment["XDG_DATA_HOME"].flatMap { $0.hasPrefix("/") ? $0 : nil } ?? home + "/.local/share"
        return data + "/drydock"
    }
}
