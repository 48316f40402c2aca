import AWSCore
import Foundation
import GRDB
import HTTPTypes

// The way of a request, a stage after the other:
//
//     Gateway         which service, operation, region, wire protocol         Gateway.swift
//     Authentication  whose signature it is                                   Authentication.swift
//     (decoding)      the typed input, and in what it breaks the model
//     Defaults        what a fresh account has                                Defaults.swift
//     Settling        what time alone made due                                Settling.swift
//     Authorization   what the caller needs permission for, by AWS's table    Permissions.swift, Authorization.swift
//     Validation      in the service's words                                  Validation.swift
//     (handling)      the service's method
//     Dry runs        carried out, then taken back                            DryRuns.swift
//     (encoding)      the answer's bytes; then the journal
//
// From authentication to the answer it is one transaction.

extension Simulator {
    /// Answers one request, whatever it is. Never throws: errors are answers too.
    public func respond(to request: HTTPRequest, body: HTTPBody, from peer: String = "127.0.0.1") async -> HTTPReply {
        if faults.isActive { return await respondWithFaults(to: request, body: body, from: peer) }
        return await answer(to: request, body: body, from: peer)
    }

    /// Answers a call of an AWS API whose body is in hand; nil if the answer is not one to be waited for: a door's, one that a
    /// service must prepare for, or one that a plan of faults has its hand in.
    public func respondAtOnce(to request: HTTPRequest, body: Bytes, from peer: String = "127.0.0.1") -> HTTPReply? {
        if faults.isActive || doors.contains(where: { $0.answers(request) })
            || services.contains(where: { $0.mustPrepare(for: request) })
        {
            return nil
        }
        let (response, bytes) = respond(to: request, body: body, from: peer)
        return HTTPReply(response, .bytes(bytes))
    }

    /// Answers one request, as though no plan of faults were there.
    func answer(to request: HTTPRequest, body: HTTPBody, from peer: String) async -> HTTPReply {
        for door in doors where door.answers(request) {
            return await door.receive(request, from: peer, self).respond(body: body)
        }
        do {
            let message = try await body.collect(upTo: Self.bodyLimit)
            for service in services where service.mustPrepare(for: request) {
                await service.prepare(for: request, body: message, self)
            }
            let (response, bytes) = respond(to: request, body: message, from: peer)
            return HTTPReply(response, .bytes(bytes))
        } catch is BodyTooLarge {
            return HTTPReply(HTTPResponse(status: .contentTooLarge))
        } catch {
            return HTTPReply(HTTPResponse(status: .badRequest))
        }
    }

    /// Layer parts come as base64 within JSON: 20 MiB of layer at most, and its envelope.
    static let bodyLimit = 32 << 20

    /// Answers one call of an AWS API, synchronously: parsed, authenticated, authorised and carried out in one transaction.
    public func respond(to request: HTTPRequest, body: Bytes, from peer: String = "127.0.0.1") -> (HTTPResponse, Bytes) {
        let started = ContinuousClock.now
        let number = nextRequestNumber()
        let ids = IDGenerator(seed: seed, stream: number)
        var call = Call(number: number, now: clock.now, requestId: ids.uuid(), peer: peer)
        var answer: (HTTPResponse, Bytes)
        var failure: AWSError?
        do {
            answer = try handle(request, body, &call, ids)
        } catch {
            let error = awsError(error, call)
            failure = error
            let model = call.route?.service.model ?? services.first { $0.model.wire == call.wire }?.model ?? services[0].model
            answer = call.other?.response(requestId: call.requestId) ?? model.response(error, requestId: call.requestId)
        }
        // Before the answer is out: who was told that a port is open finds it open.
        if failure == nil, let route = call.route, !Self.isReadOnly(route.operation) {
            route.service.wasCarriedOut(route.operation, self)
        }
        journal.append(
            Journal.Entry(
                number: number, time: call.now, service: call.route?.service.model.id ?? call.other?.name ?? "",
                operation: call.route?.operation ?? call.other?.operation ?? "",
                region: call.route?.region ?? configuration.region, caller: call.caller, sourceAddress: peer,
                userAgent: request.headerFields.first(.userAgent), requestId: call.requestId, parameters: call.parameters,
                status: answer.0.status.code, error: failure, duration: (ContinuousClock.now - started).microseconds,
                layout: call.route?.layout ?? .json, output: call.output, outputSize: answer.1.count, decision: call.decision,
                uncheckedReferences: call.uncheckedReferences))
        return answer
    }

    /// What is learned of a request on its way, for the journal and for the error's envelope.
    private struct Call {
        let number: UInt64
        let now: Instant
        let requestId: String
        let peer: String
        var wire = WireProtocol.ec2Query
        var route: Route?
        /// The service that it is for, if none of the simulated ones.
        var other: UnsimulatedService?
        var caller: Caller?
        var parameters = Node.null
        /// What a call that changes something is answered with.
        var output: (any Shape)?
        var decision: Decision?
        var uncheckedReferences: [String] = []
    }

    private func handle(
        _ request: HTTPRequest, _ body: Bytes, _ call: inout Call, _ ids: IDGenerator
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
        call.wire = route.service.model.wire
        if let malformed { throw AWSError.failure(malformed, call.wire) }
        if authorization == nil, Self.needsNoSignature.contains(route.operation),
            route.service.operation(route.operation) == nil
        {
            throw AWSError.noHandler(route.operation, route.service.model)
        }
        let (number, now, requestId, peer, wire) = (call.number, call.now, call.requestId, call.peer, call.wire)
        var caller: Caller?
        var parameters = Node.null
        var decision: Decision?
        var uncheckedReferences: [String] = []
        defer {
            call.uncheckedReferences = uncheckedReferences
            call.caller = caller
            call.parameters = parameters
            call.decision = decision
        }
        let (response, output) = try store.transaction { db in
            let changes = db.totalChangesCount
            let who = try authenticator.caller(authorization, request, body, wire: wire, now: now, db)
            caller = who
            guard let operation = route.service.operation(route.operation) else {
                throw AWSError.noHandler(route.operation, route.service.model)
            }
            let message = try route.query ?? Self.json(body)
            parameters = message
            let report = ShapeReader.Report()
            let input = operation.read(
                ShapeReader(message, schema: operation.inputSchema, layout: route.layout, report: report))
            let context = Context(
                db: db, simulator: self, service: route.service.model.id, operation: route.operation, account: who.account,
                region: route.region, caller: who, now: now, ids: ids, requestId: requestId, sourceAddress: peer,
                parameters: message)
            defer {
                decision = context.decision
                uncheckedReferences = context.uncheckedReferences
            }
            try prepare(context)
            try settle(context)
            try authorize(operation.name, input, route.service, context)
            let output = try carryOut(operation, input, report.violations, route.service, context)
            try directory?.noteUse(
                of: who.accessKeyId, service: route.service.model.signingName, region: route.region, at: now, db)
            try finish(context, since: changes, number: number)
            let response = route.service.model.response(
                operation.name, output, outputSchema: operation.outputSchema, resultWrapper: operation.resultWrapper,
                requestId: requestId)
            return (response, output)
        }
        if !Self.isReadOnly(route.operation) { call.output = output }
        return response
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

    /// What shows another proof of identity than a signature.
    private static let needsNoSignature: Set<String> = ["AssumeRoleWithSAML", "AssumeRoleWithWebIdentity"]

    /// Whatever isn't an AWS error is a bug of Drydock, or a damaged state, and says so on standard error.
    private func awsError(_ error: any Error, _ call: Call) -> AWSError {
        if let error = error as? AWSError { return error }
        let explanation =
            error is DamagedState
            ? "The state\(store.path.map { " '\($0)'" } ?? "") is damaged: \(error)." : "This is a bug of Drydock: \(error)"
        FileHandle.standardError.write(
            Data(
                "drydock: \(error is DamagedState ? "damaged state" : "internal error") in \(call.route?.operation ?? "?") "
                    .utf8) + Data("(request \(call.requestId)): \(error)\n".utf8))
        return AWSError("InternalError", status: 500, "An internal error has occurred", explanation: explanation)
    }
}

extension AWSError {
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
