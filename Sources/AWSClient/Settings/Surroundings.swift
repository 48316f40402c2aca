import Foundation

/// What a process finds around itself: environment variables and files. Tests bring their own.
public struct Surroundings: Sendable {
    public var variables: [String: String]
    /// The text of a file, nil if there is none.
    public var read: @Sendable (String) throws -> String?

    public init(variables: [String: String], read: @escaping @Sendable (String) throws -> String? = { _ in nil }) {
        self.variables = variables
        self.read = read
    }

    /// An environment variable's value. AWS's tools take an empty one for one that is not set.
    public subscript(name: String) -> String? {
        guard let value = variables[name], !value.isEmpty else { return nil }
        return value
    }

    var home: String { self["HOME"] ?? NSHomeDirectory() }

    /// This process's own.
    public static var process: Surroundings {
        Surroundings(variables: ProcessInfo.processInfo.environment) { path in
            guard FileManager.default.fileExists(atPath: path) else { return nil }
            guard let data = FileManager.default.contents(atPath: path) else {
                throw ConfigurationError("\(path): the file cannot be read")
            }
            guard let text = String(data: data, encoding: .utf8) else {
                throw ConfigurationError("\(path): the file is not UTF-8")
            }
            return text
        }
    }
}
