import AWSCore
import Foundation
import GRDB

/// rpm's database in SQLite form, as in Fedora, Amazon Linux and RHEL: a table of packages. Each row is a package header
/// without its lead.
///
/// https://rpm.org/docs/4.19.x/manual/format_header.html
enum RPMDatabase {
    /// Returns the packages of a database, or nil if it cannot be read.
    static func packages(in bytes: Bytes) -> [InstalledPackages.Package]? {
        // SQLite reads only files.
        let path = FileManager.default.temporaryDirectory.path + "/drydock-rpmdb-\(UUID().uuidString)"
        defer { for suffix in ["", "-wal", "-shm", "-journal"] { try? FileManager.default.removeItem(atPath: path + suffix) } }
        guard FileManager.default.createFile(atPath: path, contents: Data(bytes)),
            let queue = try? DatabaseQueue(path: path),
            let headers = try? queue.read({ try Data.fetchAll($0, sql: "SELECT blob FROM Packages ORDER BY hnum") })
        else { return nil }
        return headers.compactMap { RPMHeader(Bytes($0))?.package }
    }
}

/// A package header: an index of tags and the data it refers to. Numbers are big-endian.
struct RPMHeader {
    private enum Tag: Int {
        case name = 1000, version, release, epoch
        case sourceRPM = 1044
    }
    private enum Kind: Int {
        case int32 = 4, string = 6
    }

    private var strings: [Int: String] = [:]
    private var numbers: [Int: Int] = [:]

    /// Returns nil if the bytes are not a header. Skips tags that are not needed.
    init?(_ bytes: Bytes) {
        guard let count = Self.number(bytes, 0), let size = Self.number(bytes, 4), count <= 65536 else { return nil }
        let data = 8 + count * 16
        guard bytes.count >= data + size else { return nil }
        for entry in 0..<count {
            let position = 8 + entry * 16
            guard let tag = Self.number(bytes, position), let kind = Self.number(bytes, position + 4),
                let offset = Self.number(bytes, position + 8), offset < size
            else { continue }
            switch Kind(rawValue: kind) {
            case .string?:
                let text = bytes[(data + offset)..<(data + size)].prefix { $0 != 0 }
                strings[tag] = String(decoding: text, as: UTF8.self)
            case .int32?: numbers[tag] = Self.number(bytes, data + offset)
            case nil: break
            }
        }
    }

    var package: InstalledPackages.Package? {
        guard let name = strings[Tag.name.rawValue], let version = strings[Tag.version.rawValue],
            let release = strings[Tag.release.rawValue]
        else { return nil }
        let epoch = numbers[Tag.epoch.rawValue].flatMap { $0 == 0 ? nil : "\($0):" } ?? ""
        // `openssl-1.1.1k-7.el8.src.rpm` is the source package `openssl`.
        let parts = (strings[Tag.sourceRPM.rawValue] ?? "").split(separator: "-")
        let binary = "\(epoch)\(version)-\(release)"
        guard parts.count > 2, let last = parts.last else {
            return .init(name: name, version: binary, source: name, sourceVersion: binary)
        }
        let sourceRelease = last.split(separator: ".").dropLast(2).joined(separator: ".")
        return .init(
            name: name, version: binary, source: parts.dropLast(2).joined(separator: "-"),
            sourceVersion: "\(epoch)\(parts[parts.count - 2])-\(sourceRelease)")
    }

    private static func number(_ bytes: Bytes, _ position: Int) -> Int? {
        guard position >= 0, position + 4 <= bytes.count else { return nil }
        return bytes[position..<position + 4].reduce(0) { $0 << 8 | Int($1) }
    }
}

/// An rpm package version, ordered as rpm orders it: `[epoch:]version[-release]`.
/// https://rpm.org/docs/4.19.x/manual/dependencies.html
struct RPMVersion: Comparable {
    let epoch: Int
    let version, release: [UInt8]

    init(_ text: String) {
        var rest = text[...]
        epoch = rest.firstIndex(of: ":").flatMap { Int(rest[..<$0]) } ?? 0
        if let colon = rest.firstIndex(of: ":") { rest = rest[rest.index(after: colon)...] }
        let dash = rest.lastIndex(of: "-")
        version = Array(rest[..<(dash ?? rest.endIndex)].utf8)
        release = dash.map { Array(rest[rest.index(after: $0)...].utf8) } ?? []
    }

    static func < (a: RPMVersion, b: RPMVersion) -> Bool { compare(a, b) < 0 }
    static func == (a: RPMVersion, b: RPMVersion) -> Bool { compare(a, b) == 0 }

    private static func compare(_ a: RPMVersion, _ b: RPMVersion) -> Int {
        if a.epoch != b.epoch { return a.epoch - b.epoch }
        let version = compare(a.version[...], b.version[...])
        // A version without a release matches any release.
        if version != 0 || a.release.isEmpty || b.release.isEmpty { return version }
        return compare(a.release[...], b.release[...])
    }

    private static let tilde: UInt8 = 126, caret: UInt8 = 94
    private static func isDigit(_ byte: UInt8) -> Bool { (48...57).contains(byte) }
    private static func isLetter(_ byte: UInt8) -> Bool { (65...90).contains(byte) || (97...122).contains(byte) }

    /// Compares segments of digits or letters. `~` sorts before the end, `^` right after it; a number is newer than letters.
    private static func compare(_ one: ArraySlice<UInt8>, _ other: ArraySlice<UInt8>) -> Int {
        func meansNothing(_ byte: UInt8) -> Bool { !isDigit(byte) && !isLetter(byte) && byte != tilde && byte != caret }
        var a = one, b = other
        while true {
            a = a.drop(while: meansNothing)
            b = b.drop(while: meansNothing)
            if a.first == tilde || b.first == tilde {
                if a.first != tilde { return 1 }
                if b.first != tilde { return -1 }
            } else if a.first == caret || b.first == caret {
                if a.isEmpty { return -1 }
                if b.isEmpty { return 1 }
                if a.first != caret { return 1 }
                if b.first != caret { return -1 }
            } else {
                guard let kind = a.first, !b.isEmpty else { return a.count - b.count }
                let belongs = isDigit(kind) ? isDigit : isLetter
                var x = a.prefix(while: belongs), y = b.prefix(while: belongs)
                a = a.dropFirst(x.count)
                b = b.dropFirst(y.count)
                if y.isEmpty { return isDigit(kind) ? 1 : -1 }
                if isDigit(kind) {
                    x = x.drop { $0 == 48 }
                    y = y.drop { $0 == 48 }
                    if x.count != y.count { return x.count - y.count }
                }
                if x.elementsEqual(y) { continue }
                return x.lexicographicallyPrecedes(y) ? -1 : 1
            }
            a = a.dropFirst()
            b = b.dropFirst()
        }
    }
}
