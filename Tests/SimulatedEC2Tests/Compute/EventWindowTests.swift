import DrydockTesting
import Testing

@Suite(.simulator(transitions: .aws)) struct EventWindowTests {
    private let aws = AWS.current

    private func create() async throws -> String {
        try #require(
            try await aws.ec2.createInstanceEventWindow(
                .init(
                    name: "weekend",
                    timeRanges: [.init(startWeekDay: .saturday, startHour: 22, endWeekDay: .sunday, endHour: 4)],
                    tagSpecifications: [.init(resourceType: "instance-event-window", tags: [Tag(key: "team", value: "a")])])
            ).instanceEventWindow?.instanceEventWindowId)
    }

    private func only() async throws -> InstanceEventWindow? {
        try await aws.ec2.describeInstanceEventWindows(.init()).instanceEventWindows?.first
    }

    @Test func eventWindowIsCreatedModifiedAndDeleted() async throws {
        let id = try await create()
        #expect(id.hasPrefix("iew-"))
        #expect(try await only()?.state == .creating)
        aws.clock.advance(by: .seconds(10))
        let window = try #require(try await only())
        #expect(window.state == .active && window.name == "weekend" && window.tags?.map(\.key) == ["team"])
        #expect(window.timeRanges?.first?.endHour == 4)
        let changed = try await aws.ec2.modifyInstanceEventWindow(
            .init(name: "nights", instanceEventWindowId: id, cronExpression: "* 0-4,20-23 * * 1,5"))
        #expect(changed.instanceEventWindow?.cronExpression == "* 0-4,20-23 * * 1,5")
        #expect(changed.instanceEventWindow?.timeRanges == nil)
        let deleted = try await aws.ec2.deleteInstanceEventWindow(.init(instanceEventWindowId: id))
        #expect(deleted.instanceEventWindowState?.state == .deleting)
        await refused("IncorrectState") {
            try await aws.ec2.modifyInstanceEventWindow(.init(name: "late", instanceEventWindowId: id))
        }
        aws.clock.advance(by: .seconds(10))
        #expect(try await only()?.state == .deleted)
        aws.clock.advance(by: .hours(1))
        #expect(try await only() == nil)
    }

    @Test(arguments: [
        "* 0-4 * *", "1 0-4 * * 1", "* 0-1 * * 1", "* 0-3 * * 1", "* 0-4 * * 7", "* 5 * * MON", "* 0-4 1 * *",
        // The hours must form ranges.
        "* * * * *",
    ]) func invalidCronExpressionsAreRejected(cron: String) async throws {
        await refused("InvalidParameterValue") {
            try await aws.ec2.createInstanceEventWindow(.init(cronExpression: cron))
        }
    }

    @Test func invalidEventWindowTimeRangesAreRejected() async throws {
        await refused("MissingParameter") { try await aws.ec2.createInstanceEventWindow(.init()) }
        let long = InstanceEventWindowTimeRangeRequest(
            startWeekDay: .monday, startHour: 0, endWeekDay: .monday, endHour: 8)
        await refused("InvalidParameterCombination") {
            try await aws.ec2.createInstanceEventWindow(.init(timeRanges: [long], cronExpression: "* 0-4 * * 1"))
        }
        await refused("InvalidParameterValue") {
            try await aws.ec2.createInstanceEventWindow(
                .init(timeRanges: [.init(startWeekDay: .monday, startHour: 0, endWeekDay: .monday, endHour: 3)]))
        }
        await refused("InvalidParameterValue") {
            try await aws.ec2.createInstanceEventWindow(.init(timeRanges: [long, long]))
        }
    }

    @Test func eventWindowTargetsMustBeOfOneType() async throws {
        let id = try await create()
        let instance = try #require(try await aws.run().first?.instanceId)
        let associated = try await aws.ec2.associateInstanceEventWindow(
            .init(instanceEventWindowId: id, associationTarget: .init(instanceIds: [instance])))
        #expect(associated.instanceEventWindow?.associationTarget?.instanceIds == [instance])
        await refused("InvalidParameterCombination") {
            try await aws.ec2.associateInstanceEventWindow(
                .init(
                    instanceEventWindowId: id, associationTarget: .init(instanceTags: [Tag(key: "a", value: "b")])))
        }
        let found = try await aws.ec2.describeInstanceEventWindows(
            .init(filters: [Filter(name: "instance-id", values: [instance])]))
        #expect(found.instanceEventWindows?.count == 1)
        let other = try await create()
        await refused("InvalidParameterValue") {
            try await aws.ec2.associateInstanceEventWindow(
                .init(instanceEventWindowId: other, associationTarget: .init(instanceIds: [instance])))
        }
        await refused("DependencyViolation") {
            try await aws.ec2.deleteInstanceEventWindow(.init(instanceEventWindowId: id))
        }
        let freed = try await aws.ec2.disassociateInstanceEventWindow(
            .init(instanceEventWindowId: id, associationTarget: .init(instanceIds: [instance])))
        #expect(freed.instanceEventWindow?.associationTarget == nil)
        _ = try await aws.ec2.associateInstanceEventWindow(
            .init(instanceEventWindowId: id, associationTarget: .init(instanceTags: [Tag(key: "a", value: "b")])))
        _ = try await aws.ec2.deleteInstanceEventWindow(.init(forceDelete: true, instanceEventWindowId: id))
        await refused("InvalidInstanceEventWindowId.NotFound") {
            try await aws.ec2.describeInstanceEventWindows(.init(instanceEventWindowIds: ["iew-0123456789abcdef0"]))
        }
    }

    @Test func eventNotificationsShowRegisteredTagKeys() async throws {
        let none = try await aws.ec2.describeInstanceEventNotificationAttributes(.init()).instanceTagAttribute
        #expect(none?.instanceTagKeys?.isEmpty != false && none?.includeAllTagsOfInstance == false)
        let one = try await aws.ec2.registerInstanceEventNotificationAttributes(
            .init(instanceTagAttribute: .init(instanceTagKeys: ["team", "cost"])))
        #expect(one.instanceTagAttribute?.instanceTagKeys == ["team", "cost"])
        _ = try await aws.ec2.deregisterInstanceEventNotificationAttributes(
            .init(instanceTagAttribute: .init(instanceTagKeys: ["team"])))
        let rest = try await aws.ec2.describeInstanceEventNotificationAttributes(.init()).instanceTagAttribute
        #expect(rest?.instanceTagKeys == ["cost"])
        await refused("InvalidParameterCombination") {
            try await aws.ec2.registerInstanceEventNotificationAttributes(
                .init(instanceTagAttribute: .init(includeAllTagsOfInstance: true, instanceTagKeys: ["team"])))
        }
    }
}
