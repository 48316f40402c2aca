import ArgumentParser
import DrydockServer

/// The web pages that may send requests to a server, and the host names it accepts.
struct WebPageOptions: ParsableArguments {
    @Option(
        name: .customLong("allow-origin"),
        help: ArgumentHelp(
            "The origin of web pages that may send requests, such as http://localhost:3000; '*' allows any. Repeatable.",
            valueName: "origin"))
    var origins: [String] = []
    @Option(
        name: .customLong("allow-host"),
        help: ArgumentHelp(
            "A host name that requests may use, such as drydock.example.com or '*.example.com'. Repeatable.",
            valueName: "name"))
    var hosts: [String] = []

    func validate() throws {
        for origin in origins {
            do { _ = try WebOrigin(parsing: origin) } catch { throw ValidationError("--allow-origin: \(error)") }
        }
        for host in hosts where host.isEmpty || host.contains(where: { ":/ ".contains($0) }) {
            throw ValidationError("--allow-host must be a name without scheme and port, not '\(host)'.")
        }
    }

    func apply(to options: inout Server.Options) {
        options.allowedOrigins = origins.compactMap { try? WebOrigin(parsing: $0) }
        options.allowedHosts = hosts
    }
}
