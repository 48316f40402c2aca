import AWSCore
import ArgumentParser
import Foundation

/// The options of `serve` as environment variables, for containers and CI: `DRYDOCK_PORT` is `--port`. What is typed outweighs them.
struct ServeEnvironment {
    let variables: [String: String]

    /// The arguments of this program with what the environment says.
    /// - Throws: ``Failure`` if a variable has a value that cannot be meant.
    func arguments(_ typed: [String]) throws -> [String] {
        guard typed.first == "serve", !typed.contains("--help"), !typed.contains("-h") else { return typed }
        var found: [String] = []
        if variables.keys.contains(where: { $0.hasPrefix("DRYDOCK_") }) {
            for option in Self.options() { found += try option.arguments(variables) }
        }
        return ["serve"] + found + (try localStack(besides: found + typed)) + typed.dropFirst()
    }

    /// What LocalStack's users have in their Compose files.
    private func localStack(besides given: [String]) throws -> [String] {
        var found: [String] = []
        if let listen = variables["GATEWAY_LISTEN"], !listen.isEmpty, !given.contains("--port"), !given.contains("--host") {
            // The first address; LocalStack listens on several.
            let address = listen.split(separator: ",")[0].split(separator: ":", omittingEmptySubsequences: false)
            guard let port = address.last.flatMap({ Int($0) }), address.count <= 2 else {
                throw Failure("GATEWAY_LISTEN must look like 0.0.0.0:4566, not '\(listen)'.")
            }
            if address.count == 2, !address[0].isEmpty { found += ["--host", String(address[0])] }
            found += ["--port", String(port)]
        }
        if variables["PERSISTENCE"].map(Self.isYes) == true, !given.contains("--state") {
            found += ["--state", variables["LOCALSTACK_VOLUME_DIR"] ?? "/var/lib/localstack"]
        }
        if let services = variables["SERVICES"], !services.isEmpty {
            FileHandle.standardError.write(Data("SERVICES is noted; Drydock serves everything that it simulates.\n".utf8))
        }
        return found
    }

    static func isYes(_ text: String) -> Bool { ["1", "true", "yes", "on"].contains(text.lowercased()) }

    /// As the command describes itself.
    private static func options() -> [Option] {
        guard let help = try? JSON.parse(Bytes(DrydockCommand._dumpHelp().utf8)) else { return [] }
        let commands = help["command"]?["subcommands"]?.elements ?? []
        let serve = commands.first { $0["commandName"]?.string == "serve" }
        return (serve?["arguments"]?.elements ?? []).compactMap { argument in
            let names = (argument["names"]?.elements ?? []).filter { $0["kind"]?.string == "long" }
            guard let name = names.first?["name"]?.string, !["help", "version"].contains(name) else { return nil }
            return Option(
                name: name, isFlag: argument["kind"]?.string == "flag", isRepeating: argument["isRepeating"] == .bool(true))
        }
    }

    private struct Option {
        let name: String
        let isFlag: Bool
        let isRepeating: Bool

        func arguments(_ variables: [String: String]) throws -> [String] {
            let variable = "DRYDOCK_" + name.uppercased().replacing("-", with: "_")
            guard let value = variables[variable], !value.isEmpty else { return [] }
            if isFlag {
                guard ServeEnvironment.isYes(value) || ["0", "false", "no", "off"].contains(value.lowercased()) else {
                    throw Failure("\(variable) must be 1 or 0, not '\(value)'.")
                }
                return ServeEnvironment.isYes(value) ? ["--\(name)"] : []
            }
            let values = isRepeating ? value.split(separator: ",").map(String.init) : [value]
            return values.flatMap { ["--\(name)", $0] }
        }
    }
}
