import AWSCore
import EC2API
import SimulatorCore

extension EC2Simulation {
    public func describeNetworkInterfaceAttribute(
        _ input: DescribeNetworkInterfaceAttributeRequest, _ context: Context
    ) throws -> DescribeNetworkInterfaceAttributeResult {
        let interface = try NetworkInterfaceRecord.get(input.networkInterfaceId, context)
        guard let attribute = input.attribute, !attribute.rawValue.isEmpty else { throw AWSError.missingParameter("attribute") }
        let shape = try interface.shape(.read(context), context)
        var answer = DescribeNetworkInterfaceAttributeResult()
        answer.networkInterfaceId = interface.id
        switch attribute.rawValue {
        case "description": answer.description = AttributeValue(value: interface.description)
        case "groupSet": answer.groups = shape.groups
        case "sourceDestCheck": answer.sourceDestCheck = AttributeBooleanValue(value: interface.checksSource)
        case "attachment": answer.attachment = shape.attachment
        case "associatePublicIpAddress": answer.associatePublicIpAddress = interface.assignsPublicAddress
        default: throw AWSError.unknownAttribute(attribute.rawValue)
        }
        return answer
    }

    public func modifyNetworkInterfaceAttribute(
        _ input: ModifyNetworkInterfaceAttributeRequest, _ context: Context
    ) throws -> EmptyShape {
        var interface = try NetworkInterfaceRecord.ofOnesOwn(input.networkInterfaceId, context)
        let given = [
            ("description", input.description != nil), ("sourceDestCheck", input.sourceDestCheck != nil),
            ("groupSet", input.groups?.isEmpty == false), ("attachment", input.attachment != nil),
            ("enaSrdSpecification", input.enaSrdSpecification != nil), ("enablePrimaryIpv6", input.enablePrimaryIpv6 != nil),
            ("connectionTrackingSpecification", input.connectionTrackingSpecification != nil),
            ("associatePublicIpAddress", input.associatePublicIpAddress != nil),
            ("associatedSubnetIds", input.associatedSubnetIds?.isEmpty == false),
        ].filter(\.1).map(\.0)
        guard given.count == 1, let name = given.first else {
            throw given.isEmpty
                ? AWSError.invalidCombination("No attributes specified.")
                : AWSError.invalidCombination(
                    "Fields for multiple attribute types specified: \(given.joined(separator: ", "))")
        }
        switch name {
        case "description":
            interface.description = try NetworkInterfaceRecord.check(description: input.description?.value ?? "")
        case "sourceDestCheck": interface.checksSource = input.sourceDestCheck?.value ?? true
        case "groupSet":
            let subnet = try SubnetRecord.get(interface.subnetId, context)
            let groups = try SecurityGroupRecord.resolve(ids: input.groups, names: nil, subnet: subnet, context)
            try NetworkInterfaceRecord.check(groups: groups)
            try interface.setGroups(groups, context)
        case "attachment": try interface.change(input.attachment ?? .init())
        case "enaSrdSpecification":
            guard interface.isAttached else { throw AWSError.notAttached(interface.id) }
            var attachment = interface.details?.attachment ?? NetworkInterfaceAttachment()
            attachment.enaSrdSpecification = input.enaSrdSpecification?.shown
            interface.change { $0.attachment = attachment }
        case "enablePrimaryIpv6":
            guard input.enablePrimaryIpv6 == true else {
                throw AWSError("InvalidParameterValue", "The primary IPv6 address of a network interface can't be disabled.")
            }
            try interface.makePrimaryIpv6(context)
        case "connectionTrackingSpecification":
            let configuration = try input.connectionTrackingSpecification?.checked
            interface.change { $0.connectionTrackingConfiguration = configuration }
        case "associatePublicIpAddress":
            try interface.setAssignsPublicAddress(input.associatePublicIpAddress ?? false, context)
        default: throw AWSError.notSimulated("ec2", "ModifyNetworkInterfaceAttribute of \(name)")
        }
        try interface.update(context)
        return EmptyShape()
    }

    public func resetNetworkInterfaceAttribute(
        _ input: ResetNetworkInterfaceAttributeRequest, _ context: Context
    ) throws -> EmptyShape {
        var interface = try NetworkInterfaceRecord.ofOnesOwn(input.networkInterfaceId, context)
        guard input.sourceDestCheck != nil else { throw AWSError.invalidCombination("No attributes specified.") }
        interface.checksSource = true
        try interface.update(context)
        return EmptyShape()
    }
}

extension NetworkInterfaceRecord {
    fileprivate mutating func change(_ change: (inout NetworkInterface) -> Void) {
        var changed = details ?? NetworkInterface()
        change(&changed)
        details = changed
    }

    fileprivate mutating func change(_ changes: NetworkInterfaceAttachmentChanges) throws {
        guard let id = changes.attachmentId, !id.isEmpty else { throw AWSError.missingParameter("attachmentId") }
        guard attachmentId == id else { throw AWSError.attachmentNotFound(id) }
        if let deletes = changes.deleteOnTermination { isDeletedOnTermination = deletes }
        guard changes.enaQueueCount != nil || changes.defaultEnaQueueCount == true else { return }
        var attachment = details?.attachment ?? NetworkInterfaceAttachment()
        attachment.enaQueueCount = changes.enaQueueCount
        change { $0.attachment = attachment }
    }

    fileprivate mutating func setAssignsPublicAddress(_ assigns: Bool, _ context: Context) throws {
        if assigns, privateAddress == nil { throw AWSError.withoutPrivateIPv4(id) }
        assignsPublicAddress = assigns
        guard assigns else {
            publicAddress = nil
            return
        }
        guard let instanceId, publicAddress == nil, try AddressRecord.primary(of: self, context) == nil,
            let instance = try InstanceRecord.find(instanceId, context), [.pending, .running].contains(instance.state(context))
        else { return }
        publicAddress = try PublicAddresses.draw(context)
    }
}

extension AWSError {
    fileprivate static func notAttached(_ id: String) -> AWSError {
        AWSError("InvalidParameterValue", "Network interface '\(id)' is not attached to an instance.")
    }
}
