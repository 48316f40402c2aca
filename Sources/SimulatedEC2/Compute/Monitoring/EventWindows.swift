import AWSCore
import EC2API
import SimulatorCore

// https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/event-windows.html

extension Resource where S == InstanceEventWindow {
    static let instanceEventWindow = Resource(
        ResourceKind(
            "iew", type: "instance-event-window", code: "InvalidInstanceEventWindowId",
            notFound: "The instance event window ID '%' does not exist"),
        id: \.instanceEventWindowId, tags: \.tags,
        life: .settling(
            \.state, "creating", after: .seconds(5), "active", deleting: "deleting", for: .seconds(5), "deleted",
            shownFor: .minutes(15)),
        filters: [
            "event-window-name": { [$0.name] },
            "dedicated-host-id": { $0.associationTarget?.dedicatedHostIds ?? [] },
            "instance-id": { $0.associationTarget?.instanceIds ?? [] },
            "instance-tag": { $0.associationTarget?.tags?.map { "\($0.key ?? "")=\($0.value ?? "")" } ?? [] },
            "instance-tag-key": { $0.associationTarget?.tags?.map(\.key) ?? [] },
            "instance-tag-value": { $0.associationTarget?.tags?.map(\.value) ?? [] },
        ])
}

extension EC2Simulation {
    public func createInstanceEventWindow(
        _ input: CreateInstanceEventWindowRequest, _ context: Context
    ) throws -> CreateInstanceEventWindowResult {
        let times = try EventWindowTimes(input.timeRanges, input.cronExpression)
        guard let times else { throw AWSError.missingParameter("TimeRange or CronExpression") }
        // The quota is 200 per Region: https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/event-windows.html
        guard try Resource.instanceEventWindow.all(context).count(where: { !$0.isDeleted }) < 200 else {
            throw AWSError(
                "InstanceEventWindowLimitExceeded", "You have reached the limit of 200 event windows for this Region.")
        }
        let window = try context.create(.instanceEventWindow, input) { window in
            window.name = input.name
            window.timeRanges = times.ranges
            window.cronExpression = times.cron
        }
        return CreateInstanceEventWindowResult(instanceEventWindow: window)
    }

    public func modifyInstanceEventWindow(
        _ input: ModifyInstanceEventWindowRequest, _ context: Context
    ) throws -> ModifyInstanceEventWindowResult {
        let times = try EventWindowTimes(input.timeRanges, input.cronExpression)
        let window = try changed(input.instanceEventWindowId, context) { window in
            if let name = input.name { window.name = name }
            if let times {
                window.timeRanges = times.ranges
                window.cronExpression = times.cron
            }
        }
        return ModifyInstanceEventWindowResult(instanceEventWindow: window)
    }

    public func deleteInstanceEventWindow(
        _ input: DeleteInstanceEventWindowRequest, _ context: Context
    ) throws -> DeleteInstanceEventWindowResult {
        let window = try Resource.instanceEventWindow.get(input.instanceEventWindowId, context)
        if window.shape.associationTarget != nil, input.forceDelete != true {
            throw AWSError(
                "DependencyViolation",
                "The event window '\(input.instanceEventWindowId)' has targets. Disassociate them or use ForceDelete.")
        }
        let deleted = try context.delete(.instanceEventWindow, input.instanceEventWindowId)
        return DeleteInstanceEventWindowResult(
            instanceEventWindowState: .init(
                instanceEventWindowId: deleted.instanceEventWindowId, state: deleted.state))
    }

    public func describeInstanceEventWindows(
        _ input: DescribeInstanceEventWindowsRequest, _ context: Context
    ) throws -> DescribeInstanceEventWindowsResult {
        let page = try context.describe(
            .instanceEventWindow, input, ids: input.instanceEventWindowIds, named: "instanceEventWindowIds")
        return DescribeInstanceEventWindowsResult(instanceEventWindows: page.items, nextToken: page.nextToken)
    }

    public func associateInstanceEventWindow(
        _ input: AssociateInstanceEventWindowRequest, _ context: Context
    ) throws -> AssociateInstanceEventWindowResult {
        let target = input.associationTarget
        let given = [
            target.instanceIds?.isEmpty == false, target.instanceTags?.isEmpty == false,
            target.dedicatedHostIds?.isEmpty == false,
        ]
        guard given.count(where: { $0 }) == 1 else {
            throw AWSError.invalidCombination(
                "Specify exactly one type of target: instance IDs, Dedicated Host IDs, or instance tags.")
        }
        for id in target.dedicatedHostIds ?? [] { _ = try Resource.host.present(id, context) }
        for id in target.instanceIds ?? [] { _ = try InstanceRecord.changeable(id, context) }
        _ = try TagRules.check(target.instanceTags ?? [])
        for other in try Resource.instanceEventWindow.all(context)
        where !other.isDeleted && other.shape.instanceEventWindowId != input.instanceEventWindowId {
            let taken = Set(other.shape.associationTarget?.instanceIds ?? [])
            if let id = target.instanceIds?.first(where: taken.contains) {
                throw AWSError.invalidValue(
                    id, for: "instanceId", "The instance is already associated with another event window.")
            }
        }
        let window = try changed(input.instanceEventWindowId, context) { window in
            var all =
                window.associationTarget
                ?? InstanceEventWindowAssociationTarget(
                    instanceIds: [], tags: [], dedicatedHostIds: [])
            let isOfOtherType =
                (all.instanceIds?.isEmpty == false) != given[0] || (all.tags?.isEmpty == false) != given[1]
                || (all.dedicatedHostIds?.isEmpty == false) != given[2]
            if window.associationTarget != nil, isOfOtherType {
                throw AWSError.invalidCombination("Only one type of target can be associated with an event window.")
            }
            all.instanceIds = (all.instanceIds ?? []).appending(target.instanceIds)
            all.dedicatedHostIds = (all.dedicatedHostIds ?? []).appending(target.dedicatedHostIds)
            all.tags =
                (all.tags ?? []).filter { old in
                    target.instanceTags?.contains { $0.key == old.key && $0.value == old.value } != true
                } + (target.instanceTags ?? [])
            guard all.instanceIds?.count ?? 0 <= 100, all.tags?.count ?? 0 <= 50 else {
                throw AWSError(
                    "InstanceEventWindowTargetLimitExceeded", "An event window can have at most 100 instances or 50 tags.")
            }
            window.associationTarget = all
        }
        return AssociateInstanceEventWindowResult(instanceEventWindow: window)
    }

    public func disassociateInstanceEventWindow(
        _ input: DisassociateInstanceEventWindowRequest, _ context: Context
    ) throws -> DisassociateInstanceEventWindowResult {
        let target = input.associationTarget
        let window = try changed(input.instanceEventWindowId, context) { window in
            var all = window.associationTarget ?? InstanceEventWindowAssociationTarget()
            for id in target.instanceIds ?? [] where all.instanceIds?.contains(id) != true {
                throw AWSError.invalidValue(id, for: "instanceId", "The instance is not associated with the event window.")
            }
            for tag in target.instanceTags ?? []
            where all.tags?.contains(where: { $0.key == tag.key && $0.value == tag.value }) != true {
                throw AWSError.invalidValue(
                    tag.key ?? "", for: "instanceTag", "The tag is not associated with the event window.")
            }
            for id in target.dedicatedHostIds ?? [] where all.dedicatedHostIds?.contains(id) != true {
                throw AWSError.invalidValue(
                    id, for: "dedicatedHostId", "The Dedicated Host is not associated with the event window.")
            }
            all.instanceIds?.removeAll { target.instanceIds?.contains($0) == true }
            all.dedicatedHostIds?.removeAll { target.dedicatedHostIds?.contains($0) == true }
            all.tags?.removeAll { own in
                target.instanceTags?.contains { $0.key == own.key && $0.value == own.value } == true
            }
            let isEmpty =
                all.instanceIds?.isEmpty != false && all.tags?.isEmpty != false && all.dedicatedHostIds?.isEmpty != false
            window.associationTarget = isEmpty ? nil : all
        }
        return DisassociateInstanceEventWindowResult(instanceEventWindow: window)
    }

    private func changed(
        _ id: String, _ context: Context, _ change: (inout InstanceEventWindow) throws -> Void
    ) throws -> InstanceEventWindow {
        var window = try Resource.instanceEventWindow.get(id, context)
        guard !window.isDeleted, window.phase != "deleting" else {
            throw AWSError("IncorrectState", "The event window '\(id)' is in the state '\(window.phase)'.")
        }
        try change(&window.shape)
        try Resource.instanceEventWindow.write(window, context)
        return try context.shown(.instanceEventWindow, window)
    }
}

extension Stored<InstanceEventWindow> {
    fileprivate var isDeleted: Bool { phase == "deleted" }
}

extension [String] {
    /// Returns the list with those of `others` that it lacks.
    fileprivate func appending(_ others: [String]?) -> [String] { self + (others ?? []).filter { !contains($0) } }
}

/// The times when a window is open: time ranges or a cron expression. AWS has the same rules for both.
private struct EventWindowTimes {
    private(set) var ranges: [InstanceEventWindowTimeRange]?
    private(set) var cron: String?

    /// Nil if the request has neither.
    init?(_ ranges: [InstanceEventWindowTimeRangeRequest]?, _ cron: String?) throws {
        if let ranges, !ranges.isEmpty {
            guard cron == nil else {
                throw AWSError.invalidCombination("Specify either time ranges or a cron expression, but not both.")
            }
            try Self.check(ranges)
            self.ranges = ranges.map {
                .init(
                    startWeekDay: $0.startWeekDay, startHour: $0.startHour, endWeekDay: $0.endWeekDay, endHour: $0.endHour)
            }
        } else if let cron {
            try Self.check(cron)
            self.cron = cron
        } else {
            return nil
        }
    }

    private static let days = ["sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"]

    private static func check(_ ranges: [InstanceEventWindowTimeRangeRequest]) throws {
        var open = Set<Int>()
        for range in ranges {
            guard let first = days.firstIndex(of: range.startWeekDay?.rawValue ?? ""),
                let last = days.firstIndex(of: range.endWeekDay?.rawValue ?? ""), let start = range.startHour,
                let end = range.endHour, (0...23).contains(start), (0...23).contains(end)
            else {
                throw AWSError(
                    "InvalidParameterValue",
                    "A time range needs a StartWeekDay, a StartHour, an EndWeekDay and an EndHour; hours are between 0 and 23.")
            }
            let from = first * 24 + start
            let hours = (last * 24 + end - from + 168) % 168
            guard hours >= 2 else { throw tooShort("Each time range", 2) }
            for hour in 0..<hours where !open.insert((from + hour) % 168).inserted {
                throw AWSError("InvalidParameterValue", "The time ranges of an event window must not overlap.")
            }
        }
        guard open.count >= 4 else { throw tooShort("The event window", 4) }
    }

    private static func tooShort(_ what: String, _ hours: Int) -> AWSError {
        AWSError("InvalidParameterValue", "\(what) must be at least \(hours) hours.")
    }

    private static func check(_ cron: String) throws {
        let fields = cron.split(separator: " ", omittingEmptySubsequences: false)
        let wrong = AWSError("InvalidParameterValue", "Value (\(cron)) for parameter cronExpression is invalid.")
        guard fields.count == 5, fields[0] == "*", fields[2] == "*", fields[3] == "*" else { throw wrong }
        let names = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"]
        if fields[4] != "*" {
            for day in fields[4].split(separator: ",", omittingEmptySubsequences: false) {
                guard Int(day).map({ (0...6).contains($0) }) ?? names.contains(String(day)) else { throw wrong }
            }
        }
        var total = 0
        for range in fields[1].split(separator: ",", omittingEmptySubsequences: false) {
            let ends = range.split(separator: "-", omittingEmptySubsequences: false).map { Int($0) ?? -1 }
            guard ends.count == 2, ends.allSatisfy({ (0...23).contains($0) }) else { throw wrong }
            let hours = (ends[1] - ends[0] + 24) % 24
            guard hours >= 2 else { throw tooShort("Each time range", 2) }
            total += hours
        }
        guard total >= 4 else { throw tooShort("The event window", 4) }
    }
}
