import Synchronization

/// A token bucket that all calls of a client share: while a service is down, retries dry up instead of adding to its load.
final class RetryQuota: Sendable {
    /// What a call that needed no retry puts back.
    static let successRefund = 1

    private let capacity: Int
    private let available: Mutex<Int>

    init(capacity: Int) {
        self.capacity = capacity
        available = Mutex(capacity)
    }

    /// - Returns: false if there is not enough left; then nothing is taken.
    func acquire(_ cost: Int) -> Bool {
        available.withLock { available in
            guard cost <= available else { return false }
            available -= cost
            return true
        }
    }

    func release(_ amount: Int) { available.withLock { $0 = min(capacity, $0 + amount) } }
}
