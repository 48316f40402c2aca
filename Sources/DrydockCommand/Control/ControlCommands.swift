import AWSCore
import ArgumentParser
import Foundation
import HTTPTypes

/// How to print the control plane's answer.
struct ControlOptions: ParsableArguments {
    @OptionGroup var server: ServerAddress
    @Flag(help: "Print one line of JSON.") var json = false

    func show(_ answer: Node, _ lines: [String]? = nil) {
        if json {
            print(String(decoding: JSON.write(answer), as: UTF8.self))
        } else {
            for line in lines ?? answer.lines() { print(line.escapedForTerminal) }
        }
    }
}

struct HealthCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "health", abstract: "Check whether a server is running; exit code 1 if not.",
        discussion: "Example: drydock health --endpoint http://localhost:4566")

    @OptionGroup var options: ControlOptions

    func run() async throws {
        do { options.show(try await options.server.ask(.get, "health")) } catch let failure as Failure {
            StandardError.tell("Error: \(failure)")
            throw ExitStatus.checkFailed
        }
    }
}

struct ClockCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "clock", abstract: "Show or change a running server's time.",
        discussion: "Example: drydock clock --advance 48h")

    @OptionGroup var options: ControlOptions
    @Option(help: ArgumentHelp("Advance the clock: 90s, 15m, 48h, 7d.", valueName: "duration")) var advance: String?
    @Option(help: ArgumentHelp("Set the clock: 2024-01-01T00:00:00Z.", valueName: "time")) var set: String?

    func validate() throws {
        if advance != nil, set != nil { throw ValidationError("Use --advance or --set, not both.") }
    }

    func run() async throws {
        let message =
            advance.map { Node.object([.init("advance", .string($0))]) } ?? set.map { .object([.init("set", .string($0))]) }
        let clock = try await options.server.ask(message == nil ? .get : .post, "clock", message)
        options.show(clock, ["\(clock["now"]?.string ?? "") (\(clock["mode"]?.string ?? ""))"])
    }
}

struct ResetCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "reset", abstract: "Delete all state of a running server.", discussion: "Example: drydock reset --seed 7"
    )

    @OptionGroup var options: ControlOptions
    @Option(help: ArgumentHelp("The new seed of generated ids.", valueName: "number")) var seed: UInt64?

    func run() async throws {
        let message: [Node.Field] = seed.map { [.init("seed", .integer(Int64(clamping: $0)))] } ?? []
        options.show(try await options.server.ask(.post, "reset", .object(message)), ["All state is deleted."])
    }
}

struct SnapshotCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "snapshot", abstract: "Take a snapshot of a running server's state.",
        discussion: "A named snapshot stays in the server's memory. Example: drydock snapshot --file seeded.drydock")

    @OptionGroup var options: ControlOptions
    @Flag(help: "List the snapshots in the server's memory.") var list = false
    @Option(help: ArgumentHelp("Delete this snapshot from the server's memory.", valueName: "name")) var delete: String?
    @Argument(help: "The snapshot's name.") var name: String?
    @Option(help: ArgumentHelp("A file in the server's snapshot folder.", valueName: "file")) var file: String?

    func validate() throws {
        guard list || delete != nil else { return try Self.check(name, file) }
        if name != nil || file != nil || list && delete != nil {
            throw ValidationError("Use only one of --list, --delete and a snapshot to take.")
        }
    }

    func run() async throws {
        if list {
            let answer = try await options.server.ask(.get, "snapshots")
            let lines = (answer["snapshots"]?.elements ?? []).map {
                "\($0["name"]?.string ?? "")  \($0["time"]?.string ?? "")"
            }
            return options.show(answer, lines)
        }
        if let delete {
            return options.show(try await options.server.ask(.delete, "snapshots/" + QueryString.encoded(delete)), [])
        }
        let answer = try await options.server.ask(.post, "snapshot", Self.message(name, file))
        options.show(
            answer, ["The state is saved\(answer["file"]?.string.map { " in \($0)" } ?? name.map { " as '\($0)'" } ?? "")."])
    }

    static func check(_ name: String?, _ file: String?) throws {
        guard (name == nil) != (file == nil) else { throw ValidationError("Give a name, or a file with --file.") }
    }

    static func message(_ name: String?, _ file: String?) -> Node {
        .object([name.map { .init("name", .string($0)) }, file.map { .init("file", .string($0)) }].compactMap { $0 })
    }
}

struct RestoreCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "restore", abstract: "Restore a running server from a snapshot.",
        discussion: "Example: drydock restore --file seeded.drydock")

    @OptionGroup var options: ControlOptions
    @Argument(help: "The snapshot's name.") var name: String?
    @Option(help: ArgumentHelp("A file in the server's snapshot folder.", valueName: "file")) var file: String?

    func validate() throws { try SnapshotCommand.check(name, file) }

    func run() async throws {
        let answer = try await options.server.ask(.post, "restore", SnapshotCommand.message(name, file))
        options.show(answer, ["The state of '\(name ?? file ?? "")' is restored."])
    }
}

struct ForkCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "fork", abstract: "Fork a running server: an independent copy on another port.",
        discussion: "Prints the fork's address. Example: export AWS_ENDPOINT_URL=$(drydock fork)")

    @OptionGroup var options: ControlOptions
    @Flag(help: "List the forks.") var list = false
    @Option(help: ArgumentHelp("End this fork.", valueName: "name")) var end: String?

    func validate() throws {
        if list, end != nil { throw ValidationError("Use --list or --end, not both.") }
    }

    func run() async throws {
        if list || end != nil {
            let path = end.map { "forks/" + QueryString.encoded($0) } ?? "forks"
            let answer = try await options.server.ask(end == nil ? .get : .delete, path)
            let forks = answer["forks"]?.elements ?? answer.elements ?? []
            return options.show(answer, forks.map { "\($0["name"]?.string ?? "")  \($0["endpoint"]?.string ?? "")" })
        }
        let answer = try await options.server.ask(.post, "fork")
        options.show(answer, [answer["endpoint"]?.string ?? ""])
    }
}

struct FaultsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "faults", abstract: "Show, set or clear the faults that a running server injects.",
        discussion: "docs/faults.md describes the plan, a JSON file. Example: drydock faults plan.json")

    @OptionGroup var options: ControlOptions
    @Argument(help: "The plan file, or - for standard input. (default: show the current plan)") var file: String?
    @Flag(help: "Remove the plan.") var clear = false

    func validate() throws {
        if clear, file != nil { throw ValidationError("Use --clear without a plan file.") }
    }

    func run() async throws {
        let answer: Node
        if let file {
            let data = file == "-" ? FileHandle.standardInput.readDataToEndOfFile() : FileManager.default.contents(atPath: file)
            guard let data else { throw Failure("cannot read '\(file)'.") }
            guard let plan = try? JSON.parse(Bytes(data)) else { throw Failure("'\(file)' is not JSON.") }
            answer = try await options.server.ask(.post, "faults", plan)
        } else {
            answer = try await options.server.ask(clear ? .delete : .get, "faults")
        }
        let faults = answer["faults"]?.elements ?? []
        options.show(
            answer,
            faults.isEmpty
                ? ["No faults are active."] : faults.map { String(decoding: JSON.write($0), as: UTF8.self) })
    }
}
