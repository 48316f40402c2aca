import AWSCore
import EC2API
import SimulatorCore

// https://docs.aws.amazon.com/vpc/latest/mirroring/traffic-mirroring-session.html

extension Resource where S == TrafficMirrorSession {
    static let trafficMirrorSession = Resource(
        ResourceKind(
            "tms", type: "traffic-mirror-session", code: "InvalidTrafficMirrorSessionId",
            notFound: "The traffic mirror session '%' does not exist"),
        id: \.trafficMirrorSessionId, tags: \.tags,
        // A session is deleted with its source interface (assumed).
        refers: [
            .to("network-interface", \.networkInterfaceId, .cascades),
            .to("traffic-mirror-target", \.trafficMirrorTargetId), .to("traffic-mirror-filter", \.trafficMirrorFilterId),
        ]
    ).owned(by: \.ownerId)
}

extension EC2Simulation {
    public func createTrafficMirrorSession(
        _ input: CreateTrafficMirrorSessionRequest, _ context: Context
    ) throws -> CreateTrafficMirrorSessionResult {
        let interface = try NetworkInterfaceRecord.get(input.networkInterfaceId, context)
        let session = try context.create(.trafficMirrorSession, input) { session in
            session.networkInterfaceId = interface.id
            session.trafficMirrorTargetId = input.trafficMirrorTargetId
            session.trafficMirrorFilterId = input.trafficMirrorFilterId
            session.packetLength = input.packetLength
            session.sessionNumber = input.sessionNumber
            session.virtualNetworkId = input.virtualNetworkId
            session.description = input.description
            try session.check(context)
            let others = try Resource.trafficMirrorSession.all(context)
            // AWS's default quotas.
            guard others.count < 10_000 else {
                throw AWSError(
                    "TrafficMirrorSessionLimitExceeded", "The maximum number of traffic mirror sessions has been reached.")
            }
            guard others.count(where: { $0.shape.networkInterfaceId == interface.id }) < 3 else {
                throw AWSError(
                    "TrafficMirrorSessionsPerInterfaceLimitExceeded",
                    "The maximum number of traffic mirror sessions of the network interface '\(interface.id)' has been reached."
                )
            }
        }
        return CreateTrafficMirrorSessionResult(
            trafficMirrorSession: session, clientToken: context.token(input.clientToken))
    }

    public func modifyTrafficMirrorSession(
        _ input: ModifyTrafficMirrorSessionRequest, _ context: Context
    ) throws -> ModifyTrafficMirrorSessionResult {
        var stored = try Resource.trafficMirrorSession.get(input.trafficMirrorSessionId, context)
        var session = stored.shape
        for field in input.removeFields ?? [] {
            switch field {
            case .packetLength: session.packetLength = nil
            case .description: session.description = nil
            // The default is a new generated id.
            case .virtualNetworkId: session.virtualNetworkId = nil
            default: throw AWSError.invalidValue(field.rawValue, for: "removeFields")
            }
        }
        session.trafficMirrorTargetId = input.trafficMirrorTargetId ?? session.trafficMirrorTargetId
        session.trafficMirrorFilterId = input.trafficMirrorFilterId ?? session.trafficMirrorFilterId
        session.packetLength = input.packetLength ?? session.packetLength
        session.sessionNumber = input.sessionNumber ?? session.sessionNumber
        session.virtualNetworkId = input.virtualNetworkId ?? session.virtualNetworkId
        session.description = input.description ?? session.description
        try session.check(context)
        stored.shape = session
        try Resource.trafficMirrorSession.write(stored, context)
        return ModifyTrafficMirrorSessionResult(trafficMirrorSession: try context.shown(.trafficMirrorSession, stored))
    }

    public func deleteTrafficMirrorSession(
        _ input: DeleteTrafficMirrorSessionRequest, _ context: Context
    ) throws -> DeleteTrafficMirrorSessionResult {
        try context.delete(.trafficMirrorSession, input.trafficMirrorSessionId)
        return DeleteTrafficMirrorSessionResult(trafficMirrorSessionId: input.trafficMirrorSessionId)
    }

    public func describeTrafficMirrorSessions(
        _ input: DescribeTrafficMirrorSessionsRequest, _ context: Context
    ) throws -> DescribeTrafficMirrorSessionsResult {
        let page = try context.describe(
            .trafficMirrorSession, input, ids: input.trafficMirrorSessionIds, named: "trafficMirrorSessionIds")
        return DescribeTrafficMirrorSessionsResult(trafficMirrorSessions: page.items, nextToken: page.nextToken)
    }
}

extension TrafficMirrorSession {
    /// Checks the members against each other and generates a VXLAN id if there is none.
    fileprivate mutating func check(_ context: Context) throws {
        let number = sessionNumber ?? 0
        guard (1...32766).contains(number) else { throw AWSError.invalidValue("\(number)", for: "sessionNumber") }
        // A VXLAN ID has 24 bits.
        if let id = virtualNetworkId, !(0...16_777_215).contains(id) {
            throw AWSError.invalidValue("\(id)", for: "virtualNetworkId")
        }
        if let packetLength, !(1...8500).contains(packetLength) {  // assumed
            throw AWSError.invalidValue("\(packetLength)", for: "packetLength")
        }
        let target = try Resource.trafficMirrorTarget.get(trafficMirrorTargetId ?? "", context).shape
        _ = try Resource.trafficMirrorFilter.get(trafficMirrorFilterId ?? "", context)
        let source = networkInterfaceId ?? ""
        guard target.networkInterfaceId != source,
            try Relations.referrers(
                to: source, kind: Resource.trafficMirrorTarget.kind, role: "network-interface", context
            ).isEmpty
        else {
            throw AWSError(
                "InterfaceInUseByTrafficMirrorTarget", "The network interface '\(source)' is a traffic mirror target.")
        }
        let others = try Resource.trafficMirrorSession.all(context).map(\.shape).filter {
            $0.trafficMirrorSessionId != trafficMirrorSessionId
        }
        guard !others.contains(where: { $0.networkInterfaceId == source && $0.sessionNumber == number }) else {
            throw AWSError.invalidValue(
                "\(number)", for: "sessionNumber", "The network interface '\(source)' has a session of this number.")  // assumed
        }
        while virtualNetworkId == nil {
            let id = Int(context.ids.next() % 16_777_215) + 1
            if !others.contains(where: { $0.virtualNetworkId == id }) { virtualNetworkId = id }
        }
    }
}
