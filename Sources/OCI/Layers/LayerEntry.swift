public import AWSCore

/// An entry of a layer: a file, a directory, a link.
public struct LayerEntry: Sendable, Hashable {
    /// The type of an entry.
    public enum Kind: Sendable, Hashable {
        case file(Content)
        case directory
        case symbolicLink(to: String)
        case hardLink(to: String)
        /// A device or pipe, which is listed but never created.
        case other
    }

    /// Where a file's content is.
    public enum Content: Sendable, Hashable {
        case bytes(Bytes)
        /// A file on this machine.
        case path(String, size: Int)
        /// Content in the archive that the entry was read from.
        case archived(size: Int)

        public var size: Int {
            switch self {
            case .bytes(let bytes): bytes.count
            case .path(_, let size), .archived(let size): size
            }
        }
    }

    /// The path relative to the image's root, without leading or trailing slash.
    public var path: String
    public var kind: Kind
    public var mode: UInt16
    public var userID: Int
    public var groupID: Int
    public var modified: Instant

    public init(
        _ path: String, _ kind: Kind, mode: UInt16? = nil, userID: Int = 0, groupID: Int = 0,
        modified: Instant = Instant(milliseconds: 0)
    ) {
        self.path = path
        self.kind = kind
        self.mode = mode ?? (kind == .directory ? 0o755 : 0o644)
        self.userID = userID
        self.groupID = groupID
        self.modified = modified
    }

    /// Returns a file that root owns, with this text.
    public static func file(_ path: String, _ text: String, mode: UInt16 = 0o644) -> LayerEntry {
        LayerEntry(path, .file(.bytes(Bytes(text.utf8))), mode: mode)
    }

    /// Returns a directory that root owns.
    public static func directory(_ path: String, mode: UInt16 = 0o755) -> LayerEntry {
        LayerEntry(path, .directory, mode: mode)
    }

    /// Returns a symbolic link.
    public static func link(_ path: String, to target: String) -> LayerEntry {
        LayerEntry(path, .symbolicLink(to: target), mode: 0o777)
    }

    public var size: Int { if case .file(let content) = kind { content.size } else { 0 } }
}

/// A layer or image archive cannot be read or written.
public struct ArchiveError: Error, Sendable, Equatable, CustomStringConvertible {
    public let description: String
    public init(_ description: String) { self.description = description }
}
