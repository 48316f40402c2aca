import AWSCore
import ArgumentParser
import Foundation
import HTTPTypes
import SimulatorCore

struct PolicyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "policy", abstract: "Check, simulate and generate IAM policies.",
        subcommands: [PolicyCheckCommand.self, PolicySimulateCommand.self, PolicyFromJournalCommand.self])
}

extension PolicyDocument.Kind: ExpressibleByArgument {
    private static let names: [(String, PolicyDocument.Kind)] = [
        ("identity", .identity), ("resource", .resource), ("trust", .trust), ("rcp", .resourceControl),
    ]
    public init?(argument: String) {
        guard let found = Self.names.first(where: { $0.0 == argument }) else { return nil }
        self = found.1
    }
    public static var allValueStrings: [String] { names.map(\.0) }
}

/// Reads a policy file; `-` is standard input.
private func contents(of path: String) throws -> String {
    let data = path == "-" ? FileHandle.standardInput.readDataToEndOfFile() : FileManager.default.contents(atPath: path)
    guard let data else { throw Failure("cannot read '\(path)'.") }
    guard let text = String(data: data, encoding: .utf8) else { throw Failure("'\(path)' is not UTF-8 text.") }
    return text
}

private func document(_ path: String, _ kind: PolicyDocument.Kind) throws -> PolicyDocument {
    do { return try PolicyDocument(parsing: try contents(of: path), as: kind) } catch let error as PolicySyntaxError {
        throw Failure("\(path): \(error.message)\n\(error.explanation)")
    }
}

struct PolicyCheckCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check", abstract: "Check policy documents as IAM does, without a server.",
        discussion: """
            Exit code 1: a document is not a valid policy; AWS's error and the position are printed.

            Example: drydock policy check pull.json --kind resource
            """)

    @Argument(help: "The policy files; - reads standard input.") var files: [String]
    @Option(help: ArgumentHelp("The kind of policy.", valueName: "kind")) var kind = PolicyDocument.Kind.identity

    func run() throws {
        for file in files {
            let text = try contents(of: file)
            let parsed: PolicyDocument
            do { parsed = try PolicyDocument(parsing: text, as: kind) } catch let error as PolicySyntaxError {
                StandardError.tell("Error: \("\(file): \(error.message)\n\(error.explanation)".escapedForTerminal)")
                throw ExitStatus.checkFailed
            }
            let size = text.unicodeScalars.count { !$0.properties.isWhitespace }
            print("\(file): \(parsed.statements.count) statements, \(size) characters without white space.")
            let limit = kind == .trust ? 2048 : 6144
            if size > limit { print("\(file): a managed or trust policy may have \(limit) characters at most.") }
        }
    }
}

struct PolicySimulateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "simulate", abstract: "Decide whether policies allow an action, without a server.",
        discussion: """
            Exit code 1: the action is denied. The reason is printed.

            Example: drydock policy simulate --policy pull.json --action ecr:PutImage
            """)

    @Option(
        name: .customLong("policy"),
        help: ArgumentHelp("An identity-based policy file. Repeatable.", valueName: "file")) var policies: [String] = []
    @Option(help: ArgumentHelp("A permissions boundary file.", valueName: "file")) var boundary: String?
    @Option(help: ArgumentHelp("A resource-based policy file.", valueName: "file")) var resourcePolicy: String?
    @Option(help: ArgumentHelp("The action, such as ecr:PutImage.", valueName: "action")) var action: String
    @Option(help: ArgumentHelp("The resource's ARN.", valueName: "arn")) var resource = "*"
    @Option(help: ArgumentHelp("The ARN of the calling user or role.", valueName: "caller")) var caller =
        "arn:aws:iam::123456789012:user/simulated"
    @Option(
        name: .customLong("context"), help: ArgumentHelp("A condition key and its value. Repeatable.", valueName: "key=value"))
    var entries: [String] = []

    func validate() throws {
        guard action.contains(":"), !action.contains("*") else {
            throw ValidationError("--action must be one action, such as ecr:PutImage, not '\(action)'.")
        }
        for entry in entries where !entry.dropFirst().contains("=") {
            throw ValidationError("--context must be key=value, not '\(entry)'.")
        }
    }

    func run() throws {
        let parts = caller.split(separator: ":", maxSplits: 5, omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 6 else { throw Failure("--caller must be an ARN, not '\(caller)'.") }
        let isUser = parts[5].hasPrefix("user/")
        let principal = AuthorizationRequest.Principal(
            kind: isUser ? .user : .assumedRole, arn: caller, account: parts[4],
            userName: isUser ? parts[5].split(separator: "/").last.map(String.init) : nil, roleARN: isUser ? nil : caller)
        var context: [String: [String]] = [:]
        for entry in entries {
            let pair = entry.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            context[String(pair[0]), default: []].append(String(pair[1]))
        }
        let request = AuthorizationRequest(
            principal: principal, action: action, resource: resource, now: .machineTime, region: nil, context: context)
        let set = PolicySet(
            identity: try policies.map { NamedPolicy("policy '\($0)'", try document($0, .identity)) },
            resource: try resourcePolicy.map { [NamedPolicy("policy '\($0)'", try document($0, .resource))] } ?? [],
            boundary: try boundary.map { NamedPolicy("permissions boundary '\($0)'", try document($0, .identity)) })
        let decision = set.evaluate(request)
        print(decision.isAllowed ? "allowed" : "denied")
        print(decision.explanation(request, set))
        if !decision.isAllowed { throw ExitStatus.checkFailed }
    }
}

struct PolicyFromJournalCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "from-journal",
        abstract: "Generate the minimal policy that allows the requests in a running server's journal.",
        discussion: """
            Lists each permission that the requests needed, with its resource, including those of rejected requests.

            Example: drydock policy from-journal > least.json
            """)

    @Option(help: ArgumentHelp("Only requests of this caller: an ARN, a user name or an access key id.", valueName: "caller"))
    var caller: String?
    @OptionGroup var server: ServerAddress

    func run() async throws {
        let query = caller.map { "?caller=\(QueryString.encoded($0))" } ?? ""
        let answer = try await server.ask(.get, "permissions" + query)
        print(String(decoding: JSON.write(answer), as: UTF8.self))
    }
}
