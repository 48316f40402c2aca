import AWSCore
import EC2API
import SimulatorCore

// https://docs.aws.amazon.com/vpc/latest/userguide/dynamic-routing-route-server.html
// Nothing in the simulator speaks BGP. So all sessions are down, as in an account whose appliances are off, and a route server
// learns no routes.

extension Resource where S == RouteServer {
    static let routeServer = Resource(
        ResourceKind(
            "rs", type: "route-server", code: "InvalidRouteServerId", notFound: "The route server ID '%' does not exist"),
        id: \.routeServerId, tags: \.tags,
        // AWS documents no durations; all are assumed.
        life: LifeCycle(
            show: { $0.state = RouteServerState(rawValue: $1) }, initial: "pending", deleting: "deleting",
            steps: [
                "pending": .init(after: .seconds(30), isFixed: false) { _, _ in "available" },
                "modifying": .init(after: .seconds(30), isFixed: false) { server, _ in
                    server.persistRoutesState = server.persistRoutesState == .disabling ? .disabled : .enabled
                    return "available"
                },
                "deleting": .init(after: .seconds(30), isFixed: false) { _, _ in "deleted" },
                "deleted": .init(after: .hours(1), isFixed: true) { _, _ in nil },
            ], gone: ["deleted"]),
        // AWS documents no filters for route servers and their parts. Assumed: members that identify, and the state.
        filters: [
            "route-server-id": { [$0.routeServerId] }, "state": { [$0.state?.rawValue] },
            "amazon-side-asn": { [$0.amazonSideAsn.map(String.init)] },
        ])
}

extension Resource {
    /// Returns a resource that can be used and changed.
    /// - Throws: the kind's errors for ids; `IncorrectState` if it is being created, changed or deleted.
    func available(_ id: String, orIn others: Set<String> = [], _ context: Context) throws -> Stored<S> {
        let stored = try get(id, context)
        guard !life.gone.contains(stored.phase) else { throw kind.notFound(id) }
        guard stored.phase == "available" || others.contains(stored.phase) else {
            throw AWSError("IncorrectState", "The \(kind.type) '\(id)' is in the state '\(stored.phase)'.")  // the message is assumed
        }
        return stored
    }
}

extension AWSError {
    /// Autonomous system numbers of route servers and their peers.
    static func check(bgp number: Int, _ parameter: String) throws {
        guard (1...4_294_967_295).contains(number) else {
            throw AWSError.invalidValue("\(number)", for: parameter, "Valid values are from 1 to 4294967295.")
        }
    }
}

extension EC2Simulation {
    public func createRouteServer(_ input: CreateRouteServerRequest, _ context: Context) throws -> CreateRouteServerResult {
        try AWSError.check(bgp: input.amazonSideAsn, "AmazonSideAsn")
        if input.snsNotificationsEnabled == true {
            throw AWSError.notSimulated("ec2", "CreateRouteServer with SNS notifications")
        }
        guard input.persistRoutes != .reset else {
            throw AWSError.invalidValue("reset", for: "PersistRoutes", "A new route server has no persisted routes.")
        }
        let duration = try RouteServer.duration(input.persistRoutesDuration, isPersisting: input.persistRoutes == .enable)
        let server = try context.create(.routeServer, input) { server in
            server.amazonSideAsn = input.amazonSideAsn
            server.persistRoutesState = input.persistRoutes == .enable ? .enabled : .disabled
            server.persistRoutesDuration = duration
            server.snsNotificationsEnabled = false
        }
        return CreateRouteServerResult(routeServer: server)
    }

    public func describeRouteServers(
        _ input: DescribeRouteServersRequest, _ context: Context
    ) throws -> DescribeRouteServersResult {
        let page = try context.describe(.routeServer, input, ids: input.routeServerIds, named: "routeServerIds")
        return DescribeRouteServersResult(routeServers: page.items, nextToken: page.nextToken)
    }

    public func modifyRouteServer(_ input: ModifyRouteServerRequest, _ context: Context) throws -> ModifyRouteServerResult {
        var stored = try Resource.routeServer.available(input.routeServerId, context)
        if input.snsNotificationsEnabled == true {
            throw AWSError.notSimulated("ec2", "ModifyRouteServer with SNS notifications")
        }
        guard input.persistRoutes != nil || input.persistRoutesDuration != nil || input.snsNotificationsEnabled != nil else {
            throw AWSError.invalidCombination("Specify what to modify.")  // assumed
        }
        let wasPersisting = stored.shape.persistRoutesState == .enabled
        guard input.persistRoutes != .reset || wasPersisting else {
            throw AWSError.invalidCombination("Routes can be reset only while they are persisted.")  // assumed
        }
        let isPersisting = input.persistRoutes.map { $0 != .disable } ?? wasPersisting
        stored.shape.persistRoutesDuration = try RouteServer.duration(
            input.persistRoutesDuration ?? (isPersisting ? stored.shape.persistRoutesDuration : nil), isPersisting: isPersisting
        )
        stored.shape.persistRoutesState =
            switch input.persistRoutes {
            case .reset?: .resetting
            case .disable?: wasPersisting ? .disabling : stored.shape.persistRoutesState
            case .enable? where !wasPersisting: .enabling
            default: wasPersisting ? .modifying : stored.shape.persistRoutesState
            }
        if stored.shape.persistRoutesState == .disabled { stored.shape.persistRoutesState = .disabling }
        try Resource.routeServer.move(&stored, to: "modifying", at: context.now, context)
        return ModifyRouteServerResult(routeServer: try context.shown(.routeServer, stored))
    }

    public func deleteRouteServer(_ input: DeleteRouteServerRequest, _ context: Context) throws -> DeleteRouteServerResult {
        _ = try Resource.routeServer.available(input.routeServerId, context)
        return DeleteRouteServerResult(routeServer: try context.delete(.routeServer, input.routeServerId))
    }
}

extension RouteServer {
    /// Returns the persistence duration in minutes; nil if routes are not persisted.
    fileprivate static func duration(_ minutes: Int?, isPersisting: Bool) throws -> Int? {
        guard let minutes else {
            if isPersisting { throw AWSError.missingParameter("PersistRoutesDuration") }
            return nil
        }
        guard isPersisting else {
            throw AWSError.invalidCombination("PersistRoutesDuration requires PersistRoutes to be enabled.")  // assumed
        }
        guard (1...5).contains(minutes) else {
            throw AWSError.invalidValue("\(minutes)", for: "PersistRoutesDuration", "Valid values are from 1 to 5.")
        }
        return minutes
    }
}
