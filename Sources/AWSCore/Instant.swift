#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// A point in time, in whole milliseconds since 1970-01-01T00:00:00Z. All clocks here return it.
public struct Instant: Sendable, Hashable, Comparable {
    /// Milliseconds since the Unix epoch.
    public var milliseconds: Int64

    public init(milliseconds: Int64) { self.milliseconds = milliseconds }
    public init(seconds: Int64) { milliseconds = seconds * 1000 }
    /// Seconds since the Unix epoch with a fraction, as AWS's JSON protocol writes time.
    public init(seconds: Double) { milliseconds = Int64((seconds * 1000).rounded()) }

    /// Whole seconds since the Unix epoch.
    public var seconds: Int64 { milliseconds >= 0 ? milliseconds / 1000 : (milliseconds - 999) / 1000 }

    /// The current time of the machine's clock.
    package static var machineTime: Instant {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Instant(milliseconds: Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000)
    }

    public static func < (a: Instant, b: Instant) -> Bool { a.milliseconds < b.milliseconds }
    public static func + (a: Instant, b: Duration) -> Instant { Instant(milliseconds: a.milliseconds + b.milliseconds) }
    public static func - (a: Instant, b: Duration) -> Instant { Instant(milliseconds: a.milliseconds - b.milliseconds) }
    /// Returns the instant moved by `duration`, limited to the range of ``calendar``.
    public func advanced(by duration: Duration) -> Instant {
        let (sum, overflows) = milliseconds.addingReportingOverflow(duration.clampedMilliseconds)
        if overflows { return duration < .zero ? Self.calendar.lowerBound : Self.calendar.upperBound }
        return min(max(Instant(milliseconds: sum), Self.calendar.lowerBound), Self.calendar.upperBound)
    }
    public static func - (a: Instant, b: Instant) -> Duration { .milliseconds(a.milliseconds - b.milliseconds) }
}

extension Duration {
    /// The duration in whole milliseconds, rounded towards zero.
    public var milliseconds: Int64 { components.seconds * 1000 + components.attoseconds / 1_000_000_000_000_000 }
    package var microseconds: Int64 { components.seconds * 1_000_000 + components.attoseconds / 1_000_000_000_000 }
    /// The duration in whole milliseconds, limited to the range of `Int64`.
    fileprivate var clampedMilliseconds: Int64 {
        if components.seconds >= Int64.max / 1000 { return .max }
        if components.seconds <= Int64.min / 1000 { return .min }
        return milliseconds
    }
    /// Returns `n` times 60 seconds.
    public static func minutes(_ n: Int64) -> Duration { .seconds(n * 60) }
    /// Returns `n` times 3,600 seconds.
    public static func hours(_ n: Int64) -> Duration { .seconds(n * 3600) }
    /// Returns `n` times 86,400 seconds.
    public static func days(_ n: Int64) -> Duration { .seconds(n * 86400) }
}

extension Instant {
    /// The years of at most four digits (1 to 9999): AWS's time formats cannot express others.
    public static let calendar = Instant(milliseconds: -62_135_596_800_000)...Instant(milliseconds: 253_402_300_799_999)

    /// The calendar fields of an instant in UTC.
    public struct Fields: Sendable, Hashable {
        public var year, month, day, hour, minute, second, millisecond: Int
        /// 0 is Sunday.
        public var weekday: Int
    }

    /// The fields in the proleptic Gregorian calendar in UTC; no time zone data is consulted.
    ///
    /// The algorithm and its names are Howard Hinnant's `civil_from_days`: years start in March, and an era has 400 years
    /// (https://howardhinnant.github.io/date_algorithms.html).
    public var fields: Fields {
        let days = Int((milliseconds >= 0 ? milliseconds : milliseconds - 86_399_999) / 86_400_000)
        let rest = Int(milliseconds - Int64(days) * 86_400_000)
        let z = days + 719_468
        let era = (z >= 0 ? z : z - 146_096) / 146_097
        let doe = z - era * 146_097
        let yoe = (doe - doe / 1460 + doe / 36_524 - doe / 146_096) / 365
        let doy = doe - (365 * yoe + yoe / 4 - yoe / 100)
        let mp = (5 * doy + 2) / 153
        let month = mp < 10 ? mp + 3 : mp - 9
        return Fields(
            year: yoe + era * 400 + (month <= 2 ? 1 : 0), month: month, day: doy - (153 * mp + 2) / 5 + 1,
            hour: rest / 3_600_000, minute: rest / 60_000 % 60, second: rest / 1000 % 60, millisecond: rest % 1000,
            weekday: ((days + 4) % 7 + 7) % 7)
    }

    /// The inverse of ``fields``: Hinnant's `days_from_civil`.
    /// - Returns: nil unless the fields name an existing day and time.
    public init?(year: Int, month: Int, day: Int, hour: Int = 0, minute: Int = 0, second: Int = 0, millisecond: Int = 0) {
        guard (1...9999).contains(year), (1...12).contains(month), (1...31).contains(day), (0...23).contains(hour),
            (0...59).contains(minute), (0...60).contains(second), (0...999).contains(millisecond)
        else { return nil }
        let y = month <= 2 ? year - 1 : year
        let era = y / 400
        let yoe = y - era * 400
        let doy = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        let days = era * 146_097 + yoe * 365 + yoe / 4 - yoe / 100 + doy - 719_468
        self.init(
            milliseconds: Int64(days) * 86_400_000 + Int64(hour * 3600 + minute * 60 + second) * 1000 + Int64(millisecond))
        guard second == 60 || fields.day == day else { return nil }
    }
}

extension Instant: CustomStringConvertible {
    public var description: String { iso8601(milliseconds: milliseconds % 1000 != 0) }

    /// `2023-12-17T09:30:10Z`, or with three decimals when `milliseconds` is true.
    public func iso8601(milliseconds: Bool) -> String {
        ByteSink.text { $0.append(self, milliseconds: milliseconds) }
    }

    /// `20231217T093010Z`, the form of `X-Amz-Date`.
    public var amzDate: String {
        let f = fields
        return ByteSink.text { out in
            out.append(f.year, width: 4); out.append(f.month, width: 2); out.append(f.day, width: 2)
            out.append(UInt8(ascii: "T"))
            out.append(f.hour, width: 2); out.append(f.minute, width: 2); out.append(f.second, width: 2)
            out.append(UInt8(ascii: "Z"))
        }
    }

    /// `Sun, 17 Dec 2023 09:30:10 GMT`, the form of HTTP's `Date`.
    public var httpDate: String {
        let f = fields
        return ByteSink.text { out in
            out.append("\(Self.weekdays[f.weekday]), ")
            out.append(f.day, width: 2)
            out.append(" \(Self.months[f.month - 1]) ")
            out.append(f.year, width: 4); out.append(UInt8(ascii: " "))
            out.append(f.hour, width: 2); out.append(UInt8(ascii: ":")); out.append(f.minute, width: 2);
            out.append(UInt8(ascii: ":"))
            out.append(f.second, width: 2)
            out.append(" GMT")
        }
    }

    private static let weekdays = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
    private static let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]

    /// Reads the forms that AWS's services accept as a timestamp: `2023-12-17T09:30:10(.123…)(Z|±hh:mm)`, `2023-12-17`,
    /// `20231217T093010Z`, an HTTP date, or seconds since the Unix epoch with an optional fraction.
    ///
    /// - Returns: nil for any other text, and for a time outside ``calendar``.
    public init?(parsing text: some StringProtocol) {
        var scan = DigitScanner(Array(text.utf8))
        if let comma = scan.bytes.firstIndex(of: UInt8(ascii: ",")), comma == 3 {
            guard let instant = Self.parseHTTPDate(String(text)) else { return nil }
            self = instant
            return
        }
        if scan.bytes.contains(where: { $0 == UInt8(ascii: "T") || $0 == UInt8(ascii: "t") })
            || scan.bytes.count == 10 && scan.bytes.dropFirst(4).first == UInt8(ascii: "-")
        {
            guard let year = scan.digits(4) else { return nil }
            let dashed = scan.skip("-")
            guard let month = scan.digits(2), !dashed || scan.skip("-"), let day = scan.digits(2) else { return nil }
            var hour = 0, minute = 0, second = 0, millisecond = 0, offset = 0
            if scan.skip("T") || scan.skip("t") {
                guard let h = scan.digits(2) else { return nil }
                let coloned = scan.skip(":")
                guard let m = scan.digits(2) else { return nil }
                hour = h; minute = m
                if !coloned || scan.skip(":") {
                    guard let s = scan.digits(2) else { return nil }
                    second = s
                }
                if scan.skip(".") { millisecond = scan.fraction() }
                if !(scan.skip("Z") || scan.skip("z")), !scan.isAtEnd {
                    guard let sign = scan.sign(), let oh = scan.digits(2), oh < 24 else { return nil }
                    _ = scan.skip(":")
                    guard let om = scan.digits(2), om < 60 else { return nil }
                    offset = sign * (oh * 60 + om)
                }
            }
            guard scan.isAtEnd,
                let local = Instant(
                    year: year, month: month, day: day, hour: hour, minute: minute, second: second, millisecond: millisecond)
            else { return nil }
            self = local - .seconds(offset * 60)
            guard Self.calendar.contains(self) else { return nil }
            return
        }
        guard let seconds = Double(String(text)), seconds.isFinite, abs(seconds) < 1e12 else { return nil }
        self.init(seconds: seconds)
        guard Self.calendar.contains(self) else { return nil }
    }

    private static func parseHTTPDate(_ text: String) -> Instant? {
        let parts = text.split(whereSeparator: { $0 == " " || $0 == ":" })
        guard parts.count == 8, parts[7] == "GMT", let month = months.firstIndex(of: String(parts[2])), let day = Int(parts[1]),
            let year = Int(parts[3]), let hour = Int(parts[4]), let minute = Int(parts[5]), let second = Int(parts[6])
        else { return nil }
        return Instant(year: year, month: month + 1, day: day, hour: hour, minute: minute, second: second)
    }
}

private struct DigitScanner {
    private static let asciiDigits = UInt8(ascii: "0")...UInt8(ascii: "9")

    let bytes: Bytes
    var position = 0
    init(_ bytes: Bytes) { self.bytes = bytes }
    var isAtEnd: Bool { position == bytes.count }

    mutating func digits(_ count: Int) -> Int? {
        guard position + count <= bytes.count else { return nil }
        var value = 0
        for byte in bytes[position..<position + count] {
            guard Self.asciiDigits.contains(byte) else { return nil }
            value = value * 10 + Int(byte - Self.asciiDigits.lowerBound)
        }
        position += count
        return value
    }

    mutating func skip(_ character: Unicode.Scalar) -> Bool {
        guard position < bytes.count, bytes[position] == UInt8(ascii: character) else { return false }
        position += 1
        return true
    }

    mutating func sign() -> Int? { skip("+") ? 1 : skip("-") ? -1 : nil }

    /// Reads the digits after a decimal point as milliseconds; ignores digits after the third.
    mutating func fraction() -> Int {
        var value = 0, scale = 100
        while position < bytes.count, Self.asciiDigits.contains(bytes[position]) {
            value += Int(bytes[position] - Self.asciiDigits.lowerBound) * scale
            scale /= 10
            position += 1
        }
        return value
    }
}
