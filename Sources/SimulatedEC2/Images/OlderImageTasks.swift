import AWSCore
import EC2API
import SimulatorCore

// Tasks for instances with an instance store root, of the older import tools, and for FPGA images. None exist in the simulator.
// Requests to start one fail with AWS's error for an unsuitable resource.

extension EC2Simulation {
    public func bundleInstance(_ input: BundleInstanceRequest, _ context: Context) throws -> BundleInstanceResult {
        let instance = try InstanceRecord.changeable(input.instanceId, context)
        throw AWSError(
            "InvalidParameterValue",
            "The instance '\(instance.id)' is not an instance store-backed Windows instance and can't be bundled.")
    }

    public func cancelBundleTask(_ input: CancelBundleTaskRequest, _ context: Context) throws -> CancelBundleTaskResult {
        throw AWSError.noBundle(input.bundleId)
    }

    public func describeBundleTasks(
        _ input: DescribeBundleTasksRequest, _ context: Context
    ) throws -> DescribeBundleTasksResult {
        if let id = input.bundleIds?.first { throw AWSError.noBundle(id) }
        let filters = FilterTable<BundleTask>([
            "bundle-id": { [$0.bundleId] }, "error-code": { [$0.bundleTaskError?.code] },
            "error-message": { [$0.bundleTaskError?.message] }, "instance-id": { [$0.instanceId] },
            "progress": { [$0.progress] }, "s3-bucket": { [$0.storage?.s3?.bucket] },
            "s3-prefix": { [$0.storage?.s3?.prefix] }, "start-time": { [$0.startTime?.iso8601(milliseconds: true)] },
            "state": { [$0.state?.rawValue] }, "update-time": { [$0.updateTime?.iso8601(milliseconds: true)] },
        ])
        return DescribeBundleTasksResult(bundleTasks: try filters.apply(input.filters, to: [], context))
    }

    public func describeConversionTasks(
        _ input: DescribeConversionTasksRequest, _ context: Context
    ) throws -> DescribeConversionTasksResult {
        if let id = input.conversionTaskIds?.first {
            throw AWSError("InvalidConversionTaskId", "The conversion task ID '\(id)' does not exist")
        }
        return DescribeConversionTasksResult(conversionTasks: [])
    }

    public func describeFpgaImages(_ input: DescribeFpgaImagesRequest, _ context: Context) throws -> DescribeFpgaImagesResult {
        let paging = try Paging(input, ids: input.fpgaImageIds, named: "fpgaImageIds", context)
        if let id = input.fpgaImageIds?.first {
            guard id.hasPrefix("afi-") else { throw AWSError("InvalidFpgaImageID.Malformed", "Invalid FpgaImageId: '\(id)'") }
            throw AWSError("InvalidFpgaImageID.NotFound", "The fpgaImage ID '\(id)' does not exist")
        }
        let filters = FilterTable<FpgaImage>(
            [
                "create-time": { [$0.createTime?.iso8601(milliseconds: true)] }, "fpga-image-id": { [$0.fpgaImageId] },
                "fpga-image-global-id": { [$0.fpgaImageGlobalId] }, "name": { [$0.name] }, "owner-id": { [$0.ownerId] },
                "product-code": { $0.productCodes?.map(\.productCodeId) ?? [] }, "shell-version": { [$0.shellVersion] },
                "state": { [$0.state?.code?.rawValue] }, "update-time": { [$0.updateTime?.iso8601(milliseconds: true)] },
            ], tags: { $0.tags })
        let page = try paging.page(fixed: filters.apply(input.filters, to: [], context))
        return DescribeFpgaImagesResult(fpgaImages: page.items, nextToken: page.nextToken)
    }
}

extension AWSError {
    fileprivate static func noBundle(_ id: String) -> AWSError {
        AWSError("InvalidBundleID.NotFound", "The bundle task ID '\(id)' does not exist")
    }
}
