import AWSCore
import Drydock
import HTTPTypes

extension ControlPlane {
    /// Returns events in CloudTrail's format, oldest first:
    /// `?since=N&wait=20s&service=ec2&operation=Run*&caller=*Worker*&errors=true&limit=50`.
    ///
    /// With `since`, returns the first `limit` events from there on; `more` says whether others follow. Without it, returns the
    /// last `limit`. `next` is the position of the next page. `lost` is the number of entries from `since` on that were dropped.
    func journal(_ request: HTTPRequest) async throws -> Node {
        let usage = "The parameters are since, wait, limit, service, operation, caller and errors."
        let pairs: [(name: String, value: String)]
        do { pairs = try QueryString.pairs(Bytes(request.queryText.utf8)) } catch {
            throw ControlError("The query cannot be read: \(error). \(usage)")
        }
        var filter = JournalFilter()
        for (name, value) in pairs { try filter.set(name, value, usage) }
        let deadline = ContinuousClock.now + filter.wait
        var lost = 0
        while true {
            let page = filter.page(of: simulator.journal)
            lost += page.lost
            let left = deadline - ContinuousClock.now
            // A waiting request must not keep the server from stopping.
            guard page.entries.isEmpty, page.next == page.end, left > .zero, !simulator.journal.isOver else {
                return .object([
                    .init("events", .list(page.entries.map { simulator.event(of: $0) })),
                    .init("next", .integer(Int64(page.next))), .init("more", .bool(page.next < page.end)),
                    .init("lost", .integer(Int64(lost))),
                ])
            }
            filter.since = page.next
            await simulator.journal.wait(for: page.next, atMost: left)
            try Task.checkCancellation()
        }
    }
}

private struct JournalFilter {
    /// Nil requests the last entries.
    var since: Int?
    var wait = Duration.zero
    var limit = Self.usualLimit
    var service = "*", operation = "*", caller = "*"
    var errorsOnly = false

    mutating func set(_ name: String, _ value: String, _ usage: String) throws {
        switch name {
        case "since": since = try Self.number(name, value)
        case "limit": limit = try Self.number(name, value)
        case "wait":
            guard let duration = Duration(parsing: value), duration <= .seconds(60) else {
                throw ControlError("'wait' is a duration of up to 60s, not '\(value)'.")
            }
            wait = duration
        case "service": service = value
        case "operation": operation = value
        case "caller": caller = value
        case "errors":
            guard let flag = Bool(value) else { throw ControlError("'errors' is true or false, not '\(value)'.") }
            errorsOnly = flag
        default: throw ControlError("'\(name)' is unknown. \(usage)")
        }
    }

    /// The default number of events in a page.
    private static let usualLimit = 500
    /// The memory limit of a page's entries in bytes: the response is built in memory.
    private static let largestPage = 4 << 20

    /// Returns the next matching entries, or the last ones.
    func page(of journal: Journal) -> Journal.Page {
        var page = journal.entries(from: since ?? 0)
        var found: [Journal.Entry] = []
        var size = 0
        func isFull(_ entry: Journal.Entry) -> Bool {
            size += entry.size
            return found.count >= limit || size > Self.largestPage && !found.isEmpty
        }
        guard since != nil else {
            for entry in page.entries.reversed() where matches(entry) {
                if isFull(entry) { break }
                found.append(entry)
            }
            page.entries = found.reversed()
            page.lost = 0
            return page
        }
        let start = page.next - page.entries.count
        for (index, entry) in page.entries.enumerated() where matches(entry) {
            if isFull(entry) {
                page.next = start + index
                break
            }
            found.append(entry)
        }
        page.entries = found
        return page
    }

    private static func number(_ name: String, _ value: String) throws -> Int {
        guard let number = Int(value), number >= 0 else { throw ControlError("'\(name)' is a whole number, not '\(value)'.") }
        return number
    }

    func matches(_ entry: Journal.Entry) -> Bool {
        if errorsOnly, entry.error == nil { return false }
        guard Wildcard.matches(entry.service, service), Wildcard.matches(entry.operation, operation) else { return false }
        return entry.isBy(caller)
    }
}
