import Foundation

/// What a process finds around itself: environment variables, files and programs. Tests bring their own.
public struct Surroundings: Sendable {
    public var variables: [String: String]
    /// The text of a file, nil if there is none.
    public var read: @Sendable (String) throws -> String?
    /// Replaces the text of a file that only its owner may read; makes its folder if that is missing.
    public var write: @Sendable (String, String) throws -> Void
    /// Runs a program by its name or path, with its arguments; no shell reads them.
    public var run: @Sendable ([String]) async throws -> ProgramOutput

    /// Without `write` and `run`, nothing is written, and no program is found.
    public init(
        variables: [String: String], read: @escaping @Sendable (String) throws -> String? = { _ in nil },
        write: @escaping @Sendable (String, String) throws -> Void = { _, _ in },
        run: @escaping @Sendable ([String]) async throws -> ProgramOutput = { command in
            throw ConfigurationError("\(command.first ?? ""): there are no programs here")
        }
    ) {
        self.variables = variables
        self.read = read
        self.write = write
        self.run = run
    }

    /// An environment variable's value. AWS's tools take an empty one for one that is not set.
    public subscript(name: String) -> String? {
        guard let value = variables[name], !value.isEmpty else { return nil }
        return value
    }

    var home: String { self["HOME"] ?? NSHomeDirectory() }

    /// A path whose `~` is the home folder.
    func expanded(_ path: String) -> String { path.hasPrefix("~/") ? home + path.dropFirst() : path }

    /// This process's own.
    public static var process: Surroundings {
        Surroundings(
            variables: ProcessInfo.processInfo.environment,
            read: { path in
                guard FileManager.default.fileExists(atPath: path) else { return nil }
                guard let data = FileManager.default.contents(atPath: path) else {
                    throw ConfigurationError("\(path): the file cannot be read")
                }
                guard let text = String(data: data, encoding: .utf8) else {
                    throw ConfigurationError("\(path): the file is not UTF-8")
                }
                return text
            },
            write: { path, text in
                let folder = URL(fileURLWithPath: path).deletingLastPathComponent()
                do {
                    try FileManager.default.createDirectory(
                        at: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
                    // Written under another name first: a reader sees the old text or the new one, and nobody else sees either.
                    let part = path + ".\(SystemClock.randomToken()).part"
                    guard
                        FileManager.default.createFile(
                            atPath: part, contents: Data(text.utf8), attributes: [.posixPermissions: 0o600])
                    else { throw ConfigurationError("\(path): the file cannot be written") }
                    guard rename(part, path) == 0 else {
                        try? FileManager.default.removeItem(atPath: part)
                        throw ConfigurationError("\(path): the file cannot be written")
                    }
                } catch let error as ConfigurationError {
                    throw error
                } catch {
                    throw ConfigurationError("\(path): the file cannot be written: \(error)")
                }
            },
            run: { try await ProgramOutput(running: $0) })
    }
}
