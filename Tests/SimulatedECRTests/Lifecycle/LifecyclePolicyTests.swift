import DrydockTesting
import Testing

/// The valid contents of a lifecycle policy, and ECR's errors for invalid ones.
@Suite(.simulator) struct LifecyclePolicies {
    let aws = AWS.current

    private static let expire = #"{"type":"expire"}"#, archive = #"{"type":"transition","targetStorageClass":"archive"}"#
    private static let anyCount = #""tagStatus":"any","countType":"imageCountMoreThan","countNumber":1"#
    private static let untagged = #""tagStatus":"untagged","countType":"imageCountMoreThan","countNumber":1"#
    private static let archived =
        #""tagStatus":"any","storageClass":"archive","countType":"sinceImageTransitioned","countUnit":"days","countNumber":90"#

    private static func rule(_ priority: Int, _ selection: String, _ action: String = expire) -> String {
        #"{"rulePriority":\#(priority),"selection":{\#(selection)},"action":\#(action)}"#
    }

    private static func policy(_ rules: String...) -> String { #"{"rules":[\#(rules.joined(separator: ","))]}"# }

    private static func tagged(_ rest: String) -> String {
        policy(rule(1, #""tagStatus":"tagged","countType":"imageCountMoreThan","countNumber":1\#(rest)"#))
    }

    private func put(_ text: String) async -> AWSError? {
        // 100 characters is the minimum length of a policy in the API.
        let padded = text + String(repeating: " ", count: max(0, 100 - text.utf8.count))
        return await refusal {
            try await aws.ecr.putLifecyclePolicy(.init(repositoryName: "app", lifecyclePolicyText: padded))
        }
    }

    private static func sentence(_ reason: String) -> String {
        """
        Invalid parameter at 'LifecyclePolicyText' failed to satisfy constraint: 'Lifecycle policy validation failure: \
        \(reason)'
        """
    }

    /// AWS's messages from public issues: cloudposse/terraform-aws-ecr 132 and 158 for text that does not match the schema, and
    /// errors of Terraform users for the rest.
    @Test(arguments: [
        ("nonsense", "Could not map policyString into LifecyclePolicy."),
        ("{}", #"object has missing required properties (["rules"])"#),
        (policy(#"{"rulePriority":1}"#), #"object has missing required properties (["action","selection"])"#),
        (
            policy(rule(1, #""tagStatus":"any","countType":"imageCountMoreThan","countNumber":0"#)),
            "numeric instance is lower than the required minimum (minimum: 1, found: 0)"
        ),
        (
            policy(rule(1, anyCount + #","countUnit":null"#)),
            "instance failed to match exactly one schema (matched 0 out of 2)"
        ),
        (
            policy(rule(1, anyCount, #"{"type":"expire","targetStorageClass":null}"#)),
            "instance failed to match exactly one schema (matched 0 out of 2)"
        ),
        (
            policy(rule(1, untagged), rule(2, untagged)),
            "Only one rule can select Untagged images per storage class."
        ),
        (
            policy(rule(1, anyCount), rule(2, untagged)),
            "Rule for tagStatus=ANY must have the lowest priority per storage class."
        ),
        (tagged(""), "Must specify tagPrefixList or tagPatternList when tagStatus=TAGGED."),
    ])
    func putLifecyclePolicyReportsValidationErrors(text: String, reason: String) async throws {
        try await aws.ecr.createRepository(.init(repositoryName: "app"))
        #expect(await put(text)?.message == Self.sentence(reason))
    }

    /// AWS's documentation forbids these policies; the messages are assumed.
    @Test(arguments: [
        (#"{"rules":[]}"#, "array is too short: must have at least 1 elements but instance has 0 elements"),
        (#"{"rules":["x"]}"#, #"instance type (string) does not match any allowed primitive type (allowed: ["object"])"#),
        (
            policy(rule(1, #""tagStatus":"some","countType":"imageCountMoreThan","countNumber":1"#)),
            #"instance value ("some") not found in enum (possible values: ["any","tagged","untagged"])"#
        ),
        (
            policy(rule(1, #""tagStatus":"any","countType":"sinceImagePushed","countNumber":1"#)),
            "instance failed to match exactly one schema (matched 0 out of 2)"
        ),
        (
            policy(rule(1, #""tagStatus":"any","countType":"sinceImagePushed","countUnit":"weeks","countNumber":1"#)),
            #"instance value ("weeks") not found in enum (possible values: ["days"])"#
        ),
        (policy(rule(1, anyCount, #"{"type":"keep"}"#)), "instance failed to match exactly one schema (matched 0 out of 2)"),
        (
            policy(rule(1, anyCount, #"{"type":"transition"}"#)),
            "instance failed to match exactly one schema (matched 0 out of 2)"
        ),
        (
            policy(rule(1, untagged), rule(1, anyCount)), "Rule priorities must be unique; 1 is used more than once"
        ),
        (
            tagged(#","tagPrefixList":["a"],"tagPatternList":["b*"]"#),
            "Cannot specify both tagPrefixList and tagPatternList."
        ),
        (
            tagged(#","tagPatternList":["test*1*2*3*4*5*6"]"#),
            "a tag pattern can contain at most 4 wildcards, 'test*1*2*3*4*5*6' has more"
        ),
        (
            policy(rule(1, anyCount + #","tagPrefixList":[]"#)),
            "Can only specify tagPrefixList or tagPatternList when tagStatus=TAGGED."
        ),
        (
            policy(
                rule(1, #""tagStatus":"tagged","tagPrefixList":["a"],"countType":"imageCountMoreThan","countNumber":1"#),
                rule(2, #""tagStatus":"tagged","tagPrefixList":["a"],"countType":"imageCountMoreThan","countNumber":2"#)),
            "The tagPrefixList of a rule must be unique per storage class."
        ),
        (
            policy(rule(1, archived.replacing("90", with: "89"))),
            "countNumber must be at least 90 with countType sinceImageTransitioned"
        ),
        (
            policy(rule(1, archived.replacing(#""storageClass":"archive","#, with: ""))),
            "countType sinceImageTransitioned and storageClass archive must be used together"
        ),
        (
            policy(rule(1, anyCount + #","storageClass":"archive""#)),
            "countType sinceImageTransitioned and storageClass archive must be used together"
        ),
        (policy(rule(1, archived, archive)), "Images of storageClass archive cannot be transitioned"),
        (
            policy(rule(1, #""tagStatus":"any","countType":"sinceImagePulled","countUnit":"days","countNumber":9"#)),
            "countType sinceImagePulled must be used with action type transition only"
        ),
    ])
    func undocumentedLifecyclePoliciesAreRejected(text: String, reason: String) async throws {
        try await aws.ecr.createRepository(.init(repositoryName: "app"))
        #expect(await put(text)?.message == Self.sentence(reason))
    }

    /// Each storage class may have its own rules for untagged and for any images. ECR returns rules by priority, as Terraform's
    /// documentation of aws_ecr_lifecycle_policy says.
    @Test func lifecycleRulesAreReturnedByPriority() async throws {
        try await aws.ecr.createRepository(.init(repositoryName: "app"))
        let patterns =
            #""tagStatus":"tagged","tagPatternList":["*test*1*2*3","test*1*2*3*"],"countType":"sinceImagePulled","countUnit":"days","countNumber":30"#
        let rules = [
            Self.rule(1, Self.untagged), Self.rule(2, patterns, Self.archive), Self.rule(7, Self.anyCount, Self.archive),
            Self.rule(9, Self.archived),
        ]
        let put = try await aws.ecr.putLifecyclePolicy(
            .init(repositoryName: "app", lifecyclePolicyText: Self.policy(rules[3], rules[1], rules[2], rules[0])))
        #expect(put.lifecyclePolicyText == #"{"rules":[\#(rules.joined(separator: ","))]}"#)
        #expect(
            try await aws.ecr.getLifecyclePolicy(.init(repositoryName: "app")).lifecyclePolicyText == put.lifecyclePolicyText)
    }
}
