import Synchronization
import Testing

extension AWS {
    /// Runs a test. If it fails, attaches the journal and adds the last requests to the failure's
    /// message.
    func reportingFailures(
        of test: Test, _ testCase: Test.Case?, _ function: @Sendable () async throws -> Void
    ) async throws {
        #if compiler(>=6.2)
            let failure = Failure()
            let watch = IssueHandlingTrait.compactMapIssues { issue in
                // Report once per test, however many expectations fail.
                guard failure.isFirst() else { return issue }
                var issue = issue
                if let requests = lastRequests { issue.comments.append(Comment(rawValue: requests)) }
                return issue
            }
            try await watch.provideScope(for: test, testCase: testCase, performing: function)
            if failure.happened { attachJournal() }
        #else
            do {
                try await function()
            } catch {
                attachJournal()
                throw error
            }
        #endif
    }

    private func attachJournal() {
        guard !journal.isEmpty else { return }
        Attachment.record(journalText, named: "journal.txt")
    }

    /// The last requests as text for a failure's message, with the errors of failed ones; nil if there
    /// were no requests.
    private var lastRequests: String? {
        let entries = journal.suffix(5)
        guard !entries.isEmpty else { return nil }
        let omitted = journal.count - entries.count
        return "The simulator's last requests:\(omitted > 0 ? " (\(omitted) more in journal.txt)" : "")\n"
            + Self.text(entries)
    }

    /// The journal as readable lines.
    public var journalText: String { Self.text(journal[...]) + "\n" }

    private static func text(_ entries: ArraySlice<Journal.Entry>) -> String {
        entries.map { entry in
            var line = "  \(entry.time) \(entry.status) \(entry.service):\(entry.operation) by \(entry.caller?.arn ?? "-")"
            if let error = entry.error {
                line += "\n      \(error.code): \(error.message)"
                if let explanation = error.explanation { line += "\n      \(explanation)" }
            }
            return line
        }.joined(separator: "\n")
    }
}

#if compiler(>=6.2)
    private final class Failure: Sendable {
        private let flag = Atomic(false)
        var happened: Bool { flag.load(ordering: .relaxed) }
        func isFirst() -> Bool { !flag.exchange(true, ordering: .relaxed) }
    }
#endif
