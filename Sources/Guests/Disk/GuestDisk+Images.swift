import Foundation
import Glibc

// Disks that start from an image of another guest.

extension GuestDisk {
    /// Makes an instance's disk from its image's disk. The files are kept, except those that cloud-init creates anew for each
    /// instance.
    func make(
        from image: GuestImages.Captured, _ instance: GuestInstance, _ launch: GuestLaunch, _ machine: Machine,
        catalogue: String
    ) async throws {
        for name in ["root", "programs", "console.log", "hostname"] {
            machine.remove(folder + "/" + name)
        }
        try makeFolder("")
        try await GuestImages.copyTree(image.root, to: root, machine)
        for path in ["proc", "dev", "sys", "run", "tmp", "var/log", "var/lib/drydock"] { try makeInside(path) }
        let host = instance.hostName, user = launch.system.user
        // The files written below belong to root at first; setting up the guest gives home folders to their users.
        let home = root + "/home/" + user
        _ = try await machine.run(onFiles: ["/bin/chown", "-h", "0:0", home])
        _ = try await machine.run(onFiles: ["/bin/chown", "-hR", "0:0", home + "/.ssh"])
        try writeInside("etc/hostname", host + "\n")
        try writeInside("etc/hosts", "127.0.0.1 localhost\n127.0.1.1 \(instance.privateName) \(host)\n")
        for name in Self.hostKeys { try? FileManager.default.removeItem(atPath: root + "/etc/ssh/" + name) }
        try writeInside("etc/ssh/ssh_host_ed25519_key", launch.hostKey.privateKey, mode: 0o600)
        try writeInside("etc/ssh/ssh_host_ed25519_key.pub", launch.hostKey.publicKey + "\n")
        try admit(launch.publicKey, as: user)
        try makeInside("var/lib/cloud")
        try? FileManager.default.removeItem(atPath: root + "/var/lib/cloud/instance")
        try makePrograms(instance, machine, catalogue: catalogue)
    }

    private static let hostKeys = ["rsa", "ecdsa", "ed25519", "dsa"].flatMap {
        ["ssh_host_\($0)_key", "ssh_host_\($0)_key.pub"]
    }

    /// Adds a key to the user's existing keys.
    private func admit(_ key: String?, as user: String) throws {
        let folder = "home/\(user)/.ssh"
        try makeInside(folder)
        chmod(root + "/" + folder, 0o700)
        let path = root + "/" + folder + "/authorized_keys"
        var state = stat()
        let isFile = lstat(path, &state) == 0 && state.st_mode & S_IFMT == S_IFREG
        var lines = isFile ? FileManager.default.contents(atPath: path).map { String(decoding: $0, as: UTF8.self) } ?? "" : ""
        if let key, !lines.split(separator: "\n").contains(Substring(key)) {
            if !lines.isEmpty, !lines.hasSuffix("\n") { lines += "\n" }
            lines += key + "\n"
        }
        try writeInside(folder + "/authorized_keys", lines, mode: 0o600)
    }

    // A guest may have replaced folders and files by symbolic links, so nothing is written through a link.

    /// Makes a folder on the disk, replacing anything else at its path.
    private func makeInside(_ path: String) throws {
        var target = root
        for name in path.split(separator: "/") {
            target += "/" + name
            var state = stat()
            if lstat(target, &state) == 0 {
                if state.st_mode & S_IFMT == S_IFDIR { continue }
                unlink(target)
            }
            guard mkdir(target, 0o755) == 0 else {
                throw GuestFailure("cannot make '\(target)': \(String(cString: strerror(errno)))")
            }
        }
        if path == "tmp" { chmod(target, 0o1777) }
    }

    private func writeInside(_ path: String, _ text: String, mode: mode_t = 0o644) throws {
        let parts = path.split(separator: "/")
        try makeInside(parts.dropLast().joined(separator: "/"))
        let target = root + "/" + path
        try? FileManager.default.removeItem(atPath: target)
        let file = open(target, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode)
        guard file >= 0 else { throw GuestFailure("cannot write '\(target)': \(String(cString: strerror(errno)))") }
        let handle = FileHandle(fileDescriptor: file, closeOnDealloc: true)
        try handle.write(contentsOf: Data(text.utf8))
        fchmod(file, mode)
        try handle.close()
    }
}
