import ArgumentParser
import Foundation
import Testing

@testable import DrydockCommand

/// Every option of `serve` can be set by a variable, and in `drydock.yaml`.
@Suite struct ServeVariables {
    /// Values that differ from the defaults, for options that do not accept any text.
    private static let values = [
        "port": "4599", "tls-port": "4600", "hub-port": "4601", "allow-origin": "http://localhost:3000",
        "account": "210987654321",
        "region": "eu-west-1", "seed": "4711", "clock": "scaled:7", "transitions": "instant", "journal-limit": "3MiB",
        "log-level": "debug", "log": "requests", "upstream": "ghcr.io=http://localhost:5000",
        "guest-packages": "online",
    ]
    /// Options that others need beside them.
    private static let beside = ["guest-packages": ["--guests"]]

    /// Returns the names of the options that help lists, and whether each takes a value.
    private func options() async throws -> [(name: String, takesValue: Bool)] {
        let help = try await ServeCommand.run(["serve", "--help"]).output
        let found = help.matches(of: /(?m)^  --([a-z-]+)( <)?/).map { (name: String($0.1), takesValue: $0.2 != nil) }
        return found.filter { $0.name != "version" }
    }

    @Test func everyServeOptionHasVariableAndFileKey() async throws {
        let found = try await options()
        #expect(found.count > 30)
        for (name, takesValue) in found {
            let value = takesValue ? Self.values[name] ?? "some-\(name)" : "1"
            let variable = "DRYDOCK_" + name.uppercased().replacing("-", with: "_")
            let expected = ["serve", "--\(name)"] + (takesValue ? [value] : [])
            let read = try ServeEnvironment(variables: [variable: value], file: "/nowhere").arguments(["serve"])
            #expect(read == expected, "\(variable)")

            let file = FileManager.default.temporaryDirectory.path + "/drydock-\(UUID().uuidString).yaml"
            defer { try? FileManager.default.removeItem(atPath: file) }
            try "serve:\n  \(name): \(takesValue ? value : "true")\n".write(toFile: file, atomically: true, encoding: .utf8)
            #expect(try ServeEnvironment(variables: [:], file: file).arguments(["serve"]) == expected, "\(name)")

            let beside = Self.beside[name] ?? []
            let plain = "\(try DrydockCommand.parseAsRoot(["serve"] + beside))"
            let parsed = "\(try DrydockCommand.parseAsRoot(read + beside))"
            #expect(parsed != plain, "\(variable) changes nothing")
            if takesValue { #expect(parsed.contains(value), "\(variable): \(parsed)") }
        }
    }

    @Test func localStackVariablesAreRead() throws {
        let variables = [
            "GATEWAY_LISTEN": "127.0.0.1:4599,0.0.0.0:443", "PERSISTENCE": "1", "LOCALSTACK_VOLUME_DIR": "/data", "DEBUG": "1",
            "EAGER_SERVICE_LOADING": "1",
        ]
        let read = try ServeEnvironment(variables: variables, file: "/nowhere").arguments(["serve"])
        let expected = [
            "serve", "--host", "127.0.0.1", "--port", "4599", "--state", "/data", "--log-level", "debug", "--log", "requests",
        ]
        #expect(read == expected)
        _ = try DrydockCommand.parseAsRoot(read)
        // Drydock's own variables and options come first.
        let own = variables.merging(["DRYDOCK_PORT": "1", "DRYDOCK_STATE": "s", "DRYDOCK_LOG_LEVEL": "error"]) { $1 }
        #expect(
            try ServeEnvironment(variables: own, file: "/nowhere").arguments(["serve"])
                == ["serve", "--port", "1", "--state", "s", "--log-level", "error"])
        #expect(
            try ServeEnvironment(variables: ["PERSISTENCE": "0", "DEBUG": "0"], file: "/nowhere").arguments(["serve"])
                == ["serve"])
    }

    @Test func variablesAcceptListsAndOptionsOverrideThem() throws {
        let variables = [
            "DRYDOCK_ALLOW_HOST": "a.example.com,b.example.com", "DRYDOCK_PORT": "4599", "DRYDOCK_STRICT": "off",
        ]
        let read = try ServeEnvironment(variables: variables, file: "/nowhere").arguments(["serve", "--port", "4600"])
        #expect(
            read == [
                "serve", "--port", "4599", "--allow-host", "a.example.com", "--allow-host", "b.example.com", "--port", "4600",
            ])
        #expect("\(try DrydockCommand.parseAsRoot(read))".contains("4600"))
    }
}
