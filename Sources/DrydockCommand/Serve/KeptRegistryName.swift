import Foundation

/// The registry's host in repository URIs, kept beside a state: commands that open the folder without a server show the server's
/// names.
enum KeptRegistryName {
    /// - Parameter name: nil for AWS's own names.
    static func keep(_ name: String?, in folder: String) {
        // Without the file, commands show the names of a server on the default port.
        try? Data("\(name ?? aws)\n".utf8).write(to: URL(fileURLWithPath: path(folder)), options: .atomic)
    }

    /// Returns the name that the folder's last server used.
    static func of(folder: String) -> String? {
        guard let data = FileManager.default.contents(atPath: path(folder)), data.count < 1000 else { return standard }
        let name = String(decoding: data, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
        if name == aws { return nil }
        return name.isEmpty || name.contains(where: { $0.isWhitespace || $0 == "/" }) ? standard : name
    }

    /// The name that a server on the default port uses.
    private static let standard = "localhost:4566"
    /// What the file contains for AWS's own names.
    private static let aws = "aws"
    private static func path(_ folder: String) -> String { folder + "/drydock.registry" }
}
