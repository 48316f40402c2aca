import AWSClient
import AWSCore
import SimulatorCore
import Synchronization

extension Simulator {
    /// Returns a client whose requests go to this simulator in the process, as real bytes without a socket.
    ///
    /// It uses the simulator's clock and seed. With a manual clock it never sleeps: the clock moves on instead.
    /// - Parameters:
    ///   - credentials: nil acts as the account's root, with a key that IAM does not have.
    ///   - region: nil uses the configuration's.
    public func client(credentials: Credentials? = nil, region: String? = nil) -> AWSClient {
        let credentials = credentials ?? Credentials(accessKeyId: "test", secretAccessKey: "test")
        var settings = AWSClient.Configuration(
            region: region ?? configuration.region, credentials: credentials, transport: InProcessTransport(self))
        let clock = clock
        settings.clock = { clock.now }
        settings.sleep = { duration in
            if clock.mode == "manual" { clock.advance(by: duration) } else { try await Task.sleep(for: duration) }
        }
        settings.jitter = { 1 }
        let tokens = TokenSequence(seed: configuration.seed, client: nextClientNumber())
        settings.idempotencyToken = { tokens.next() }
        return AWSClient(settings)
    }
}

/// Generates idempotency tokens that repeat with the seed: the first client's first token is always the same. No two clients of a
/// simulator share a token.
private final class TokenSequence: Sendable {
    private let seed: UInt64
    private let count = Atomic<UInt64>(0)
    init(seed: UInt64, client: UInt64) { self.seed = seed &+ client &* 0x9E37_79B9_7F4A_7C15 }

    func next() -> String {
        let number = count.wrappingAdd(1, ordering: .relaxed).newValue
        return IDGenerator(seed: seed ^ 0x746F_6B65_6E, stream: number).uuid()
    }
}
