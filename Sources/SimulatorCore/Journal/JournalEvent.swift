import AWSCore

extension Simulator {
    /// Returns a request as CloudTrail records it, with Drydock's own data under `_drydock`. Created when the event is read.
    ///
    /// https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html
    public func event(of entry: Journal.Entry) -> Node {
        let service = services.first { $0.model.id == entry.service }
        let operation = service?.operation(entry.operation)
        let style = service?.trailStyle ?? TrailStyle()
        let isReadOnly = Self.isReadOnly(entry.operation)
        var fields: [Node.Field] = [
            .init("eventVersion", .string("1.09")),
            .init("userIdentity", entry.serviceEvent == nil ? Self.identity(entry.caller) : Self.service(entry.caller)),
            .init("eventTime", .string(entry.time.iso8601(milliseconds: false))),
            .init("eventSource", .string("\(entry.service.isEmpty ? "drydock" : entry.service).amazonaws.com")),
            .init("eventName", .string(entry.operation)),
            .init("awsRegion", .string(service?.model.isGlobal == true ? "us-east-1" : entry.region)),
            .init("sourceIPAddress", .string(entry.sourceAddress)),
            .init("userAgent", entry.userAgent.map { .string($0) } ?? .null),
        ]
        if let error = entry.error {
            let fault = error.status < 500 ? "Client." : "Server."
            fields.append(.init("errorCode", .string((style.namesFault ? fault : "") + error.code)))
            fields.append(.init("errorMessage", .string(error.message)))
        }
        if let resource = entry.serviceEvent { return .object(fields + serviceEvent(entry, upon: resource)) }
        let form = TrailForm(style: style)
        fields += [
            .init("requestParameters", form.request(entry, operation)),
            .init("responseElements", isReadOnly || entry.error != nil ? .null : form.response(entry, operation)),
            .init("requestID", .string(entry.requestId)),
            .init("eventID", .string(IDGenerator(seed: seed, scope: "event \(entry.requestId)").uuid())),
            .init("readOnly", .bool(isReadOnly)), .init("eventType", .string("AwsApiCall")),
            .init("managementEvent", .bool(true)),
            .init("recipientAccountId", .string(entry.caller?.account ?? configuration.account)),
            .init("eventCategory", .string("Management")), .init("_drydock", Self.notes(entry)),
        ]
        return .object(fields)
    }

    /// Returns the fields of an event that a service caused without a request.
    private func serviceEvent(_ entry: Journal.Entry, upon resource: Journal.EventResource) -> [Node.Field] {
        let account = entry.caller?.account ?? configuration.account
        let named: [Node.Field] = [
            .init("ARN", .string(resource.arn)), .init("accountId", .string(account)), .init("type", .string(resource.type)),
        ]
        return [
            .init("requestParameters", .null), .init("responseElements", .null),
            .init("eventID", .string(IDGenerator(seed: seed, scope: "event \(entry.requestId)").uuid())),
            .init("readOnly", .bool(true)), .init("resources", .list([.object(named)])),
            .init("eventType", .string("AwsServiceEvent")), .init("managementEvent", .bool(true)),
            .init("recipientAccountId", .string(account)), .init("serviceEventDetails", entry.parameters),
            .init("eventCategory", .string("Management")), .init("_drydock", Self.notes(entry)),
        ]
    }

    private static func service(_ caller: Caller?) -> Node {
        .object([.init("accountId", .string(caller?.account ?? "")), .init("invokedBy", .string("AWS Internal"))])
    }

    private static func identity(_ caller: Caller?) -> Node {
        guard let caller else { return .object([.init("type", .string("Unknown"))]) }
        var fields: [Node.Field] = [
            .init("principalId", .string(caller.userId)), .init("arn", .string(caller.arn)),
            .init("accountId", .string(caller.account)), .init("accessKeyId", .string(caller.accessKeyId)),
        ]
        let type: String
        switch caller.kind {
        case .root: type = "Root"
        case .anonymous: type = "AWSAccount"
        case .user(let name):
            type = "IAMUser"
            fields.append(.init("userName", .string(name)))
        case .federatedUser: type = "FederatedUser"
        case .assumedRole(let role, _):
            type = "AssumedRole"
            let issuer: [Node.Field] = [
                .init("type", .string("Role")),
                .init("principalId", .string(String(caller.userId.prefix { $0 != ":" }))),
                .init("arn", caller.roleArn.map { .string($0) } ?? .null), .init("accountId", .string(caller.account)),
                .init("userName", .string(role)),
            ]
            fields.append(.init("sessionContext", .object([.init("sessionIssuer", .object(issuer))])))
        }
        return .object([.init("type", .string(type))] + fields)
    }

    private static func notes(_ entry: Journal.Entry) -> Node {
        var fields: [Node.Field] = [
            .init("request", .integer(Int64(bitPattern: entry.number))), .init("status", .integer(Int64(entry.status))),
            .init("microseconds", .integer(entry.duration)), .init("authorization", .string(entry.authorization)),
        ]
        if !entry.uncheckedReferences.isEmpty {
            fields.append(.init("unchecked", .list(entry.uncheckedReferences.map { .string($0) })))
        }
        if let explanation = entry.error?.explanation { fields.append(.init("explanation", .string(explanation))) }
        return .object(fields)
    }
}

extension Journal.Entry {
    /// Whether the caller was allowed, and by which policy.
    public var authorization: String {
        switch decision {
        case .allowed(let statement)?: return "allowed by \(statement.description)"
        case .allowedAsRoot?: return "allowed to root"
        case .explicitDeny(let statement)?: return "denied by \(statement.description)"
        case .implicitDeny(let layer)?: return "not allowed by any \(layer.rawValue)"
        case nil:
            if serviceEvent != nil { return "not checked: the service acted on its own" }
            guard let caller else { return "not checked: the caller is unknown" }
            if case .root = caller.kind { return "allowed to root" }
            return "not checked"
        }
    }
}
