/// A repository's name in its registry: lower-case path components, such as `library/ubuntu`.
///
/// https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#pulling-manifests
public struct RepositoryName: Sendable, Hashable, Comparable, CustomStringConvertible {
    public let description: String

    /// - Throws: ``ReferenceError`` if the text is not a name.
    public init(parsing text: some StringProtocol) throws(ReferenceError) {
        guard text.utf8.count <= 255 else { throw .nameTooLong(String(text)) }
        guard !text.isEmpty, text.split(separator: "/", omittingEmptySubsequences: false).allSatisfy({ Self.isComponent($0) })
        else {
            throw text.contains(where: \.isUppercase) ? .uppercase(String(text)) : .format
        }
        description = String(text)
    }

    /// Returns nil if the text is not valid.
    public init?(_ text: some StringProtocol) {
        do { try self.init(parsing: text) } catch { return nil }
    }

    /// The part before the first slash, if any: a Docker Hub user, `library`.
    public var namespace: String? {
        description.firstIndex(of: "/").map { String(description[..<$0]) }
    }

    public static func < (a: RepositoryName, b: RepositoryName) -> Bool { a.description < b.description }

    /// `[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*`
    private static func isComponent(_ text: some StringProtocol) -> Bool {
        var separator: (byte: UInt8, count: Int)?
        var isEmpty = true
        for byte in text.utf8 {
            switch byte {
            case 48...57, 97...122:
                if let separator {
                    guard separator.byte == 45 || separator.count == 1 || separator == (95, 2) else { return false }
                }
                separator = nil
                isEmpty = false
            case 45, 46, 95:
                guard !isEmpty, separator == nil || separator?.byte == byte else { return false }
                separator = (byte, (separator?.count ?? 0) + 1)
            default: return false
            }
        }
        return !isEmpty && separator == nil
    }
}

/// A tag: up to 128 letters, digits, underscores, dots and hyphens, not starting with a dot or hyphen.
public struct Tag: Sendable, Hashable, Comparable, CustomStringConvertible {
    public let description: String

    public static let latest = Tag(unchecked: "latest")

    /// - Throws: ``ReferenceError/format`` if the text is not a tag.
    public init(parsing text: some StringProtocol) throws(ReferenceError) {
        var isFirst = true
        guard (1...128).contains(text.utf8.count) else { throw .format }
        for byte in text.utf8 {
            switch byte {
            case 48...57, 65...90, 95, 97...122: break
            case 45, 46: if isFirst { throw .format }
            default: throw .format
            }
            isFirst = false
        }
        description = String(text)
    }

    /// Returns nil if the text is not valid.
    public init?(_ text: some StringProtocol) {
        do { try self.init(parsing: text) } catch { return nil }
    }

    private init(unchecked text: String) { description = text }

    public static func < (a: Tag, b: Tag) -> Bool { a.description < b.description }
}

/// The tag or digest of a requested manifest.
public enum ManifestReference: Sendable, Hashable, CustomStringConvertible {
    case tag(Tag)
    case digest(Digest)

    /// Returns nil if the text is neither a tag nor a digest.
    public init?(_ text: some StringProtocol) {
        if let digest = Digest(text) {
            self = .digest(digest)
        } else if let tag = Tag(text) {
            self = .tag(tag)
        } else {
            return nil
        }
    }

    public var description: String {
        switch self {
        case .tag(let tag): tag.description
        case .digest(let digest): digest.description
        }
    }
}
