/// Arithmetic modulo an odd number whose highest bit is set. It uses Montgomery's representation (x·R mod m), where a product
/// needs no division. The loops are plain loops over pointers, which are fast in debug builds too.
struct MontgomeryModulus {
    typealias Limbs = [UInt64]

    private let modulus: Limbs
    /// -m⁻¹ modulo 2⁶⁴.
    private let negativeInverse: UInt64
    /// R mod m: the number one.
    let one: Limbs

    init(_ modulus: Limbs) {
        self.modulus = modulus
        // Newton's iteration: every step doubles the number of correct bits.
        var inverse: UInt64 = modulus[0]
        for _ in 0..<6 { inverse = inverse &* (2 &- modulus[0] &* inverse) }
        negativeInverse = 0 &- inverse
        // The highest bit is set, so R mod m is R - m.
        one = RSAPrivateKey.subtract(Limbs(repeating: 0, count: modulus.count), modulus)
    }

    /// a·b/R mod m.
    func multiply(_ a: Limbs, _ b: Limbs) -> Limbs {
        var result = Limbs(repeating: 0, count: modulus.count + 2)
        a.withUnsafeBufferPointer { a in
            b.withUnsafeBufferPointer { b in
                result.withUnsafeMutableBufferPointer { t in
                    modulus.withUnsafeBufferPointer { m in
                        guard let a = a.baseAddress, let b = b.baseAddress, let t = t.baseAddress, let m = m.baseAddress else {
                            return
                        }
                        Self.multiply(a, b, m, modulus.count, negativeInverse, t)
                    }
                }
            }
        }
        let overflow = result[modulus.count]
        result.removeLast(2)
        if overflow != 0 || !RSAPrivateKey.isLess(result, modulus) { return RSAPrivateKey.subtract(result, modulus) }
        return result
    }

    /// Coarsely integrated operand scanning (Koç, Acar and Kaliski, 1996).
    private static func multiply(
        _ a: UnsafePointer<UInt64>, _ b: UnsafePointer<UInt64>, _ m: UnsafePointer<UInt64>, _ count: Int, _ inverse: UInt64,
        _ t: UnsafeMutablePointer<UInt64>
    ) {
        var i = 0
        while i < count {
            var carry: UInt64 = 0, j = 0
            let factor = b[i]
            while j < count {
                let product = a[j].multipliedFullWidth(by: factor)
                let (sum, over1) = t[j].addingReportingOverflow(product.low)
                let (total, over2) = sum.addingReportingOverflow(carry)
                t[j] = total
                carry = product.high &+ (over1 ? 1 : 0) &+ (over2 ? 1 : 0)
                j &+= 1
            }
            let (top, over) = t[count].addingReportingOverflow(carry)
            t[count] = top
            t[count &+ 1] = over ? 1 : 0

            let q = t[0] &* inverse
            let first = q.multipliedFullWidth(by: m[0])
            carry = first.high &+ (t[0].addingReportingOverflow(first.low).overflow ? 1 : 0)
            j = 1
            while j < count {
                let product = q.multipliedFullWidth(by: m[j])
                let (sum, over1) = t[j].addingReportingOverflow(product.low)
                let (total, over2) = sum.addingReportingOverflow(carry)
                t[j &- 1] = total
                carry = product.high &+ (over1 ? 1 : 0) &+ (over2 ? 1 : 0)
                j &+= 1
            }
            let (end, over3) = t[count].addingReportingOverflow(carry)
            t[count &- 1] = end
            t[count] = t[count &+ 1] &+ (over3 ? 1 : 0)
            i &+= 1
        }
    }

    /// 2·a mod m.
    private func double(_ a: Limbs) -> Limbs {
        var result = a, carry: UInt64 = 0
        for index in a.indices {
            result[index] = a[index] << 1 | carry
            carry = a[index] >> 63
        }
        return carry == 1 || !RSAPrivateKey.isLess(result, modulus) ? RSAPrivateKey.subtract(result, modulus) : result
    }

    /// Returns base^exponent in Montgomery's representation, for a base of a few bits.
    func montgomeryPower(ofSmall base: UInt64, _ exponent: Limbs) -> Limbs {
        var x = one
        for _ in 1..<base { x = addOne(x) }
        return power(montgomery: x, exponent, isTwo: base == 2)
    }

    /// Returns base^exponent of plain numbers. The base must be less than the modulus.
    func power(_ base: Limbs, _ exponent: Limbs) -> Limbs {
        var x = base
        for _ in 0..<64 * modulus.count { x = double(x) }
        let result = power(montgomery: x, exponent, isTwo: false)
        return multiply(result, [1] + Limbs(repeating: 0, count: modulus.count - 1))
    }

    private func addOne(_ a: Limbs) -> Limbs {
        var result = a, carry: UInt64 = 0
        for index in a.indices {
            let (sum, over1) = a[index].addingReportingOverflow(one[index])
            let (total, over2) = sum.addingReportingOverflow(carry)
            result[index] = total
            carry = over1 || over2 ? 1 : 0
        }
        return carry == 1 || !RSAPrivateKey.isLess(result, modulus) ? RSAPrivateKey.subtract(result, modulus) : result
    }

    private func power(montgomery base: Limbs, _ exponent: Limbs, isTwo: Bool) -> Limbs {
        var x = one, hasBegun = false
        for limb in exponent.reversed() {
            for bit in stride(from: 63, through: 0, by: -1) {
                if hasBegun { x = multiply(x, x) }
                guard limb >> UInt64(bit) & 1 == 1 else { continue }
                hasBegun = true
                x = isTwo ? double(x) : multiply(x, base)
            }
        }
        return x
    }
}
