import AWSClient
import AWSCore
import ArgumentParser
import Drydock
import Foundation
import HTTPTypes
import OCI

struct HubCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "hub", abstract: "List and import images, and create users, of the simulated Docker Hub.",
        subcommands: [HubImportCommand.self, HubUserCommand.self, HubListCommand.self])
}

/// The Docker Hub to use: a running server's, or a state folder's.
struct HubOptions: ParsableArguments, Sendable {
    @OptionGroup var server: ServerAddress
    @Option(help: ArgumentHelp("A state folder to use instead of a server.", valueName: "folder")) var state: String?

    /// Sends a request to the Hub's control API, below `/_drydock/hub`. Returns the response.
    /// - Throws: ``Failure`` with the reason if the Hub rejects the request.
    func ask(_ method: HTTPRequest.Method, _ path: String = "", body: HTTPBody = .empty) async throws -> Node {
        let transport: any HTTPTransport =
            if let state { InProcessTransport(try RegistryOptions.simulator(state: state)) } else {
                NetworkTransport.ofCommands
            }
        // The Hub reads a whole archive before it responds.
        return try await server.ask(
            method, "hub" + path, body: body, type: "application/octet-stream", timeout: .seconds(600), over: transport)
    }
}

struct HubImportCommand: AsyncParsableCommand, Sendable {
    static let configuration = CommandConfiguration(
        commandName: "import", abstract: "Add the images of a 'docker save' archive or an OCI layout.",
        discussion:
            """
            Creates the repository if it does not exist; its namespace needs no user. Without a tag, images keep the tags in \
            the archive; an image without one is tagged latest.

            Example: drydock hub import app.tar team/app:1.0
            """)

    @OptionGroup var options: HubOptions
    @Flag(name: .customLong("private"), help: "Make a new repository private: only the user of its namespace can pull.")
    var isPrivate = false
    @Argument(help: "A tar file, or an OCI layout folder; - reads a tar file from standard input.") var source: String
    @Argument(help: "The image name: worker/app:v1, alpine:3.20.") var name: String

    func run() async throws {
        try await Interruption.cancels { try await RegistryOptions.explained { try await add() } }
    }

    private func add() async throws {
        let folder = try TemporaryFolder("import")
        defer { folder.remove() }
        let archive = try await archive(in: folder.path)
        let query = "?name=\(QueryString.encoded(name))\(isPrivate ? "&private=true" : "")"
        let answer = try await options.ask(
            .post, "/images" + query, body: .file(path: archive, offset: 0, length: try Self.size(of: archive)))
        for image in answer["images"]?.elements ?? [] {
            print("\(image["reference"]?.string ?? "")  \(image["digest"]?.string ?? "")")
        }
    }

    /// Returns the path of a tar file: the source, or one made in `folder` of standard input or of a layout's folder.
    private func archive(in folder: String) async throws -> String {
        if source == "-" {
            try StandardInput.spool(to: folder + "/archive")
            return folder + "/archive"
        }
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: source, isDirectory: &isFolder) else {
            throw Failure("\(source): no such file or folder")
        }
        guard isFolder.boolValue else { return source }
        let layout = try await ImageArchive(reading: source, into: try DiskBlobStore(root: folder + "/layers"))
        try await layout.write(to: folder + "/layout.tar")
        return folder + "/layout.tar"
    }

    private static func size(of path: String) throws -> Int {
        let size = try FileManager.default.attributesOfItem(atPath: path)[.size] as? NSNumber
        guard let size, FileManager.default.isReadableFile(atPath: path) else { throw Failure("\(path) cannot be read") }
        return size.intValue
    }
}

struct HubUserCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "user", abstract: "Create a user or change a password.",
        discussion: """
            With 'serve --strict', only users that this command or 'serve --hub' created can log in; otherwise the first \
            login creates the user. A strict server requires a signed request: set AWS_ACCESS_KEY_ID and \
            AWS_SECRET_ACCESS_KEY, or DRYDOCK_TOKEN.

            Example: drydock hub user team --password-stdin < password.txt
            """)

    @OptionGroup var options: HubOptions
    @Argument(help: "The user's name.") var name: String
    @Flag(help: "Read the password from standard input.") var passwordStdin = false
    @Option(help: ArgumentHelp("The password. Other users of this machine can see it in the process list.", valueName: "word"))
    var password: String?

    func validate() throws {
        guard passwordStdin != (password != nil) else {
            throw ValidationError("A password is needed: --password-stdin, or --password WORD.")
        }
    }

    func run() async throws {
        try await RegistryOptions.explained {
            let secret = password ?? readLine(strippingNewline: true) ?? ""
            let user = Node.object([.init("name", .string(name)), .init("password", .string(secret))])
            _ = try await options.ask(.post, body: .bytes(JSON.write(.object([.init("users", .list([user]))]))))
            print("\(name) can log in")
        }
    }
}

struct HubListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "List the Hub's repositories and users.", discussion: "Example: drydock hub list")

    @OptionGroup var options: HubOptions
    @Flag(help: "Print JSON.") var json = false

    func run() async throws {
        try await RegistryOptions.explained {
            let answer = try await options.ask(.get)
            if json {
                print(String(decoding: JSON.write(answer, pretty: true), as: UTF8.self))
                return
            }
            for repository in answer["repositories"]?.elements ?? [] {
                let name = repository["name"]?.string ?? ""
                let mark = repository["private"] == .bool(true) ? "  private" : ""
                for tag in repository["tags"]?.elements ?? [] {
                    print("\(name):\(tag["name"]?.string ?? "")  \(tag["digest"]?.string ?? "")\(mark)")
                }
            }
            let users = (answer["users"]?.elements ?? []).compactMap(\.string)
            print(users.isEmpty ? "no users" : "users: \(users.joined(separator: ", "))")
        }
    }
}
