/// Base64 (RFC 4648 §4), the encoding of blobs in AWS's protocols.
public enum Base64 {
    private static let alphabet = Bytes("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
    private static let values: [UInt8] = {
        var table = [UInt8](repeating: 255, count: 256)
        for (value, byte) in alphabet.enumerated() { table[Int(byte)] = UInt8(value) }
        return table
    }()

    /// Returns the bytes in Base64 with padding (RFC 4648, section 4).
    public static func encode(_ bytes: some Collection<UInt8>) -> String {
        var out = Bytes()
        out.reserveCapacity((bytes.count + 2) / 3 * 4)
        var group: UInt32 = 0, count = 0
        for byte in bytes {
            group = group << 8 | UInt32(byte)
            count += 1
            if count == 3 {
                for shift in [18, 12, 6, 0] as [UInt32] { out.append(alphabet[Int(group >> shift & 63)]) }
                group = 0
                count = 0
            }
        }
        if count == 1 {
            out.append(alphabet[Int(group >> 2)]); out.append(alphabet[Int(group << 4 & 63)])
            out += [61, 61]
        } else if count == 2 {
            out.append(alphabet[Int(group >> 10)]); out.append(alphabet[Int(group >> 4 & 63)]);
            out.append(alphabet[Int(group << 2 & 63)])
            out.append(61)
        }
        return String(decoding: out, as: UTF8.self)
    }

    /// Decodes Base64. Skips line breaks and accepts missing padding. Returns nil for other characters outside the alphabet.
    public static func decode(_ text: String) -> Bytes? {
        var out = Bytes()
        out.reserveCapacity(text.utf8.count / 4 * 3)
        var group: UInt32 = 0, count = 0, ended = false
        for byte in text.utf8 {
            if byte == 10 || byte == 13 { continue }
            if byte == 61 { ended = true; continue }
            let value = values[Int(byte)]
            guard value != 255, !ended else { return nil }
            group = group << 6 | UInt32(value)
            count += 1
            if count == 4 {
                out.append(UInt8(group >> 16)); out.append(UInt8(group >> 8 & 255)); out.append(UInt8(group & 255))
                group = 0
                count = 0
            }
        }
        switch count {
        case 0: break
        case 2: out.append(UInt8(group >> 4 & 255))
        case 3: out.append(UInt8(group >> 10 & 255)); out.append(UInt8(group >> 2 & 255))
        default: return nil
        }
        return out
    }
}
