import AWSCore
import SimulatorCore

/// An RSA key generated from the simulator's own random numbers. The same seed gives the same key, which no system library
/// offers. Integers are little-endian limbs.
struct RSAPrivateKey: Sendable {
    typealias Limbs = [UInt64]

    let modulus, privateExponent, prime1, prime2, exponent1, exponent2, coefficient: Limbs
    static let publicExponent: UInt64 = 65_537

    /// Generates a key of 2,048 bits.
    init(generatedBy ids: IDGenerator) {
        let smallPrimes = Self.oddPrimes(below: 1 << 14)
        let first = Self.prime(ids, smallPrimes)
        var second = Self.prime(ids, smallPrimes)
        while second == first { second = Self.prime(ids, smallPrimes) }
        let (p, q) = Self.isLess(first, second) ? (second, first) : (first, second)
        let one: Limbs = [1] + Limbs(repeating: 0, count: p.count - 1)
        let pLess = Self.subtract(p, one), qLess = Self.subtract(q, one)
        prime1 = p
        prime2 = q
        modulus = Self.multiply(p, q)
        privateExponent = Self.inverseOfPublicExponent(modulo: Self.multiply(pLess, qLess))
        exponent1 = Self.inverseOfPublicExponent(modulo: pLess)
        exponent2 = Self.inverseOfPublicExponent(modulo: qLess)
        // Fermat: q^(p-2) is the inverse of q modulo the prime p.
        coefficient = MontgomeryModulus(p).power(q, Self.subtract(pLess, one))
    }

    // MARK: Primes

    private static func oddPrimes(below limit: Int) -> [UInt64] {
        var isComposite = [Bool](repeating: false, count: limit)
        var primes: [UInt64] = []
        for n in stride(from: 3, to: limit, by: 2) where !isComposite[n] {
            primes.append(UInt64(n))
            for multiple in stride(from: n * n, to: limit, by: 2 * n) { isComposite[multiple] = true }
        }
        return primes
    }

    /// Returns a prime of 1,024 bits. Its two highest bits are set, so that the product of two primes has 2,048 bits.
    private static func prime(_ ids: IDGenerator, _ smallPrimes: [UInt64]) -> Limbs {
        while true {
            var start = Limbs()
            for _ in 0..<16 { start.append(ids.next()) }
            start[0] |= 1
            start[15] |= 3 << 62
            // The candidates are start, start + 2, …. Candidates with a small factor are skipped.
            let span = 4096
            var isComposite = [Bool](repeating: false, count: span)
            for prime in smallPrimes {
                let remainder = Self.remainder(start, prime)
                // 2k ≡ -remainder (mod prime)
                let negative = (prime - remainder) % prime
                var k = Int(negative % 2 == 0 ? negative / 2 : (negative + prime) / 2)
                while k < span {
                    isComposite[k] = true
                    k += Int(prime)
                }
            }
            for k in 0..<span where !isComposite[k] {
                guard let candidate = add(start, UInt64(2 * k)) else { break }
                if remainder(candidate, publicExponent) != 1, isProbablePrime(candidate) { return candidate }
            }
        }
    }

    /// The Miller–Rabin test. For random numbers of this size, four bases are reliable enough for a simulator.
    private static func isProbablePrime(_ n: Limbs) -> Bool {
        let modulus = MontgomeryModulus(n)
        var exponent = n
        exponent[0] -= 1
        var twos = 0
        while exponent[0] & 1 == 0 {
            exponent = halve(exponent)
            twos += 1
        }
        let one = modulus.one, minusOne = subtract(n, modulus.one)
        bases: for base: UInt64 in [2, 3, 5, 7] {
            var x = modulus.montgomeryPower(ofSmall: base, exponent)
            if x == one || x == minusOne { continue }
            for _ in 1..<max(twos, 1) {
                x = modulus.multiply(x, x)
                if x == minusOne { continue bases }
            }
            return false
        }
        return true
    }

    // MARK: Arithmetic

    static func isLess(_ a: Limbs, _ b: Limbs) -> Bool {
        for index in a.indices.reversed() where a[index] != b[index] { return a[index] < b[index] }
        return false
    }

    /// Returns `a - b` of two numbers of the same width, modulo that width.
    static func subtract(_ a: Limbs, _ b: Limbs) -> Limbs {
        var result = a, borrow: UInt64 = 0
        for index in a.indices {
            let (first, under1) = a[index].subtractingReportingOverflow(b[index])
            let (second, under2) = first.subtractingReportingOverflow(borrow)
            result[index] = second
            borrow = under1 || under2 ? 1 : 0
        }
        return result
    }

    /// Returns the sum; nil if it needs another limb.
    private static func add(_ a: Limbs, _ small: UInt64) -> Limbs? {
        var result = a, carry = small
        for index in a.indices {
            if carry == 0 { break }
            let (sum, over) = result[index].addingReportingOverflow(carry)
            result[index] = sum
            carry = over ? 1 : 0
        }
        return carry == 0 ? result : nil
    }

    private static func multiply(_ a: Limbs, _ b: Limbs) -> Limbs {
        var result = Limbs(repeating: 0, count: a.count + b.count)
        for i in a.indices {
            var carry: UInt64 = 0
            for j in b.indices {
                let product = a[i].multipliedFullWidth(by: b[j])
                let (sum, over1) = result[i + j].addingReportingOverflow(product.low)
                let (total, over2) = sum.addingReportingOverflow(carry)
                result[i + j] = total
                carry = product.high &+ (over1 ? 1 : 0) &+ (over2 ? 1 : 0)
            }
            result[i + b.count] = carry
        }
        return result
    }

    private static func halve(_ a: Limbs) -> Limbs {
        var result = a
        for index in a.indices { result[index] = a[index] >> 1 | (index + 1 < a.count ? a[index + 1] << 63 : 0) }
        return result
    }

    private static func remainder(_ a: Limbs, _ small: UInt64) -> UInt64 {
        var rest: UInt64 = 0
        for limb in a.reversed() {
            rest = (rest << 32 | limb >> 32) % small
            rest = (rest << 32 | limb & 0xFFFF_FFFF) % small
        }
        return rest
    }

    /// Returns the inverse of 65,537: `(1 + k·m) / 65537`, for the k that makes it an integer.
    private static func inverseOfPublicExponent(modulo m: Limbs) -> Limbs {
        let e = publicExponent
        // k = -m⁻¹ (mod e), by Fermat, because e is prime.
        var inverse: UInt64 = 1, base = remainder(m, e), exponent = e - 2
        while exponent > 0 {
            if exponent & 1 == 1 { inverse = inverse * base % e }
            base = base * base % e
            exponent >>= 1
        }
        var product = multiply(m, [e - inverse])
        product = add(product, 1) ?? product
        var quotient = Limbs(repeating: 0, count: product.count), rest: UInt64 = 0
        for index in product.indices.reversed() {
            let (digit, remainder) = e.dividingFullWidth((rest, product[index]))
            quotient[index] = digit
            rest = remainder
        }
        return quotient
    }

    /// Returns big-endian bytes without leading zeros.
    static func bytes(_ limbs: Limbs) -> Bytes {
        var out = Bytes()
        for limb in limbs.reversed() {
            for shift in stride(from: 56, through: 0, by: -8) { out.append(UInt8(truncatingIfNeeded: limb >> UInt64(shift))) }
        }
        return Bytes(out.drop { $0 == 0 })
    }
}
