import AWSCore
import GRDB
import SimulatorCore

/// What a lifecycle policy does to an image.
struct LifecycleVerdict {
    let image: ImageRecord
    let rule: LifecyclePolicy.Rule
}

extension LifecyclePolicy {
    /// Which images the policy is for at a time, rule by rule, the oldest first.
    ///
    /// Each image falls to at most one rule, that of the highest priority (the lowest number). The others see it still: they
    /// count it, and may not have it. https://docs.aws.amazon.com/AmazonECR/latest/userguide/LifecyclePolicies.html
    ///
    /// - Parameter isListed: images in a manifest list stay as long as the list.
    func verdicts(on images: [ImageRecord], now: Instant, isListed: (ImageRecord) throws -> Bool) rethrows -> [LifecycleVerdict]
    {
        var taken: Set<String> = []
        var verdicts: [LifecycleVerdict] = []
        for rule in rules {
            let matching = images.filter { rule.selects($0, now) }.sorted {
                ($0.pushedAt, $0.number) < ($1.pushedAt, $1.number)
            }
            for image in rule.due(among: matching, now) where !taken.contains(image.digest) {
                guard try !isListed(image) else { continue }
                verdicts.append(LifecycleVerdict(image: image, rule: rule))
                taken.insert(image.digest)
            }
            // What a rule is for by its tags, no rule behind it can take.
            taken.formUnion(matching.map(\.digest))
        }
        return verdicts
    }
}

extension LifecyclePolicy.Rule {
    /// Whether the rule is about an image at all. Referrers go with their subject, never by themselves.
    fileprivate func selects(_ image: ImageRecord, _ now: Instant) -> Bool {
        guard image.isArchived == isAboutArchive, image.isArchived || image.isActive(now), image.subject == nil else {
            return false
        }
        return switch tagStatus {
        case .any: true
        case .untagged: image.tags.isEmpty
        case .tagged: tagPatterns.allSatisfy { pattern in image.tags.contains { Wildcard.matches($0, pattern) } }
        }
    }

    /// Those whose time has come.
    fileprivate func due(among images: [ImageRecord], _ now: Instant) -> [ImageRecord] {
        func isOld(_ since: Instant) -> Bool { since + .days(Int64(countNumber)) <= now }
        return switch countType {
        case .imageCountMoreThan: Array(images.dropLast(countNumber))
        case .sinceImagePushed: images.filter { isOld($0.pushedAt) }
        case .sinceImagePulled: images.filter { isOld(max($0.pulledAt ?? $0.pushedAt, $0.activatedAt ?? $0.pushedAt)) }
        case .sinceImageTransitioned: images.filter { $0.archivedAt.map(isOld) ?? false }
        }
    }
}

extension ECRSimulation {
    /// AWS carries out what a policy says within a day.
    static let lifecycleInterval = Duration.hours(24)

    /// The registry's repositories that have a lifecycle policy.
    func repositoriesWithLifecycle(_ context: Context) throws -> [String] {
        let statement = try context.db.cachedStatement(
            sql: "SELECT name FROM ecr_repository WHERE account = ? AND region = ? AND lifecycle_policy IS NOT NULL")
        return try String.fetchAll(statement, arguments: [context.account, context.region])
    }

    /// Carries out the registry's lifecycle policies where it is time to.
    func runLifecycles(_ context: Context) throws {
        for name in try repositoriesWithLifecycle(context) {
            guard var repository = try RepositoryRecord.find(name, context), let text = repository.lifecyclePolicy else {
                continue
            }
            let begin = repository.lifecycleEvaluatedAt ?? repository.lifecycleSetAt ?? repository.createdAt
            guard begin + context.transitions.duration(Self.lifecycleInterval) <= context.now else { continue }
            for verdict in try verdicts(of: try LifecyclePolicy(parsing: text), in: name, context) {
                try carryOut(verdict, context)
            }
            guard repository.lifecycleEvaluatedAt != context.now else { continue }
            repository.lifecycleEvaluatedAt = context.now
            try repository.update(context)
        }
    }

    func verdicts(of policy: LifecyclePolicy, in repository: String, _ context: Context) throws -> [LifecycleVerdict] {
        try policy.verdicts(on: try ImageRecord.all(in: repository, context), now: context.now) {
            try !$0.lists(context).isEmpty
        }
    }

    private func carryOut(_ verdict: LifecycleVerdict, _ context: Context) throws {
        switch verdict.rule.action {
        case .expire:
            for referrer in try ImageRecord.referrers(of: verdict.image.digest, in: verdict.image.repository, context) {
                try referrer.delete(context)
            }
            try verdict.image.delete(context)
        case .transition:
            var image = verdict.image
            image.archive(at: context.now)
            try image.update(context)
        }
    }
}
