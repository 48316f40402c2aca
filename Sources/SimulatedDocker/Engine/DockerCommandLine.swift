import AWSCore
public import OCI

/// Docker's command line for images, carried out by a ``DockerEngine``.
///
/// The output is what the CLI prints without a terminal.
public struct DockerCommandLine: Sendable {
    public let engine: DockerEngine

    public init(_ engine: DockerEngine) { self.engine = engine }

    /// A command's output and exit code.
    public struct Result: Sendable, Hashable {
        public var output: String
        public var errors: String
        public var status: Int32
        /// The pulled or pushed digest.
        public var digest: Digest?

        public init(output: String = "", errors: String = "", status: Int32 = 0, digest: Digest? = nil) {
            self.output = output
            self.errors = errors
            self.status = status
            self.digest = digest
        }
    }

    /// Runs `docker <arguments>`.
    ///
    /// - Parameters:
    ///   - input: the command's standard input, for `login --password-stdin`.
    ///   - report: receives each line of output at once. The result also has all lines.
    public func run(
        _ arguments: [String], input: String = "", report: @escaping @Sendable (String) -> Void = { _ in }
    ) async -> Result {
        let printer = Printer(report)
        do {
            try await dispatch(arguments, input, printer)
        } catch let error as DockerError {
            return Result(output: printer.text, errors: error.description + "\n", status: 1)
        } catch let error as DockerUsageError {
            return Result(output: printer.text, errors: error.description + "\n", status: error.status)
        } catch {
            return Result(output: printer.text, errors: "Error response from daemon: \(error)\n", status: 1)
        }
        return Result(output: printer.text, errors: printer.errors, digest: printer.digest)
    }

    private func dispatch(_ arguments: [String], _ input: String, _ printer: Printer) async throws {
        var words = arguments
        guard let first = words.first else { throw DockerUsageError.unknown("") }
        words.removeFirst()
        var command = first
        if command == "image" {
            guard let second = words.first else { throw DockerUsageError.unknown("image") }
            words.removeFirst()
            command = Self.imageCommands[second] ?? "image \(second)"
        }
        switch command {
        case "login": try await login(DockerOptions("login", words, Self.loginOptions), input, printer)
        case "logout": try logout(DockerOptions("logout", words, [:], 0...1), printer)
        case "pull": try await pull(DockerOptions("pull", words, Self.transferOptions, 1...1), printer)
        case "push": try await push(DockerOptions("push", words, Self.transferOptions, 1...1), printer)
        case "tag":
            let names = try DockerOptions("tag", words, [:], 2...2).operands
            try engine.tag(names[0], names[1])
        case "images": try list(DockerOptions("images", words, Self.listOptions, 0...1), printer)
        case "rmi":
            try remove(DockerOptions("rmi", words, ["-f": false, "--force": false, "--no-prune": false], 1...Int.max), printer)
        case "inspect":
            try inspect(DockerOptions("inspect", words, ["-f": true, "--format": true, "--type": true], 1...Int.max), printer)
        case "history": try history(DockerOptions("history", words, ["--no-trunc": false, "-q": false], 1...1), printer)
        case "save": try await save(DockerOptions("save", words, ["-o": true, "--output": true], 1...Int.max))
        case "load":
            try await load(
                DockerOptions("load", words, ["-i": true, "--input": true, "-q": false, "--quiet": false], 0...0), printer)
        case "prune":
            try prune(
                DockerOptions(
                    "prune", words,
                    [
                        "-a": false, "--all": false, "-f": false, "--force": false, "--filter": true,
                    ], 0...0), printer)
        case "version", "--version", "-v": printer.line("Docker version 28.2.2, build drydock")
        default: throw DockerUsageError.unknown(command)
        }
    }

    private static let imageCommands = [
        "ls": "images", "list": "images", "rm": "rmi", "remove": "rmi", "pull": "pull", "push": "push", "tag": "tag",
        "inspect": "inspect", "history": "history", "prune": "prune", "save": "save", "load": "load",
    ]
    private static let loginOptions = [
        "-u": true, "--username": true, "-p": true, "--password": true, "--password-stdin": false,
    ]
    private static let transferOptions = [
        "-a": false, "--all-tags": false, "-q": false, "--quiet": false, "--platform": true, "--disable-content-trust": false,
    ]
    private static let listOptions = [
        "-a": false, "--all": false, "-q": false, "--quiet": false, "--no-trunc": false, "--digests": false, "--format": true,
        "-f": true, "--filter": true,
    ]

    // MARK: Commands

    private func login(_ options: DockerOptions, _ input: String, _ printer: Printer) async throws {
        guard let name = options["-u", "--username"] else {
            throw DockerError("Error: Cannot perform an interactive login from a non TTY device")
        }
        var password = options["-p", "--password"]
        if options.has("--password-stdin") {
            guard password == nil else { throw DockerError("--password and --password-stdin are mutually exclusive") }
            password =
                input.hasSuffix("\r\n") ? String(input.dropLast(1)) : input.hasSuffix("\n") ? String(input.dropLast()) : input
        } else if password != nil {
            printer.warning("WARNING! Using --password via the CLI is insecure. Use --password-stdin.")
        }
        guard let password else { throw DockerError("Error: Cannot perform an interactive login from a non TTY device") }
        guard !password.isEmpty else { throw DockerError("Error: Password Required") }
        try await engine.login(options.operands.first ?? "", RegistryCredentials(username: name, password: password))
        printer.line("Login Succeeded")
    }

    private func logout(_ options: DockerOptions, _ printer: Printer) throws {
        let server = options.operands.first ?? ""
        let address = DockerEngine.loginKey(server)
        if try engine.logout(server) {
            printer.line("Removing login credentials for \(address)")
        } else {
            printer.line("Not logged in to \(address)")
        }
    }

    private func pull(_ options: DockerOptions, _ printer: Printer) async throws {
        let isQuiet = options.has("-q", "--quiet")
        let report: DockerEngine.Report = { progress in
            if !isQuiet, let line = progress.line { printer.line(line) }
        }
        if options.has("-a", "--all-tags") {
            _ = try await engine.pullAll(options.operands[0], report: report)
        } else {
            let pulled = try await engine.pull(options.operands[0], report: report)
            printer.note(pulled.digest)
            if isQuiet { printer.line(pulled.reference.description) }
        }
    }

    private func push(_ options: DockerOptions, _ printer: Printer) async throws {
        let isQuiet = options.has("-q", "--quiet")
        let report: DockerEngine.Report = { progress in
            if !isQuiet, let line = progress.line { printer.line(line) }
        }
        if options.has("-a", "--all-tags") {
            _ = try await engine.pushAll(options.operands[0], report: report)
        } else {
            let pushed = try await engine.push(options.operands[0], report: report)
            printer.note(pushed.digest)
            if isQuiet { printer.line(pushed.reference.description) }
        }
    }

    private func list(_ options: DockerOptions, _ printer: Printer) throws {
        var filters = ImageFilters()
        for text in options.all("-f", "--filter") { try filters.add(text) }
        let images = try engine.images(options.operands.first, filters)
        let isWhole = options.has("--no-trunc")
        let id = { (digest: Digest) in isWhole ? digest.description : digest.short }
        if options.has("-q", "--quiet") {
            var seen: Set<Digest> = []
            for image in images where seen.insert(image.id).inserted { printer.line(id(image.id)) }
            return
        }
        let now = engine.clock()
        let rows = images.map { image -> [(name: String, value: String)] in
            [
                ("Repository", image.repository), ("Tag", image.tag), ("Digest", image.digest?.description ?? "<none>"),
                ("ID", id(image.id)), ("CreatedSince", HumanUnits.age(now - image.created) + " ago"),
                ("CreatedAt", image.created.iso8601(milliseconds: false)), ("Size", HumanUnits.size(image.size)),
            ]
        }
        if let format = options["--format"], format != "table" {
            for row in rows { printer.line(Self.render(format, row)) }
            return
        }
        var columns = [("Repository", "REPOSITORY"), ("Tag", "TAG")]
        if options.has("--digests") { columns.append(("Digest", "DIGEST")) }
        columns += [("ID", "IMAGE ID"), ("CreatedSince", "CREATED"), ("Size", "SIZE")]
        let cells = rows.map { row in columns.map { column in row.first { $0.name == column.0 }?.value ?? "" } }
        for line in HumanUnits.table([columns.map(\.1)] + cells) { printer.line(line) }
    }

    /// Replaces `{{.Field}}` by values; `json` returns an object.
    private static func render(_ format: String, _ row: [(name: String, value: String)]) -> String {
        if format == "json" || format == "{{json .}}" {
            return String(decoding: JSON.write(.object(row.map { .init($0.name, .string($0.value)) })), as: UTF8.self)
        }
        var text = format
        for (name, value) in row { text = text.replacing("{{.\(name)}}", with: value) }
        return text.replacing("\\t", with: "\t")
    }

    private func remove(_ options: DockerOptions, _ printer: Printer) throws {
        var failures: [String] = []
        for name in options.operands {
            do {
                for removal in try engine.remove(name, force: options.has("-f", "--force")) {
                    printer.line(removal.description)
                }
            } catch let error as DockerError { failures.append(error.description) }
        }
        guard failures.isEmpty else { throw DockerError(failures.joined(separator: "\n")) }
    }

    private func inspect(_ options: DockerOptions, _ printer: Printer) throws {
        let nodes = try options.operands.map { try engine.inspect($0) }
        guard let format = options["-f", "--format"], format != "json" else {
            printer.line(String(decoding: JSON.write(.list(nodes), pretty: true), as: UTF8.self))
            return
        }
        for node in nodes {
            let fields = (node.fields ?? []).map { field -> (name: String, value: String) in
                (field.name, field.value.string ?? String(decoding: JSON.write(field.value), as: UTF8.self))
            }
            printer.line(Self.render(format.replacing("{{json .", with: "{{."), fields))
        }
    }

    private func history(_ options: DockerOptions, _ printer: Printer) throws {
        let now = engine.clock()
        let isWhole = options.has("--no-trunc")
        let steps = try engine.history(options.operands[0])
        if options.has("-q") {
            for step in steps { printer.line(step.id.map { isWhole ? $0.description : $0.short } ?? "<missing>") }
            return
        }
        let rows = steps.map { step -> [String] in
            let by = isWhole || step.createdBy.count <= 45 ? step.createdBy : step.createdBy.prefix(44) + "…"
            return [
                step.id.map { isWhole ? $0.description : $0.short } ?? "<missing>", HumanUnits.age(now - step.created) + " ago",
                by, HumanUnits.size(step.size), step.comment,
            ]
        }
        for line in HumanUnits.table([["IMAGE", "CREATED", "CREATED BY", "SIZE", "COMMENT"]] + rows) { printer.line(line) }
    }

    private func prune(_ options: DockerOptions, _ printer: Printer) throws {
        var filters = ImageFilters()
        for text in options.all("--filter") { try filters.add(text) }
        if options.has("-a", "--all") { try filters.add("dangling=false") }
        let (removals, reclaimed) = try engine.prune(filters)
        if !removals.isEmpty {
            printer.line("Deleted Images:")
            for removal in removals {
                switch removal {
                case .untagged(let name): printer.line("untagged: \(name)")
                case .deleted(let digest): printer.line("deleted: \(digest)")
                }
            }
            printer.line("")
        }
        printer.line("Total reclaimed space: \(HumanUnits.size(reclaimed))")
    }

    private func save(_ options: DockerOptions) async throws {
        guard let path = options["-o", "--output"] else {
            throw DockerError("cowardly refusing to save to a terminal. Use the -o flag or redirect")
        }
        try await engine.save(options.operands, to: path)
    }

    private func load(_ options: DockerOptions, _ printer: Printer) async throws {
        guard let path = options["-i", "--input"] else {
            throw DockerError("requested load from stdin, but stdin is empty")
        }
        guard let archive = HTTPBody.file(at: path) else { throw DockerError("open \(path): no such file or directory") }
        try await engine.load(archive) { if let line = $0.line { printer.line(line) } }
    }
}
