public import AWSCore

/// Credentials printed by a program: `credential_process` of a profile.
///
/// https://docs.aws.amazon.com/sdkref/latest/guide/feature-process-credentials.html
public struct ProcessCredentials: CredentialsProvider {
    private static let name = "custom-process"
    private let settings: SharedSettings

    public init(_ settings: SharedSettings) { self.settings = settings }

    /// - Throws: ``ConfigurationError`` if the command line is invalid or its program cannot be run,
    ///   ``CredentialRetrievalError`` if the program fails or its output is not credentials.
    public func credentials() async throws -> Credentials? {
        guard let line = settings["credential_process"] else { return nil }
        let command: [String]
        do { command = try ProgramOutput.words(of: line) } catch let error as ConfigurationError {
            throw ConfigurationError("credential_process of the profile (\(settings.profile)): \(error.message)")
        }
        let result = try await settings.environment.run(command)
        guard result.exitCode == 0 else {
            let said = result.errors.split(whereSeparator: \.isNewline).joined(separator: "; ")
            throw CredentialRetrievalError(
                provider: Self.name, said.isEmpty ? "\(command[0]) ended with exit code \(result.exitCode)" : said)
        }
        guard let node = try? JSON.parse(result.output), node.fields != nil else {
            throw CredentialRetrievalError(provider: Self.name, "\(command[0]) did not print a JSON object")
        }
        guard node["Version"] == .integer(1) else {
            let version = node["Version"].map { String(decoding: JSON.write($0), as: UTF8.self) }
            throw CredentialRetrievalError(
                provider: Self.name,
                """
                Unsupported version '\(version ?? "<Version key not provided>")' for credential process provider, \
                supported versions: 1
                """)
        }
        return try Credentials(node, token: "SessionToken", requires: [], provider: Self.name)
    }
}
