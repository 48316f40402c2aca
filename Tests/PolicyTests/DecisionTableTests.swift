import AWSCore
import Testing

@testable import SimulatorCore

// What AWS documents, as tables: conditions by operator and modifier, policies by type, and examples from AWS's guides with their
// URLs.

/// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
/// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-single-vs-multi-valued-context-keys.html
@Suite struct ConditionTable {
    /// An operator with an operand, a matching value (for a negated operator, one it rejects) and another value.
    struct Operator: Sendable, CustomTestStringConvertible {
        let name, operand, match, other: String
        var isNegated = false
        var testDescription: String { name }
    }

    static let operators: [Operator] = [
        .init(name: "StringEquals", operand: "web", match: "web", other: "Web"),
        .init(name: "StringNotEquals", operand: "web", match: "web", other: "Web", isNegated: true),
        .init(name: "StringEqualsIgnoreCase", operand: "web", match: "WEB", other: "db"),
        .init(name: "StringNotEqualsIgnoreCase", operand: "web", match: "WEB", other: "db", isNegated: true),
        .init(name: "StringLike", operand: "w*b", match: "web", other: "wet"),
        .init(name: "StringNotLike", operand: "w?b", match: "web", other: "webb", isNegated: true),
        .init(name: "NumericEquals", operand: "10", match: "10.0", other: "11"),
        .init(name: "NumericNotEquals", operand: "10", match: "10", other: "11", isNegated: true),
        .init(name: "NumericLessThan", operand: "10", match: "9", other: "10"),
        .init(name: "NumericLessThanEquals", operand: "10", match: "10", other: "11"),
        .init(name: "NumericGreaterThan", operand: "10", match: "11", other: "10"),
        .init(name: "NumericGreaterThanEquals", operand: "10", match: "10", other: "9"),
        .init(
            name: "DateEquals", operand: "2024-01-01T00:00:00Z", match: "2024-01-01T00:00:00Z", other: "2024-01-02T00:00:00Z"),
        .init(
            name: "DateNotEquals", operand: "2024-01-01T00:00:00Z", match: "2024-01-01T00:00:00Z",
            other: "2024-01-02T00:00:00Z", isNegated: true),
        .init(name: "DateLessThan", operand: "2024-01-01", match: "2023-12-31T23:59:59Z", other: "2024-01-01T00:00:00Z"),
        .init(name: "DateLessThanEquals", operand: "2024-01-01", match: "2024-01-01T00:00:00Z", other: "2024-01-01T00:00:01Z"),
        .init(name: "DateGreaterThan", operand: "2024-01-01", match: "2024-01-01T00:00:01Z", other: "2024-01-01T00:00:00Z"),
        .init(
            name: "DateGreaterThanEquals", operand: "2024-01-01", match: "2024-01-01T00:00:00Z", other: "2023-12-31T00:00:00Z"),
        .init(name: "Bool", operand: "true", match: "true", other: "false"),
        .init(name: "BinaryEquals", operand: "QmluYXJ5", match: "QmluYXJ5", other: "T3RoZXI="),
        .init(name: "IpAddress", operand: "203.0.113.0/24", match: "203.0.113.7", other: "198.51.100.7"),
        .init(name: "NotIpAddress", operand: "203.0.113.0/24", match: "203.0.113.7", other: "198.51.100.7", isNegated: true),
        .init(
            name: "ArnEquals", operand: "arn:aws:iam::*:user/a", match: "arn:aws:iam::1:user/a", other: "arn:aws:iam::1:user/b"),
        .init(
            name: "ArnLike", operand: "arn:aws:sns:*:*:t-*", match: "arn:aws:sns:us-east-1:1:t-1",
            other: "arn:aws:sns:us-east-1:1:u"),
        .init(
            name: "ArnNotEquals", operand: "arn:aws:iam::*:user/a", match: "arn:aws:iam::1:user/a",
            other: "arn:aws:iam::1:user/b", isNegated: true),
        .init(
            name: "ArnNotLike", operand: "arn:aws:iam::1:user/*", match: "arn:aws:iam::1:user/a",
            other: "arn:aws:iam::1:role/b", isNegated: true),
    ]

    /// Whether the condition is true (+) if the key is missing, has the matching value, the other value, or both. For operators
    /// and for their negations.
    static let modifiers: [(name: String, plain: String, negated: String)] = [
        ("OPERATOR", "- + - +", "+ - + -"),
        ("OPERATORIfExists", "+ + - +", "+ - + -"),
        ("ForAnyValue:OPERATOR", "- + - +", "- - + +"),
        ("ForAllValues:OPERATOR", "+ + - -", "+ - + -"),
        ("ForAnyValue:OPERATORIfExists", "+ + - +", "+ - + +"),
        ("ForAllValues:OPERATORIfExists", "+ + - -", "+ - + -"),
    ]

    @Test(arguments: operators) func conditionOperatorsMatchDocumentedTable(_ entry: Operator) throws {
        for modifier in Self.modifiers {
            let name = modifier.name.replacing("OPERATOR", with: entry.name)
            let condition = try #require(
                try PolicyCondition(operatorName: name, key: "test:key", values: [entry.operand], substitutes: true))
            let expected = (entry.isNegated ? modifier.negated : modifier.plain).split(separator: " ").map { $0 == "+" }
            let values: [[String]?] = [nil, [entry.match], [entry.other], [entry.match, entry.other]]
            for (given, holds) in zip(values, expected) {
                let request = ask(worker, "ecr:PutImage", on: repository, given.map { ["test:key": $0] } ?? [:])
                #expect(condition.holds(for: request) == holds, "\(name) with \(given?.description ?? "no value")")
            }
        }
    }

    @Test(arguments: [("true", nil, true), ("true", "x", false), ("false", nil, false), ("false", "x", true)])
    func nullConditionTestsMissingKey(_ operand: String, _ value: String?, _ expected: Bool) throws {
        let condition = try #require(
            try PolicyCondition(operatorName: "Null", key: "test:key", values: [operand], substitutes: true))
        #expect(
            condition.holds(for: ask(worker, "ecr:PutImage", on: repository, value.map { ["test:key": [$0]] } ?? [:]))
                == expected)
    }
}

/// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
@Suite struct PolicyKindTable {
    enum Says: Sendable { case allow, deny, nothing, absent }
    /// The principal that a resource-based policy names.
    enum Named: Sendable { case nobody, user, role, session, account, everybody }
    enum Expected: Sendable { case allowed, denied(PolicyLayer), missing(PolicyLayer) }

    struct Row: Sendable, CustomTestStringConvertible {
        let line: Int
        let caller: AuthorizationRequest.Principal
        let identity, boundary, session, control: Says
        let named: Named
        let expected: Expected
        var testDescription: String { "row \(line)" }

        init(
            _ caller: AuthorizationRequest.Principal, _ identity: Says, _ boundary: Says, _ session: Says, _ control: Says,
            _ named: Named, _ expected: Expected, line: Int = #line
        ) {
            self.line = line
            self.caller = caller
            self.identity = identity
            self.boundary = boundary
            self.session = session
            self.control = control
            self.named = named
            self.expected = expected
        }
    }

    static let federated = Caller(
        kind: .federatedUser, arn: "arn:aws:sts::\(account):federated-user/Bob", account: account,
        userId: "\(account):Bob", roleARN: worker.arn)
    static let boss = Caller.root(ofAccount: account)

    // The caller, identity-based policy, boundary, session policy, service control policy, principal of the resource-based
    // policy.
    static let rows: [Row] = [
        .init(worker, .allow, .absent, .absent, .absent, .nobody, .allowed),
        .init(worker, .nothing, .absent, .absent, .absent, .nobody, .missing(.identity)),
        .init(worker, .deny, .absent, .absent, .absent, .user, .denied(.identity)),
        // Boundaries limit what identity-based policies grant.
        .init(worker, .allow, .allow, .absent, .absent, .nobody, .allowed),
        .init(worker, .allow, .nothing, .absent, .absent, .nobody, .missing(.boundary)),
        .init(worker, .allow, .deny, .absent, .absent, .nobody, .denied(.boundary)),
        // …but not what a resource-based policy grants the user by name.
        .init(worker, .nothing, .nothing, .absent, .absent, .user, .allowed),
        .init(worker, .nothing, .absent, .absent, .absent, .everybody, .allowed),
        // An account that the policy names delegates the permission through identity-based policies.
        .init(worker, .nothing, .absent, .absent, .absent, .account, .missing(.identity)),
        .init(worker, .allow, .absent, .absent, .absent, .account, .allowed),
        // Service control policies limit every caller in the account, root included.
        .init(worker, .allow, .absent, .absent, .nothing, .nobody, .missing(.control)),
        .init(worker, .allow, .absent, .absent, .deny, .user, .denied(.control)),
        .init(worker, .nothing, .absent, .absent, .nothing, .user, .missing(.control)),
        .init(worker, .allow, .allow, .absent, .allow, .nobody, .allowed),
        .init(boss, .absent, .absent, .absent, .absent, .nobody, .allowed),
        .init(boss, .absent, .absent, .absent, .deny, .nobody, .denied(.control)),
        .init(boss, .absent, .absent, .absent, .nothing, .nobody, .missing(.control)),
        // Role sessions: what both the role's and the session's policies allow.
        .init(session, .allow, .absent, .absent, .absent, .nobody, .allowed),
        .init(session, .allow, .absent, .allow, .absent, .nobody, .allowed),
        .init(session, .allow, .absent, .nothing, .absent, .nobody, .missing(.session)),
        .init(session, .allow, .absent, .deny, .absent, .nobody, .denied(.session)),
        .init(session, .nothing, .absent, .allow, .absent, .nobody, .missing(.identity)),
        // Boundary and session policy limit a grant to the role, but not a grant to the session.
        .init(session, .nothing, .absent, .absent, .absent, .role, .allowed),
        .init(session, .nothing, .nothing, .absent, .absent, .role, .missing(.boundary)),
        .init(session, .nothing, .absent, .nothing, .absent, .role, .missing(.session)),
        .init(session, .nothing, .nothing, .nothing, .absent, .session, .allowed),
        .init(session, .nothing, .absent, .nothing, .nothing, .session, .missing(.control)),
        // Federated users have no permissions without a session policy.
        .init(federated, .allow, .absent, .absent, .absent, .nobody, .missing(.session)),
        .init(federated, .allow, .absent, .allow, .absent, .nobody, .allowed),
        .init(federated, .nothing, .absent, .allow, .absent, .nobody, .missing(.identity)),
        // Across accounts, both sides must allow the request.
        .init(visitor, .allow, .absent, .absent, .absent, .nobody, .missing(.resource)),
        .init(visitor, .nothing, .absent, .absent, .absent, .user, .missing(.identity)),
        .init(visitor, .allow, .absent, .absent, .absent, .user, .allowed),
        .init(visitor, .allow, .absent, .absent, .absent, .account, .allowed),
        .init(visitor, .allow, .nothing, .absent, .absent, .user, .missing(.boundary)),
        .init(visitor, .allow, .absent, .absent, .nothing, .user, .missing(.control)),
        // Services and other accounts' callers have only what the resource-based policy grants.
        .init(.service("replication.ecr.amazonaws.com"), .absent, .absent, .absent, .deny, .everybody, .allowed),
        .init(.service("replication.ecr.amazonaws.com"), .absent, .absent, .absent, .absent, .nobody, .missing(.resource)),
        .init(.anonymous, .absent, .absent, .absent, .absent, .everybody, .allowed),
        .init(.anonymous, .absent, .absent, .absent, .absent, .account, .missing(.resource)),
    ]

    @Test(arguments: rows) func policyKindsDecideAsDocumented(_ row: Row) throws {
        func says(_ says: Says, _ name: String) throws -> [NamedPolicy] {
            switch says {
            case .absent: []
            case .allow: [try named(name, #"{"Effect":"Allow","Action":"ecr:*","Resource":"*"}"#)]
            case .deny:
                [
                    try named(
                        name,
                        #"[{"Effect":"Allow","Action":"*","Resource":"*"},{"Effect":"Deny","Action":"ecr:*","Resource":"*"}]"#)
                ]
            case .nothing: [try named(name, #"{"Effect":"Allow","Action":"ec2:*","Resource":"*"}"#)]
            }
        }
        let principal: String? =
            switch row.named {
            case .nobody: nil
            case .user: #"{"AWS":"\#(row.caller.arn)"}"#
            case .role: #"{"AWS":"\#(row.caller.roleARN ?? "")"}"#
            case .session: #"{"AWS":"\#(row.caller.arn)"}"#
            case .account: #"{"AWS":"\#(row.caller.account.isEmpty ? account : row.caller.account)"}"#
            case .everybody: #""*""#
            }
        let resource = try principal.map {
            [try named("resource", #"{"Effect":"Allow","Principal":\#($0),"Action":"ecr:*"}"#, as: .resource)]
        }
        let control = try says(row.control, "control")
        let set = PolicySet(
            identity: try says(row.identity, "identity"), resource: resource ?? [],
            boundary: try says(row.boundary, "boundary").first, session: try says(row.session, "session"),
            controls: control.isEmpty ? [] : [control])
        let decision = set.evaluate(ask(row.caller))
        switch (row.expected, decision) {
        case (.allowed, .allowed), (.allowed, .allowedAsRoot): break
        case (.denied(let layer), .explicitDeny(let statement)): #expect(statement.layer == layer)
        case (.missing(let layer), .implicitDeny(let found)): #expect(layer == found)
        default: Issue.record("decided \(decision), not \(row.expected)")
        }
    }

    /// https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_rcps.html
    @Test func resourceControlPolicyDeniesAllowedRequest() throws {
        let set = PolicySet(
            identity: [try named("identity", allowAll)],
            resourceControls: [
                try named(
                    "guard", #"{"Effect":"Deny","Principal":"*","Action":"ecr:PutImage","Resource":"*"}"#, as: .resourceControl)
            ])
        guard case .explicitDeny(let statement) = set.evaluate(ask()) else {
            Issue.record("was allowed")
            return
        }
        #expect(statement.layer == .resourceControl)
        #expect(set.evaluate(ask(worker, "ecr:ListImages")).isAllowed)
        #expect(throws: PolicySyntaxError.self) {
            try policy(#"{"Effect":"Allow","Principal":"*","Action":"ecr:*","Resource":"*"}"#, as: .resourceControl)
        }
    }
}

/// Wildcards in ARNs: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_resource.html
@Suite struct ResourceTable {
    @Test(arguments: [
        ("*", repository, true),
        ("arn:aws:ecr:us-east-1:123456789012:repository/*", repository, true),
        ("arn:aws:ecr:*:*:repository/universal", repository, true),
        ("arn:aws:ecr:us-east-1:*", repository, true),  // a star at the end of a part also matches after the colon
        ("arn:aws:ecr:us-east-?:123456789012:repository/universal", repository, true),
        ("arn:aws:ecr:us-*-1:123456789012:repository/universal", repository, true),
        ("arn:aws:ecr:us*1:123456789012:repository/universal", repository, true),
        ("arn:aws:ec*/universal", repository, false),  // a star inside a part does not
        ("arn:aws:ecr:us-east-1?123456789012:repository/universal", repository, false),
        ("arn:aws:ecr:us-east-1:123456789012:repository/uni*sal", repository, true),
        ("arn:aws:ecr:us-east-1:123456789012:repository/uni*l", repository, true),
        ("arn:aws:ecr:us-east-1:123456789012:repository/u*x*l", repository, false),
        ("arn:aws:ecr:us-east-1:123456789012:repository/?niversal", repository, true),
        ("arn:aws:ecr", repository, true),
    ])
    func resourcePatternsMatchARNs(_ pattern: String, _ resource: String, _ expected: Bool) throws {
        let set = PolicySet(identity: [try named("p", #"{"Effect":"Allow","Action":"*","Resource":"\#(pattern)"}"#)])
        #expect(set.evaluate(ask(worker, "ecr:PutImage", on: resource)).isAllowed == expected)
    }
}

/// Policies from AWS's guides, unchanged.
@Suite struct GuideExamples {
    struct Example: Sendable, CustomTestStringConvertible {
        let source, document, action, resource: String
        let context: [String: [String]]
        let isAllowed: Bool
        var caller = worker
        var testDescription: String { "\(action) by \(source)" }
    }

    private static let dates =
        #"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"service-prefix:action-name","Resource":"*","Condition":{"DateGreaterThan":{"aws:CurrentTime":"2020-04-01T00:00:00Z"},"DateLessThan":{"aws:CurrentTime":"2020-06-30T23:59:59Z"}}}]}"#
    private static let regions =
        #"{"Version":"2012-10-17","Statement":[{"Sid":"DenyAllOutsideRequestedRegions","Effect":"Deny","NotAction":["cloudfront:*","iam:*","organizations:*","route53:*","support:*"],"Resource":"*","Condition":{"StringNotEquals":{"aws:RequestedRegion":["eu-central-1","eu-west-1","eu-west-2","eu-west-3"]}}},{"Effect":"Allow","Action":"*","Resource":"*"}]}"#
    private static let addresses =
        #"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"},{"Effect":"Deny","Action":"*","Resource":"*","Condition":{"NotIpAddress":{"aws:SourceIp":["192.0.2.0/24","203.0.113.0/24"]}}}]}"#
    private static let owner =
        #"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["ec2:StartInstances","ec2:StopInstances"],"Resource":"arn:aws:ec2:*:*:instance/*","Condition":{"StringEquals":{"aws:ResourceTag/Owner":"${aws:username}"}}},{"Effect":"Allow","Action":"ec2:DescribeInstances","Resource":"*"}]}"#
    private static let tagKeys =
        #"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"ec2:CreateTags","Resource":"*","Condition":{"ForAllValues:StringEquals":{"aws:TagKeys":["preprod","storage"]}}}]}"#
    private static let withoutMFA =
        #"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"},{"Sid":"DenyAllExceptListedIfNoMFA","Effect":"Deny","NotAction":["iam:CreateVirtualMFADevice","iam:EnableMFADevice","iam:GetUser","iam:ListMFADevices","iam:ListVirtualMFADevices","iam:ResyncMFADevice","sts:GetSessionToken"],"Resource":"*","Condition":{"BoolIfExists":{"aws:MultiFactorAuthPresent":"false"}}}]}"#
    private static let revoked =
        #"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"},{"Effect":"Deny","Action":["*"],"Resource":["*"],"Condition":{"DateLessThan":{"aws:TokenIssueTime":"2014-05-07T23:47:00Z"}}}]}"#
    private static let defaults =
        #"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["s3:GetObject"],"Resource":["arn:aws:s3:::amzn-s3-demo-bucket/${aws:PrincipalTag/team, 'company-wide'}/*"]}]}"#
    private static let instance = "arn:aws:ec2:us-east-1:\(account):instance/i-1"
    private static let guide = "https://docs.aws.amazon.com/IAM/latest/UserGuide/"

    static let all: [Example] = [
        .init(
            source: guide + "reference_policies_examples_aws-dates.html", document: dates, action: "service-prefix:action-name",
            resource: "*", context: ["aws:CurrentTime": ["2020-05-01T00:00:00Z"]], isAllowed: true),
        .init(
            source: guide + "reference_policies_examples_aws-dates.html", document: dates, action: "service-prefix:action-name",
            resource: "*", context: ["aws:CurrentTime": ["2020-07-01T00:00:00Z"]], isAllowed: false),
        .init(
            source: guide + "reference_policies_examples_aws_deny-requested-region.html", document: regions,
            action: "ec2:RunInstances", resource: "*", context: [:], isAllowed: false),
        .init(
            source: guide + "reference_policies_examples_aws_deny-requested-region.html", document: regions,
            action: "iam:ListUsers", resource: "*", context: [:], isAllowed: true),
        .init(
            source: guide + "reference_policies_examples_aws_deny-ip.html", document: addresses, action: "ec2:RunInstances",
            resource: "*", context: ["aws:SourceIp": ["203.0.113.9"]], isAllowed: true),
        .init(
            source: guide + "reference_policies_examples_aws_deny-ip.html", document: addresses, action: "ec2:RunInstances",
            resource: "*", context: ["aws:SourceIp": ["198.51.100.1"]], isAllowed: false),
        .init(
            source: guide + "reference_policies_examples_ec2_tag-owner.html", document: owner, action: "ec2:StopInstances",
            resource: instance, context: ["aws:ResourceTag/Owner": ["Worker"]], isAllowed: true),
        .init(
            source: guide + "reference_policies_examples_ec2_tag-owner.html", document: owner, action: "ec2:StopInstances",
            resource: instance, context: ["aws:ResourceTag/Owner": ["Boss"]], isAllowed: false),
        .init(
            source: guide + "reference_policies_examples_ec2_tag-owner.html", document: owner, action: "ec2:StopInstances",
            resource: instance, context: ["aws:ResourceTag/Owner": ["ci"]], isAllowed: false, caller: session),
        .init(
            source: guide + "access_tags.html", document: tagKeys, action: "ec2:CreateTags", resource: instance,
            context: ["aws:TagKeys": ["storage"]], isAllowed: true),
        .init(
            source: guide + "access_tags.html", document: tagKeys, action: "ec2:CreateTags", resource: instance,
            context: ["aws:TagKeys": ["storage", "team"]], isAllowed: false),
        .init(
            source: guide + "reference_policies_examples_aws_my-sec-creds-self-manage-mfa-only.html", document: withoutMFA,
            action: "ec2:RunInstances", resource: "*", context: [:], isAllowed: false),
        .init(
            source: guide + "reference_policies_examples_aws_my-sec-creds-self-manage-mfa-only.html", document: withoutMFA,
            action: "ec2:RunInstances", resource: "*", context: ["aws:MultiFactorAuthPresent": ["true"]], isAllowed: true),
        .init(
            source: guide + "reference_policies_examples_aws_my-sec-creds-self-manage-mfa-only.html", document: withoutMFA,
            action: "sts:GetSessionToken", resource: "*", context: ["aws:MultiFactorAuthPresent": ["false"]], isAllowed: true),
        .init(
            source: guide + "id_roles_use_revoke-sessions.html", document: revoked, action: "ecr:PutImage", resource: "*",
            context: ["aws:TokenIssueTime": ["2014-05-07T23:00:00Z"]], isAllowed: false, caller: session),
        .init(
            source: guide + "id_roles_use_revoke-sessions.html", document: revoked, action: "ecr:PutImage", resource: "*",
            context: ["aws:TokenIssueTime": ["2014-05-08T00:00:00Z"]], isAllowed: true, caller: session),
        .init(
            source: guide + "reference_policies_variables.html", document: defaults, action: "s3:GetObject",
            resource: "arn:aws:s3:::amzn-s3-demo-bucket/web/plan.txt", context: [:], isAllowed: true),
        .init(
            source: guide + "reference_policies_variables.html", document: defaults, action: "s3:GetObject",
            resource: "arn:aws:s3:::amzn-s3-demo-bucket/company-wide/plan.txt", context: [:], isAllowed: true, caller: session),
        .init(
            source: guide + "reference_policies_variables.html", document: defaults, action: "s3:GetObject",
            resource: "arn:aws:s3:::amzn-s3-demo-bucket/db/plan.txt", context: [:], isAllowed: false),
    ]

    @Test(arguments: all) func guideExamplePoliciesDecideAsDocumented(_ example: Example) throws {
        let set = PolicySet(identity: [NamedPolicy("example", try PolicyDocument(parsing: example.document))])
        let decision = set.evaluate(ask(example.caller, example.action, on: example.resource, example.context))
        #expect(decision.isAllowed == example.isAllowed, "\(decision)")
    }
}
