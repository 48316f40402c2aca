import Foundation

/// A process's environment: variables, files and programs. Tests replace it.
public struct ProcessEnvironment: Sendable {
    public var variables: [String: String]
    /// Returns a file's text, or nil if there is no file.
    public var read: @Sendable (String) throws -> String?
    /// Replaces a file that only its owner may read. Creates its folder if needed.
    public var write: @Sendable (String, String) throws -> Void
    /// Runs a program, given by name or path, with its arguments. No shell is involved.
    public var run: @Sendable ([String]) async throws -> ProgramOutput

    /// By default `write` writes nothing, and `run` finds no program.
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

    /// The value of an environment variable. Like AWS's tools, treats an empty value as unset.
    public subscript(name: String) -> String? {
        guard let value = variables[name], !value.isEmpty else { return nil }
        return value
    }

    var home: String { self["HOME"] ?? NSHomeDirectory() }

    /// Returns the path with a leading `~` replaced by the home folder.
    func expanded(_ path: String) -> String { path.hasPrefix("~/") ? home + path.dropFirst() : path }

    /// The environment of this process.
    public static var process: ProcessEnvironment {
        ProcessEnvironment(
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
                    // Written to a temporary name first: readers see the old or the new text, and no other user sees either.
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
