import AWSCore
import EC2API
import SimulatorCore

// https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/spot-data-feeds.html

extension EC2Simulation {
    public func createSpotDatafeedSubscription(
        _ input: CreateSpotDatafeedSubscriptionRequest, _ context: Context
    ) throws -> CreateSpotDatafeedSubscriptionResult {
        guard !input.bucket.isEmpty else { throw AWSError.missingParameter("bucket") }
        _ = try context.external(
            .s3Bucket, input.bucket, malformed: .invalidValue(input.bucket, for: "bucket"),
            // Assumed: an absent bucket gives the error for a bucket that EC2 cannot write to.
            absent: AWSError(
                "InaccessibleStorageLocation", "The specified S3 bucket '\(input.bucket)' does not exist or is not accessible.")
        )
        let subscription = SpotDatafeedSubscription(
            bucket: input.bucket, ownerId: context.account, prefix: input.prefix.flatMap { $0.isEmpty ? nil : $0 },
            state: .active)
        // Assumed: a new subscription replaces the account's only one.
        try SpotDatafeedSubscription.own.set(subscription, context.ofAccount)
        return CreateSpotDatafeedSubscriptionResult(spotDatafeedSubscription: subscription)
    }

    public func describeSpotDatafeedSubscription(
        _ input: DescribeSpotDatafeedSubscriptionRequest, _ context: Context
    ) throws -> DescribeSpotDatafeedSubscriptionResult {
        guard let subscription = try SpotDatafeedSubscription.own.get(context.ofAccount) else {
            throw AWSError("InvalidSpotDatafeed.NotFound", "Spot datafeed subscription does not exist.")
        }
        return DescribeSpotDatafeedSubscriptionResult(spotDatafeedSubscription: subscription)
    }

    public func deleteSpotDatafeedSubscription(
        _ input: DeleteSpotDatafeedSubscriptionRequest, _ context: Context
    ) throws -> EmptyShape {
        // Assumed: deleting an absent subscription succeeds.
        try SpotDatafeedSubscription.own.clear(context.ofAccount)
        return EmptyShape()
    }
}

extension SpotDatafeedSubscription {
    fileprivate static let own = AccountDocument<SpotDatafeedSubscription>("spot-datafeed")
}

extension Context {
    /// The first region of the partition. It stores what an account has once for all regions.
    fileprivate var ofAccount: Context {
        within(region: AWSRegion.all(partition: partition).first { !$0.isOptIn }?.name ?? region)
    }
}
