import AWSCore
import SimulatorCore

/// Access key ids, which contain their account. The first 48 of their 80 bits are a 1, the account and seven random bits.
enum AccessKeyId {
    /// - Parameter prefix: `AKIA` for long-term keys, `ASIA` for keys from STS.
    static func make(_ prefix: String, account: String, _ ids: IDGenerator) -> String {
        let random = ids.next()
        let head = 1 << 47 | (UInt64(account) ?? 0) << 7 | random & 0x7F
        let tail = random >> 7 & 0xFFFF_FFFF
        var text = prefix
        // 80 bits in groups of five: nine groups from the head, one across both, six from the tail.
        for shift in stride(from: 43, through: 3, by: -5) { text.append(symbol(head >> UInt64(shift))) }
        text.append(symbol(head << 2 | tail >> 30))
        for shift in stride(from: 25, through: 0, by: -5) { text.append(symbol(tail >> UInt64(shift))) }
        return text
    }

    /// Returns the account in a key id, or nil if the id has another form.
    static func account(of id: String) -> String? {
        guard id.utf8.count == 20, id.hasPrefix("AKIA") || id.hasPrefix("ASIA") else { return nil }
        var bits: UInt64 = 0
        for byte in id.utf8.dropFirst(4).prefix(10) {
            guard let value = IDGenerator.base32Alphabet.firstIndex(of: byte) else { return nil }
            bits = bits << 5 | UInt64(value)
        }
        // Older ids, whose first bit is 0, contain no account.
        guard bits >> 49 & 1 == 1 else { return nil }
        let account = bits >> 9 & 0xFF_FFFF_FFFF
        guard account < 1_000_000_000_000 else { return nil }
        let digits = String(account)
        return String(repeating: "0", count: 12 - digits.count) + digits
    }

    private static func symbol(_ bits: UInt64) -> Character {
        Character(Unicode.Scalar(IDGenerator.base32Alphabet[Int(bits & 31)]))
    }

    /// Returns a secret key of 40 characters.
    static func secret(_ context: Context) -> String {
        context.configuration.ids(for: .secretKey, else: context.ids).string(40, from: IDGenerator.base64Alphabet)
    }
}
