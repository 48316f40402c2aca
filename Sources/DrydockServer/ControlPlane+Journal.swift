import AWSCore
import Drydock
import HTTPTypes

extension ControlPlane {
    /// Events in CloudTrail's form, oldest first: `?since=N&wait=20s&service=ec2&operation=Run*&caller=*Worker*&errors=true&limit=50`.
    /// `next` is where to go on.
    func journal(_ request: HTTPRequest) async throws -> Node {
        let usage = "Known are since, wait, limit, service, operation, caller and errors."
        let pairs: [(name: String, value: String)]
        do { pairs = try QueryString.pairs(Bytes(request.queryText.utf8)) } catch {
            throw ControlError("The query cannot be read: \(error). \(usage)")
        }
        var filter = JournalFilter()
        for (name, value) in pairs { try filter.set(name, value, usage) }
        let deadline = ContinuousClock.now + filter.wait
        while true {
            let (entries, next) = simulator.journal.entries(from: filter.since)
            var found = entries.filter { filter.matches($0) }
            if let limit = filter.limit { found = found.suffix(limit) }
            let left = deadline - ContinuousClock.now
            // Who waits must not keep a server that is asked to end.
            guard found.isEmpty, left > .zero, !simulator.journal.isOver else {
                return .object([
                    .init("events", .list(found.map { simulator.event(of: $0) })), .init("next", .integer(Int64(next))),
                ])
            }
            filter.since = next
            await simulator.journal.wait(for: next, atMost: left)
            try Task.checkCancellation()
        }
    }
}

private struct JournalFilter {
    var since = 0
    var wait = Duration.zero
    var limit: Int?
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
        default: throw ControlError("'\(name)' is not known here. \(usage)")
        }
    }

    private static func number(_ name: String, _ value: String) throws -> Int {
        guard let number = Int(value), number >= 0 else { throw ControlError("'\(name)' is a whole number, not '\(value)'.") }
        return number
    }

    func matches(_ entry: Journal.Entry) -> Bool {
        if errorsOnly, entry.error == nil { return false }
        guard Wildcard.matches(entry.service, service), Wildcard.matches(entry.operation, operation) else { return false }
        if caller == "*" { return true }
        guard let who = entry.caller else { return false }
        if case .user(let name) = who.kind, Wildcard.matches(name, caller) { return true }
        return Wildcard.matches(who.arn, caller) || Wildcard.matches(who.accessKeyId, caller)
    }
}
