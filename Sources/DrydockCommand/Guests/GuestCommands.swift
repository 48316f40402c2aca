import AWSCore
import ArgumentParser
import Foundation

struct SSHCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ssh", abstract: "Log in to an instance of a running 'drydock serve --guests'.",
        discussion: """
            Runs this machine's ssh with the instance's address, port, user and host key. The private key is --identity, else \
            KEY.pem in the current folder or in ~/.ssh, where KEY is the name of the instance's key pair.

            Example: drydock ssh web -- uptime
            """)

    @OptionGroup var server: ServerAddress
    @Option(name: [.customShort("i"), .long], help: ArgumentHelp("The private key file.", valueName: "file")) var identity:
        String?
    @Option(name: .shortAndLong, help: ArgumentHelp("The user to log in as. (default: the image's)", valueName: "name"))
    var user: String?
    @Argument(help: "The instance's id, name or public address.") var instance: String
    @Argument(parsing: .captureForPassthrough, help: "A command to run instead of a shell.") var command: [String] = []

    func run() async throws {
        let guest = try await server.guest(instance, waiting: .seconds(15))
        try KnownHosts.write([guest])
        var options = guest.options(identity: identity ?? Self.key(named: guest.key), user: user).flatMap {
            ["-o", "\($0)=\($1)"]
        }
        options += [guest.id] + command.drop { $0 == "--" }
        // Replaces this process, so that ssh gets the terminal and sets the exit code.
        let arguments = (["ssh"] + options).map { strdup($0) } + [nil]
        execvp("ssh", arguments)
        throw Failure("cannot run ssh: \(String(cString: strerror(errno))). Install openssh-client.")
    }

    private static func key(named name: String?) -> String? {
        guard let name else { return nil }
        let home = FileManager.default.homeDirectoryForCurrentUser.path
        return ["\(name).pem", "\(home)/.ssh/\(name).pem", "\(home)/.ssh/\(name)"].first {
            FileManager.default.isReadableFile(atPath: $0)
        }
    }
}

struct SSHConfigCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ssh-config", abstract: "Print an ssh configuration for the guests of a running 'drydock serve --guests'.",
        discussion: """
            Host keys are written to a separate file that the configuration names.

            Example: drydock ssh-config > guests.conf && ssh -F guests.conf NAME
            """)

    @OptionGroup var server: ServerAddress

    func run() async throws {
        let guests = try await server.guests()
        try KnownHosts.write(guests)
        for guest in guests {
            print("Host \(([guest.id, guest.address] + guest.aliases).joined(separator: " "))")
            for (name, value) in guest.options(identity: guest.key.map { $0 + ".pem" }, user: nil) {
                print("    \(name) \(value.contains(" ") ? "\"\(value)\"" : value)")
            }
        }
    }
}

struct DockerSocketCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "docker-socket", abstract: "Print the path of an instance's Docker socket, for use on this machine.",
        discussion: "Example: DOCKER_HOST=$(drydock docker-socket i-0123456789abcdef0) docker images")

    @OptionGroup var server: ServerAddress
    @Argument(help: "The instance's id, name or public address.") var instance: String

    func run() async throws { print("unix://\(try await server.guest(instance).dockerSocket)") }
}

/// An instance that runs as a guest, read from the control plane.
struct RunningGuest {
    let id: String
    let name: String
    let address: String
    let port: Int64
    let user: String?
    let key: String?
    let hostKey: String?
    let dockerSocket: String

    init?(_ node: Node) {
        guard node["up"] == .bool(true), let id = node["instance"]?.string, let address = node["address"]?.string,
            let socket = node["dockerSocket"]?.string
        else { return nil }
        self.id = id
        self.address = address
        name = node["name"]?.string ?? ""
        if case .integer(let port)? = node["port"] { self.port = port } else { port = 22 }
        user = node["user"]?.string
        key = node["key"]?.string
        hostKey = node["hostKey"]?.string
        dockerSocket = socket
    }

    /// Further names for ssh. A name with white space or pattern characters can't be one.
    var aliases: [String] {
        name.isEmpty || name.contains { $0.isWhitespace || "*?!\"#,".contains($0) } ? [] : [name]
    }

    /// Returns ssh's options as names and values.
    func options(identity: String?, user chosen: String?) -> [(name: String, value: String)] {
        var options = [("HostName", address)]
        if port != 22 { options.append(("Port", String(port))) }
        if let user = chosen ?? user { options.append(("User", user)) }
        if let identity { options.append(("IdentityFile", identity)) }
        if hostKey != nil {
            options += [("HostKeyAlias", id), ("UserKnownHostsFile", KnownHosts.path), ("StrictHostKeyChecking", "yes")]
        }
        return options
    }
}

extension ServerAddress {
    /// Returns the running guests.
    func guests() async throws -> [RunningGuest] {
        try await (ask(.get, "guests", timeout: .seconds(10)).elements ?? []).compactMap { RunningGuest($0) }
    }

    /// - Parameter wait: how long to wait for a guest that matches. An instance is `running` some seconds before its guest.
    /// - Throws: ``Failure`` if no guest matches, or if several have the name.
    func guest(_ instance: String, waiting wait: Duration = .zero) async throws -> RunningGuest {
        let end = ContinuousClock.now + wait
        var guests = try await guests()
        func matching() -> [RunningGuest] { guests.filter { [$0.id, $0.address, $0.name].contains(instance) } }
        while matching().isEmpty, ContinuousClock.now < end {
            try await Task.sleep(for: .milliseconds(200))
            guests = try await self.guests()
        }
        let found = matching()
        guard let guest = found.first else {
            let up = guests.map { $0.name.isEmpty ? $0.id : $0.name }
            throw Failure(
                "no running guest of \(endpoint) has the id, name or address '\(instance)'"
                    + (up.isEmpty ? "; no guest is running." : ". Running guests: \(up.joined(separator: ", "))."))
        }
        guard found.count == 1 else {
            throw Failure("several instances are named '\(instance)': \(found.map(\.id).joined(separator: ", ")). Give the id.")
        }
        return guest
    }
}

/// The host keys of guests. They are kept apart from the user's known hosts, because a simulator with the same seed repeats
/// addresses and keys.
enum KnownHosts {
    static var path: String { UserFolder.path + "/known_hosts" }

    /// Adds the guests' keys by instance id, replacing earlier ones.
    static func write(_ guests: [RunningGuest]) throws {
        let lines = guests.compactMap { guest in guest.hostKey.map { "\(guest.id) \($0)" } }
        guard !lines.isEmpty else { return }
        let ids = Set(guests.map(\.id))
        let old = (try? String(contentsOfFile: path, encoding: .utf8)) ?? ""
        let kept = old.split(separator: "\n").filter { !ids.contains(String($0.prefix { $0 != " " })) }
        do {
            try FileManager.default.createDirectory(atPath: UserFolder.path, withIntermediateDirectories: true)
            try Data((kept.map(String.init) + lines).map { $0 + "\n" }.joined().utf8).write(
                to: URL(fileURLWithPath: path), options: .atomic)
        } catch { throw Failure("cannot write '\(path)': \(error.localizedDescription)") }
    }
}
