import AWSCore
import Foundation
import GRDB
import HTTPTypes
import Logging

// The request pipeline, in order:
//
//     Gateway         which service, operation, region, wire protocol    Gateway.swift
//     Authentication  the caller, from the signature                     Authentication.swift
//     (decoding)      the typed input and its violations of the model
//     Defaults        the defaults of a new account                      Defaults.swift
//     Settling        state changes that are due by now                  Settling.swift
//     Authorization   the permissions that AWS's table requires          Permissions.swift, Authorization.swift
//     Validation      the service's errors for invalid input             Validation.swift
//     (handling)      the service's method
//     Dry runs        executed, then rolled back                         DryRuns.swift
//     (encoding)      the response's bytes; then the journal
//
// One transaction covers everything from authentication to the response.

extension Simulator {
    /// Returns the response to any request. Never throws: errors become responses.
    public func respond(to request: HTTPRequest, body: HTTPBody, from peer: String = "127.0.0.1") async -> HTTPReply {
        if faults.isActive { return await respondWithFaults(to: request, body: body, from: peer) }
        return await respondWithoutFaults(to: request, body: body, from: peer)
    }

    /// Answers an AWS API call whose body is in memory. Returns nil if the response may take time: a door's, one that a service
    /// must prepare for, or any while a fault plan is active.
    public func respondAtOnce(to request: HTTPRequest, body: Bytes, from peer: String = "127.0.0.1") -> ImmediateAnswer? {
        if faults.isActive || doors.contains(where: { $0.answers(request) })
            || services.contains(where: { $0.needsPrefetch(for: request) })
        {
            return nil
        }
        var attempt = Attempt()
        switch carryOut(&attempt, request, body, peer, mayWait: true) {
        case .answered(let response, let bytes): return .reply(HTTPReply(response, .bytes(bytes)))
        case .waits(let work):
            return .later { [attempt] in await self.finish(attempt, work, request, body, peer) }
        }
    }

    /// Runs the work that a request waits for, and continues the request.
    private func finish(
        _ attempt: Attempt, _ work: BackgroundWork, _ request: HTTPRequest, _ body: Bytes, _ peer: String
    ) async -> HTTPReply {
        var attempt = attempt, work = work
        while true {
            attempt.results.append(await BackgroundThreads.run(work))
            switch carryOut(&attempt, request, body, peer, mayWait: true) {
            case .answered(let response, let bytes): return HTTPReply(response, .bytes(bytes))
            case .waits(let next): work = next
            }
        }
    }

    /// Answers one request without fault plans.
    func respondWithoutFaults(to request: HTTPRequest, body: HTTPBody, from peer: String) async -> HTTPReply {
        for door in doors where door.answers(request) {
            return await door.receive(request, from: peer, self).respond(body: body)
        }
        do {
            let message = try await body.collect(upTo: Self.bodyLimit)
            for service in services where service.needsPrefetch(for: request) {
                await service.prefetch(for: request, body: message, self)
            }
            var attempt = Attempt()
            switch carryOut(&attempt, request, message, peer, mayWait: true) {
            case .answered(let response, let bytes): return HTTPReply(response, .bytes(bytes))
            case .waits(let work): return await finish(attempt, work, request, message, peer)
            }
        } catch is BodyTooLarge {
            return HTTPReply(HTTPResponse(status: .contentTooLarge))
        } catch {
            return HTTPReply(HTTPResponse(status: .badRequest))
        }
    }

    /// Layer parts arrive as base64 in JSON: at most 20 MiB of layer, plus the envelope.
    static let bodyLimit = 32 << 20

    /// Answers one AWS API call synchronously: parses, authenticates, authorizes and executes it in one transaction.
    public func respond(to request: HTTPRequest, body: Bytes, from peer: String = "127.0.0.1") -> (HTTPResponse, Bytes) {
        var attempt = Attempt()
        while true {
            switch carryOut(&attempt, request, body, peer, mayWait: false) {
            case .answered(let response, let bytes): return (response, bytes)
            case .waits(let work): attempt.results.append(work.run())
            }
        }
    }

    private enum Progress {
        case answered(HTTPResponse, Bytes)
        /// The transaction was rolled back; the next attempt needs this work.
        case waits(BackgroundWork)
    }

    /// - Parameter mayWait: whether slow work is left to the caller.
    private func carryOut(
        _ attempt: inout Attempt, _ request: HTTPRequest, _ body: Bytes, _ peer: String, mayWait: Bool
    ) -> Progress {
        var call = Call(peer: peer)
        var answer: (HTTPResponse, Bytes)
        var failure: AWSError?
        do {
            answer = try process(request, body, &call, &attempt, mayWait)
        } catch let work as BackgroundWork {
            return .waits(work)
        } catch {
            let identity = identify(&attempt)
            let error = awsError(error, call, identity)
            failure = error
            let model = call.route?.service.model ?? services.first { $0.model.wire == call.wire }?.model ?? services[0].model
            answer =
                call.other?.response(requestId: identity.requestId) ?? model.response(error, requestId: identity.requestId)
        }
        // Before the response is sent: a client that reads that a port is open must find it open.
        if failure == nil, let route = call.route, !Self.isReadOnly(route.operation) {
            route.service.wasCarriedOut(route.operation, self)
        }
        let identity = identify(&attempt)
        journal.append(
            Journal.Entry(
                number: identity.number, time: identity.now,
                service: call.route?.service.model.id ?? call.other?.name ?? "",
                operation: call.route?.operation ?? call.other?.operation ?? "",
                region: call.route?.region ?? configuration.region, caller: call.caller, sourceAddress: peer,
                userAgent: request.headerFields.first(.userAgent), requestId: identity.requestId, parameters: call.parameters,
                status: answer.0.status.code, error: failure, duration: (ContinuousClock.now - attempt.started).microseconds,
                layout: call.route?.layout ?? .json, output: call.output, outputSize: answer.1.count, decision: call.decision,
                asked: call.asked, uncheckedReferences: call.uncheckedReferences))
        return .answered(answer.0, answer.1)
    }

    /// Gives a request its number at the first call.
    private func identify(_ attempt: inout Attempt) -> Attempt.Identity {
        if let identity = attempt.identity { return identity }
        let number = nextRequestNumber(), seed = seed
        let identity = Attempt.Identity(
            number: number, seed: seed, now: clock.now, requestId: IDGenerator(seed: seed, stream: number).uuid())
        attempt.identity = identity
        return identity
    }

    /// Facts collected while a request is handled, for the journal and the error's envelope.
    private struct Call {
        let peer: String
        var wire = WireProtocol.ec2Query
        var route: Route?
        /// The requested service, if it is not simulated.
        var other: UnsimulatedService?
        var caller: Caller?
        var parameters = Node.null
        /// The output of a call that changes state.
        var output: (any Shape)?
        var decision: Decision?
        var uncheckedReferences: [String] = []
        var asked: [AskedPermission] = []
    }

    /// A request's input, read before the transaction begins.
    private struct Read {
        let operation: ServiceOperation
        let message: Node
        let input: any Shape
        let violations: [Violation]
    }

    private func process(
        _ request: HTTPRequest, _ body: Bytes, _ call: inout Call, _ attempt: inout Attempt, _ mayWait: Bool
    ) throws -> (HTTPResponse, Bytes) {
        var authorization: SigV4Authorization?
        var malformed: SigV4Failure?
        do { authorization = try authenticator.parse(request) } catch { malformed = error }
        if let other = UnsimulatedService(request, body, authorization, besides: services) {
            call.other = other
            throw other.error
        }
        let route: Route
        do {
            route = try gateway.route(request, body, authorization)
        } catch {
            call.wire = error.wire
            throw error.error
        }
        call.route = route
        if malformed == nil { malformed = authenticator.misdirection(authorization, request, route.service.model) }
        call.wire = route.service.model.wire
        if let malformed { throw AWSError.failure(malformed, call.wire) }
        let isSigned = !route.service.unsignedOperations.contains(route.operation)
        // Read before the transaction, so that other requests can use the database. Authentication errors come first.
        let read = Result { try self.read(body, route) }
        if case .success(let read) = read { call.parameters = read.message }
        let (peer, wire) = (call.peer, call.wire)
        var caller: Caller?
        var decision: Decision?
        var uncheckedReferences: [String] = []
        var asked: [AskedPermission] = []
        defer {
            call.uncheckedReferences = uncheckedReferences
            call.caller = caller
            call.decision = decision
            if caller == nil { call.parameters = .null }
            call.asked = asked
        }
        let (operation, output, requestId) = try store.transaction { db in
            let changes = db.totalChangesCount
            let identity = identify(&attempt)
            let now = identity.now
            let who =
                isSigned
                ? try authenticator.caller(authorization, request, body, wire: wire, now: now, db)
                : .anonymous(in: configuration.account)
            caller = who
            let read = try read.get()
            let ids = IDGenerator(seed: identity.seed, stream: identity.number)
            _ = ids.uuid()
            let context = Context(
                db: db, simulator: self, service: route.service.model.id, operation: route.operation, account: who.account,
                region: route.region, caller: who, now: now, ids: ids, requestId: identity.requestId, sourceAddress: peer,
                userAgent: request.headerFields.first(.userAgent), referer: request.headerFields.first(.referer),
                parameters: read.message, background: mayWait ? BackgroundResults(attempt.results) : nil)
            defer {
                decision = context.decision
                uncheckedReferences = context.uncheckedReferences
                asked = context.asked
            }
            try createDefaults(context)
            try settle(context)
            try authorize(read.operation.name, read.input, route.service, context)
            let output = try carryOut(read.operation, read.input, read.violations, route.service, context)
            try directory?.noteUse(
                of: who.accessKeyId, service: route.service.model.signingName, region: route.region, at: now, db)
            try finish(context, since: changes, number: identity.number)
            return (read.operation, output, identity.requestId)
        }
        if !Self.isReadOnly(route.operation) { call.output = output }
        return route.service.model.response(
            operation.name, output, outputSchema: operation.outputSchema, resultWrapper: operation.resultWrapper,
            requestId: requestId)
    }

    private func read(_ body: Bytes, _ route: Route) throws -> Read {
        guard let operation = route.service.operation(route.operation) else {
            throw AWSError.noHandler(route.operation, route.service.model)
        }
        let message = try route.query ?? Self.json(body)
        let report = ShapeReader.Report()
        let input = operation.read(
            ShapeReader(message, schema: operation.inputSchema, layout: route.layout, report: report))
        return Read(operation: operation, message: message, input: input, violations: report.violations)
    }

    private static func json(_ body: Bytes) throws -> Node {
        do {
            let node = body.isEmpty ? .object([]) : try JSON.parse(body)
            guard node.fields != nil else { throw MalformedMessage(offset: 0, reason: "expected an object") }
            return node
        } catch let error as MalformedMessage {
            throw AWSError("SerializationException", "", explanation: "The body is not the JSON object it should be: \(error).")
        }
    }

    /// Converts any other error to an internal error: a bug of Drydock, or a damaged state. Reports it on standard error.
    private func awsError(_ error: any Error, _ call: Call, _ identity: Attempt.Identity) -> AWSError {
        if let error = error as? AWSError { return error }
        if let failure = error as? StorageFailure {
            store.tell(failure)
            return .unavailable(failure, call.route?.service.model)
        }
        let explanation =
            error is DamagedState
            ? "The state\(store.path.map { " '\($0)'" } ?? "") is damaged: \(error)." : "This is a bug of Drydock: \(error)"
        Logger.drydock.error(
            """
            \(error is DamagedState ? "damaged state" : "internal error") in \(call.route?.operation ?? "?") \
            (request \(identity.requestId)): \(error)
            """)
        return AWSError("InternalError", status: 500, "An internal error has occurred", explanation: explanation)
    }
}

extension AWSError {
    /// The error for a failure of the machine, in the service's own words.
    static func unavailable(_ failure: StorageFailure, _ model: ServiceModel?) -> AWSError {
        let explanation = "\(failure). The request changed nothing."
        if let model, model.wire == .awsJson1_1 {
            return model.id == "ecr"
                ? AWSError(
                    "ServerException", status: 500, "These errors are usually caused by a server-side issue.",
                    explanation: explanation)
                : AWSError(
                    "ServiceException", status: 500,
                    "The service encountered an error. Follow the instructions in the error message "
                        + "and try again.", explanation: explanation)
        }
        return AWSError(
            "ServiceUnavailable", status: 503, "The request has failed due to a temporary failure of the server.",
            explanation: explanation)
    }

    fileprivate static func noHandler(_ operation: String, _ model: ServiceModel) -> AWSError {
        if model.operationNames.contains(operation) { return .notSimulated(model.id, operation) }
        var error: AWSError =
            model.wire == .awsJson1_1
            ? .unknownOperation(operation) : .invalidAction(operation, model.apiVersion, model.wire)
        if !model.modelVersion.isEmpty {
            error.explanation =
                "There is no operation '\(operation)' in AWS's model of \(model.serviceId), as \(model.modelVersion) has it."
        }
        return error
    }
}
