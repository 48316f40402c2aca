import Synchronization

/// A token bucket shared by all calls of a client. While a service is down, retries stop instead of adding load.
final class RetryQuota: Sendable {
    /// The refund for a call that needed no retry.
    static let successRefund = 1

    private let capacity: Int
    private let available: Mutex<Int>

    init(capacity: Int) {
        self.capacity = capacity
        available = Mutex(capacity)
    }

    /// - Returns: false, and takes nothing, if not enough is left.
    func acquire(_ cost: Int) -> Bool {
        available.withLock { available in
            guard cost <= available else { return false }
            available -= cost
            return true
        }
    }

    func release(_ amount: Int) { available.withLock { $0 = min(capacity, $0 + amount) } }
}
