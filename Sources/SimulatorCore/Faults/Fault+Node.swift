import AWSCore

extension Fault {
    /// The fault as a plan's JSON object.
    public var node: Node {
        var fields: [Node.Field] = []
        if let name { fields.append(.init("name", .string(name))) }
        if service != "*" { fields.append(.init("service", .string(service))) }
        if operation != "*" { fields.append(.init("operation", .string(operation))) }
        if let resource { fields.append(.init("resource", .string(resource))) }
        if let caller { fields.append(.init("caller", .string(caller))) }
        switch calls {
        case .all: break
        case .every(let step): fields.append(.init("calls", .string("every \(step)")))
        case .numbers(let range) where range.upperBound == .max:
            fields.append(.init("calls", .string("\(range.lowerBound)-")))
        case .numbers(let range) where range.count == 1: fields.append(.init("calls", .integer(Int64(range.lowerBound))))
        case .numbers(let range): fields.append(.init("calls", .string("\(range.lowerBound)-\(range.upperBound)")))
        }
        if probability < 1 { fields.append(.init("probability", .number(probability))) }
        return .object(fields + [effect.field])
    }
}

extension Fault.Effect {
    fileprivate var field: Node.Field {
        func text(_ duration: Duration) -> Node { .string("\(duration.milliseconds)ms") }
        switch self {
        case .error(let error):
            let members: [Node.Field] = [
                .init("code", .string(error.code)), .init("message", .string(error.message)),
                .init("status", .integer(Int64(error.status))),
            ]
            return .init("error", .object(members))
        case .throttle(let after): return .init("throttle", after.map(text) ?? .bool(true))
        case .failure(let status): return .init("status", .integer(Int64(status)))
        case .latency(let range):
            let ends = range.lowerBound == range.upperBound ? [range.lowerBound] : [range.lowerBound, range.upperBound]
            return .init("latency", .string(ends.map { "\($0.milliseconds)ms" }.joined(separator: "-")))
        case .drop(let isCarriedOut): return .init("drop", .string(isCarriedOut ? "after" : "before"))
        case .truncate(let bytes): return .init("truncate", .integer(Int64(bytes)))
        case .stall(let duration): return .init("stall", text(duration))
        case .stale(let duration): return .init("stale", text(duration))
        case .insufficientCapacity: return .init("insufficient_capacity", .bool(true))
        case .interruptSpot(let notice): return .init("interrupt_spot", text(notice))
        case .expireToken: return .init("expire_token", .bool(true))
        case .moveClock(let distance): return .init("clock", text(distance))
        }
    }
}
