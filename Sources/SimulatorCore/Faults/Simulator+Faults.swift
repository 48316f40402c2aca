import AWSCore
import Foundation
import HTTPTypes
import Logging

// Faults apply between the gateway and authentication.
extension Simulator {
    func respondWithFaults(to request: HTTPRequest, body: HTTPBody, from peer: String) async -> HTTPReply {
        if let door = doors.first(where: { $0.answers(request) }) {
            return await respondWithFaults(door.name, door.receive(request, from: peer, self), body: body)
        }
        let bytes: Bytes
        do { bytes = try await body.collect(upTo: Self.bodyLimit) } catch {
            return await respondWithoutFaults(to: request, body: body, from: peer)
        }
        let authorization = try? authenticator.parse(request)
        guard let route = try? gateway.route(request, bytes, authorization) else {
            return await respondWithoutFaults(to: request, body: .bytes(bytes), from: peer)
        }
        let parameters = route.query ?? (try? JSON.parse(bytes)) ?? .null
        let model = route.service.model
        let accessKeyId = authorization?.accessKeyId
        // A fleet asks for capacity pool by pool, while the request is carried out.
        let asksLater = (route.service as? any SpotCapacity)?.launchesFromPools.contains(route.operation) ?? false
        let hits = faults.hits(
            on: .init(
                service: model.id, operation: route.operation, resources: parameters.texts,
                callers: { self.names(ofCaller: accessKeyId) }),
            where: { !asksLater || $0 != .insufficientCapacity })
        let effects = combine(hits, scope: .init(service: route.service, parameters: parameters, region: route.region))
        if let refusal = effects.refusal {
            var (response, bytes) = refuse(request, route, parameters, with: refusal, from: peer)
            response.hint(effects.retryAfter)
            return effects.deliver(HTTPReply(response, .bytes(bytes)))
        }
        if effects.isLost { return effects.deliver(HTTPReply(HTTPResponse(status: .badGateway))) }
        // Writes are never stale, whatever the plan's pattern: they execute now.
        if let lag = effects.lag, Self.isReadOnly(route.operation), let past = faults.version(lag, before: clock.now) {
            let reply = await past.respondWithoutFaults(to: request, body: .bytes(bytes), from: peer)
            for entry in past.journal.entries { journal.append(entry) }
            past.journal.clear()
            return effects.deliver(reply)
        }
        keepPast(beforeOperation: route.operation)
        return effects.deliver(await respondWithoutFaults(to: request, body: .bytes(bytes), from: peer))
    }

    private func respondWithFaults(_ door: String, _ request: any DoorRequest, body: HTTPBody) async -> HTTPReply {
        let operation = request.operation
        let hits = faults.hits(
            on: .init(
                service: door, operation: operation?.name ?? "", resources: operation?.resource.map { [$0] } ?? [],
                callers: { request.callers }))
        let effects = combine(hits, scope: .init(service: nil, parameters: .null, region: configuration.region))
        if let refusal = effects.refusal {
            request.noteRefusal(with: refusal)
            return effects.deliver(.registryRefusal(refusal, retryAfter: effects.retryAfter))
        }
        if effects.isLost { return effects.deliver(HTTPReply(HTTPResponse(status: .badGateway))) }
        return effects.deliver(await request.respond(body: body))
    }

    /// Where effects apply.
    private struct FaultScope {
        /// Nil for a door.
        var service: (any SimulatedService)?
        var wire: WireProtocol? { service?.model.wire }
        var parameters: Node
        var region: String
    }

    /// The combined result of the faults.
    private struct CombinedEffects {
        var delay = Duration.zero
        var refusal: AWSError?
        var retryAfter: Duration?
        var lag: Duration?
        /// Not executed, and without a response.
        var isLost = false
        var end = HTTPReply.Delivery.End.whole

        func deliver(_ reply: HTTPReply) -> HTTPReply {
            guard delay != .zero || end != .whole else { return reply }
            var reply = reply
            reply.delivery = .init(delay: delay, end: end)
            return reply
        }
    }

    /// Applies the effects before the request, and returns those on the request and its response.
    private func combine(_ hits: [Faults.Hit], scope: FaultScope) -> CombinedEffects {
        var effects = CombinedEffects()
        for hit in hits {
            var refusal: AWSError?
            switch hit.effect {
            case .latency(let range):
                let width = Double((range.upperBound - range.lowerBound).milliseconds)
                effects.delay += range.lowerBound + .milliseconds(Int64(width * hit.randomFraction))
            case .moveClock(let distance): try? moveClock(to: clock.now + distance)
            case .interruptSpot(let notice):
                interruptSpot(hit.resource ?? "*", notice: notice)
            case .stale(let lag): effects.lag = max(lag, effects.lag ?? .zero)
            case .truncate(let count): effects.end = .truncated(after: count)
            case .drop(let isCarriedOut):
                effects.end = .dropped
                effects.isLost = !isCarriedOut
            case .stall(let duration):
                effects.delay += duration
                effects.end = .dropped
                effects.isLost = true
            case .error(let error): refusal = error
            case .throttle(let after):
                refusal = .throttled(scope.wire)
                effects.retryAfter = after
            case .failure(let status): refusal = .failed(status, scope.wire)
            case .insufficientCapacity:
                let market = scope.service as? any SpotCapacity
                refusal = market?.noCapacity(for: scope.parameters, region: scope.region) ?? .failed(500, scope.wire)
            case .expireToken: refusal = scope.wire.map { .expiredToken($0) } ?? .expiredRegistryToken
            }
            if var refusal {
                refusal.explanation = "Injected by the fault plan: fault \(hit.name)."
                effects.refusal = refusal
            }
            if refusal != nil || effects.isLost { break }
        }
        return effects
    }

    /// Rejects a request before authentication. The request gets a number and a journal entry.
    private func refuse(
        _ request: HTTPRequest, _ route: Route, _ parameters: Node, with error: AWSError, from peer: String
    ) -> (HTTPResponse, Bytes) {
        let number = nextRequestNumber()
        let requestId = IDGenerator(seed: seed, stream: number).uuid()
        let now = clock.now
        let (response, bytes) = route.service.model.response(error, requestId: requestId)
        journal.append(
            Journal.Entry(
                number: number, time: now, service: route.service.model.id, operation: route.operation, region: route.region,
                caller: nil, sourceAddress: peer, userAgent: request.headerFields[.userAgent], requestId: requestId,
                parameters: parameters, status: response.status.code, error: error, duration: 0))
        return (response, bytes)
    }

    /// Before a write, stores the state for stale reads.
    private func keepPast(beforeOperation operation: String) {
        guard let lag = faults.longestLag, !Self.isReadOnly(operation), let version = try? earlierSelf() else { return }
        faults.keep(version, at: clock.now, atMost: lag)
    }

    /// In all accounts and regions ever used: capacity is AWS's, whichever account sends the matching request.
    private func interruptSpot(_ pattern: String, notice: Duration) {
        let markets = services.compactMap { $0 as? any SpotCapacity }
        do {
            for scope in try activeRegions() {
                let root = Caller.root(of: scope.account, accessKeyId: "drydock")
                for market in markets {
                    try perform(market.model.id, "SpotInterruption", as: root, region: scope.region) { context in
                        try market.reclaim(matching: pattern, notice: notice, context)
                    }
                }
            }
        } catch { Logger.drydock.error("Spot Instances could not be interrupted: \(error)") }
    }

    /// Returns a caller's names, without checking the signature.
    private func names(ofCaller accessKeyId: String?) -> [String] {
        guard let accessKeyId else { return ["anonymous"] }
        let stored = try? store.transaction { try directory?.credential(accessKeyId: accessKeyId, $0) }
        guard let caller = stored?.caller else {
            return [accessKeyId, Caller.root(of: authenticator.account(of: accessKeyId), accessKeyId: accessKeyId).arn, "root"]
        }
        return caller.names
    }
}

extension Caller {
    /// All names of the caller that a fault plan may use.
    package var names: [String] {
        switch kind {
        case .user(let name): [accessKeyId, arn, name]
        case .assumedRole(let role, _): [accessKeyId, arn, role]
        case .federatedUser(let name, _): [accessKeyId, arn, name]
        case .root, .anonymous: [accessKeyId, arn, "root"]
        }
    }
}

/// A service that lends out spare capacity and takes it back.
public protocol SpotCapacity: SimulatedService {
    /// The operations that launch from several pools. A pool without capacity does not make them fail.
    var launchesFromPools: Set<String> { get }
    /// Returns the error for a request without remaining capacity.
    func noCapacity(for parameters: Node, region: String) -> AWSError
    /// Interrupts everything on spare capacity whose id, type or image matches the pattern.
    func reclaim(matching pattern: String, notice: Duration, _ context: Context) throws
}

extension Context {
    /// Whether the fault plan has no capacity for a launch from a pool.
    ///
    /// - Parameters:
    ///   - operation: the operation that launches, such as `CreateFleet`.
    ///   - resources: the pool's names that a plan can match: its instance type, zone and subnet.
    public func lacksCapacity(for operation: String, in resources: [String]) -> Bool {
        guard simulator.faults.isActive else { return false }
        let subject = Faults.Subject(
            service: service, operation: operation, resources: resources, callers: { self.caller.names })
        return !simulator.faults.hits(on: subject, where: { $0 == .insufficientCapacity }).isEmpty
    }
}

extension Node {
    /// All texts in the node.
    fileprivate var texts: [String] {
        switch self {
        case .string(let text): [text]
        case .list(let elements): elements.flatMap(\.texts)
        case .object(let fields): fields.flatMap(\.value.texts)
        case .null, .bool, .integer, .number: []
        }
    }
}
