import AWSCore
import EC2API
import SimulatorCore

// https://docs.aws.amazon.com/vpn/latest/s2svpn/your-cgw.html

extension Resource where S == CustomerGateway {
    static let customerGateway = Resource(
        ResourceKind(
            "cgw", type: "customer-gateway", code: "InvalidCustomerGatewayID",
            notFound: "The customerGateway ID '%' does not exist", malformed: "InvalidCustomerGatewayId.Malformed"),
        id: \.customerGatewayId, tags: \.tags,
        // AWS documents no durations. Assumed: deleted gateways are shown for an hour.
        life: LifeCycle(
            show: { $0.state = $1 }, initial: "available", deleting: "deleted",
            steps: ["deleted": .init(after: .hours(1), isFixed: true) { _, _ in nil }], gone: ["deleted"]))
}

extension EC2Simulation {
    public func createCustomerGateway(
        _ input: CreateCustomerGatewayRequest, _ context: Context
    ) throws -> CreateCustomerGatewayResult {
        guard input.type == "ipsec.1" else { throw AWSError.invalidValue(input.type.rawValue, for: "type") }
        let asn = try Self.asn(input)
        let address = try Self.outsideAddress(input)
        if let name = input.deviceName, name.count > 255 {
            throw AWSError.invalidValue(name, for: "deviceName", "It must not be longer than 255 characters.")
        }
        let others = try Resource.customerGateway.all(context).filter { $0.phase != "deleted" }
        // AWS returns the existing gateway for a request with the same values.
        if let same = others.first(where: {
            $0.shape.ipAddress == address && ($0.shape.bgpAsn ?? $0.shape.bgpAsnExtended) == "\(asn)"
                && $0.shape.deviceName == input.deviceName && $0.shape.certificateArn == input.certificateArn
        }) {
            return CreateCustomerGatewayResult(customerGateway: try context.shown(.customerGateway, same))
        }
        guard others.count < 50 else {
            throw AWSError("CustomerGatewayLimitExceeded", "The maximum number of customer gateways has been reached.")
        }
        let gateway = try context.create(.customerGateway, input) { gateway in
            gateway.type = input.type.rawValue
            gateway.ipAddress = address
            if asn > 2_147_483_647 { gateway.bgpAsnExtended = "\(asn)" } else { gateway.bgpAsn = "\(asn)" }
            gateway.deviceName = input.deviceName
            gateway.certificateArn = input.certificateArn
        }
        return CreateCustomerGatewayResult(customerGateway: gateway)
    }

    private static func asn(_ input: CreateCustomerGatewayRequest) throws -> Int {
        if input.bgpAsn != nil, input.bgpAsnExtended != nil {
            throw AWSError.invalidCombination("The parameter bgpAsn cannot be used with the parameter bgpAsnExtended")
        }
        if let extended = input.bgpAsnExtended {
            guard (2_147_483_648...4_294_967_295).contains(extended) else {
                throw AWSError.invalidValue("\(extended)", for: "bgpAsnExtended")
            }
            return extended
        }
        let asn = input.bgpAsn ?? 65000
        guard (1...2_147_483_647).contains(asn) else { throw AWSError.invalidValue("\(asn)", for: "bgpAsn") }
        return asn
    }

    /// Returns the device's address. A device with a certificate needs none.
    private static func outsideAddress(_ input: CreateCustomerGatewayRequest) throws -> String? {
        guard let text = (input.ipAddress ?? input.publicIp).flatMap(\.orNil) else {
            guard input.certificateArn != nil else { throw AWSError.missingParameter("ipAddress") }
            return nil
        }
        if let address = IPv6Block.address(text) { return IPv6Block.text(address) }
        guard let address = IPv4Block.address(text) else {
            throw AWSError.invalidValue(text, for: "ipAddress", "Invalid IP address.")
        }
        return IPv4Block.text(address)
    }

    public func deleteCustomerGateway(_ input: DeleteCustomerGatewayRequest, _ context: Context) throws -> EmptyShape {
        let connections = try Relations.referrers(
            to: input.customerGatewayId, kind: Resource.vpnConnection.kind, role: "customer-gateway", context)
        guard connections.isEmpty else { throw AWSError("IncorrectState", "The customer gateway is in use.") }
        try context.delete(.customerGateway, input.customerGatewayId)
        return EmptyShape()
    }

    public func describeCustomerGateways(
        _ input: DescribeCustomerGatewaysRequest, _ context: Context
    ) throws -> DescribeCustomerGatewaysResult {
        let page = try context.describe(.customerGateway, input, ids: input.customerGatewayIds, named: "customerGatewayIds")
        return DescribeCustomerGatewaysResult(customerGateways: page.items)
    }
}
