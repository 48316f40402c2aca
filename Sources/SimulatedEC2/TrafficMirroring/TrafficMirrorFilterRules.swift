import AWSCore
import EC2API
import SimulatorCore

// https://docs.aws.amazon.com/vpc/latest/mirroring/tm-filter-rules.html

extension Resource where S == TrafficMirrorFilterRule {
    static let trafficMirrorFilterRule = Resource(
        ResourceKind(
            "tmfr", type: "traffic-mirror-filter-rule", code: "InvalidTrafficMirrorFilterRuleId",
            notFound: "The traffic mirror filter rule '%' does not exist"),
        id: \.trafficMirrorFilterRuleId, tags: \.tags,
        refers: [.to("traffic-mirror-filter", \.trafficMirrorFilterId, .cascades)],
        filters: ["protocol": { [$0.protocol.map { "\($0)" }] }])

    static func rules(of filter: String, _ context: Context) throws -> [Stored<TrafficMirrorFilterRule>] {
        try trafficMirrorFilterRule.all(context).filter { $0.shape.trafficMirrorFilterId == filter }
    }
}

extension EC2Simulation {
    public func createTrafficMirrorFilterRule(
        _ input: CreateTrafficMirrorFilterRuleRequest, _ context: Context
    ) throws -> CreateTrafficMirrorFilterRuleResult {
        _ = try Resource.trafficMirrorFilter.get(input.trafficMirrorFilterId, context)
        let rule = try context.create(.trafficMirrorFilterRule, input) { rule in
            rule.trafficMirrorFilterId = input.trafficMirrorFilterId
            rule.trafficDirection = input.trafficDirection
            rule.ruleNumber = input.ruleNumber
            rule.ruleAction = input.ruleAction
            rule.protocol = input.protocol
            rule.destinationPortRange = input.destinationPortRange.map { .init(fromPort: $0.fromPort, toPort: $0.toPort) }
            rule.sourcePortRange = input.sourcePortRange.map { .init(fromPort: $0.fromPort, toPort: $0.toPort) }
            rule.destinationCidrBlock = input.destinationCidrBlock
            rule.sourceCidrBlock = input.sourceCidrBlock
            rule.description = input.description
            try rule.check(context)
            // AWS's quota for a direction.
            let others = try Resource<TrafficMirrorFilterRule>.rules(of: input.trafficMirrorFilterId, context)
            guard others.count(where: { $0.shape.trafficDirection == input.trafficDirection }) < 10 else {
                throw AWSError(
                    "TrafficMirrorFilterRuleLimitExceeded",
                    "The maximum number of traffic mirror filter rules has been reached."
                )
            }
        }
        return CreateTrafficMirrorFilterRuleResult(
            trafficMirrorFilterRule: rule, clientToken: context.token(input.clientToken))
    }

    public func modifyTrafficMirrorFilterRule(
        _ input: ModifyTrafficMirrorFilterRuleRequest, _ context: Context
    ) throws -> ModifyTrafficMirrorFilterRuleResult {
        var stored = try Resource.trafficMirrorFilterRule.get(input.trafficMirrorFilterRuleId, context)
        var rule = stored.shape
        for field in input.removeFields ?? [] {
            switch field {
            case .destinationPortRange: rule.destinationPortRange = nil
            case .sourcePortRange: rule.sourcePortRange = nil
            case .protocol: rule.protocol = nil
            case .description: rule.description = nil
            default: throw AWSError.invalidValue(field.rawValue, for: "removeFields")
            }
        }
        rule.trafficDirection = input.trafficDirection ?? rule.trafficDirection
        rule.ruleNumber = input.ruleNumber ?? rule.ruleNumber
        rule.ruleAction = input.ruleAction ?? rule.ruleAction
        rule.protocol = input.protocol ?? rule.protocol
        if let range = input.destinationPortRange {
            rule.destinationPortRange = .init(fromPort: range.fromPort, toPort: range.toPort)
        }
        if let range = input.sourcePortRange { rule.sourcePortRange = .init(fromPort: range.fromPort, toPort: range.toPort) }
        rule.destinationCidrBlock = input.destinationCidrBlock ?? rule.destinationCidrBlock
        rule.sourceCidrBlock = input.sourceCidrBlock ?? rule.sourceCidrBlock
        rule.description = input.description ?? rule.description
        try rule.check(context)
        stored.shape = rule
        try Resource.trafficMirrorFilterRule.write(stored, context)
        // "Tags are not returned for ModifyTrafficMirrorFilterRule."
        return ModifyTrafficMirrorFilterRuleResult(trafficMirrorFilterRule: rule)
    }

    public func deleteTrafficMirrorFilterRule(
        _ input: DeleteTrafficMirrorFilterRuleRequest, _ context: Context
    ) throws -> DeleteTrafficMirrorFilterRuleResult {
        try context.delete(.trafficMirrorFilterRule, input.trafficMirrorFilterRuleId)
        return DeleteTrafficMirrorFilterRuleResult(trafficMirrorFilterRuleId: input.trafficMirrorFilterRuleId)
    }

    public func describeTrafficMirrorFilterRules(
        _ input: DescribeTrafficMirrorFilterRulesRequest, _ context: Context
    ) throws -> DescribeTrafficMirrorFilterRulesResult {
        if let filter = input.trafficMirrorFilterId { _ = try Resource.trafficMirrorFilter.get(filter, context) }
        let page = try context.describe(
            .trafficMirrorFilterRule, input, ids: input.trafficMirrorFilterRuleIds, named: "trafficMirrorFilterRuleIds",
            where: { input.trafficMirrorFilterId == nil || $0.trafficMirrorFilterId == input.trafficMirrorFilterId })
        return DescribeTrafficMirrorFilterRulesResult(trafficMirrorFilterRules: page.items, nextToken: page.nextToken)
    }
}

extension TrafficMirrorFilterRule {
    /// Puts the CIDR blocks into canonical form and checks the members against each other.
    fileprivate mutating func check(_ context: Context) throws {
        let number = ruleNumber ?? 0
        guard (1...32766).contains(number) else { throw AWSError.invalidValue("\(number)", for: "ruleNumber") }
        if let `protocol`, !(0...255).contains(`protocol`) { throw AWSError.invalidValue("\(`protocol`)", for: "protocol") }
        let source = try Self.block(sourceCidrBlock ?? "", "sourceCidrBlock")
        let destination = try Self.block(destinationCidrBlock ?? "", "destinationCidrBlock")
        guard source.isIPv6 == destination.isIPv6 else {
            throw AWSError(
                "InvalidParameterValue",
                "DestinationCidrBlock and SourceCidrBlock must both be an IPv4 range or an IPv6 range.")
        }
        sourceCidrBlock = source.text
        destinationCidrBlock = destination.text
        for (range, name) in [(destinationPortRange, "destinationPortRange"), (sourcePortRange, "sourcePortRange")] {
            guard let range else { continue }
            // Only TCP and UDP have ports.
            guard `protocol` == 6 || `protocol` == 17 else {
                throw AWSError.invalidCombination("The parameter \(name) needs the protocol 6 or 17.")  // assumed
            }
            let from = range.fromPort ?? 0, to = range.toPort ?? from
            guard (0...65535).contains(from), (from...65535).contains(to) else {
                throw AWSError.invalidValue("\(from)-\(to)", for: name)
            }
        }
        let others = try Resource<TrafficMirrorFilterRule>.rules(of: trafficMirrorFilterId ?? "", context).map(\.shape)
        guard
            !others.contains(where: {
                $0.trafficMirrorFilterRuleId != trafficMirrorFilterRuleId && $0.trafficDirection == trafficDirection
                    && $0.ruleNumber == ruleNumber
            })
        else {
            throw AWSError(
                "TrafficMirrorFilterRuleAlreadyExists",
                "The traffic mirror filter has a rule of the number \(number) in this direction.")
        }
    }

    private static func block(_ text: String, _ name: String) throws -> (text: String, isIPv6: Bool) {
        if let block = IPv4Block(text) { return (block.description, false) }
        if let block = IPv6Block(text) { return (block.description, true) }
        throw AWSError.invalidValue(text, for: name, "This is not a valid CIDR block.")
    }
}
