import AWSCore

/// A text with `*`, `?` and policy variables, compiled to match bytes without parsing the text again.
package final class PolicyPattern: Sendable, CustomStringConvertible {
    /// `${key}` or `${key, 'default'}`.
    struct Variable: Sendable {
        var key: String
        var defaultValue: String?
    }

    let text: String
    /// Codes below 256 are bytes; then come the wildcards, then the variables by index.
    private let cells: [UInt16]
    private let variables: [Variable]
    private let foldsCase: Bool
    private let isAnything: Bool

    private static let anySequence: UInt16 = 256
    private static let anyCharacter: UInt16 = 257
    /// The same wildcards within one part of an ARN.
    private static let anySequenceInPart: UInt16 = 258
    private static let anyCharacterInPart: UInt16 = 259
    private static let firstVariable: UInt16 = 512

    /// - Parameter wildcards: whether `*` and `?` match other text.
    /// - Parameter substitutes: whether `${…}` is a policy variable (only in version 2012-10-17).
    /// - Parameter foldsCase: whether all letters match regardless of case; the matched text must already be in lower case.
    /// - Parameter staysInParts: whether `*` and `?` match no colon, except for a `*` at the end of an ARN's part.
    ///   https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_resource.html
    init(
        _ text: String, wildcards: Bool = true, substitutes: Bool = false, foldsCase: Bool = false, staysInParts: Bool = false
    ) {
        self.text = text
        self.foldsCase = foldsCase
        var cells: [UInt16] = [], variables: [Variable] = []
        var rest = Substring(text)
        while let first = rest.unicodeScalars.first {
            if substitutes, rest.hasPrefix("${"), let end = rest.firstIndex(of: "}") {
                let name = rest[rest.index(rest.startIndex, offsetBy: 2)..<end]
                switch name {
                case "*", "?", "$": cells += name.utf8.map(UInt16.init)
                default:
                    cells.append(Self.firstVariable + UInt16(truncatingIfNeeded: variables.count))
                    variables.append(Variable(name))
                }
                rest = rest[rest.index(after: end)...]
                continue
            }
            switch first {
            case "*" where wildcards:
                let following = rest.unicodeScalars.dropFirst().first { $0 != "*" }
                let isFree = !staysInParts || following == nil || following == ":"
                let cell = isFree ? Self.anySequence : Self.anySequenceInPart
                if cells.last != cell { cells.append(cell) }
            case "?" where wildcards: cells.append(staysInParts ? Self.anyCharacterInPart : Self.anyCharacter)
            default: cells += (foldsCase ? first.properties.lowercaseMapping : String(first)).utf8.map(UInt16.init)
            }
            rest = Substring(rest.unicodeScalars.dropFirst())
        }
        self.cells = cells
        self.variables = variables
        isAnything = cells == [Self.anySequence]
    }

    package var description: String { text }

    var hasVariables: Bool { !variables.isEmpty }

    func matches(_ text: Bytes, _ request: AuthorizationRequest) -> Bool {
        if isAnything { return true }
        if variables.isEmpty { return Self.glob(cells, text) }
        guard let cells = expanded(request) else { return false }
        return Self.glob(cells, text)
    }

    /// Matches as ARN operators do: each of the six parts between the first five colons separately.
    func matchesARN(_ text: Bytes, _ request: AuthorizationRequest) -> Bool {
        guard let cells = expanded(request) else { return false }
        if isAnything { return true }
        return cells.withUnsafeBufferPointer { cells in
            text.withUnsafeBufferPointer { text in
                let pattern = cells.split(separator: 58, maxSplits: 5, omittingEmptySubsequences: false)
                let parts = text.split(separator: 58, maxSplits: 5, omittingEmptySubsequences: false)
                guard pattern.count == 6, parts.count == 6 else { return false }
                return zip(pattern, parts).allSatisfy {
                    Self.glob(UnsafeBufferPointer(rebasing: $0), UnsafeBufferPointer(rebasing: $1))
                }
            }
        }
    }

    /// Returns the cells with the request's values in place of variables; `*` and `?` in values are plain characters. Returns nil
    /// if a variable has no value and no default: the pattern then matches nothing.
    private func expanded(_ request: AuthorizationRequest) -> [UInt16]? {
        guard !variables.isEmpty else { return cells }
        var out: [UInt16] = []
        for cell in cells {
            guard cell >= Self.firstVariable else { out.append(cell); continue }
            let variable = variables[Int(cell - Self.firstVariable)]
            let values = request.values(of: variable.key)
            guard let value = values?.count == 1 ? values?.first : variable.defaultValue else { return nil }
            out += (foldsCase ? value.lowercased() : value).utf8.map(UInt16.init)
        }
        return out
    }

    // A request matches many patterns: on buffers, there is no reference counting and no bounds check at each step.
    private static func glob(_ pattern: [UInt16], _ text: Bytes) -> Bool {
        pattern.withUnsafeBufferPointer { pattern in text.withUnsafeBufferPointer { glob(pattern, $0) } }
    }

    private static func glob(_ pattern: UnsafeBufferPointer<UInt16>, _ text: UnsafeBufferPointer<UInt8>) -> Bool {
        var p = pattern.startIndex, t = text.startIndex
        // Positions to return to after a wrong guess: the last star that matches anything, and the last later star within a part.
        var star = -1, mark = 0, partStar = -1, partMark = 0
        while t < text.endIndex {
            if p < pattern.endIndex {
                let cell = pattern[p]
                if cell == anySequence {
                    (star, mark, partStar) = (p, t, -1)
                    p += 1
                    continue
                }
                if cell == anySequenceInPart {
                    (partStar, partMark) = (p, t)
                    p += 1
                    continue
                }
                if cell == anyCharacter || cell == anyCharacterInPart && text[t] != 58 {
                    p += 1
                    t += 1
                    while t < text.endIndex, text[t] & 0xC0 == 0x80 { t += 1 }
                    continue
                }
                if cell == UInt16(text[t]) {
                    p += 1
                    t += 1
                    continue
                }
            }
            if partStar >= 0, text[partMark] != 58 {
                partMark += 1
                t = partMark
                p = partStar + 1
                continue
            }
            guard star >= 0 else { return false }
            mark += 1
            t = mark
            p = star + 1
            partStar = -1
        }
        while p < pattern.endIndex, pattern[p] == anySequence || pattern[p] == anySequenceInPart { p += 1 }
        return p == pattern.endIndex
    }
}

extension PolicyPattern.Variable {
    /// - Parameter text: the text between `${` and `}`.
    init(_ text: Substring) {
        let parts = text.split(separator: ",", maxSplits: 1, omittingEmptySubsequences: false)
        key = String(parts[0].filter { $0 != " " }).lowercased()
        guard parts.count == 2 else { return }
        let value = parts[1].drop { $0 == " " }
        let closing = value.dropFirst().firstIndex(of: "'")
        defaultValue = value.first == "'" ? closing.map { String(value[value.index(after: value.startIndex)..<$0]) } : nil
    }
}
