import EC2API
import Glibc
import SimulatorCore

/// Chooses the ports that are silent while the rules forbid them, even if nothing listens there.
///
/// The machine's kernel refuses connections to a loopback address, unless a socket listens there. So each silent port costs two
/// sockets, and only some ports can be silent: those that had a listener, common ones, and those that rules name.
struct SilentPorts {
    /// Silent for every guest.
    static let common: Set<UInt16> = [80, 443, 3000, 3306, 5000, 5432, 6379, 8000, 8080, 8443]
    /// Silent as long as there are sockets for them.
    static let lessCommon: [UInt16] = [
        21, 23, 25, 445, 1433, 1521, 2375, 2376, 2379, 3389, 5601, 5672, 5900, 6443, 8081, 8888, 9000, 9090, 9092, 9200, 10250,
        11211, 15672, 27017,
    ]
    /// The maximum per guest.
    static let most = 64
    /// The maximum of all guests together, besides the common ports and those that had listeners.
    static let budget: Int = {
        var limits = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limits) == 0 else { return 0 }
        return Int(min(2048, limits.rlim_cur / 16))
    }()

    /// Where ssh listens: 22 if this process may listen at ports below 1024.
    private let sshPort: UInt16
    /// The ports that had a listener, by instance.
    private var heard: [String: Set<UInt16>] = [:]

    init(sshPort: UInt16) { self.sshPort = sshPort }

    /// Forgets all other instances.
    mutating func keep(_ ids: Set<String>) { heard = heard.filter { ids.contains($0.key) } }

    /// Returns the ports to watch for an instance.
    ///
    /// - Parameters:
    ///   - open: the ports that have a listener now.
    ///   - ruled: the ports that rules name.
    ///   - guests: the number of guests, which share the budget.
    mutating func ports(of instance: String, open: Set<UInt16>, ruled: [UInt16], guests: Int) -> Set<UInt16> {
        var listened = heard[instance, default: []].union(open)
        if listened.count > Self.most { listened = open }
        heard[instance] = listened
        var chosen = Self.common.filter(isBindable).union(listened)
        let share = Self.budget / max(1, guests)
        for port in (ruled + Self.lessCommon).filter(isBindable).prefix(share) where chosen.count < Self.most {
            chosen.insert(port)
        }
        return chosen
    }

    private func isBindable(_ port: UInt16) -> Bool { port != sshPort && (port >= 1024 || sshPort == 22) }
}

extension GuestInstance {
    /// The account and region.
    var scope: String { "\(account)/\(region)" }
}

extension Simulator {
    /// The most ports in a range of a rule whose ports count as named.
    private static var widestRange: Int { 16 }

    /// Returns the ports that inbound rules of the instances' accounts and regions name, one by one or as small ranges, sorted.
    func ruledPorts(of instances: [GuestInstance]) -> [String: [UInt16]] {
        Dictionary(grouping: instances, by: \.scope).compactMapValues { instances in
            guard let scope = instances.first else { return nil }
            let found = try? inspect("ec2", account: scope.account, region: scope.region) { context in
                let rules: DescribeSecurityGroupRulesResult? = try call(
                    "DescribeSecurityGroupRules", DescribeSecurityGroupRulesRequest(), context)
                return (rules?.securityGroupRules ?? []).reduce(into: Set<UInt16>()) { ports, rule in
                    guard rule.isEgress == false, rule.ipProtocol == "tcp", let first = rule.fromPort, let last = rule.toPort,
                        (1...65535).contains(first), (first...65535).contains(last), last - first < Self.widestRange
                    else { return }
                    ports.formUnion((first...last).map { UInt16($0) })
                }
            }
            return found?.sorted() ?? []
        }
    }
}
