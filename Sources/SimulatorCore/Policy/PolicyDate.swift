import AWSCore

/// A time in a policy's condition: ISO 8601 in W3C's profile, where every part but the year is optional, or seconds since 1970.
/// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
enum PolicyDate {
    /// - Returns: nil if the text is not a time. Years outside the calendar of ``AWSCore/Instant`` are approximated.
    static func instant(_ text: String) -> Instant? {
        if let exact = Instant(parsing: text) { return exact }
        let text = text.lowercased()
        guard text.contains("t") || text.contains("-") else {
            return Int64(text).flatMap {
                $0 >= 0 ? Instant(milliseconds: $0.multipliedReportingOverflow(by: 1000).overflow ? .max : $0 * 1000) : nil
            }
        }
        let halves = text.split(separator: "t", maxSplits: 1, omittingEmptySubsequences: false)
        let isNegative = halves[0].hasPrefix("-")
        let date = halves[0].drop { $0 == "-" && isNegative }.split(separator: "-", omittingEmptySubsequences: false)
        guard date.count <= 3, let year = number(date[0], 0...292_278_993),
            let month = date.count > 1 ? number(date[1], 1...12) : 1, let day = date.count > 2 ? number(date[2], 1...31) : 1,
            let time = halves.count > 1 ? milliseconds(halves[1]) : 0
        else { return nil }
        let signed = isNegative ? -year : year
        if let start = Instant(year: signed, month: month, day: min(day, 28)) {
            return start + .days(Int64(day - min(day, 28))) + .milliseconds(time)
        }
        // A year of 365.2425 days.
        return Instant(milliseconds: Int64(signed - 1970) * 31_556_952_000)
    }

    /// Parses a time of day, with or without its zone.
    private static func milliseconds(_ text: Substring) -> Int64? {
        var clock = text, offset = 0
        if clock.last == "z" {
            clock = clock.dropLast()
        } else if let sign = clock.lastIndex(where: { $0 == "+" || $0 == "-" }) {
            let zone = clock[clock.index(after: sign)...].split(separator: ":", omittingEmptySubsequences: false)
            guard zone.count <= 2, zone.allSatisfy({ $0.count == 2 }), let hours = number(zone[0], 0...23),
                let minutes = zone.count > 1 ? number(zone[1], 0...59) : 0
            else { return nil }
            offset = (hours * 60 + minutes) * (clock[sign] == "-" ? -1 : 1)
            clock = clock[..<sign]
        }
        if clock.isEmpty { return 0 }
        let parts = clock.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count <= 3, let hour = number(parts[0], 0...23), let minute = parts.count > 1 ? number(parts[1], 0...59) : 0
        else { return nil }
        var seconds = 0.0
        if parts.count > 2 {
            // AWS reads at most nanoseconds.
            let fraction = parts[2].firstIndex(of: ".").map { parts[2][$0...].count - 1 } ?? 0
            guard fraction <= 9, let value = Double(parts[2]), (0..<60).contains(value) else { return nil }
            seconds = value
        }
        return Int64((hour * 60 + minute - offset) * 60_000) + Int64(seconds * 1000)
    }

    private static func number(_ text: Substring, _ range: ClosedRange<Int>) -> Int? {
        guard text.allSatisfy(\.isASCII), let value = Int(text), range.contains(value) else { return nil }
        return value
    }
}
