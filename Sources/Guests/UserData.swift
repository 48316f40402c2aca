import AWSCore
import Foundation
import Yams

/// What cloud-init makes of user data: scripts that run once, in order.
struct UserData: Sendable {
    /// By their file names.
    private(set) var scripts: [(name: String, text: String)] = []

    init(_ bytes: Bytes) {
        let text = String(decoding: bytes, as: UTF8.self).replacing("\r\n", with: "\n")
        if text.hasPrefix("#!") {
            scripts = [("part-001", text)]
        } else if text.hasPrefix("#cloud-config") {
            scripts = [("part-001", Self.script(ofConfig: text))]
        } else if !text.isEmpty {
            scripts = [("part-001", "#!/bin/sh\necho 'Unhandled non-multipart (text/x-not-multipart) userdata'\n")]
        }
    }

    func write(to folder: String) throws {
        for script in scripts {
            let path = "\(folder)/scripts/\(script.name)"
            try Data(script.text.utf8).write(to: URL(fileURLWithPath: path))
            chmod(path, 0o700)
        }
    }

    /// `write_files`, `packages`, `runcmd` and `hostname` as the script that they amount to.
    private static func script(ofConfig text: String) -> String {
        guard let root = try? Yams.compose(yaml: text)?.mapping else {
            return "#!/bin/sh\necho 'Failed loading yaml blob. Invalid format'\nexit 1\n"
        }
        var lines = ["#!/bin/bash"]
        if let name = root["hostname"]?.string { lines.append("hostnamectl set-hostname \(quoted(name))") }
        for file in root["write_files"]?.sequence ?? [] {
            guard let path = file["path"]?.string else { continue }
            let content = file["content"]?.string ?? ""
            let isEncoded = ["b64", "base64"].contains(file["encoding"]?.string ?? "")
            let encoded = isEncoded ? content : Base64.encode(Bytes(content.utf8))
            lines.append("mkdir -p \(quoted((path as NSString).deletingLastPathComponent))")
            lines.append("echo \(quoted(encoded)) | base64 -d >\(file["append"]?.bool == true ? ">" : "") \(quoted(path))")
            if let mode = file["permissions"]?.string { lines.append("chmod \(quoted(mode)) \(quoted(path))") }
            if let owner = file["owner"]?.string { lines.append("chown \(quoted(owner)) \(quoted(path))") }
        }
        let packages = (root["packages"]?.sequence ?? []).compactMap(\.string)
        if !packages.isEmpty {
            let list = packages.map(quoted).joined(separator: " ")
            lines.append(
                "if [ \"$(. /etc/os-release; echo $ID)\" = amzn ]; then dnf install -y \(list); else apt-get install -y \(list); fi"
            )
        }
        for command in root["runcmd"]?.sequence ?? [] {
            if let words = command.sequence { lines.append(words.compactMap(\.string).map(quoted).joined(separator: " ")) }
            if let line = command.string { lines.append(line) }
        }
        return lines.joined(separator: "\n") + "\n"
    }

    private static func quoted(_ text: String) -> String { "'" + text.replacing("'", with: "'\\''") + "'" }
}
