import AWSCore
import Crypto
import SimulatorCore

/// Time-based one-time passwords (RFC 6238) as authenticator apps generate them: HMAC-SHA-1, 30 seconds, six digits.
enum OneTimePassword {
    static let period: Int64 = 30

    /// Returns the number of the 30-second period at an instant.
    static func step(_ instant: Instant) -> Int64 { instant.seconds / period }

    static func code(_ key: Bytes, step: Int64) -> String {
        let counter = withUnsafeBytes(of: UInt64(bitPattern: step).bigEndian) { Bytes($0) }
        let mac = Bytes(HMAC<Insecure.SHA1>.authenticationCode(for: counter, using: SymmetricKey(data: key)))
        let offset = Int(mac[19] & 15)
        let value = mac[offset..<offset + 4].reduce(UInt32(0)) { $0 << 8 | UInt32($1) } & 0x7FFF_FFFF
        let digits = String(value % 1_000_000)
        return String(repeating: "0", count: 6 - digits.count) + digits
    }

    /// Returns the period of a code, or nil if it is not a recent one. Accepts codes by the simulated clock and by the
    /// machine's, which an authenticator on a phone uses.
    static func step(of code: String, _ key: Bytes, after last: Int64, now: Instant) -> Int64? {
        for instant in [now, .machineTime] {
            let present = step(instant)
            for step in [present, present - 1, present + 1, present - 2] where step > last && self.code(key, step: step) == code
            {
                return step
            }
        }
        return nil
    }

    /// Encodes in base32 without padding (RFC 4648), as IAM returns a virtual device's seed.
    static func base32(_ bytes: Bytes) -> String {
        var text = "", bits = 0, value: UInt32 = 0
        for byte in bytes {
            value = value << 8 | UInt32(byte)
            bits += 8
            while bits >= 5 {
                bits -= 5
                text.append(Character(Unicode.Scalar(IDGenerator.base32Alphabet[Int(value >> UInt32(bits) & 31)])))
            }
        }
        if bits > 0 { text.append(Character(Unicode.Scalar(IDGenerator.base32Alphabet[Int(value << UInt32(5 - bits) & 31)]))) }
        return text
    }
}
