import AWSCore

/// All errors in a fault plan.
public struct FaultPlanMistakes: Error, Sendable, CustomStringConvertible {
    /// An error, with its place in the plan.
    public struct Mistake: Sendable, Equatable {
        /// Names and indexes, joined by dots: `faults.0.latency`. Empty for the plan itself.
        public var path: String
        public var message: String
    }
    public let mistakes: [Mistake]

    public var description: String {
        mistakes.map { $0.path.isEmpty ? $0.message : "\($0.path): \($0.message)" }.joined(separator: "\n")
    }
}

extension FaultPlan {
    /// Parses a plan as in scenario files and the control plane: `{"seed": 7, "faults": [{"service": "ec2", …}]}`, or only the
    /// list of faults.
    /// - Throws: ``FaultPlanMistakes`` with every mistake in it.
    public init(parsing node: Node, _ catalogue: FaultCatalogue) throws(FaultPlanMistakes) {
        let reader = FaultReader(catalogue: catalogue)
        let plan = reader.plan(node)
        guard reader.mistakes.isEmpty else { throw FaultPlanMistakes(mistakes: reader.mistakes) }
        self = plan
    }
}

private final class FaultReader {
    let catalogue: FaultCatalogue
    var mistakes: [FaultPlanMistakes.Mistake] = []

    init(catalogue: FaultCatalogue) { self.catalogue = catalogue }

    private func note(_ path: String, _ message: String) { mistakes.append(.init(path: path, message: message)) }

    func plan(_ node: Node) -> FaultPlan {
        if let list = node.elements { return FaultPlan(faults(list, "")) }
        guard let fields = node.fields else {
            note("", "a plan is a list of faults, or an object with 'faults' and 'seed'")
            return FaultPlan([])
        }
        var plan = FaultPlan([])
        for field in fields {
            switch field.name {
            case "seed":
                if case .integer(let seed) = field.value, seed >= 0 {
                    plan.seed = UInt64(seed)
                } else {
                    note("seed", "a seed is a whole number, not \(Self.shown(field.value))")
                }
            case "faults":
                if let list = field.value.elements {
                    plan.faults = faults(list, "faults.")
                } else {
                    note("faults", "'faults' must be a list, not \(Self.shown(field.value))")
                }
            default: note(field.name, "'\(field.name)' is not known in a plan; expected faults or seed")
            }
        }
        if node["faults"] == nil { note("", "the plan has no 'faults'") }
        return plan
    }

    private func faults(_ list: [Node], _ base: String) -> [Fault] {
        list.enumerated().compactMap { fault($1, "\(base)\($0)") }
    }

    private static let effects = [
        "error", "throttle", "status", "latency", "drop", "truncate", "stall", "stale", "insufficient_capacity",
        "interrupt_spot", "expire_token", "clock",
    ]
    private static let conditions = ["name", "service", "operation", "resource", "caller", "calls", "probability"]

    private func fault(_ node: Node, _ path: String) -> Fault? {
        guard let fields = node.fields else {
            note(path, "a fault is an object with an effect, not \(Self.shown(node))")
            return nil
        }
        for field in fields where !Self.effects.contains(field.name) && !Self.conditions.contains(field.name) {
            note("\(path).\(field.name)", "'\(field.name)' is not known in a fault; \(Self.expected)")
        }
        let effects = fields.filter { Self.effects.contains($0.name) }
        guard let chosen = effects.first else {
            note(path, "the fault has no effect; \(Self.expected)")
            return nil
        }
        for other in effects.dropFirst() {
            note(
                "\(path).\(other.name)",
                "a fault has one effect, and this one has '\(chosen.name)' already; write another fault")
        }
        guard let effect = effect(chosen.name, chosen.value, "\(path).\(chosen.name)") else { return nil }
        var fault = Fault(effect)
        fault.name = text(node, "name", path)
        fault.resource = text(node, "resource", path)
        fault.caller = text(node, "caller", path)
        if let value = node["calls"] { fault.calls = calls(value, "\(path).calls") }
        if let value = node["probability"] {
            if let number = Self.number(value), (0...1).contains(number) {
                fault.probability = number
            } else {
                note("\(path).probability", "a probability is a number from 0 to 1, not \(Self.shown(value))")
            }
        }
        readTarget(&fault, node, path)
        return fault
    }

    private static let expected =
        "effects are \(effects.joined(separator: ", ")); conditions are \(conditions.joined(separator: ", "))"

    /// Reads service and operation, which must exist.
    private func readTarget(_ fault: inout Fault, _ node: Node, _ path: String) {
        fault.service = text(node, "service", path) ?? "*"
        fault.operation = text(node, "operation", path) ?? "*"
        let services = catalogue.services.filter { Wildcard.matches($0.name, fault.service) }
        guard !services.isEmpty else {
            let names = catalogue.services.map(\.name).joined(separator: ", ")
            return note("\(path).service", "'\(fault.service)' is not a known service; known services are \(names)")
        }
        guard !services.contains(where: { $0.operations.contains { Wildcard.matches($0, fault.operation) } }) else { return }
        let lower = fault.operation.lowercased()
        let near = services.lazy.flatMap(\.operations).filter {
            $0.lowercased().contains(lower) || lower.contains($0.lowercased())
        }.min()
        note(
            "\(path).operation",
            "no operation of \(fault.service == "*" ? "any service" : fault.service) is named '\(fault.operation)'"
                + (near.map { "; did you mean '\($0)'?" } ?? ""))
    }

    private func text(_ node: Node, _ name: String, _ path: String) -> String? {
        guard let value = node[name] else { return nil }
        if let text = value.string, !text.isEmpty { return text }
        if case .integer(let number) = value { return String(number) }
        note("\(path).\(name)", "'\(name)' must be text, not \(Self.shown(value))")
        return nil
    }

    private func calls(_ value: Node, _ path: String) -> Fault.Calls {
        if case .integer(let number) = value, number > 0 { return .numbers(Int(number)...Int(number)) }
        if let text = value.string {
            let words = text.split(separator: " ")
            if words.count == 2, words[0] == "every", let step = Int(words[1]), step > 0 { return .every(step) }
            if words.count == 2, words[0] == "first", let last = Int(words[1]), last > 0 { return .numbers(1...last) }
            let ends = text.split(separator: "-", omittingEmptySubsequences: false)
            if ends.count == 2, let first = Int(ends[0]), first > 0 {
                if ends[1].isEmpty { return .numbers(first...Int.max) }
                if let last = Int(ends[1]), last >= first { return .numbers(first...last) }
            }
            if let number = Int(text), number > 0 { return .numbers(number...number) }
        }
        note(path, "\(Self.shown(value)) does not select calls; write 3, '2-4', '5-', 'first 2' or 'every 4'")
        return .all
    }

    // MARK: Effects

    private func effect(_ name: String, _ value: Node, _ path: String) -> Fault.Effect? {
        switch name {
        case "error": return error(value, path)
        case "throttle":
            if value == .bool(true) { return .throttle(retryAfter: nil) }
            return duration(value, path, or: "true").map { .throttle(retryAfter: $0) }
        case "status":
            if case .integer(let status) = value, [500, 502, 503, 504].contains(status) {
                return .failure(status: Int(status))
            }
            note(path, "a status is 500, 502, 503 or 504, not \(Self.shown(value)); others are errors with a 'code'")
        case "latency": return latency(value, path)
        case "drop":
            switch value.string {
            case "before": return .drop(isCarriedOut: false)
            case "after": return .drop(isCarriedOut: true)
            default:
                note(path, "'drop' is 'before' or 'after' the request is carried out, not \(Self.shown(value))")
            }
        case "truncate":
            if case .integer(let bytes) = value, bytes >= 0 { return .truncate(bytes: Int(bytes)) }
            note(path, "'truncate' is the number of bytes that arrive, not \(Self.shown(value))")
        case "stall": return duration(value, path).map { .stall($0) }
        case "stale": return duration(value, path).map { .stale($0) }
        case "interrupt_spot":
            if value == .bool(true) { return .interruptSpot(notice: .seconds(120)) }
            return duration(value, path, or: "true").map { .interruptSpot(notice: $0) }
        case "clock":
            let text = value.string ?? ""
            let isBack = text.hasPrefix("-")
            if let move = Duration(parsing: isBack || text.hasPrefix("+") ? String(text.dropFirst()) : text) {
                return .moveClock(isBack ? .zero - move : move)
            }
            note(path, "'clock' is a duration to move the clock by, such as 48h or -10m, not \(Self.shown(value))")
        case "insufficient_capacity", "expire_token":
            if value == .bool(true) { return name == "expire_token" ? .expireToken : .insufficientCapacity }
            note(path, "'\(name)' can only be true, not \(Self.shown(value))")
        default: break
        }
        return nil
    }

    private func error(_ value: Node, _ path: String) -> Fault.Effect? {
        if let code = value.string, !code.isEmpty { return .error(AWSError(code, "\(code), injected by the fault plan.")) }
        guard let fields = value.fields else {
            note(path, "'error' is an error's code, or an object with code, message and status, not \(Self.shown(value))")
            return nil
        }
        for field in fields where !["code", "message", "status"].contains(field.name) {
            note("\(path).\(field.name)", "'\(field.name)' is not known in an error; expected code, message or status")
        }
        guard let code = value["code"]?.string, !code.isEmpty else {
            note(path, "the error has no 'code'")
            return nil
        }
        var error = AWSError(code, value["message"]?.string ?? "\(code), injected by the fault plan.")
        if let status = value["status"] {
            guard case .integer(let number) = status, (400...599).contains(number) else {
                note("\(path).status", "an error's status is between 400 and 599, not \(Self.shown(status))")
                return nil
            }
            error.status = Int(number)
        }
        return .error(error)
    }

    private func latency(_ value: Node, _ path: String) -> Fault.Effect? {
        let ends = (value.string ?? "").split(separator: "-").map { Duration(parsing: String($0)) }
        if ends.count == 1, let only = ends[0] { return .latency(only...only) }
        if ends.count == 2, let low = ends[0], let high = ends[1], low <= high { return .latency(low...high) }
        note(path, "a latency is a duration such as 200ms, or two such as 100ms-2s, not \(Self.shown(value))")
        return nil
    }

    private func duration(_ value: Node, _ path: String, or other: String? = nil) -> Duration? {
        if let duration = value.string.flatMap({ Duration(parsing: $0) }) { return duration }
        note(path, "\(Self.shown(value)) is not a duration such as 200ms, 5s or 1m30s\(other.map { ", nor \($0)" } ?? "")")
        return nil
    }

    private static func number(_ node: Node) -> Double? {
        switch node {
        case .integer(let value): Double(value)
        case .number(let value): value
        default: nil
        }
    }

    private static func shown(_ node: Node) -> String { String(decoding: JSON.write(node).prefix(60), as: UTF8.self) }
}
