import AWSCore
import Yams

/// `#cloud-config` as the scripts that it amounts to. Modules that a guest has nothing for (disks, time zones, package
/// sources) are passed over, as cloud-init passes over what it does not know.
/// https://cloudinit.readthedocs.io/en/latest/reference/modules.html
struct CloudConfig {
    /// Run once: files, names, users, keys and packages.
    private(set) var setup = ""
    /// `bootcmd`: run at each boot.
    private(set) var bootCommands = ""
    /// `runcmd`: run once, behind everything else.
    private(set) var runCommands = ""

    /// Set before anything runs, since nobody within a guest may set it.
    private(set) var hostName: String?

    /// `cloud_final_modules: [[scripts-user, always]]`
    private(set) var runsScriptsAlways = false

    init(_ text: String) {
        let root: Yams.Node.Mapping
        do {
            guard let node = try Yams.compose(yaml: text) else { return }
            guard let mapping = node.mapping else {
                setup = Self.failure("Invalid cloud-config provided: a mapping was expected")
                return
            }
            root = mapping
        } catch {
            setup = Self.failure("Failed loading yaml blob. Invalid format: \(error)")
            return
        }
        runsScriptsAlways = (root["cloud_final_modules"]?.sequence ?? []).contains {
            Self.texts($0).map { $0.replacing("_", with: "-") } == ["scripts-user", "always"]
        }
        let boot = Self.commands(root["bootcmd"])
        if !boot.isEmpty { bootCommands = "#!/bin/sh\n" + boot }
        let files = root["write_files"]?.sequence.map(Array.init) ?? []
        for file in files where file["defer"]?.bool != true { setup += Self.module("write-files", Self.write(file)) }
        if root["preserve_hostname"]?.bool != true, let name = root["hostname"]?.string ?? root["fqdn"]?.string {
            let short = String(name.prefix { $0 != "." })
            if Self.isHostName(short) { hostName = short } else { setup += Self.failure("'\(name)' is no host name") }
            setup += Self.hosts(root, name: name, short: short)
        }
        for user in root["users"]?.sequence ?? [] { setup += Self.module("users-groups", Self.user(user)) }
        for key in Self.texts(root["ssh_authorized_keys"]) { setup += Self.module("ssh", Self.authorize(key, nil)) }
        setup += Self.packages(root)
        for file in files where file["defer"]?.bool == true {
            setup += Self.module("write-files-deferred", Self.write(file))
        }
        let run = Self.commands(root["runcmd"])
        if !run.isEmpty { runCommands = "#!/bin/sh\n" + run }
    }

    // MARK: Modules

    /// One that fails does not keep the others from running.
    private static func module(_ name: String, _ lines: String) -> String {
        let warning = "cc_\(name.replacing("-", with: "_")).py[WARNING]: Failed to run module \(name)"
        return "( set -e\n\(lines)) || { failed=1; echo \(quoted(warning)); }\n"
    }

    private static func failure(_ message: String) -> String { "echo \(quoted(message))\nfailed=1\n" }

    private static func commands(_ node: Yams.Node?) -> String {
        (node?.sequence ?? []).map { command in
            if let words = command.sequence { return words.compactMap(\.string).map(quoted).joined(separator: " ") + "\n" }
            return (command.string ?? "") + "\n"
        }.joined()
    }

    private static func write(_ file: Yams.Node) -> String {
        guard let path = file["path"]?.string, path.hasPrefix("/") else { return "echo 'a file needs a path'; false\n" }
        let content = file["content"]?.string ?? "", target = quoted(path)
        let encoding = (file["encoding"]?.string ?? "").lowercased()
        let isPacked = ["gz", "gzip", "gz+base64", "gzip+base64", "gz+b64", "gzip+b64"].contains(encoding)
        let isEncoded = isPacked || ["b64", "base64"].contains(encoding)
        let encoded = isEncoded ? content.filter { !$0.isWhitespace } : Base64.encode(Bytes(content.utf8))
        var lines = "mkdir -p \"$(dirname \(target))\"\n"
        lines += "echo \(quoted(encoded)) | base64 -d\(isPacked ? " | gzip -d" : "") "
        lines += (file["append"]?.bool == true ? ">> " : "> ") + target + "\n"
        lines += "chmod \(quoted(file["permissions"]?.string ?? "0644")) \(target)\n"
        if let owner = file["owner"]?.string { lines += "chown \(quoted(owner)) \(target)\n" }
        return lines
    }

    private static func hosts(_ root: Yams.Node.Mapping, name: String, short: String) -> String {
        guard root["manage_etc_hosts"]?.bool == true || root["manage_etc_hosts"]?.string == "localhost" else { return "" }
        let line = "127.0.1.1 \(root["fqdn"]?.string ?? name) \(short)"
        return module("update-etc-hosts", "echo \(quoted(line)) >> /etc/hosts\n")
    }

    static func isHostName(_ name: String) -> Bool {
        (1...63).contains(name.utf8.count)
            && name.utf8.allSatisfy { (97...122).contains($0 | 32) || (48...57).contains($0) || $0 == 45 }
    }

    /// Who is added can log in with the keys that he is given.
    private static func user(_ user: Yams.Node) -> String {
        guard let name = user.string ?? user["name"]?.string, name != "default" else { return ":\n" }
        let quotedName = quoted(name)
        var groups = texts(user["groups"])
        if groups.isEmpty, let text = user["groups"]?.string {
            groups = text.split { $0 == "," || $0 == " " }.map(String.init)
        }
        var lines = groups.map { "grep -q \(quoted("^\($0):")) /etc/group || groupadd \(quoted($0))\n" }.joined()
        var options = user["no_create_home"]?.bool == true || user["system"]?.bool == true ? "" : " -m"
        for (field, option) in [("shell", "-s"), ("homedir", "-d"), ("uid", "-u"), ("gecos", "-c"), ("primary_group", "-g")] {
            if let text = user[field]?.string { options += " \(option) \(quoted(text))" }
        }
        if user["system"]?.bool == true { options += " -r" }
        lines += "id -u \(quotedName) > /dev/null 2>&1 || useradd\(options) \(quotedName)\n"
        for group in groups { lines += "usermod -aG \(quoted(group)) \(quotedName)\n" }
        let rules = texts(user["sudo"]) + [user["sudo"]].compactMap { $0?.bool == nil ? $0?.string : nil }
        for rule in rules {
            lines += "echo \(quoted("\(name) \(rule)")) >> /etc/sudoers.d/90-cloud-init-users\n"
        }
        for key in texts(user["ssh_authorized_keys"]) { lines += authorize(key, name) }
        return lines
    }

    /// - Parameter user: nil for the image's own.
    private static func authorize(_ key: String, _ user: String?) -> String {
        // The image's own stands before whoever was added.
        let line = user.map { "^\($0):" } ?? "^[^:]*:x:1000:"
        let home = "$(grep \(quoted(line)) /etc/passwd | head -1 | cut -d: -f6)"
        return """
            home=\(home)
            mkdir -p -m 700 "$home/.ssh"
            echo \(quoted(key)) >> "$home/.ssh/authorized_keys"
            chmod 600 "$home/.ssh/authorized_keys"
            chown -hR --reference="$home" "$home/.ssh"

            """
    }

    private static func packages(_ root: Yams.Node.Mapping) -> String {
        let names = (root["packages"]?.sequence ?? []).compactMap { $0.string ?? $0.sequence?.first?.string }
        var lines = ""
        if root["package_update"]?.bool == true || root["package_upgrade"]?.bool == true || !names.isEmpty {
            lines += "$manager \(root["package_upgrade"]?.bool == true ? "upgrade" : "update") -y\n"
        }
        if !names.isEmpty { lines += "$manager install -y \(names.map(quoted).joined(separator: " "))\n" }
        guard !lines.isEmpty else { return "" }
        return module(
            "package-update-upgrade-install",
            "manager=apt-get; [ \"$(. /etc/os-release; echo $ID)\" != amzn ] || manager=dnf\n" + lines)
    }

    private static func texts(_ node: Yams.Node?) -> [String] { node?.sequence?.compactMap(\.string) ?? [] }

    /// Quoted for a shell.
    static func quoted(_ text: String) -> String { "'" + text.replacing("'", with: "'\\''") + "'" }
}
