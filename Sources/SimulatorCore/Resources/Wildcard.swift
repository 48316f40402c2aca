/// Patterns with `*` (any text) and `?` (one character), as in EC2's filters and IAM's resources. `\` escapes the next character.
public enum Wildcard {
    /// Whether the whole text matches the pattern. Upper and lower case differ.
    public static func matches(_ text: String, _ pattern: String) -> Bool {
        guard pattern.utf8.contains(where: { $0 == 42 || $0 == 63 || $0 == 92 }) else { return text == pattern }
        let t = Array(text.unicodeScalars)
        var p: [(scalar: Unicode.Scalar, isLiteral: Bool)] = []
        var isEscaped = false
        for scalar in pattern.unicodeScalars {
            if scalar == "\\", !isEscaped { isEscaped = true; continue }
            p.append((scalar, isEscaped))
            isEscaped = false
        }
        // Backtracking only to the last star is enough: linear in practice, never exponential.
        var ti = 0, pi = 0, star = -1, mark = 0
        while ti < t.count {
            if pi < p.count, !p[pi].isLiteral, p[pi].scalar == "*" {
                star = pi
                mark = ti
                pi += 1
            } else if pi < p.count, p[pi].scalar == t[ti] || !p[pi].isLiteral && p[pi].scalar == "?" {
                pi += 1
                ti += 1
            } else if star >= 0 {
                pi = star + 1
                mark += 1
                ti = mark
            } else {
                return false
            }
        }
        while pi < p.count, !p[pi].isLiteral, p[pi].scalar == "*" { pi += 1 }
        return pi == p.count
    }
}
