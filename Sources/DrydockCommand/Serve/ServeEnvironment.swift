import AWSCore
import ArgumentParser
import Foundation
import Scenarios
import Yams

/// Reads the options of `serve` from environment variables, for containers and CI (`DRYDOCK_PORT` is `--port`), and from a
/// project's file. The command line overrides the variables, and the variables override the file.
struct ServeEnvironment {
    let variables: [String: String]
    /// The path of the project's file, which may be missing.
    var file = "drydock.yaml"

    /// Returns the program's arguments, completed from the environment and the file.
    /// - Throws: ``Failure`` if a variable's value is invalid.
    func arguments(_ typed: [String]) throws -> [String] {
        guard typed.first == "serve", !typed.contains("--help"), !typed.contains("-h") else { return typed }
        var found: [String] = []
        let hasVariables = variables.keys.contains { $0.hasPrefix("DRYDOCK_") }
        let text = FileManager.default.contents(atPath: file).map { String(decoding: $0, as: UTF8.self) }
        if hasVariables || text != nil {
            let options = Self.options()
            if let text { found += try arguments(of: text, options) }
            for option in options { found += try option.arguments(variables) }
        }
        return ["serve"] + found + (try localStack(besides: found + typed)) + typed.dropFirst()
    }

    /// Reads LocalStack's variables, which users have in their Compose files.
    private func localStack(besides given: [String]) throws -> [String] {
        var found: [String] = []
        if let listen = variables["GATEWAY_LISTEN"], !listen.isEmpty, !given.contains("--port"), !given.contains("--host") {
            // LocalStack can listen on several addresses; use the first.
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
        if variables["DEBUG"].map(Self.isYes) == true, !given.contains("--log-level") {
            found += ["--log-level", "debug", "--log", "requests"]
        }
        if let services = variables["SERVICES"], !services.isEmpty {
            FileHandle.standardError.write(Data("SERVICES is ignored; Drydock serves all services that it simulates.\n".utf8))
        }
        return found
    }

    /// Returns the arguments for the settings in the project's file.
    /// - Throws: ``Failure`` with the file and the error in it.
    private func arguments(of text: String, _ options: [Option]) throws -> [String] {
        let root: Any?
        do { root = try Yams.load(yaml: text, .basic) } catch { throw Failure("\(file): \(error)") }
        guard let root else { return [] }
        guard let root = root as? [String: Any], Set(root.keys).isSubset(of: ["serve"]),
            let settings = (root["serve"] ?? [String: Any]()) as? [String: Any]
        else { throw Failure("\(file): it must have the options of serve below 'serve:', and nothing else.") }
        return try settings.sorted { $0.key < $1.key }.flatMap { name, value in
            guard let option = options.first(where: { $0.name == name }) else {
                throw Failure("\(file): serve has no option '\(name)'\(Suggestion.text(for: name, among: options.map(\.name)))")
            }
            if option.isFlag {
                guard let text = value as? String, ["true", "false"].contains(text) else {
                    throw Failure("\(file): '\(name)' must be true or false.")
                }
                return text == "true" ? ["--\(name)"] : []
            }
            let values = value as? [Any] ?? [value]
            guard let texts = values as? [String], option.isRepeating || texts.count == 1 else {
                throw Failure("\(file): '\(name)' must be one value\(option.isRepeating ? ", or a list of values" : "").")
            }
            return texts.flatMap { ["--\(name)", $0] }
        }
    }

    static func isYes(_ text: String) -> Bool { ["1", "true", "yes", "on"].contains(text.lowercased()) }

    /// Read from the command's own help.
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
