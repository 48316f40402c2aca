import AWSCore
import SimulatorCore

// The CloudTrail events of lifecycle policies:
// https://docs.aws.amazon.com/AmazonECR/latest/userguide/logging-using-cloudtrail.html

extension ECRSimulation {
    enum LifecycleEvent: String {
        /// The policy was applied.
        case execution = "PolicyExecutionEvent"
        /// A preview evaluated the policy.
        case dryRun = "DryRunEvent"
    }

    /// Records in the journal the images that a policy acts on. Unlike AWS, records nothing if there are none.
    func note(
        _ verdicts: [LifecycleVerdict], _ event: LifecycleEvent, of policy: LifecyclePolicy, in repository: RepositoryRecord,
        _ context: Context
    ) {
        guard !verdicts.isEmpty else { return }
        let arn = RepositoryRecord.arn(repository.name, context)
        let id = IDGenerator(seed: context.configuration.seed, scope: "\(arn) \(policy.text)").uuid()
        let details = Node.object([
            .init("repositoryName", .string(repository.name)),
            .init(
                "lifecycleEventPolicy",
                .object([
                    .init("lifecycleEventRules", .list(policy.rules.map(\.event))),
                    .init("lastEvaluatedAt", .integer(repository.shownEvaluation.milliseconds)),
                    .init("policyVersion", .integer(1)), .init("policyId", .string(id)),
                ])),
            .init("lifecycleEventImageActions", .list(verdicts.map(\.event))),
            .init("lifecycleEventFailureDetails", .list([])),
        ])
        let (simulator, account, region, now) = (context.simulator, context.account, context.region, context.now)
        context.afterCommit {
            simulator.enterIntoJournal(
                event: event.rawValue, of: "ecr", account: account, region: region,
                resource: (arn: arn, type: "AWS::ECR::Repository"), details: details, at: now)
        }
    }
}

extension LifecyclePolicy.Rule {
    fileprivate var event: Node {
        let patterns = tagPatterns.map { Node.string(hasPrefixes ? String($0.dropLast()) : $0) }
        var selection: [Node.Field] = [
            .init("tagStatus", .string(tagStatus.rawValue.capitalized)),
            .init("tagPrefixList", .list(hasPrefixes ? patterns : [])),
            .init("tagPatternList", .list(hasPrefixes ? [] : patterns)),
            .init("countType", .string(countType.event)),
        ]
        if countType != .imageCountMoreThan { selection.append(.init("countUnit", .string("Days"))) }
        selection.append(.init("countNumber", .integer(Int64(countNumber))))
        var fields: [Node.Field] = [.init("rulePriority", .integer(Int64(priority)))]
        if let description { fields.append(.init("description", .string(description))) }
        fields.append(.init("lifecycleEventSelection", .object(selection)))
        fields.append(.init("action", .string(action.rawValue)))
        return .object(fields)
    }
}

extension LifecyclePolicy.Rule.CountType {
    fileprivate var event: String {
        switch self {
        case .imageCountMoreThan: "Image count more than"
        case .sinceImagePushed: "Time since image pushed"
        case .sinceImagePulled: "Time since image pulled"
        case .sinceImageTransitioned: "Time since image transitioned"
        }
    }
}

extension LifecycleVerdict {
    fileprivate var event: Node {
        let image: [Node.Field] = [
            .init("digest", .string(image.digest)),
            .init("tagStatus", .string(image.tags.isEmpty ? "Untagged" : "Tagged")),
            .init("tagList", .list(image.tags.map { .string($0) })),
            .init("pushedAt", .integer(image.pushedAt.milliseconds)),
        ]
        return .object([
            .init("lifecycleEventImage", .object(image)), .init("rulePriority", .integer(Int64(rule.priority))),
        ])
    }
}
