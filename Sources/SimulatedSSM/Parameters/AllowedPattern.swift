import AWSCore
import Foundation

/// A caller's regular expression, which must match the whole value.
struct AllowedPattern {
    private let expression: Schema.Pattern?
    private let other: NSRegularExpression?

    /// Returns nil if the text is not a regular expression.
    init?(_ text: String) {
        let linear = Schema.Pattern(text)
        if linear.isSupported {
            expression = linear
            other = nil
            return
        }
        // The linear matcher does not support lookaround and back references.
        guard let other = try? NSRegularExpression(pattern: text) else { return nil }
        expression = nil
        self.other = other
    }

    func matches(_ value: String) -> Bool {
        if let expression { return expression.matches(value) }
        let whole = NSRange(value.startIndex..., in: value)
        return other?.firstMatch(in: value, options: .anchored, range: whole)?.range == whole
    }
}
