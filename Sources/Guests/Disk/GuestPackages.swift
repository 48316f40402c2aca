import AWSCore
import Foundation
import Glibc
import HTTPTypes
import SimulatorCore
import Synchronization

/// Fetches packages for one guest through this machine's package manager and its sources (`serve --guest-packages online`).
/// Nothing is installed on this machine: the files are unpacked in the guest alone.
///
/// A guest's root names packages with `PUT /drydock/packages/NAME/NAME` and gets the names of files, which it then reads with
/// `GET /drydock/packages/FILE`.
final class GuestPackages: Sendable {
    private let folder: String
    private let isBusy = Mutex(false)
    /// Whether the guest's rules and routes let it reach a host now.
    private let mayReach: @Sendable (_ host: String, _ port: Int) -> Bool

    static let prefix = "/drydock/packages/"
    /// The most bytes that one request may fetch.
    static let most: Int64 = 1 << 30
    private static let mostNames = 200

    /// - Parameter folder: where the files are kept until the next request.
    init(folder: String, mayReach: @escaping @Sendable (_ host: String, _ port: Int) -> Bool) {
        self.folder = folder
        self.mayReach = mayReach
    }

    func respond(to request: HTTPRequest, _ system: GuestSystem) async -> HTTPReply {
        let path = request.pathOnly.dropFirst(Self.prefix.count)
        if request.method == .get { return file(String(path)) }
        guard request.method == .put else { return HTTPReply(HTTPResponse(status: .methodNotAllowed)) }
        let names = path.split(separator: "/").map(String.init)
        guard !names.isEmpty, names.count <= Self.mostNames, names.allSatisfy(Self.isName) else {
            return Self.answer(.notFound, "unknown", .list(names.map { .string($0) }))
        }
        let isFirst = isBusy.withLock { isBusy in
            defer { isBusy = true }
            return !isBusy
        }
        guard isFirst else {
            return Self.problem("E: Could not get lock /var/lib/dpkg/lock-frontend. It is held by another process.")
        }
        defer { isBusy.withLock { $0 = false } }
        switch await onThread({ self.fetch(names, isAmazon: system.family == .amazonLinux) }) {
        case .files(let files): return Self.answer(.ok, "files", .list(files.map { .string($0) }))
        case .unknown(let names): return Self.answer(.notFound, "unknown", .list(names.map { .string($0) }))
        case .problem(let words): return Self.problem(words)
        }
    }

    /// Whether a text can be a package's name, and no option.
    static func isName(_ text: String) -> Bool {
        guard let first = text.utf8.first, text.utf8.count <= 200 else { return false }
        func isWord(_ byte: UInt8) -> Bool { (97...122).contains(byte | 32) || (48...57).contains(byte) }
        return isWord(first) && text.utf8.allSatisfy { isWord($0) || [43, 45, 46, 95].contains($0) }
    }

    private static func answer(_ status: HTTPResponse.Status, _ name: String, _ value: Node) -> HTTPReply {
        HTTPReply(HTTPResponse(status: status), .bytes(Bytes(JSON.write(.object([.init(name, value)])))))
    }

    private static func problem(_ words: String) -> HTTPReply { answer(.badGateway, "problem", .string(words)) }

    private func file(_ name: String) -> HTTPReply {
        let path = folder + "/" + name
        var state = stat()
        guard !name.hasPrefix("."), !name.contains("/"), lstat(path, &state) == 0, state.st_mode & S_IFMT == S_IFREG else {
            return HTTPReply(HTTPResponse(status: .notFound))
        }
        return HTTPReply(HTTPResponse(status: .ok), .file(path: path, offset: 0, length: Int(state.st_size)))
    }

    // MARK: The machine's package manager

    enum Outcome: Equatable {
        case files([String])
        case unknown([String])
        case problem(String)
    }

    private func fetch(_ names: [String], isAmazon: Bool) -> Outcome {
        let name = isAmazon ? "dnf" : "apt-get"
        let host = isAmazon ? "cdn.amazonlinux.com" : "archive.ubuntu.com", port = isAmazon ? 443 : 80
        guard let program = Machine.find(name) else {
            let remedy =
                isAmazon
                ? "Install 'dnf' and its plugin 'download' there (Debian and Ubuntu: apt-get install dnf dnf-plugins-core) and add package sources to /etc/yum.repos.d"
                : "Online packages for Ubuntu and Debian guests need a host machine with apt"
            return .problem(Self.cannotFetch(names, "the host machine has no '\(name)'. \(remedy)"))
        }
        guard mayReach(host, port) else {
            return .problem(
                isAmazon
                    ? "Error: Failed to download metadata for repo 'amazonlinux': Connection timed out (\(host):\(port))"
                    : "E: Failed to fetch http://\(host)/ubuntu/  Could not connect to \(host):\(port), connection timed out")
        }
        try? FileManager.default.removeItem(atPath: folder)
        do {
            try FileManager.default.createDirectory(
                atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        } catch { return .problem("E: \(error)") }
        let failure = isAmazon ? byDnf(program, names) : byApt(program, names)
        if let failure { return failure }
        let ending = isAmazon ? ".rpm" : ".deb"
        let files = ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).filter { $0.hasSuffix(ending) }
            .sorted()
        return files.isEmpty ? .unknown(names) : .files(files)
    }

    /// Downloads what the packages need besides what this machine has, because the guest sees the machine's programs.
    private func byApt(_ program: String, _ names: [String]) -> Outcome? {
        let plan = run(
            [
                program, "-o", "Debug::NoLocking=true", "--print-uris", "--yes", "--reinstall", "install", "--",
            ] + names)
        guard plan.status == 0 else { return Self.refusal(plan.output, names) }
        let wanted = Self.downloads(plan.output)
        guard wanted.reduce(0, { $0 + $1.size }) <= Self.most else {
            return .problem("E: You don't have enough free space in /var/cache/apt/archives/.")
        }
        if wanted.isEmpty { return .unknown(names) }
        let fetched = run([program, "--quiet", "download", "--"] + wanted.map(\.package))
        return fetched.status == 0 ? nil : .problem(Self.errors(fetched.output))
    }

    private func byDnf(_ program: String, _ names: [String]) -> Outcome? {
        // The plugin 'local' adds a source of its own, which is empty.
        let dnf = [program, "--assumeyes", "--disableplugin=local"]
        let fetched = run(dnf + ["download", "--resolve", "--destdir", folder] + names)
        guard fetched.status != 0 else {
            removeBase(except: names)
            return nil
        }
        if let problem = Self.dnfProblem(fetched.output, names) { return .problem(problem) }
        let unknown = fetched.output.matches(of: /(?:No match for argument: |No package )(\S+)/).map { String($0.1) }
        let known = names.filter(unknown.contains)
        if known.isEmpty { return .problem(fetched.output.trimmingCharacters(in: .whitespacesAndNewlines)) }
        // Without sources, dnf takes every package for unknown.
        let hasSources = run(dnf + ["--quiet", "repolist"]).output.contains("repo id")
        return hasSources ? .unknown(known) : .problem(Self.withoutSources(names))
    }

    /// Removes packages of the base system. A machine without a database of RPM packages fetches them, too, but the guest has the
    /// machine's, and a second C library would break it.
    private func removeBase(except names: [String]) {
        for file in (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? [] {
            let name = Self.packageName(file)
            if Self.isBase(name), !names.contains(name) { unlink(folder + "/" + file) }
        }
    }

    /// Returns the name in `NAME-VERSION-RELEASE.ARCHITECTURE.rpm`.
    static func packageName(_ file: String) -> String {
        file.split(separator: "-", omittingEmptySubsequences: false).dropLast(2).joined(separator: "-")
    }

    static func isBase(_ name: String) -> Bool {
        let base = ["basesystem", "bash", "filesystem", "libgcc", "libstdc++", "setup", "system-release", "tzdata"]
        return base.contains(name)
            || ["coreutils", "glibc", "ncurses", "systemd", "util-linux"].contains { name == $0 || name.hasPrefix($0 + "-") }
    }

    /// Explains dnf's errors that concern the machine: dnf doesn't say which machine lacks something.
    static func dnfProblem(_ output: String, _ names: [String]) -> String? {
        if output.contains("No such command: download") {
            return cannotFetch(
                names,
                "the host machine's dnf has no plugin 'download'. Install it there (Debian and Ubuntu: apt-get install dnf-plugins-core)"
            )
        }
        if output.contains("no enabled repositories") { return withoutSources(names) }
        let failures = output.matches(of: /Failed to download metadata for repo .*/).map { String($0.0) }
        guard !failures.isEmpty else { return nil }
        return cannotFetch(names, "the host machine's dnf reports:\n" + failures.joined(separator: "\n"))
    }

    private static func withoutSources(_ names: [String]) -> String {
        cannotFetch(names, "the host machine's dnf has no package sources. Add them to /etc/yum.repos.d there")
    }

    private static func cannotFetch(_ names: [String], _ reason: String) -> String {
        "drydock: cannot fetch \(names.joined(separator: ", ")): \(reason)"
    }

    /// Runs a program in the folder, for 30 minutes at most.
    private func run(_ command: [String]) -> (status: Int32, output: String) {
        Machine.run(
            [
                "/bin/sh", "-c", "cd \"$1\" && shift && LC_ALL=C DEBIAN_FRONTEND=noninteractive exec timeout 1800 \"$@\"", "sh",
                folder,
            ] + command)
    }

    /// Reads apt's list of downloads: `'URL' NAME_VERSION_ARCHITECTURE.deb SIZE HASH`.
    static func downloads(_ plan: String) -> [(package: String, size: Int64)] {
        plan.split(separator: "\n").compactMap { line in
            let words = line.split(separator: " ")
            guard line.hasPrefix("'"), words.count >= 3, let size = Int64(words[2]) else { return nil }
            let parts = words[1].split(separator: "_", maxSplits: 2)
            guard parts.count == 3, isName(String(parts[0])), let version = String(parts[1]).removingPercentEncoding else {
                return nil
            }
            let architecture = parts[2].prefix { $0 != "." }
            let name = architecture == "all" ? String(parts[0]) : "\(parts[0]):\(architecture)"
            return ("\(name)=\(version)", size)
        }
    }

    /// Reads why apt finds no way to install the packages.
    static func refusal(_ output: String, _ names: [String]) -> Outcome {
        let unknown = output.matches(
            of: /E: (?:Unable to locate package |Package '|Couldn't find any package by glob ')([^\s']+)/
        ).map { String($0.1) }
        let known = names.filter(unknown.contains)
        return known.isEmpty ? .problem(errors(output)) : .unknown(known)
    }

    private static func errors(_ output: String) -> String {
        let lines = output.split(separator: "\n").filter { $0.hasPrefix("E: ") }
        return lines.isEmpty ? output.trimmingCharacters(in: .whitespacesAndNewlines) : lines.joined(separator: "\n")
    }
}
