import AWSCore
import Foundation

// Steps that run in an instance, through this machine's ssh and scp.

extension ScenarioRun {
    /// Returns the host whose instance has no value, so that the step cannot log in.
    func absentHost(_ step: Step) -> String? {
        let name: String? =
            switch step.action {
            case .remote(let line): line.host
            case .transfer(let transfer): transfer.host
            case .docker(let line): target.abilities.contains(.guests) ? line.host : nil
            default: nil
            }
        guard let name, let host = scenario.hosts[name] else { return nil }
        return (try? host.instance.text(variables)) == nil ? name : nil
    }

    func perform(_ step: RemoteLine, at position: FilePosition) async throws {
        let line = try step.line.text(variables), input = try step.input?.text(variables)
        let answer = try await withShell(step.host, at: position) {
            try await $0.run(line, input: input, patience: step.patience)
        }
        try check(answer, "the command", step.rules, at: position)
    }

    /// Runs a docker command line with the instance's docker.
    func perform(_ step: DockerLine, on host: String, at position: FilePosition) async throws {
        let line = try step.line.text(variables), input = try step.input?.text(variables)
        let answer = try await withShell(host, at: position) { shell in
            var answer = try await shell.run(line, input: input, patience: .seconds(60))
            answer.digest = answer.toldDigest
            if let words = try? ShellLine(line).commands.last, words.count > 1,
                words[1] == "images" || words.dropFirst().starts(with: ["image", "ls"])
            {
                let list = try await shell.run(
                    words.map(GuestShell.quoted).joined(separator: " ") + " --no-trunc --digests --format '{{json .}}'",
                    patience: .seconds(60))
                answer.images = list.lines.compactMap(Self.image)
            }
            return answer
        }
        try check(answer, "docker", step.rules, at: position)
    }

    /// Reads a line of `docker images --format '{{json .}}'`.
    private static func image(_ line: String) -> Node? {
        guard let told = try? JSON.parse(line) else { return nil }
        func field(_ name: String) -> Node { .string(told[name]?.string ?? "") }
        var fields: [Node.Field] = [
            .init("repository", field("Repository")), .init("tag", field("Tag")), .init("id", field("ID")),
        ]
        if let digest = told["Digest"]?.string, digest.hasPrefix("sha256:") { fields.append(.init("digest", .string(digest))) }
        return .object(fields)
    }

    func perform(_ transfer: Transfer, at position: FilePosition) async throws {
        let target = try transfer.target.text(variables)
        let answer = try await withShell(transfer.host, at: position) { shell -> (DockerAnswer, Bool) in
            if transfer.isOnlyIfAbsent {
                let look = try await shell.run("test -e \(GuestShell.quoted(target))", patience: .seconds(60))
                if look.exit == 0 { return (look, false) }
                guard look.exit == 1 else { return (look, false) }
            }
            return (try await copy(transfer.source, to: target, shell), true)
        }
        guard answer.0.exit == 0 || transfer.rules.expectations.contains(where: { $0.path.root == "exit" }) else {
            var failure = StepFailure("the transfer ended with exit code \(answer.0.exit)", position: position)
            failure.output = answer.0.lines
            throw failure
        }
        let fields = (answer.0.node.fields ?? []) + [.init("copied", .bool(answer.1 && answer.0.exit == 0))]
        try check(.object(fields), transfer.rules, output: answer.0.lines)
    }

    private func copy(_ source: Transfer.Source, to target: String, _ shell: GuestShell) async throws -> DockerAnswer {
        switch source {
        case .path(let template): return try await shell.copy(try template.text(variables), to: target)
        case .files(let files):
            // scp keeps the folder's name, so give the local folder the target's name.
            return try await Self.withFolder { folder in
                let source = folder + "/" + (target as NSString).lastPathComponent
                try FileManager.default.createDirectory(atPath: source, withIntermediateDirectories: false)
                for (name, content) in files {
                    try Self.write(try content.text(variables), to: "\(source)/\(name)")
                }
                return try await shell.copy(source, to: (target as NSString).deletingLastPathComponent + "/")
            }
        }
    }

    // MARK: The machine's files

    func perform(_ file: LocalFile, at position: FilePosition) throws {
        let path = (try file.path.text(variables) as NSString).expandingTildeInPath
        do {
            guard let content = try file.content?.text(variables) else {
                if FileManager.default.fileExists(atPath: path) { try FileManager.default.removeItem(atPath: path) }
                return
            }
            if let there = FileManager.default.contents(atPath: path) {
                if there == Data(content.utf8) { return }
                throw StepFailure("'\(path)' exists with other content; it was not changed", position: position)
            }
            try Self.write(content, to: path)
        } catch let failure as StepFailure {
            throw failure
        } catch let error as UnknownVariable {
            throw error
        } catch { throw StepFailure("'\(path)' cannot be written: \(error.localizedDescription)", position: position) }
    }

    /// Creates the file with access for its owner only.
    private static func write(_ text: String, to path: String) throws {
        guard
            FileManager.default.createFile(
                atPath: path, contents: Data(text.utf8), attributes: [.posixPermissions: 0o600])
        else { throw CocoaError(.fileWriteUnknown, userInfo: [NSFilePathErrorKey: path]) }
    }

    private static func withFolder<T>(_ body: (String) async throws -> T) async throws -> T {
        let folder = FileManager.default.temporaryDirectory.path + "/drydock-\(UUID().uuidString)"
        try FileManager.default.createDirectory(
            atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        defer { try? FileManager.default.removeItem(atPath: folder) }
        return try await body(folder)
    }

    // MARK: Login

    private func withShell<T>(_ name: String, at position: FilePosition, _ body: (GuestShell) async throws -> T) async throws
        -> T
    {
        guard let host = scenario.hosts[name] else { throw StepFailure("there is no host '\(name)'", position: position) }
        let instance = try host.instance.text(variables), key = try host.key.text(variables)
        let user = try host.user?.text(variables)
        let (address, port, known) = try await self.position(of: instance)
        guard let user = user ?? known else {
            throw StepFailure(
                "\(target.name) does not report who logs in to \(instance); name the host's 'user'", position: position)
        }
        func shell(_ file: String) -> GuestShell { GuestShell(address: address, port: port, user: user, keyFile: file) }
        if key.hasPrefix("-----BEGIN ") {
            return try await Self.withFolder { folder in
                try Self.write(key.hasSuffix("\n") ? key : key + "\n", to: folder + "/key.pem")
                return try await body(shell(folder + "/key.pem"))
            }
        }
        let file = (key as NSString).expandingTildeInPath
        guard FileManager.default.fileExists(atPath: file) else {
            throw StepFailure("there is no private key '\(file)' to log in to \(instance) with", position: position)
        }
        return try await body(shell(file))
    }

    /// Returns the instance's address, SSH port and user.
    private func position(of instance: String) async throws -> (address: String, port: Int, user: String?) {
        let client = try client(Caller())
        let result = try await ServiceCatalogue.shared.operation("ec2.DescribeInstances")(
            client, .object([.init("InstanceIds", .list([.string(instance)]))]))
        let found = result["Reservations"]?.elements?.first?["Instances"]?.elements?.first
        guard let address = found?["PublicIpAddress"]?.string, !address.isEmpty else {
            throw StepFailure("\(instance) has no public address to log in to")
        }
        // A guest starts shortly after its instance is running.
        let end = ContinuousClock.now + .seconds(30)
        while let list = try await target.guests?() {
            let guest = list.elements?.first { $0["instance"]?.string == instance }
            if let guest, guest["up"] == .bool(true), case .integer(let port)? = guest["port"] {
                return (address, Int(port), guest["user"]?.string)
            }
            guard ContinuousClock.now < end, found?["State"]?["Name"]?.string == "running" else {
                let problem = guest?["problem"]?.string.map { ": \($0)" } ?? ""
                throw StepFailure("no guest runs the instance \(instance)\(problem)")
            }
            try await Task.sleep(for: .milliseconds(20))
        }
        return (address, 22, nil)
    }
}
