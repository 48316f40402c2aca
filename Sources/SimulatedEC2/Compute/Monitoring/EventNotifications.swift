import AWSCore
import EC2API
import SimulatorCore

// The tags in notifications of scheduled events.
// https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/event-notifications.html

extension EC2Simulation {
    private static let notifications = AccountDocument<InstanceTagNotificationAttribute>("instance-event-notifications")

    public func registerInstanceEventNotificationAttributes(
        _ input: RegisterInstanceEventNotificationAttributesRequest, _ context: Context
    ) throws -> RegisterInstanceEventNotificationAttributesResult {
        let given = input.instanceTagAttribute
        let keys = given.instanceTagKeys ?? []
        try Self.check(given.includeAllTagsOfInstance, keys)
        let known = try Self.current(context)
        var registered = known.instanceTagKeys ?? []
        registered += keys.filter { !registered.contains($0) }
        let all = InstanceTagNotificationAttribute(
            instanceTagKeys: registered,
            includeAllTagsOfInstance: given.includeAllTagsOfInstance ?? known.includeAllTagsOfInstance)
        try Self.notifications.set(all, context)
        return RegisterInstanceEventNotificationAttributesResult(instanceTagAttribute: all)
    }

    public func deregisterInstanceEventNotificationAttributes(
        _ input: DeregisterInstanceEventNotificationAttributesRequest, _ context: Context
    ) throws -> DeregisterInstanceEventNotificationAttributesResult {
        let given = input.instanceTagAttribute
        let keys = given.instanceTagKeys ?? []
        try Self.check(given.includeAllTagsOfInstance, keys)
        let known = try Self.current(context)
        let all = InstanceTagNotificationAttribute(
            instanceTagKeys: (known.instanceTagKeys ?? []).filter { !keys.contains($0) },
            includeAllTagsOfInstance: given.includeAllTagsOfInstance == true ? false : known.includeAllTagsOfInstance)
        try Self.notifications.set(all, context)
        return DeregisterInstanceEventNotificationAttributesResult(instanceTagAttribute: all)
    }

    public func describeInstanceEventNotificationAttributes(
        _ input: DescribeInstanceEventNotificationAttributesRequest, _ context: Context
    ) throws -> DescribeInstanceEventNotificationAttributesResult {
        DescribeInstanceEventNotificationAttributesResult(instanceTagAttribute: try Self.current(context))
    }

    private static func current(_ context: Context) throws -> InstanceTagNotificationAttribute {
        try notifications.get(context)
            ?? InstanceTagNotificationAttribute(instanceTagKeys: [], includeAllTagsOfInstance: false)
    }

    private static func check(_ includesAll: Bool?, _ keys: [String]) throws {
        guard includesAll != nil || !keys.isEmpty else { throw AWSError.missingParameter("InstanceTagAttribute") }
        if includesAll == true, !keys.isEmpty {
            throw AWSError.invalidCombination(
                "The parameter InstanceTagKeys cannot be used with the parameter IncludeAllTagsOfInstance.")
        }
    }
}
