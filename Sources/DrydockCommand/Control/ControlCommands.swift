import AWSCore
import ArgumentParser
import Foundation
import HTTPTypes

/// How an answer of the control plane is shown.
struct AnswerOptions: ParsableArguments {
    @OptionGroup var server: ServerAddress
    @Flag(help: "Print the answer as one line of JSON.") var json = false

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
        commandName: "health", abstract: "Say what runs at an address; ends with 1 if nothing does.",
        discussion: "Example: drydock health --endpoint http://localhost:4566")

    @OptionGroup var options: AnswerOptions

    func run() async throws {
        do { options.show(try await options.server.ask(.get, "health")) } catch let failure as Failure {
            StandardError.tell("Error: \(failure)")
            throw ExitStatus.no
        }
    }
}

struct ClockCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "clock", abstract: "Show a running server's time, or move it.",
        discussion: "Example: drydock clock --advance 48h")

    @OptionGroup var options: AnswerOptions
    @Option(help: ArgumentHelp("Move it forward: 90s, 15m, 48h, 7d.", valueName: "duration")) var advance: String?
    @Option(help: ArgumentHelp("Move it to a time such as 2024-01-01T00:00:00Z.", valueName: "time")) var set: String?

    func validate() throws {
        if advance != nil, set != nil { throw ValidationError("--advance and --set exclude each other.") }
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
        commandName: "reset", abstract: "Let a running server forget everything.", discussion: "Example: drydock reset --seed 7"
    )

    @OptionGroup var options: AnswerOptions
    @Option(help: ArgumentHelp("Begin with ids of this seed.", valueName: "number")) var seed: UInt64?

    func run() async throws {
        let message: [Node.Field] = seed.map { [.init("seed", .integer(Int64(clamping: $0)))] } ?? []
        options.show(try await options.server.ask(.post, "reset", .object(message)), ["Everything is forgotten."])
    }
}

struct SnapshotCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "snapshot", abstract: "Keep a running server's state.",
        discussion: "By name it is kept in the server's memory. Example: drydock snapshot --file seeded.drydock")

    @OptionGroup var options: AnswerOptions
    @Argument(help: "The name to keep it under.") var name: String?
    @Option(help: ArgumentHelp("A file in the server's folder of snapshots.", valueName: "file")) var file: String?

    func validate() throws { try Self.check(name, file) }

    func run() async throws {
        let answer = try await options.server.ask(.post, "snapshot", Self.message(name, file))
        options.show(
            answer, ["The state is kept\(answer["file"]?.string.map { " in \($0)" } ?? name.map { " as '\($0)'" } ?? "")."])
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
        commandName: "restore", abstract: "Bring a running server back to a state that was kept.",
        discussion: "Example: drydock restore --file seeded.drydock")

    @OptionGroup var options: AnswerOptions
    @Argument(help: "The name that it was kept under.") var name: String?
    @Option(help: ArgumentHelp("A file in the server's folder of snapshots.", valueName: "file")) var file: String?

    func validate() throws { try SnapshotCommand.check(name, file) }

    func run() async throws {
        let answer = try await options.server.ask(.post, "restore", SnapshotCommand.message(name, file))
        options.show(answer, ["The state of '\(name ?? file ?? "")' is back."])
    }
}

struct ForkCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "fork", abstract: "Make an independent copy of a running server, on a port of its own.",
        discussion: "Prints the copy's address. Example: export AWS_ENDPOINT_URL=$(drydock fork)")

    @OptionGroup var options: AnswerOptions
    @Flag(help: "List the copies that there are.") var list = false
    @Option(help: ArgumentHelp("End the copy of this name.", valueName: "name")) var end: String?

    func validate() throws {
        if list, end != nil { throw ValidationError("--list and --end exclude each other.") }
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
        commandName: "faults", abstract: "Show, set or take away what goes wrong at a running server on purpose.",
        discussion: "A plan is JSON, as docs/faults.md has it. Example: drydock faults plan.json")

    @OptionGroup var options: AnswerOptions
    @Argument(help: "A plan's file, or - for standard input; without one, the plan that there is.") var file: String?
    @Flag(help: "Take the plan away.") var clear = false

    func validate() throws {
        if clear, file != nil { throw ValidationError("--clear needs no plan.") }
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
                ? ["Nothing goes wrong on purpose."] : faults.map { String(decoding: JSON.write($0), as: UTF8.self) })
    }
}
