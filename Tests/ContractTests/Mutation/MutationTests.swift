import AWSClient
import AWSCore
import Contract
import Drydock
import Foundation
import HTTPTypes
import Scenarios
import Synchronization
import Testing

/// Tests the verifier: it must report a difference for a recording in which one thing was changed.
///
/// Serialized, and yields after each mutant, because other tests' tasks need the threads.
@Suite(.serialized) struct Mutations {
    /// Counts of mutants, and how many the verifier detected.
    struct Tally {
        var all = 0, seen = 0
        var notMadeUp = 0, notMadeUpSeen = 0
        var byKind: [Mutant.Kind: (all: Int, seen: Int)] = [:]
        /// Undetected mutants whose value is not generated, by the reason for which the difference was permitted.
        var unseen: [String: [String]] = [:]

        var share: Double { notMadeUp == 0 ? 1 : Double(notMadeUpSeen) / Double(notMadeUp) }

        static func += (a: inout Tally, b: Tally) {
            a.all += b.all
            a.seen += b.seen
            a.notMadeUp += b.notMadeUp
            a.notMadeUpSeen += b.notMadeUpSeen
            a.byKind.merge(b.byKind) { ($0.all + $1.all, $0.seen + $1.seen) }
            a.unseen.merge(b.unseen) { $0 + $1 }
        }

        var text: String {
            func percent(_ part: Int, _ whole: Int) -> String {
                String(format: "%.1f%%", Double(part) * 100 / Double(max(1, whole)))
            }
            var lines = [
                "\(all) mutants, \(seen) seen (\(percent(seen, all))); not made up: \(notMadeUp), \(notMadeUpSeen) seen (\(percent(notMadeUpSeen, notMadeUp)))"
            ]
            for kind in Mutant.Kind.allCases {
                let (all, seen) = byKind[kind] ?? (0, 0)
                lines.append("  \(kind.rawValue): \(seen) of \(all), \(percent(seen, all))")
            }
            for (reason, mutants) in unseen.sorted(by: { $0.value.count > $1.value.count }) {
                lines.append("  \(mutants.count) × \(reason)")
                lines += mutants.prefix(ProcessInfo.processInfo.environment["DRYDOCK_MUTANTS"] == nil ? 6 : 500).map {
                    "      \($0)"
                }
            }
            return lines.joined(separator: "\n")
        }
    }

    /// One exchange with the target's reply, and the state of the verification before it.
    private struct Step {
        let exchange: RecordedExchange
        let verification: Verification
        let playback: Playback
        let reply: HTTPReply?
        let time: Instant
        /// Permitted differences of the unchanged exchange.
        let permitted: Set<String>
    }

    /// Returns a reply that was kept earlier.
    private struct Again: HTTPTransport {
        let reply: HTTPReply?
        func send(_ request: HTTPRequest, body: HTTPBody, timeout: Duration) async throws -> HTTPReply {
            guard let reply else { throw TransportError.unanswered("nothing was answered") }
            return reply
        }
    }

    /// Provides no credentials: the reply is already known, so the request needs no signature.
    private struct Nobody: CredentialsProvider {
        func credentials() async throws -> Credentials? { nil }
    }

    /// Keeps the last reply and its time.
    private final class Tap: HTTPTransport {
        let base: any HTTPTransport
        let clock: @Sendable () -> Instant
        let last = Mutex<(reply: HTTPReply, time: Instant)?>(nil)
        init(_ base: any HTTPTransport, clock: @escaping @Sendable () -> Instant) {
            self.base = base
            self.clock = clock
        }
        func send(_ request: HTTPRequest, body: HTTPBody, timeout: Duration) async throws -> HTTPReply {
            let time = clock()
            let reply = try await base.send(request, body: body, timeout: timeout)
            let kept = HTTPReply(reply.response, .bytes(try await reply.body.collect(upTo: 64 << 20)))
            last.withLock { $0 = (kept, time) }
            return kept
        }
    }

    /// Replies as recorded.
    private final class Recorded: HTTPTransport {
        let next = Mutex<RecordedExchange?>(nil)
        func send(_ request: HTTPRequest, body: HTTPBody, timeout: Duration) async throws -> HTTPReply {
            guard let response = next.withLock({ $0 })?.response else { throw TransportError.unanswered("nothing is recorded") }
            var head = HTTPResponse(status: .init(code: response.status))
            for header in response.headers {
                if let name = HTTPField.Name(header.name) {
                    head.headerFields.append(HTTPField(name: name, value: header.value))
                }
            }
            return HTTPReply(head, .bytes(response.body))
        }
    }

    private enum Target { case itself, simulator(RecordingSettings) }

    private static let key = Credentials(accessKeyId: "test", secretAccessKey: "test")

    /// Plays a recording and keeps the state of the verification before each exchange.
    private static func steps(_ exchanges: [RecordedExchange], _ target: Target, _ rules: Rules) async throws -> [Step] {
        let recorded = Recorded()
        let tap: Tap, playback: Playback
        switch target {
        case .itself:
            let clock: @Sendable () -> Instant = { recorded.next.withLock { $0?.requested } ?? Instant(milliseconds: 0) }
            tap = Tap(recorded, clock: clock)
            playback = Playback(tap, credentials: key, clock: clock)
        case .simulator(let settings):
            let simulator = try Simulator.drydock(Configuration(answeringAs: settings))
            let clock = simulator.clock
            tap = Tap(InProcessTransport(simulator)) { clock.now }
            playback = Playback(
                tap, credentials: key, advance: { try simulator.moveClock(to: clock.now + $0) }, clock: { clock.now })
        }
        var verification = Verification(rules: rules), steps: [Step] = []
        for exchange in exchanges {
            let before = verification,
                known = playback.copy(Again(reply: nil), credentials: Nobody(), clock: { exchange.started })
            recorded.next.withLock { $0 = exchange }
            tap.last.withLock { $0 = nil }
            try await verification.verify(exchange, playback)
            let hasNew = verification.report.differing.count > before.report.differing.count
            let permitted = hasNew ? verification.report.differing.last?.differences ?? [] : []
            let last = tap.last.withLock { $0 }
            steps.append(
                Step(
                    exchange: exchange, verification: before, playback: known, reply: last?.reply,
                    time: last?.time ?? exchange.started, permitted: Set(permitted.map { "\($0)" })))
        }
        #expect(verification.report.summary.agree == verification.report.summary.compared, "\(verification.report.text)")
        return steps
    }

    /// Returns whether the verifier detects the mutant, in its own exchange or in one of the next 8; if not, the reason.
    private static func isSeen(_ mutant: Mutant, at index: Int, of steps: [Step]) async throws -> (Bool, reason: String) {
        let step = steps[index]
        var verification = step.verification
        let before = verification.report
        let playback = step.playback.copy(
            Again(reply: step.reply), credentials: Nobody(), clock: { [time = step.time] in time })
        try await verification.verify(mutant.exchange, playback)
        let after = verification.report
        if after.summary.agree == before.summary.agree { return (true, "") }
        let permitted = after.differing.count > before.differing.count ? after.differing.last?.differences ?? [] : []
        let new = permitted.first { !step.permitted.contains("\($0)") }
        // A wrong id shows up only in later exchanges that use it.
        var later = playback
        for next in steps[(index + 1)...].prefix(8) {
            let agreed = verification.report.summary.agree
            let compared = verification.report.summary.compared
            later = later.copy(Again(reply: next.reply), credentials: Nobody(), clock: { [time = next.time] in time })
            try await verification.verify(next.exchange, later)
            if verification.report.summary.compared > compared, verification.report.summary.agree == agreed {
                return (true, "")
            }
        }
        return (false, new?.permittedBecause ?? "no difference")
    }

    private static func tally(
        _ exchanges: [RecordedExchange], _ target: Target, _ rules: Rules, seed: UInt64, most: Int
    ) async throws -> Tally {
        let steps = try await steps(exchanges, target, rules)
        var lots = SeededLots(seed: seed), mutations: [(Int, Mutation)] = [], places: [(Int, [Int])] = []
        for (index, step) in steps.enumerated() where step.reply != nil {
            guard let mutation = Mutation(step.exchange, lots: SeededLots(seed: seed &+ UInt64(index))) else { continue }
            places += mutation.places.map { (mutations.count, $0) }
            mutations.append((index, mutation))
        }
        var tally = Tally()
        for _ in 0..<min(most, places.count * 2) {
            let (number, path) = places[lots.next(places.count)]
            guard let mutant = mutations[number].1.mutant(at: path) else { continue }
            await Task.yield()
            let (isSeen, reason) = try await isSeen(mutant, at: mutations[number].0, of: steps)
            tally.all += 1
            if isSeen { tally.seen += 1 }
            guard !mutant.isMadeUp else { continue }
            tally.notMadeUp += 1
            tally.byKind[mutant.kind, default: (0, 0)].all += 1
            if isSeen { tally.byKind[mutant.kind, default: (0, 0)].seen += 1 }
            if isSeen { tally.notMadeUpSeen += 1 } else { tally.unseen[reason, default: []].append(mutant.description) }
        }
        return tally
    }

    // MARK: Tests

    /// Compares mutants with the recording's own responses: the most that the verifier can detect.
    @Test func mutatedRecordingDiffersFromItself() async throws {
        var all = Tally()
        for (index, file) in GoldenRecordings.files.enumerated() {
            let exchanges = try GoldenRecordings.exchanges(file)
            all += try await Self.tally(exchanges, .itself, Rules(), seed: UInt64(index), most: 90)
        }
        print("golden recordings against themselves: \(all.text)")
        #expect(all.notMadeUp > 1500)
        #expect(all.share >= 0.95, "\(all.text)")
    }

    /// Compares mutants with the simulator, under the rules for moto's known differences.
    @Test func mutatedRecordingDiffersFromSimulator() async throws {
        var all = Tally()
        for (index, file) in GoldenRecordings.files.enumerated() {
            let exchanges = try GoldenRecordings.exchanges(file)
            let target = Target.simulator(try GoldenRecordings.settings(file))
            all += try await Self.tally(exchanges, target, try GoldenRecordings.rules(file), seed: UInt64(index), most: 90)
        }
        print("golden recordings against the simulator: \(all.text)")
        #expect(all.notMadeUp > 1500)
        #expect(all.share >= 0.95, "\(all.text)")
    }

    /// Uses AWS traffic recorded by other projects.
    @Test(.enabled(if: recordedFolder != nil)) func mutatedAWSRecordingDiffersFromItself() async throws {
        var all = Tally()
        for folder in ["manageiq-vcr", "aws-sdk-rust-traffic"] {
            var exchanges: [RecordedExchange] = []
            try RecordingImporter(.vcr).importAll("\(try #require(recordedFolder))/\(folder)") {
                if $0.notes.hasRequest, $0.notes.skip == nil { exchanges.append($0) }
            }
            for (index, exchange) in exchanges.enumerated() {
                all += try await Self.tally([exchange], .itself, Rules(), seed: UInt64(index), most: 40)
            }
        }
        print("recordings of AWS against themselves: \(all.text)")
        #expect(all.notMadeUp > 500)
        #expect(all.share >= 0.95, "\(all.text)")
    }
}
