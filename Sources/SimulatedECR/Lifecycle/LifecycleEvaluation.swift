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
    /// - Parameter isHeld: whether an index keeps an image from what would be done to it.
    func verdicts(
        on images: [ImageRecord], now: Instant, isHeld: (ImageRecord, Rule.Action) throws -> Bool
    ) rethrows -> [LifecycleVerdict] {
        var taken: Set<String> = []
        var verdicts: [LifecycleVerdict] = []
        for rule in rules {
            let matching = images.filter { rule.selects($0, now) }.sorted {
                (rule.age(of: $0), $0.number) < (rule.age(of: $1), $1.number)
            }
            for image in rule.due(among: matching, now) where !taken.contains(image.digest) {
                guard try !isHeld(image, rule.action) else { continue }
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

    /// Since when an image is where the rule looks for it. One that was restored is as old as its restoration.
    fileprivate func age(of image: ImageRecord) -> Instant {
        (isAboutArchive ? image.archivedAt : image.activatedAt) ?? image.pushedAt
    }

    /// Those whose time has come.
    fileprivate func due(among images: [ImageRecord], _ now: Instant) -> [ImageRecord] {
        func isOld(_ since: Instant) -> Bool { since + .days(Int64(countNumber)) <= now }
        return switch countType {
        case .imageCountMoreThan: Array(images.dropLast(countNumber))
        case .sinceImagePushed, .sinceImageTransitioned: images.filter { isOld(age(of: $0)) }
        case .sinceImagePulled: images.filter { isOld(max($0.pulledAt ?? $0.pushedAt, $0.activatedAt ?? $0.pushedAt)) }
        }
    }
}

extension ECRSimulation {
    /// AWS carries out what a policy says within a day.
    static let lifecycleInterval = Duration.hours(24)

    /// Carries out a repository's lifecycle policy, if it is time to, and says when it will be again.
    func runLifecycle(of name: String, _ context: Context) throws {
        guard var repository = try RepositoryRecord.find(name, context), let text = repository.lifecyclePolicy else { return }
        let interval = context.transitions.duration(Self.lifecycleInterval)
        let begin = repository.lifecycleEvaluatedAt ?? repository.lifecycleSetAt ?? repository.createdAt
        guard begin + interval <= context.now else {
            return try Due.set(DueKind.lifecycle.rawValue, name, at: begin + interval, context)
        }
        let policy = try LifecyclePolicy(parsing: text)
        let verdicts = try verdicts(of: policy, in: name, context)
        note(verdicts, .execution, of: policy, in: repository, context)
        for verdict in verdicts {
            switch verdict.rule.action {
            case .expire: try expire(verdict.image, context)
            case .transition: try archive(verdict.image, context)
            }
        }
        try followSubjects(in: name, context)
        if repository.lifecycleEvaluatedAt != context.now {
            repository.lifecycleEvaluatedAt = context.now
            try repository.update(context)
        }
        // Without an interval it is carried out at each request, as long as it is there.
        try Due.setForNextRequest(DueKind.lifecycle.rawValue, name, at: context.now + interval, context)
    }

    func verdicts(of policy: LifecyclePolicy, in repository: String, _ context: Context) throws -> [LifecycleVerdict] {
        try policy.verdicts(on: try ImageRecord.all(in: repository, context), now: context.now) { image, action in
            // What an index lists goes after the index: into the archive, or for good.
            try image.lists(context).contains { list in
                switch action {
                case .expire: true
                case .transition: try ImageRecord.find(digest: list, in: repository, context)?.isArchived == false
                }
            }
        }
    }

    private func expire(_ image: ImageRecord, _ context: Context) throws {
        for referrer in try ImageRecord.referrers(of: image.digest, in: image.repository, context) {
            try expire(referrer, context)
        }
        try image.delete(context)
    }

    private func archive(_ image: ImageRecord, _ context: Context) throws {
        var image = image
        if image.isActive(context.now) { try image.archive(context) }
        for referrer in try ImageRecord.referrers(of: image.digest, in: image.repository, context) {
            try archive(referrer, context)
        }
    }

    /// Signatures and the like go where their subject went by somebody's hand, within a day too.
    private func followSubjects(in repository: String, _ context: Context) throws {
        for image in try ImageRecord.all(in: repository, context) {
            guard let subject = image.subject else { continue }
            if image.hasLostSubject {
                try expire(image, context)
            } else if !image.isArchived, try ImageRecord.find(digest: subject, in: repository, context)?.isArchived == true {
                try archive(image, context)
            }
        }
    }
}
