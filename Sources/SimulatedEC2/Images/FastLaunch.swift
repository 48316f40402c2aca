import AWSCore
import EC2API
import SimulatorCore

// Windows images that launch from prepared snapshots.
// https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/win-ami-config-fast-launch.html

extension Resource where S == DescribeFastLaunchImagesSuccessItem {
    static let fastLaunch = Resource(
        ResourceKind("", type: "fast-launch-image", code: "", notFound: ""), identity: { $0.imageId ?? "" }, refers: [])
}

extension EC2Simulation {
    public func enableFastLaunch(_ input: EnableFastLaunchRequest, _ context: Context) throws -> EnableFastLaunchResult {
        let image = try Stored.own(input.imageId, context)
        guard image.shape.isWindows else {
            throw AWSError(
                "InvalidRequest", "The image '\(input.imageId)' is not a Windows AMI; fast launch supports Windows AMIs only.")
        }
        guard image.phase == "available" else { throw AWSError.imageUnavailable(input.imageId, image.phase) }
        if let type = input.resourceType, type != "snapshot" { throw AWSError.invalidValue(type, for: "resourceType") }
        let parallel = input.maxParallelLaunches ?? 6
        guard parallel >= 6 else {
            throw AWSError.invalidValue("\(parallel)", for: "maxParallelLaunches", "The value must be 6 or greater.")
        }
        var item = DescribeFastLaunchImagesSuccessItem(imageId: input.imageId)
        item.resourceType = .snapshot
        item.snapshotConfiguration = .init(targetResourceCount: input.snapshotConfiguration?.targetResourceCount ?? 5)
        item.maxParallelLaunches = parallel
        item.ownerId = context.account
        item.stateTransitionReason = "Client.UserInitiated"
        item.stateTransitionTime = context.now
        if let template = input.launchTemplate {
            let found = try LaunchTemplate.stored(
                id: template.launchTemplateId, name: template.launchTemplateName, context
            ).shape
            _ = try found.version(template.version, context)
            item.launchTemplate = .init(
                launchTemplateId: found.launchTemplateId, launchTemplateName: found.launchTemplateName,
                version: template.version)
        }
        if try Resource.fastLaunch.find(input.imageId, context) != nil {
            try Resource.fastLaunch.forget(input.imageId, context)
        }
        try Resource.fastLaunch.insert(item, phase: "", context)
        let shown = item.shown(context)
        return EnableFastLaunchResult(
            imageId: shown.imageId, resourceType: shown.resourceType, snapshotConfiguration: shown.snapshotConfiguration,
            launchTemplate: shown.launchTemplate, maxParallelLaunches: shown.maxParallelLaunches, ownerId: shown.ownerId,
            state: shown.state, stateTransitionReason: shown.stateTransitionReason,
            stateTransitionTime: shown.stateTransitionTime)
    }

    public func disableFastLaunch(_ input: DisableFastLaunchRequest, _ context: Context) throws -> DisableFastLaunchResult {
        _ = try Stored.own(input.imageId, context)
        guard let item = try Resource.fastLaunch.find(input.imageId, context)?.shape else {
            throw AWSError("InvalidRequest", "Fast launch is not enabled for the image '\(input.imageId)'.")
        }
        try Resource.fastLaunch.forget(input.imageId, context)
        return DisableFastLaunchResult(
            imageId: item.imageId, resourceType: item.resourceType, snapshotConfiguration: item.snapshotConfiguration,
            launchTemplate: item.launchTemplate, maxParallelLaunches: item.maxParallelLaunches, ownerId: item.ownerId,
            state: .disabling, stateTransitionReason: "Client.UserInitiated", stateTransitionTime: context.now)
    }

    public func describeFastLaunchImages(
        _ input: DescribeFastLaunchImagesRequest, _ context: Context
    ) throws -> DescribeFastLaunchImagesResult {
        let paging = try Paging(input, ids: input.imageIds, named: "imageIds", context)
        for id in input.imageIds ?? [] { try ResourceKind.image.check(id) }
        var items = try Resource.fastLaunch.all(context).map { $0.shape.shown(context) }
        if let ids = input.imageIds, !ids.isEmpty { items = items.filter { ids.contains($0.imageId ?? "") } }
        let filters = FilterTable<DescribeFastLaunchImagesSuccessItem>([
            "resource-type": { [$0.resourceType?.rawValue] }, "owner-id": { [$0.ownerId] }, "state": { [$0.state?.rawValue] },
        ])
        let found = try filters.apply(input.filters, to: items, context).sorted { ($0.imageId ?? "") < ($1.imageId ?? "") }
        let page = try paging.page(found) { .name($0.imageId ?? "") }
        return DescribeFastLaunchImagesResult(fastLaunchImages: page.items, nextToken: page.nextToken)
    }
}

extension DescribeFastLaunchImagesSuccessItem {
    /// Returns the item with its state: `enabling` while AWS prepares the snapshots, then `enabled`.
    fileprivate func shown(_ context: Context) -> Self {
        var shown = self
        let ready = (stateTransitionTime ?? context.now) + context.transitions.duration(.minutes(10))
        shown.state = context.now < ready ? .enabling : .enabled
        return shown
    }
}
