import CGuest
import Foundation

/// The programs of this machine that guests need, and those that guests may use.
struct Machine: Sendable {
    let bubblewrap, nsenter, unshare, setpriv, prlimit, sshd: String
    /// Programs that guests may use, by name; nil if not installed.
    let docker: String?
    let aws: CommandLineInterface?
    /// How guest users map to users of this machine.
    let users: GuestUsers
    /// The control groups that limit each guest; nil if the kernel doesn't let Drydock create them.
    let groups: ControlGroups?

    /// The AWS CLI: its command, and the folders that it needs besides `/usr`.
    struct CommandLineInterface: Sendable {
        let command: String
        let folders: [String]
    }

    /// - Throws: ``GuestFailure`` that lists everything that is missing and how to install it.
    init() throws {
        var missing: [String] = []
        func find(_ name: String, package: String) -> String {
            if let path = Self.find(name) { return path }
            if !missing.contains(package) { missing.append(package) }
            return ""
        }
        bubblewrap = find("bwrap", package: "bubblewrap")
        sshd = find("sshd", package: "openssh-server")
        nsenter = find("nsenter", package: "util-linux")
        unshare = find("unshare", package: "util-linux")
        setpriv = find("setpriv", package: "util-linux")
        prlimit = find("prlimit", package: "util-linux")
        // Checked at its fixed path: guests see only `/usr`.
        if access("/usr/bin/python3", X_OK) != 0 { missing.append("python3") }
        docker = Self.find("docker").map(Self.resolved)
        aws = Self.findCommandLineInterface()
        users = GuestUsers.found()
        groups = ControlGroups.own
        guard missing.isEmpty else {
            throw GuestFailure(
                "guests need programs that are not installed. Install them with: sudo apt-get install \(missing.joined(separator: " "))"
            )
        }
        try checkNamespaces()
    }

    /// Checks that namespaces work. Some machines allow them only to root, some containers not at all.
    private func checkNamespaces() throws {
        let identity = "\(GuestUsers.first)"
        let become = users == .own ? [setpriv, "--reuid", identity, "--regid", identity, "--clear-groups"] : []
        let (status, words) = Self.run(
            become + [
                bubblewrap, "--unshare-user", "--unshare-all", "--uid", "0", "--gid", "0", "--ro-bind", "/", "/", "--proc",
                "/proc", "/bin/true",
            ])
        guard status != 0 else { return }
        let settings = [
            ("user/max_user_namespaces", "0", "user.max_user_namespaces=15000"),
            ("kernel/unprivileged_userns_clone", "0", "kernel.unprivileged_userns_clone=1"),
            ("kernel/apparmor_restrict_unprivileged_userns", "1", "kernel.apparmor_restrict_unprivileged_userns=0"),
        ]
        let setting = settings.first { name, value, _ in
            FileManager.default.contents(atPath: "/proc/sys/" + name).map { String(decoding: $0, as: UTF8.self) }
                == value + "\n"
        }
        let advice =
            setting.map { "Allow them with: sudo sysctl \($0.2)" }
            ?? "In a container, allow them, for example with docker run --privileged"
        let told = words.split(separator: "\n").first.map(String.init) ?? "exit code \(status)"
        throw GuestFailure(
            "guests need user namespaces, which this machine does not allow Drydock to create (\(told)). \(advice)")
    }

    static func find(_ name: String) -> String? { findAll(name).first }

    /// Returns every match, in the order of `PATH`.
    private static func findAll(_ name: String) -> [String] {
        let path = ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin"
        return (path.split(separator: ":").map(String.init) + ["/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin"])
            .map { $0 + "/" + name }.filter { access($0, X_OK) == 0 }
    }

    private static func resolved(_ path: String) -> String { URL(fileURLWithPath: path).resolvingSymlinksInPath().path }

    /// Version 2 has its own folder; version 1 is a Python module.
    private static func findCommandLineInterface() -> CommandLineInterface? {
        if let path = find("aws").map(resolved), let range = path.range(of: "/aws-cli/") {
            return CommandLineInterface(command: path, folders: [String(path[..<range.upperBound].dropLast())])
        }
        // The first Python may be a virtual environment without the module.
        var tried: Set<String> = []
        for python in ["python3", "python"].flatMap(findAll) where tried.insert(python).inserted {
            let answer = output([
                python, "-c", "import awscli, sys; print(sys.executable); print(sys.prefix); print(sys.base_prefix)",
            ])
            let lines = answer.split(separator: "\n").map(String.init)
            guard lines.count == 3 else { continue }
            let folders = Set(lines[1...]).filter { !$0.hasPrefix("/usr") || $0.hasPrefix("/usr/local") }
            return CommandLineInterface(command: "\(lines[0]) -m awscli", folders: folders.sorted())
        }
        return nil
    }

    static func output(_ arguments: [String]) -> String { run(arguments, errors: false).output }

    /// Runs a program and waits for its end. With `errors`, the output includes standard error; otherwise standard error is
    /// dropped.
    static func run(_ arguments: [String], errors: Bool = true) -> (status: Int32, output: String) {
        guard let pipe = try? ChildProcess.pipe() else { return (-1, "") }
        let environment = ProcessInfo.processInfo.environment
        let child = try? ChildProcess(
            arguments, environment: environment, descriptors: [-1, pipe.write, errors ? pipe.write : -1])
        close(pipe.write)
        let data = FileHandle(fileDescriptor: pipe.read, closeOnDealloc: true).readDataToEndOfFile()
        return (child.map { cguest_wait($0.pid) } ?? -1, String(decoding: data, as: UTF8.self))
    }
}
