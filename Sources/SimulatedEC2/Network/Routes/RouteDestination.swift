import AWSCore
import EC2API
import SimulatorCore

/// The addresses for which a route applies.
enum RouteDestination: Hashable {
    case ipv4(IPv4Block)
    case ipv6(IPv6Block)
    case prefixList(String)

    /// Returns the destination of a request.
    /// - Throws: AWS's errors for none, several, and an invalid block.
    init(ipv4: String?, ipv6: String?, prefixList: String?, _ context: Context) throws {
        switch (ipv4.flatMap(\.orNil), ipv6.flatMap(\.orNil), prefixList.flatMap(\.orNil)) {
        case (let text?, nil, nil):
            guard let block = IPv4Block(text) else {
                throw AWSError.invalidValue(text, for: "destinationCidrBlock", "This is not a valid CIDR block.")
            }
            self = .ipv4(block)
        case (nil, let text?, nil):
            guard let block = IPv6Block(text) else {
                throw AWSError.invalidValue(text, for: "destinationIpv6CidrBlock", "This is not a valid IPv6 CIDR block.")
            }
            self = .ipv6(block)
        case (nil, nil, let id?):
            try ManagedPrefixList.require(id, context)
            self = .prefixList(id)
        case (nil, nil, nil):
            throw AWSError.missingParameter("destinationCidrBlock or destinationIpv6CidrBlock or destinationPrefixListId")
        default:
            throw AWSError.invalidCombination(
                "The parameters destinationCidrBlock, destinationIpv6CidrBlock and destinationPrefixListId cannot be used together"
            )
        }
    }

    var text: String {
        switch self {
        case .ipv4(let block): block.description
        case .ipv6(let block): block.description
        case .prefixList(let id): id
        }
    }

    /// The name of the parameter in AWS's messages.
    var parameter: String {
        switch self {
        case .ipv4: "destination-cidr-block"
        case .ipv6: "destination-ipv6-cidr-block"
        case .prefixList: "destination-prefix-list-id"
        }
    }

    /// Whether this destination contains all addresses of the other one.
    func contains(_ other: RouteDestination) -> Bool {
        switch (self, other) {
        case (.ipv4(let mine), .ipv4(let other)): mine.contains(other)
        case (.ipv6(let mine), .ipv6(let other)): mine.contains(other)
        default: false
        }
    }
}

extension Route {
    /// Creates a local route of the VPC.
    init(local destination: RouteDestination) { self.init(destination, to: .local, origin: .createRouteTable) }

    init(_ destination: RouteDestination, to target: RouteTarget, origin: RouteOrigin = .createRoute) {
        self.init(origin: origin)
        switch destination {
        case .ipv4(let block): destinationCidrBlock = block.description
        case .ipv6(let block): destinationIpv6CidrBlock = block.description
        case .prefixList(let id): destinationPrefixListId = id
        }
        setTarget(target)
    }

    /// The route's destination; nil if it is invalid, which no handler stores.
    var destination: RouteDestination? {
        if let block = destinationCidrBlock.flatMap(IPv4Block.init) { return .ipv4(block) }
        if let block = destinationIpv6CidrBlock.flatMap(IPv6Block.init) { return .ipv6(block) }
        return destinationPrefixListId.map { .prefixList($0) }
    }

    /// Whether it was created with the table or with a block of the VPC.
    var isLocal: Bool { origin == .createRouteTable }
}
