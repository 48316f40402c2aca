/// An authentication challenge of a registry, from a `WWW-Authenticate` header (RFC 9110 §11.6.1).
public struct RegistryChallenge: Sendable, Hashable {
    /// The scheme in lower case: `basic`, `bearer` …
    public let scheme: String
    public let parameters: [String: String]

    public init(scheme: String, parameters: [String: String]) {
        self.scheme = scheme
        self.parameters = parameters
    }

    /// The value of a parameter, such as `realm`; nil if the challenge has none.
    public subscript(name: String) -> String? { parameters[name] }

    /// Parses a header's challenges, in order. The list ends at the first unreadable part.
    public static func parse(_ header: String) -> [RegistryChallenge] {
        var challenges: [RegistryChallenge] = []
        var scan = Scanner(Array(header.utf8))
        while let scheme = scan.token() {
            var parameters: [String: String] = [:]
            scan.skipSpace()
            while let (name, value) = scan.parameter() {
                parameters[name.lowercased()] = value
                guard scan.skipComma() else { break }
            }
            challenges.append(RegistryChallenge(scheme: scheme.lowercased(), parameters: parameters))
            _ = scan.skipComma()
        }
        return challenges
    }

    private struct Scanner {
        let bytes: [UInt8]
        var position = 0

        init(_ bytes: [UInt8]) { self.bytes = bytes }

        mutating func skipSpace() {
            while position < bytes.count, bytes[position] == 32 || bytes[position] == 9 { position += 1 }
        }

        mutating func skipComma() -> Bool {
            skipSpace()
            guard position < bytes.count, bytes[position] == 44 else { return false }
            position += 1
            skipSpace()
            return true
        }

        mutating func token() -> String? {
            let start = position
            while position < bytes.count, ![32, 9, 44, 61, 34].contains(bytes[position]) { position += 1 }
            return position > start ? String(decoding: bytes[start..<position], as: UTF8.self) : nil
        }

        /// Parses `name=value` or `name="value"`. Returns nil and consumes nothing otherwise, as before the next challenge's
        /// scheme.
        mutating func parameter() -> (String, String)? {
            let start = position
            guard let name = token(), position < bytes.count, bytes[position] == 61 else {
                position = start
                return nil
            }
            position += 1
            guard position < bytes.count, bytes[position] == 34 else { return (name, token() ?? "") }
            position += 1
            var value: [UInt8] = []
            while position < bytes.count, bytes[position] != 34 {
                if bytes[position] == 92, position + 1 < bytes.count { position += 1 }
                value.append(bytes[position])
                position += 1
            }
            position += 1
            return (name, String(decoding: value, as: UTF8.self))
        }
    }
}

/// A username and password for a registry, as saved by `docker login`.
public struct RegistryCredentials: Sendable, Hashable {
    public var username: String
    public var password: String

    public init(username: String, password: String) {
        self.username = username
        self.password = password
    }
}
