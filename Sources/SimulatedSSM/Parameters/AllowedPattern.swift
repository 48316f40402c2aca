import AWSCore
import Foundation

/// A regular expression of a caller's own, which a value must match whole.
struct AllowedPattern {
    private let expression: Schema.Pattern?
    private let other: NSRegularExpression?

    /// Nil if it is no regular expression.
    init?(_ text: String) {
        let linear = Schema.Pattern(text)
        if linear.isSupported {
            expression = linear
            other = nil
            return
        }
        // What lies beyond the linear matcher: looking around, back references.
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
