import DrydockTesting
import Foundation
import Glibc
import Synchronization
import Testing

@testable import Guests

/// A server with guests, in its own process and folder.
struct GuestServer: Sendable {
    private let process: Running
    private let command: [String]
    private let environment: [String: String]
    let folder: String
    /// Its ready line.
    let line: String
    let url: String
    /// Whether it may bind port 22.
    let hasPort22: Bool

    static let program: String? = {
        let path = Bundle.main.executableURL?.deletingLastPathComponent().appendingPathComponent("drydock").path ?? ""
        return [path, FileManager.default.currentDirectoryPath + "/.build/debug/drydock"].first { access($0, X_OK) == 0 }
    }()

    static let hasBoto3 = !Machine.output(["/usr/bin/env", "python3", "-c", "import boto3; print(1)"]).isEmpty

    /// A user id that owns nothing.
    static let nobody = 65534

    static let canBeAnother: Bool = {
        guard getuid() == 0, let setpriv = Machine.find("setpriv"), let program else { return false }
        return Machine.output([setpriv, "--reuid", "\(nobody)", "--clear-groups", program, "--help"]).contains("serve")
    }()

    static func with(
        user: Int? = nil, keepsState: Bool = false, options: [String] = [], environment: [String: String] = [:],
        _ body: (GuestServer) async throws -> Void
    ) async throws {
        let folder = "/tmp/dgs-\(UInt32.random(in: 0...UInt32.max))"
        try FileManager.default.createDirectory(atPath: folder + "/tmp", withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        var command =
            [
                try #require(program), "serve", "--guests", "--port", "0", "--account", "001727357081", "--seed",
                "\(UInt32.random(in: 1...UInt32.max))", "--certificates", folder + "/certificates",
            ] + options
        if keepsState { command += ["--state", folder + "/state"] }
        if let user {
            for path in [folder, folder + "/tmp"] { chown(path, uid_t(user), gid_t(user)) }
            let setpriv = try #require(Machine.find("setpriv"))
            command = [setpriv, "--reuid", "\(user)", "--regid", "\(user)", "--clear-groups"] + command
        }
        let server = try await start(command, environment, folder: folder, hasPort22: user == nil && GuestHost.mayBind22)
        let result: Result<Void, any Error>
        do { result = .success(try await body(server)) } catch { result = .failure(error) }
        await server.end(SIGTERM)
        try result.get()
    }

    /// Starts the same server again. The caller must have ended it first.
    func again() async throws -> GuestServer {
        try await Self.start(command, environment, folder: folder, hasPort22: hasPort22)
    }

    private static func start(_ command: [String], _ environment: [String: String], folder: String, hasPort22: Bool)
        async throws -> GuestServer
    {
        var variables = ProcessInfo.processInfo.environment
        variables["TMPDIR"] = folder + "/tmp"
        variables.merge(environment) { _, new in new }
        let output = try ChildProcess.pipe(), log = open(folder + "/log", O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o666)
        let child = try ChildProcess(command, environment: variables, descriptors: [-1, output.write, log])
        for end in [output.write, log] { close(end) }
        // Reading blocks, so it runs on its own thread.
        let line = await withCheckedContinuation { continuation in
            Thread {
                continuation.resume(returning: Sandbox.read(output.read, until: "\n"))
                close(output.read)
            }.start()
        }
        let process = Running(child)
        guard let url = line.split(separator: " ").first(where: { $0.hasPrefix("http://") }) else {
            await process.end(SIGTERM)
            let log = FileManager.default.contents(atPath: folder + "/log").map { String(decoding: $0, as: UTF8.self) } ?? ""
            throw GuestFailure("drydock serve --guests did not start: \(line)\(log)")
        }
        return GuestServer(
            process: process, command: command, environment: environment, folder: folder, line: line, url: String(url),
            hasPort22: hasPort22)
    }

    /// A child process that is waited for once. After its end it gets no signal.
    final class Running: Sendable {
        private let child: ChildProcess
        private let isOver = Mutex(false)
        private let wait: Task<Void, Never>

        init(_ child: ChildProcess) {
            self.child = child
            wait = Task { _ = await child.wait() }
        }

        func end(_ signal: Int32) async {
            let isFirst = isOver.withLock { isOver in
                defer { isOver = true }
                return !isOver
            }
            if isFirst { child.kill(signal) }
            await wait.value
        }
    }

    func end(_ signal: Int32) async { await process.end(signal) }

    // MARK: Clients

    /// Runs a program with the environment variables for this server.
    func run(_ program: String, _ arguments: [String]) async throws -> Person.Answer {
        var variables = ["AWS_ENDPOINT_URL": url, "AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"]
        variables["AWS_DEFAULT_REGION"] = "us-east-1"
        variables["AWS_PAGER"] = ""
        variables["DRYDOCK_BINDS_22"] = hasPort22 ? "1" : "0"
        return try await Person.run(program, arguments, environment: variables)
    }

    /// Calls the AWS CLI with these words. Returns its output and expects success.
    func aws(_ words: String, _ more: String...) async throws -> String {
        let answer = try await run("aws", words.split(separator: " ").map(String.init) + more)
        #expect(answer.status == 0, "aws \(words): \(answer.output)")
        return answer.output
    }

    func drydock(_ command: String) async throws -> String {
        try await run(try #require(Self.program), [command, "--endpoint", url]).output
    }

    /// Launches an instance that accepts logins.
    func launch(userData: String? = nil, image: String = "ami-0c7217cdde317cfec") async throws -> Person {
        let keyFile = folder + "/key.pem"
        let key = try await aws("ec2 create-key-pair --key-name key --query KeyMaterial --output text")
        try Data(key.utf8).write(to: URL(fileURLWithPath: keyFile))
        chmod(keyFile, 0o600)
        _ = try await aws("ec2 authorize-security-group-ingress --group-name default --protocol tcp --port 22 --cidr 0.0.0.0/0")
        let run = "ec2 run-instances --image-id \(image) --instance-type t2.micro --key-name key"
        let id = try await aws(run + " --query Instances[0].InstanceId --output text", "--user-data", userData ?? "")
            .trimmingCharacters(in: .whitespacesAndNewlines)
        var address = "", port = UInt16(0)
        try await PlayedInstances.until {
            let config = (try? await drydock("ssh-config").split(separator: "\n").map { $0.split(separator: " ") }) ?? []
            address = config.first { $0.first == "HostName" }.flatMap(\.last).map(String.init) ?? ""
            port = config.first { $0.first == "Port" }.flatMap(\.last).flatMap { UInt16($0) } ?? 22
            return !address.isEmpty
        }
        return Person(id: id, address: address, port: port, keyFile: keyFile)
    }

    // MARK: Leftovers

    /// The number of the machine's processes with these words in their command line.
    static func processes(with words: String) -> Int {
        ((try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []).filter { name in
            guard name.first?.isNumber == true, let line = FileManager.default.contents(atPath: "/proc/\(name)/cmdline") else {
                return false
            }
            return String(decoding: line, as: UTF8.self).contains(words)
        }.count
    }

    static var mounts: Int {
        FileManager.default.contents(atPath: "/proc/self/mountinfo").map { $0.filter { $0 == 10 }.count } ?? 0
    }

    /// Files that the server left in its temporary folder.
    func leftFiles() throws -> [String] { try FileManager.default.contentsOfDirectory(atPath: folder + "/tmp") }
}
