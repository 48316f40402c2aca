import AWSCore
import GRDB
import SimulatorCore

/// An image that a lifecycle policy acts on, and the rule that selected it.
struct LifecycleVerdict {
    let image: ImageRecord
    let rule: LifecyclePolicy.Rule
}

extension LifecyclePolicy {
    /// Returns the images that the policy acts on, rule by rule, the oldest first.
    ///
    /// At most one rule acts on an image: the one with the highest priority (the lowest number). Other rules count the image
    /// but do not act on it. https://docs.aws.amazon.com/AmazonECR/latest/userguide/LifecyclePolicies.html
    ///
    /// - Parameter isHeld: whether an index protects the image from the action.
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
            // Later rules cannot act on images that this rule selects, even those that are not due yet.
            taken.formUnion(matching.map(\.digest))
        }
        return verdicts
    }
}

extension LifecyclePolicy.Rule {
    /// Whether the rule selects an image. Referrers follow their subject and are never selected themselves.
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

    /// When the image's age begins: its push, restoration or archiving.
    fileprivate func age(of image: ImageRecord) -> Instant {
        (isAboutArchive ? image.archivedAt : image.activatedAt) ?? image.pushedAt
    }

    /// Returns the images that the rule's count makes due.
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
    /// AWS applies a lifecycle policy within a day.
    static let lifecycleInterval = Duration.hours(24)

    /// Applies a repository's lifecycle policy if it is due, and schedules the next run.
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
        // With an interval of zero, the policy runs at each request.
        try Due.setForNextRequest(DueKind.lifecycle.rawValue, name, at: context.now + interval, context)
    }

    func verdicts(of policy: LifecyclePolicy, in repository: String, _ context: Context) throws -> [LifecycleVerdict] {
        try policy.verdicts(on: try ImageRecord.all(in: repository, context), now: context.now) { image, action in
            // An image in an index is archived or expired only after the index.
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

    /// Signatures and other referrers follow a subject that a user archived or deleted, also within a day.
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
