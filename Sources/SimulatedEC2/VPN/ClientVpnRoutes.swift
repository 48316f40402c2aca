import AWSCore
import EC2API
import SimulatorCore

// https://docs.aws.amazon.com/vpn/latest/clientvpn-admin/cvpn-working-routes.html

extension Resource where S == ClientVpnRoute {
    static let clientVpnRoute = Resource(
        ResourceKind("cvpn-route", type: "client-vpn-route", code: "", notFound: ""),
        identity: { identity($0.clientVpnEndpointId ?? "", $0.destinationCidr ?? "", $0.targetSubnet ?? "") },
        refers: [.to("client-vpn-endpoint", \.clientVpnEndpointId, .cascades)],
        life: LifeCycle(
            show: { $0.status = ClientVpnRouteStatus(code: .init(rawValue: $1)) }, initial: "creating",
            deleting: "deleting",
            steps: [
                "creating": .init(after: .seconds(30), isFixed: false) { _, _ in "active" },
                "deleting": .init(after: .seconds(30), isFixed: false) { _, _ in nil },
            ], gone: []))

    static func identity(_ endpoint: String, _ destination: String, _ subnet: String) -> String {
        "\(endpoint) \(destination) \(subnet)"
    }
}

extension EC2Simulation {
    public func createClientVpnRoute(
        _ input: CreateClientVpnRouteRequest, _ context: Context
    ) throws -> CreateClientVpnRouteResult {
        let id = input.clientVpnEndpointId
        _ = try Resource.clientVpnEndpoint.present(id, context)
        let (destination, subnet) = try Self.clientRoute(input.destinationCidrBlock, input.targetVpcSubnetId)
        let networks = try Resource<TargetNetwork>.networks(of: id, context)
        guard
            subnet == "local"
                || networks.contains(where: { $0.shape.targetNetworkId == subnet && $0.phase != "disassociating" })
        else {
            throw AWSError(
                "InvalidClientVpnActiveAssociationNotFound", "The subnet '\(subnet)' is not a target network of '\(id)'.")
        }
        let identity = Resource<ClientVpnRoute>.identity(id, destination, subnet)
        return try context.once(
            input,
            recalling: { CreateClientVpnRouteResult(status: try Resource.clientVpnRoute.find($0, context)?.shape.status) }
        ) {
            let present = try Resource.clientVpnRoute.all(context).filter { $0.shape.clientVpnEndpointId == id }
            guard !present.contains(where: { Resource.clientVpnRoute.identity($0.shape) == identity }) else {
                throw AWSError(
                    "InvalidClientVpnDuplicateRoute", "The route to '\(destination)' by '\(subnet)' exists already.")
            }
            // AWS's default quota.
            guard present.count < 100 else {
                throw AWSError("ClientVpnRouteLimitExceeded", "The maximum number of routes has been reached.")
            }
            let made = try Resource.clientVpnRoute.place(
                ClientVpnRoute(
                    clientVpnEndpointId: id, destinationCidr: destination, targetSubnet: subnet, type: "Nat",
                    origin: "add-route", description: input.description ?? ""), context)
            return (identity, CreateClientVpnRouteResult(status: made.shape.status))
        }
    }

    private static func clientRoute(_ destination: String, _ subnet: String?) throws -> (destination: String, subnet: String) {
        guard let block = IPv4Block(destination) else {
            throw AWSError.invalidValue(destination, for: "DestinationCidrBlock", "This is not a valid CIDR block.")
        }
        guard let subnet = subnet.flatMap(\.orNil) else { throw AWSError.missingParameter("TargetVpcSubnetId") }
        if subnet != "local" { try ResourceKind.subnet.check(subnet) }
        return (block.description, subnet)
    }

    public func deleteClientVpnRoute(
        _ input: DeleteClientVpnRouteRequest, _ context: Context
    ) throws -> DeleteClientVpnRouteResult {
        let id = input.clientVpnEndpointId, routes = Resource.clientVpnRoute
        _ = try Resource.clientVpnEndpoint.present(id, context)
        let (destination, subnet) = try Self.clientRoute(input.destinationCidrBlock, input.targetVpcSubnetId)
        guard var route = try routes.find(Resource<ClientVpnRoute>.identity(id, destination, subnet), context) else {
            throw AWSError("InvalidClientVpnRouteNotFound", "The route to '\(destination)' by '\(subnet)' does not exist.")
        }
        guard route.shape.origin != "associate" else {
            throw AWSError("OperationNotPermitted", "A route that an association has added cannot be deleted.")  // assumed
        }
        if route.phase != "deleting" { try routes.move(&route, to: "deleting", at: context.now, context) }
        return DeleteClientVpnRouteResult(status: route.shape.status)
    }

    public func describeClientVpnRoutes(
        _ input: DescribeClientVpnRoutesRequest, _ context: Context
    ) throws -> DescribeClientVpnRoutesResult {
        _ = try Resource.clientVpnEndpoint.present(input.clientVpnEndpointId, context)
        let page = try context.describe(
            .clientVpnRoute, input, ids: nil, named: "",
            where: { $0.clientVpnEndpointId == input.clientVpnEndpointId })
        return DescribeClientVpnRoutesResult(routes: page.items, nextToken: page.nextToken)
    }
}

// MARK: Authorization rules

extension Resource where S == AuthorizationRule {
    static let clientVpnAuthorizationRule = Resource(
        ResourceKind("cvpn-rule", type: "client-vpn-authorization-rule", code: "", notFound: ""),
        identity: { identity($0.clientVpnEndpointId ?? "", $0.destinationCidr ?? "", $0.groupId ?? "") },
        refers: [.to("client-vpn-endpoint", \.clientVpnEndpointId, .cascades)],
        life: LifeCycle(
            show: { $0.status = ClientVpnAuthorizationRuleStatus(code: .init(rawValue: $1)) }, initial: "authorizing",
            deleting: "revoking",
            steps: [
                "authorizing": .init(after: .seconds(30), isFixed: false) { _, _ in "active" },
                "revoking": .init(after: .seconds(30), isFixed: false) { _, _ in nil },
            ], gone: []))

    /// A rule's key: its network and its group. The group is empty if the rule applies to all clients.
    static func identity(_ endpoint: String, _ network: String, _ group: String) -> String {
        "\(endpoint) \(network) \(group)"
    }
}

extension EC2Simulation {
    public func authorizeClientVpnIngress(
        _ input: AuthorizeClientVpnIngressRequest, _ context: Context
    ) throws -> AuthorizeClientVpnIngressResult {
        let id = input.clientVpnEndpointId, rules = Resource.clientVpnAuthorizationRule
        _ = try Resource.clientVpnEndpoint.present(id, context)
        let network = try Self.targetNetwork(input.targetNetworkCidr)
        let group = try Self.group(input.accessGroupId, all: input.authorizeAllGroups, named: "AuthorizeAllGroups")
        let identity = Resource<AuthorizationRule>.identity(id, network, group ?? "")
        return try context.once(
            input, recalling: { AuthorizeClientVpnIngressResult(status: try rules.find($0, context)?.shape.status) }
        ) {
            let present = try rules.all(context).filter { $0.shape.clientVpnEndpointId == id }
            guard !present.contains(where: { rules.identity($0.shape) == identity }) else {
                throw AWSError(
                    "InvalidClientVpnDuplicateAuthorizationRule", "The authorization rule for '\(network)' exists already.")
            }
            // AWS's default quota.
            guard present.count < 200 else {
                throw AWSError(
                    "ClientVpnAuthorizationRuleLimitExceeded", "The maximum number of authorization rules has been reached.")
            }
            let made = try rules.place(
                AuthorizationRule(
                    clientVpnEndpointId: id, description: input.description ?? "", groupId: group ?? "",
                    accessAll: group == nil, destinationCidr: network), context)
            return (identity, AuthorizeClientVpnIngressResult(status: made.shape.status))
        }
    }

    private static func targetNetwork(_ text: String) throws -> String {
        guard let block = IPv4Block(text) else {
            throw AWSError.invalidValue(text, for: "TargetNetworkCidr", "This is not a valid CIDR block.")
        }
        return block.description
    }

    /// Returns the group that the rule applies to; nil for all clients.
    private static func group(_ group: String?, all: Bool?, named parameter: String) throws -> String? {
        switch (group.flatMap(\.orNil), all == true) {
        case (let group?, false): return group
        case (nil, true): return nil
        case (nil, false): throw AWSError.missingParameter("AccessGroupId")
        default:
            throw AWSError.invalidCombination(
                "The parameter AccessGroupId cannot be used with the parameter \(parameter)")  // assumed
        }
    }

    public func revokeClientVpnIngress(
        _ input: RevokeClientVpnIngressRequest, _ context: Context
    ) throws -> RevokeClientVpnIngressResult {
        let id = input.clientVpnEndpointId, rules = Resource.clientVpnAuthorizationRule
        _ = try Resource.clientVpnEndpoint.present(id, context)
        let network = try Self.targetNetwork(input.targetNetworkCidr)
        let group = try Self.group(input.accessGroupId, all: input.revokeAllGroups, named: "RevokeAllGroups")
        guard var rule = try rules.find(Resource<AuthorizationRule>.identity(id, network, group ?? ""), context) else {
            throw AWSError(
                "InvalidClientVpnEndpointAuthorizationRuleNotFound",
                "The authorization rule for '\(network)' does not exist.")
        }
        if rule.phase != "revoking" { try rules.move(&rule, to: "revoking", at: context.now, context) }
        return RevokeClientVpnIngressResult(status: rule.shape.status)
    }

    public func describeClientVpnAuthorizationRules(
        _ input: DescribeClientVpnAuthorizationRulesRequest, _ context: Context
    ) throws -> DescribeClientVpnAuthorizationRulesResult {
        _ = try Resource.clientVpnEndpoint.present(input.clientVpnEndpointId, context)
        let page = try context.describe(
            .clientVpnAuthorizationRule, input, ids: nil, named: "",
            where: { $0.clientVpnEndpointId == input.clientVpnEndpointId })
        return DescribeClientVpnAuthorizationRulesResult(authorizationRules: page.items, nextToken: page.nextToken)
    }
}
