import AWSModels
import Drydock
import DrydockTesting
import Foundation
import SimulatorCore
import Testing

/// Compares the permissions that every simulated operation of every service requires with AWS's table.
@Suite(.simulator) struct PermissionWalk {
    private let aws = AWS.current

    @Test(arguments: ["ec2", "ecr", "iam", "ssm", "sts", "ec2-instance-connect"])
    func operationPermissionsMatchAWSTable(_ id: String) async throws {
        try await aws.iam.createRole(.init(roleName: "Walk", assumeRolePolicyDocument: Self.trust))
        try await aws.iam.createInstanceProfile(.init(instanceProfileName: "Walk"))
        try await aws.iam.addRoleToInstanceProfile(.init(instanceProfileName: "Walk", roleName: "Walk"))
        let service = try #require(aws.simulator.services.first { $0.model.id == id })
        let inputs = try Self.inputs(id)
        let simulated = try #require(try Coverage().services.first { $0.id == id }).simulated
        #expect(Set(simulated).isSubset(of: service.permissions.operations), "an operation has no row")
        #expect(!simulated.isEmpty)
        var wrong: [String] = []
        for name in simulated {
            let operation = try #require(service.operation(name)), row = try #require(service.permissions.permission(for: name))
            let given = try #require(inputs[name], "golden/inputs has none for \(id).\(name)")
            let input = Prepared(given, row, service).node
            let report = ShapeReader.Report()
            let shape = operation.read(ShapeReader(input, schema: operation.inputSchema, layout: .model, report: report))
            let targets = try aws.simulator.perform(id, name, as: Self.walker, region: "us-east-1") {
                try service.authorizationTargets(name, shape, $0)
            }
            wrong += Self.differences(targets, row, service).map { "\(id).\(name) \($0)" }
        }
        #expect(wrong == [])
    }

    private static func differences(
        _ targets: [AuthorizationTarget], _ row: Permission, _ service: any SimulatedService
    ) -> [String] {
        if unasked.contains(row.action) { return targets.isEmpty ? [] : ["asks for something"] }
        var wrong: [String] = []
        let own = targets.filter { $0.action == row.action }
        let wording = withoutARN[row.action]
        for use in row.resources where use.isRequired && wording == nil {
            guard !own.contains(where: { service.is($0.resource, a: use.type) }) else { continue }
            wrong.append("asks for no \(use.type): \(own.map(\.resource))")
        }
        for target in own where target.resource != wording {
            let uses = row.resources.filter { service.is(target.resource, a: $0.type) }
            // An operation on a resource must not require permission on `*`.
            if uses.isEmpty, target.resource != "*" || row.resources.contains(where: \.isRequired) {
                wrong.append("asks for \(target.resource), of no type of its row")
            }
            let known = Set((row.conditionKeys + uses.flatMap(service.keys)).map { $0.prefix { $0 != "$" } })
            for key in target.conditions.keys.sorted() {
                guard !known.contains(key[...]), !known.contains(key.prefix { $0 != "/" } + "/") else { continue }
                wrong.append("gives \(key) on \(target.resource), which its row doesn't have")
            }
        }
        let actions = Set(targets.map(\.action)), dependent = Set(row.dependentActions)
        wrong += dependent.subtracting(actions).filter { unsimulated[$0] == nil }.map { "doesn't ask for \($0)" }
        wrong += actions.subtracting(dependent).subtracting([row.action]).map { "asks for \($0)" }
        return wrong
    }

    /// Calls that need no permission: https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html
    private static let unasked: Set = ["sts:GetCallerIdentity", "sts:GetSessionToken"]
    /// Texts that AWS uses instead of an ARN.
    private static let withoutARN = ["iam:ListPolicies": "policy path /"]
    /// Dependent actions that Drydock does not check, with the reason.
    private static let unsimulated = [
        "iam:CreateServiceLinkedRole": "service-linked roles are there when they are needed",
        "sns:CreateTopic": "notifications of route servers are not simulated",
        "sns:DeleteTopic": "notifications of route servers are not simulated",
        "ssm:GetParameters": "asked for only where an image is named by a parameter",
        "organizations:DescribePolicy": "there is no organisation to look into",
        "organizations:ListChildren": "there is no organisation to look into",
        "organizations:ListParents": "there is no organisation to look into",
        "organizations:ListPoliciesForTarget": "there is no organisation to look into",
        "organizations:ListRoots": "there is no organisation to look into",
        "organizations:ListTargetsForPolicy": "there is no organisation to look into",
    ]

    private static let trust =
        #"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"ec2.amazonaws.com"},"Action":"sts:AssumeRole"}]}"#
    private static let walker = Caller(
        kind: .user(name: "Walker"), account: "123456789012", arn: "arn:aws:iam::123456789012:user/Walker",
        userId: "AIDAWALKER",
        accessKeyId: "AKIAWALKER")

    private static func inputs(_ service: String) throws -> [String: Node] {
        guard service != "ec2-instance-connect" else {
            return [
                "SendSSHPublicKey": .object([.init("InstanceId", .string("i-1")), .init("InstanceOSUser", .string("ubuntu"))])
            ]
        }
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let data = try Data(contentsOf: root.appendingPathComponent("golden/inputs/\(service).json"))
        let fields = try JSON.parse(Bytes(data)).fields ?? []
        return Dictionary(fields.map { ($0.name, $0.value) }, uniquingKeysWith: { first, _ in first })
    }
}

/// An input from golden/inputs, completed with tags for created resources, valid ARNs and an instance profile that has a role.
private struct Prepared {
    private(set) var node: Node

    init(_ given: Node, _ row: Permission, _ service: any SimulatedService) {
        node = given
        for use in row.resources {
            for member in use.members where member.lowercased().hasSuffix("arn") && !member.contains(".") {
                set(member, .string(service.example(of: use.type)))
            }
        }
        for member in ["Path", "NewPath", "PathPrefix"] where node[member] != nil { set(member, .string("/")) }
        if node["registryId"] != nil { set("registryId", .string("123456789012")) }
        let config = node["SpotFleetRequestConfig"]
        if node["TagSpecifications"] != nil || config?["TagSpecifications"] != nil {
            let tags = Node.list([.object([.init("Key", .string("walk")), .init("Value", .string("1"))])])
            // Resources accepted from another account are tagged too, although they are not created.
            let made = row.resources.filter(\.isMade)
            let tagged = (made.isEmpty ? row.resources : made).map {
                Node.object([.init("ResourceType", .string($0.type)), .init("Tags", tags)])
            }
            if let config {
                set("SpotFleetRequestConfig", Self.replacing("TagSpecifications", .list(tagged), in: config))
            } else {
                set("TagSpecifications", .list(tagged))
            }
        }
        if node["IamInstanceProfile"] != nil {
            set("IamInstanceProfile", .object([.init("Name", .string("Walk"))]))
        }
        if let specification = node["LaunchSpecification"] {
            let profile = Node.object([.init("Name", .string("Walk"))])
            set("LaunchSpecification", Self.replacing("IamInstanceProfile", profile, in: specification))
        }
    }

    private mutating func set(_ member: String, _ value: Node) { node = Self.replacing(member, value, in: node) }

    private static func replacing(_ member: String, _ value: Node, in node: Node) -> Node {
        .object((node.fields ?? []).filter { $0.name != member } + [.init(member, value)])
    }
}

extension SimulatedService {
    /// Returns whether an ARN matches the format in AWS's table for a resource type.
    fileprivate func `is`(_ arn: String, a type: String) -> Bool {
        guard let format = permissions.resourceType(type)?.arnFormat else { return false }
        var pattern = "", rest = format[...]
        while let start = rest.firstRange(of: "${"), let end = rest.firstRange(of: "}") {
            pattern += NSRegularExpression.escapedPattern(for: String(rest[..<start.lowerBound]))
            switch rest[start.upperBound..<end.lowerBound] {
            case "Partition": pattern += "aws"
            case "Region": pattern += "us-east-1"
            // AWS's managed policies.
            case "Account": pattern += "(123456789012|aws)"
            default: pattern += ".*"
            }
            rest = rest[end.upperBound...]
        }
        pattern += NSRegularExpression.escapedPattern(for: String(rest))
        return arn.range(of: "^\(pattern)$", options: .regularExpression) != nil
    }

    /// Returns an example ARN of a resource type.
    fileprivate func example(of type: String) -> String {
        var result = permissions.resourceType(type)?.arnFormat ?? ""
        for (name, value) in [("Partition", "aws"), ("Region", "us-east-1"), ("Account", "123456789012")] {
            result = result.replacing("${\(name)}", with: value)
        }
        while let start = result.firstRange(of: "${"), let end = result.firstRange(of: "}") {
            result.replaceSubrange(start.lowerBound..<end.upperBound, with: "walk")
        }
        return result
    }
}
