import AWSCore
import Foundation

/// Formats ages, sizes and tables as Docker's command line does.
enum HumanUnits {
    /// `3 weeks`
    static func age(_ duration: Duration) -> String {
        let seconds = Double(duration.milliseconds) / 1000
        let minutes = Int(seconds / 60)
        let hours = Int(seconds / 3600 + 0.5)
        switch (Int(seconds), minutes, hours) {
        case (..<1, _, _): return "Less than a second"
        case (1, _, _): return "1 second"
        case (..<60, _, _): return "\(Int(seconds)) seconds"
        case (_, 1, _): return "About a minute"
        case (_, ..<60, _): return "\(minutes) minutes"
        case (_, _, 1): return "About an hour"
        case (_, _, ..<48): return "\(hours) hours"
        case (_, _, ..<(24 * 7 * 2)): return "\(hours / 24) days"
        case (_, _, ..<(24 * 30 * 2)): return "\(hours / 24 / 7) weeks"
        case (_, _, ..<(24 * 365 * 2)): return "\(hours / 24 / 30) months"
        default: return "\(Int(seconds / 3600) / 24 / 365) years"
        }
    }

    /// `13.3kB`: three digits, units of 1000.
    static func size(_ bytes: Int) -> String {
        var size = Double(bytes)
        var unit = 0
        let units = ["B", "kB", "MB", "GB", "TB", "PB"]
        while size >= 1000, unit < units.count - 1 {
            size /= 1000
            unit += 1
        }
        return String(format: "%.3g", size) + units[unit]
    }

    /// Formats a table. Columns are at least ten wide, with three spaces between them and none after the last.
    static func table(_ rows: [[String]]) -> [String] {
        guard let first = rows.first else { return [] }
        let widths = first.indices.map { column in max(10, (rows.map { $0[column].count }.max() ?? 0) + 3) }
        return rows.map { row in
            row.indices.map { column in
                column == row.count - 1
                    ? row[column] : row[column] + String(repeating: " ", count: widths[column] - row[column].count)
            }.joined()
        }
    }
}
