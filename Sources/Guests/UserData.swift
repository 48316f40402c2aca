import AWSCore
import Foundation
import OCI

/// What cloud-init makes of user data: scripts that run once, at the first boot, in order; and a few that run at each boot.
/// https://cloudinit.readthedocs.io/en/latest/explanation/format.html
struct UserData: Sendable {
    /// A script by its file's name.
    typealias Script = (name: String, bytes: Bytes)

    /// Run once, in the order of their names, after ``configuration``.
    private(set) var scripts: [Script] = []
    /// Run at each boot, before anything else.
    private(set) var bootHooks: [Script] = []
    /// Run at each boot, once an instance or once, by the folders that they are for.
    private(set) var repeated: [(folder: String, script: Script)] = []
    /// Whether ``scripts`` run at each boot.
    private(set) var runsAlways = false
    /// What `#cloud-config` sets up, as the script that it amounts to; empty without one.
    private(set) var configuration = ""
    /// The host name that `#cloud-config` gives.
    private(set) var hostName: String?
    /// Why parts were left out.
    private(set) var warnings: [String] = []

    /// What a decompressed part may have at most: user data itself is limited to 16 KiB.
    private static let mostBytes = 16 << 20

    init(_ bytes: Bytes) {
        guard !bytes.isEmpty else { return }
        add(bytes, type: nil, name: nil, depth: 0)
    }

    private mutating func add(_ bytes: Bytes, type: String?, name: String?, depth: Int) {
        if bytes.starts(with: [0x1F, 0x8B]) {
            var plain = Bytes()
            do {
                try ArchiveReader.unpack(.bytes(bytes)) { piece in
                    plain += piece
                    guard plain.count <= Self.mostBytes else { throw BodyTooLarge(limit: Self.mostBytes) }
                }
                guard !plain.isEmpty, plain != bytes else { throw ArchiveError("nothing is in it") }
            } catch { return warnings.append("a part could not be decompressed: \(error)") }
            return depth < 4 ? add(plain, type: nil, name: name, depth: depth + 1) : ()
        }
        let text = String(decoding: bytes, as: UTF8.self)
        // What it begins with says more than what it claims to be.
        if let folder = Self.folders[type ?? ""], text.hasPrefix("#!") {
            return repeated.append((folder, (fileName(name), bytes)))
        }
        switch Self.type(of: text) ?? type ?? "" {
        case "multipart": addParts(of: text, depth: depth)
        case "text/x-shellscript": scripts.append((fileName(name), bytes))
        case "text/cloud-boothook":
            let body = text.hasPrefix("#cloud-boothook") ? "#!/bin/sh\n" + text : text
            bootHooks.append((fileName(name), Bytes(body.utf8)))
        case "text/cloud-config": add(CloudConfig(text))
        case "text/x-include-url": warnings.append("included URLs are not fetched")
        case "text/jinja2":
            let rest = text.drop { $0 != "\n" }.dropFirst()
            if depth < 4 { add(Bytes(rest.utf8), type: nil, name: name, depth: depth + 1) }
        case let other:
            warnings.append("Unhandled non-multipart (\(other.isEmpty ? "text/x-not-multipart" : other)) userdata")
        }
    }

    private static let folders = [
        "text/x-shellscript-per-boot": "per-boot", "text/x-shellscript-per-instance": "per-instance",
        "text/x-shellscript-per-once": "per-once",
    ]

    private static func type(of text: String) -> String? {
        if text.hasPrefix("#!") { return "text/x-shellscript" }
        if text.hasPrefix("#cloud-config") { return "text/cloud-config" }
        if text.hasPrefix("#cloud-boothook") { return "text/cloud-boothook" }
        if text.hasPrefix("#include") { return "text/x-include-url" }
        if text.hasPrefix("## template: jinja") { return "text/jinja2" }
        let start = text.prefix(200).lowercased()
        return start.hasPrefix("content-type: multipart/") || start.hasPrefix("mime-version:") ? "multipart" : nil
    }

    private mutating func addParts(of text: String, depth: Int) {
        guard depth < 4, let message = MIMEMessage(text), let parts = message.parts else {
            return warnings.append("a multipart message could not be read")
        }
        for part in parts {
            guard let body = part.body else {
                warnings.append("a part is not encoded as it says")
                continue
            }
            add(body, type: part.type, name: part.fileName, depth: depth + 1)
        }
    }

    private mutating func add(_ config: CloudConfig) {
        configuration += config.setup
        hostName = config.hostName ?? hostName
        runsAlways = runsAlways || config.runsScriptsAlways
        if !config.bootCommands.isEmpty { bootHooks.append((fileName("bootcmd"), Bytes(config.bootCommands.utf8))) }
        // cloud-init runs scripts in the order of their names, and these stand under this one.
        if !config.runCommands.isEmpty { scripts.append(("runcmd", Bytes(config.runCommands.utf8))) }
    }

    private func fileName(_ name: String?) -> String {
        let plain = (name ?? "").filter { $0.isASCII && ($0.isLetter || $0.isNumber || "._-".contains($0)) }
        let isFree = !plain.isEmpty && plain.first != "." && !(scripts + bootHooks).contains { $0.name == plain }
        if isFree { return plain }
        let number = String(scripts.count + bootHooks.count + 1)
        return "part-" + String(repeating: "0", count: max(0, 3 - number.count)) + number
    }

    /// Writes everything to where the boot looks for it.
    func write(to folder: String) throws {
        for (name, scripts) in [("scripts", scripts), ("boothooks", bootHooks)] {
            try FileManager.default.createDirectory(
                atPath: folder + "/" + name, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o755])
            for script in scripts { try Self.write(script.bytes, to: "\(folder)/\(name)/\(script.name)") }
        }
        let perBoot = URL(fileURLWithPath: folder).deletingLastPathComponent().path + "/scripts"
        for (name, script) in repeated {
            try FileManager.default.createDirectory(atPath: "\(perBoot)/\(name)", withIntermediateDirectories: true)
            try Self.write(script.bytes, to: "\(perBoot)/\(name)/\(script.name)")
        }
        if runsAlways { try Self.write([], to: folder + "/scripts-always") }
        var setup = configuration
        for warning in warnings { setup += "echo \(CloudConfig.quoted("cloud-init: " + warning))\n" }
        guard !setup.isEmpty else { return }
        try Self.write(Bytes("#!/bin/bash\n\(setup)exit ${failed:-0}\n".utf8), to: folder + "/config")
    }

    private static func write(_ bytes: Bytes, to path: String) throws {
        try Data(bytes).write(to: URL(fileURLWithPath: path))
        chmod(path, 0o700)
    }
}
