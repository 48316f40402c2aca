import AWSCore
import ArgumentParser
import Foundation
import HTTPTypes
import SimulatorCore

struct PolicyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "policy", abstract: "Check, try and derive IAM policies.",
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

/// Reads a policy's file; `-` is standard input.
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
            Ends with 1 at the first document that is no policy, with AWS's sentence and the place.

            Example: drydock policy check pull.json --kind resource
            """)

    @Argument(help: "The files; - is standard input.") var files: [String]
    @Option(help: ArgumentHelp("What the policy is for.", valueName: "kind")) var kind = PolicyDocument.Kind.identity

    func run() throws {
        for file in files {
            let text = try contents(of: file)
            let parsed: PolicyDocument
            do { parsed = try PolicyDocument(parsing: text, as: kind) } catch let error as PolicySyntaxError {
                StandardError.tell("Error: \("\(file): \(error.message)\n\(error.explanation)".escapedForTerminal)")
                throw ExitStatus.no
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
            Ends with 1 if the action is denied, with the reason.

            Example: drydock policy simulate --policy pull.json --action ecr:PutImage
            """)

    @Option(
        name: .customLong("policy"),
        help: ArgumentHelp("A file with an identity-based policy. May be repeated.", valueName: "file")) var policies:
        [String] = []
    @Option(help: ArgumentHelp("A file with a permissions boundary.", valueName: "file")) var boundary: String?
    @Option(help: ArgumentHelp("A file with a resource-based policy.", valueName: "file")) var resourcePolicy: String?
    @Option(help: ArgumentHelp("The action, such as ecr:PutImage.", valueName: "action")) var action: String
    @Option(help: ArgumentHelp("The resource's ARN.", valueName: "arn")) var resource = "*"
    @Option(help: ArgumentHelp("The caller's ARN: a user's or a role's.", valueName: "caller")) var caller =
        "arn:aws:iam::123456789012:user/simulated"
    @Option(name: .customLong("context"), help: ArgumentHelp("A condition key. May be repeated.", valueName: "key=value"))
    var entries: [String] = []

    func validate() throws {
        guard action.contains(":"), !action.contains("*") else {
            throw ValidationError("--action must be one, such as ecr:PutImage.")
        }
        for entry in entries where !entry.dropFirst().contains("=") {
            throw ValidationError("--context must be key=value, not '\(entry)'.")
        }
    }

    func run() throws {
        let parts = caller.split(separator: ":", maxSplits: 5, omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 6 else { throw Failure("'\(caller)' is no ARN.") }
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
        if !decision.isAllowed { throw ExitStatus.no }
    }
}

struct PolicyFromJournalCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "from-journal", abstract: "Write the least policy that allows what a running server was asked.",
        discussion: """
            Each permission that the requests needed is in it, with its resource. What was refused for want of a permission is in it, \
            too, so that the refused requests would succeed.

            Example: drydock policy from-journal > least.json
            """)

    @Option(help: ArgumentHelp("Only what this caller asked: an ARN, a user's name or an access key id.", valueName: "caller"))
    var caller: String?
    @OptionGroup var server: ServerAddress

    func run() async throws {
        let query = caller.map { "?caller=\(QueryString.encoded($0))" } ?? ""
        let answer = try await server.ask(.get, "permissions" + query)
        print(String(decoding: JSON.write(answer), as: UTF8.self))
    }
}
