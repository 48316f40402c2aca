import ArgumentParser

/// A number of bytes, with or without a unit: `65536`, `512KiB`, `32MiB`, `1GiB`.
struct ByteSize: ExpressibleByArgument, CustomStringConvertible {
    let count: Int

    init(count: Int) { self.count = count }

    init?(argument: String) {
        let digits = argument.prefix { $0.isASCII && $0.isNumber }
        let factors = ["": 1, "B": 1, "KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30]
        guard let number = Int(digits), let factor = factors[String(argument.dropFirst(digits.count))] else { return nil }
        let (count, overflows) = number.multipliedReportingOverflow(by: factor)
        guard !overflows, count > 0 else { return nil }
        self.count = count
    }

    var description: String {
        for (unit, size) in [("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10)] where count % size == 0 {
            return "\(count / size)\(unit)"
        }
        return "\(count)"
    }
}
