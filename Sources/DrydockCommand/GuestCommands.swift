import AWSClient
import AWSCore
import ArgumentParser
import Drydock
import HTTPTypes

struct SSHConfigCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ssh-config", abstract: "Print how to ssh to the guests of a running 'drydock serve --guests'.",
        discussion: "Append it to ~/.ssh/config, or use it at once: ssh -F <(drydock ssh-config) NAME.")

    @OptionGroup var server: GuestServer

    func run() async throws {
        for guest in try await server.guests() where guest["up"] == .bool(true) {
            guard let address = guest["address"]?.string, let id = guest["instance"]?.string else { continue }
            let name = guest["name"]?.string ?? ""
            print("Host \(id) \(address)\(name.isEmpty || name.contains(" ") ? "" : " \(name)")")
            print("    HostName \(address)")
            if case .integer(let port)? = guest["port"], port != 22 { print("    Port \(port)") }
            if let user = guest["user"]?.string { print("    User \(user)") }
            if let key = guest["key"]?.string { print("    IdentityFile \(key).pem") }
        }
    }
}

struct DockerSocketCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "docker-socket", abstract: "Print the Docker socket of an instance, for docker outside of it.",
        discussion: "DOCKER_HOST=$(drydock docker-socket i-0123456789abcdef0) docker images")

    @Argument(help: "The instance's id or name.") var instance: String
    @OptionGroup var server: GuestServer

    func run() async throws {
        let guests = try await server.guests()
        let found = guests.first { $0["instance"]?.string == instance || $0["name"]?.string == instance }
        guard let found, found["up"] == .bool(true), let path = found["dockerSocket"]?.string else {
            throw Failure("no guest of \(server.endpoint) plays '\(instance)' at the moment.")
        }
        print("unix://\(path)")
    }
}

struct GuestServer: ParsableArguments {
    @Option(help: "Where Drydock is served.") var endpoint = ServerAddress.usual

    func guests() async throws -> [Node] {
        guard let place = Endpoint(url: endpoint) else {
            throw ValidationError("--endpoint must look like http://localhost:4566, not '\(endpoint)'.")
        }
        var request = HTTPRequest(method: .get, scheme: place.scheme, authority: place.authority, path: "/_drydock/guests")
        await request.proveToControlPlane(body: [])
        do {
            let reply = try await NetworkTransport.ofCommands.send(request, body: .empty, timeout: .seconds(10))
            return try JSON.parse(await reply.body.collect(upTo: 16 << 20)).elements ?? []
        } catch {
            throw Failure("nothing answers at \(endpoint): \(error)")
        }
    }
}
