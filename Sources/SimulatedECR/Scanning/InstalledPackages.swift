import AWSCore
import OCI

/// The packages that an image's own package database lists.
struct InstalledPackages {
    enum Format {
        case dpkg, apk, rpm

        /// The format's name in Amazon Inspector.
        var name: String {
            switch self {
            case .dpkg: "DPKG"
            case .apk: "APK"
            case .rpm: "RPM"
            }
        }
    }

    struct Package {
        var name, version: String
        /// The source package, whose name and version many advisories use.
        var source: String
        var sourceVersion: String
    }

    var distribution: String
    var release: String
    var format: Format
    var packages: [Package]

    private static let osRelease = ["etc/os-release", "usr/lib/os-release"]
    private static let dpkgStatus = "var/lib/dpkg/status"
    /// The folder where images without a package manager list their packages.
    private static let dpkgParts = "var/lib/dpkg/status.d/"
    private static let apkInstalled = ["lib/apk/db/installed", "usr/lib/apk/db/installed"]
    private static let rpmDatabases = [
        "var/lib/rpm/rpmdb.sqlite", "usr/lib/sysimage/rpm/rpmdb.sqlite", "usr/share/rpm/rpmdb.sqlite",
    ]
    private static let fileLimit = 64 << 20

    /// Reads the layers from top to bottom: files and deletions in upper layers hide those below.
    ///
    /// - Returns: nil if the image has no readable package database.
    /// - Throws: ``UnreadableLayer``
    init?(_ manifest: Manifest, _ blobs: any BlobStore) throws {
        var content: [String: Bytes] = [:]
        var hidden: Set<String> = []
        for layer in manifest.layers.reversed() where layer.mediaType.isTarLayer && !layer.mediaType.isForeignLayer {
            guard let body = try blobs.open(layer.digest) else { throw UnreadableLayer(layer.digest, "it is missing") }
            do {
                try Self.read(ArchiveReader(body), &content, &hidden)
            } catch { throw UnreadableLayer(layer.digest, "\(error)") }
        }
        let databases = Self.rpmDatabases.compactMap { content.removeValue(forKey: $0) }
        let files = content.mapValues { String(decoding: $0, as: UTF8.self) }
        let os = Self.osRelease.lazy.compactMap { files[$0] }.first.map(Self.variables) ?? [:]
        distribution = os["ID"] ?? ""
        release = os["VERSION_ID"] ?? ""
        let parts = files.filter { $0.key.hasPrefix(Self.dpkgParts) && !$0.key.hasSuffix(".md5sums") }.sorted {
            $0.key < $1.key
        }
        if let status = files[Self.dpkgStatus] {
            format = .dpkg
            packages = Self.dpkg(status)
        } else if !parts.isEmpty {
            format = .dpkg
            packages = parts.flatMap { Self.dpkg($0.value) }
        } else if let installed = Self.apkInstalled.lazy.compactMap({ files[$0] }).first {
            format = .apk
            packages = Self.apk(installed)
        } else if let found = databases.lazy.compactMap({ RPMDatabase.packages(in: $0) }).first {
            format = .rpm
            packages = found
        } else {
            return nil
        }
    }

    private static func read(
        _ reader: ArchiveReader, _ content: inout [String: Bytes], _ hidden: inout Set<String>
    ) throws {
        var hiddenHere: Set<String> = []
        while let entry = try reader.next() {
            let path = entry.path
            if let (folder, name) = whiteout(path) {
                hiddenHere.insert(name == ".wh..opq" ? folder : folder + name)
                continue
            }
            guard isWanted(path), content[path] == nil, !hidden.contains(where: { covers($0, path) }) else { continue }
            if case .file = entry.kind {
                content[path] = try reader.content(upTo: fileLimit)
            } else {
                // Not a regular file, such as a link, which hides the file in a lower layer.
                hiddenHere.insert(path)
            }
        }
        hidden.formUnion(hiddenHere)
    }

    private static func isWanted(_ path: String) -> Bool {
        path == dpkgStatus || osRelease.contains(path) || apkInstalled.contains(path)
            || rpmDatabases.contains(path) || path.hasPrefix(dpkgParts)
    }

    /// `a/b/.wh.c` hides `a/b/c`; `a/b/.wh..wh..opq` hides everything in `a/b/`.
    private static func whiteout(_ path: String) -> (folder: String, name: String)? {
        let slash = path.lastIndex(of: "/")
        let name = slash.map { path[path.index(after: $0)...] } ?? path[...]
        guard name.hasPrefix(".wh.") else { return nil }
        return (slash.map { String(path[...$0]) } ?? "", String(name.dropFirst(4)))
    }

    private static func covers(_ hidden: String, _ path: String) -> Bool {
        path == hidden || path.hasPrefix(hidden.hasSuffix("/") ? hidden : hidden + "/") || hidden.isEmpty
    }

    private static func variables(_ text: String) -> [String: String] {
        var variables: [String: String] = [:]
        for line in text.split(separator: "\n") {
            guard let sign = line.firstIndex(of: "=") else { continue }
            var value = line[line.index(after: sign)...]
            if value.count >= 2, let quote = value.first, quote == "\"" || quote == "'", value.last == quote {
                value = value.dropFirst().dropLast()
            }
            variables[String(line[..<sign])] = String(value)
        }
        return variables
    }

    private static func dpkg(_ text: String) -> [Package] {
        stanzas(text, separator: ": ").compactMap { fields in
            guard let name = fields["Package"], let version = fields["Version"] else { return nil }
            if let status = fields["Status"], !status.hasSuffix(" installed") { return nil }
            // `Source: openssl (1.1.1)` if the source's version differs from the package's.
            let source = (fields["Source"] ?? name).split(whereSeparator: { " ()".contains($0) }).map(String.init)
            return Package(
                name: name, version: version, source: source.first ?? name,
                sourceVersion: source.count > 1 ? source[1] : version)
        }
    }

    private static func apk(_ text: String) -> [Package] {
        stanzas(text, separator: ":").compactMap { fields in
            guard let name = fields["P"], let version = fields["V"] else { return nil }
            return Package(name: name, version: version, source: fields["o"] ?? name, sourceVersion: version)
        }
    }

    /// Returns the fields of paragraphs separated by empty lines. The first field of a name counts; continuation
    /// lines are skipped.
    private static func stanzas(_ text: String, separator: String) -> [[String: String]] {
        var stanzas: [[String: String]] = [], fields: [String: String] = [:]
        for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
            if line.isEmpty {
                if !fields.isEmpty { stanzas.append(fields) }
                fields = [:]
            } else if line.first != " ", let range = line.firstRange(of: separator),
                fields[String(line[..<range.lowerBound])] == nil
            {
                fields[String(line[..<range.lowerBound])] = String(line[range.upperBound...])
            }
        }
        if !fields.isEmpty { stanzas.append(fields) }
        return stanzas
    }
}

/// A layer that is missing or cannot be read.
struct UnreadableLayer: Error, CustomStringConvertible {
    let description: String
    init(_ digest: Digest, _ reason: String) { description = "The layer \(digest) cannot be read: \(reason)" }
}

extension MediaType {
    /// Whether the layer is a tar archive. Other artifacts have no files to scan.
    fileprivate var isTarLayer: Bool { rawValue.contains("tar") }
}
