import AWSCore
import EC2API
import SimulatorCore

extension EC2Simulation {
    public func deregisterImage(_ input: DeregisterImageRequest, _ context: Context) throws -> DeregisterImageResult {
        let image = try Stored.own(input.imageId, context).shape
        guard image.deregistrationProtection ?? "disabled" == "disabled" else {
            throw AWSError(
                "OperationNotPermitted",
                "Deregistration protection is enabled for the AMI '\(input.imageId)'. Disable it and try again.",
                explanation: image.deregistrationProtection == Image.coolingDown
                    ? "Protection was disabled less than 24 hours ago, and had a cool-down." : nil)
        }
        try Resource.ownImage.forget(input.imageId, context)
        try DeregisteredImages.add(input.imageId, context)
        try Grants.removeAll(from: input.imageId, context)
        try ImageUefiData.forget(input.imageId, context)
        let guests = context.simulator.guests, id = input.imageId
        context.afterCommit { guests?.forgetImage(id) }
        var result = DeregisterImageResult(return: true)
        if input.deleteAssociatedSnapshots == true {
            result.deleteSnapshotResults = try image.snapshots.map { snapshot in
                DeleteSnapshotReturnCode(snapshotId: snapshot, returnCode: try Self.delete(snapshot, context))
            }
        }
        return result
    }

    /// Deletes a snapshot, unless another image uses it.
    private static func delete(_ snapshot: String, _ context: Context) throws -> SnapshotReturnCodes {
        guard try Resource.snapshot.find(snapshot, context) != nil else { return .clientError }
        if try !kinds.needing(snapshot, Resource.snapshot.kind, context).isEmpty { return .skipped }
        do {
            _ = try EC2Simulation().deleteSnapshot(.init(snapshotId: snapshot), context)
            return .success
        } catch is AWSError { return .clientError }
    }

    /// The Recycle Bin is always empty, because retention rules are not simulated.
    public func listImagesInRecycleBin(
        _ input: ListImagesInRecycleBinRequest, _ context: Context
    ) throws -> ListImagesInRecycleBinResult {
        let paging = try Paging(input, ids: input.imageIds, named: "imageIds", context)
        for id in input.imageIds ?? [] {
            try ResourceKind.image.check(id)
            throw AWSError.imagesNotFound([id])
        }
        let page = try paging.page(fixed: [ImageRecycleBinInfo]())
        return ListImagesInRecycleBinResult(images: page.items, nextToken: page.nextToken)
    }

    public func restoreImageFromRecycleBin(
        _ input: RestoreImageFromRecycleBinRequest, _ context: Context
    ) throws -> RestoreImageFromRecycleBinResult {
        try ResourceKind.image.check(input.imageId)
        throw AWSError(
            "InvalidAMIID.NotFound", "The image id '[\(input.imageId)]' does not exist",
            explanation: "Retention rules are not simulated, so the Recycle Bin is always empty.")
    }
}
