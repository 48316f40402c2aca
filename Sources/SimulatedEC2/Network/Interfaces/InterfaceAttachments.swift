import AWSCore
import EC2API
import SimulatorCore

// https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/network-interface-attachments.html

extension EC2Simulation {
    public func attachNetworkInterface(
        _ input: AttachNetworkInterfaceRequest, _ context: Context
    ) throws -> AttachNetworkInterfaceResult {
        var interface = try NetworkInterfaceRecord.get(input.networkInterfaceId, context)
        let instance = try InstanceRecord.get(input.instanceId, context)
        guard interface.requester == nil else { throw AWSError.managedByService }
        guard !interface.isAttached else { throw AWSError.interfaceInUse(interface.id) }
        let state = instance.state(context)
        guard [.pending, .running, .stopped].contains(state) else {
            throw AWSError(
                "IncorrectState", "Instance '\(instance.id)' is not in a state from which an interface can be attached to it.",
                explanation: "The instance is \(state.name).")
        }
        guard interface.zone == instance.zone else { throw AWSError.otherZone }
        let card = input.networkCardIndex ?? 0
        try interface.checkPlace(on: instance, at: input.deviceIndex, card: card, context)
        try interface.attach(to: instance.id, at: input.deviceIndex, card: card, context)
        if input.enaSrdSpecification != nil || input.enaQueueCount != nil {
            var details = interface.details ?? NetworkInterface()
            details.attachment = NetworkInterfaceAttachment(
                enaSrdSpecification: input.enaSrdSpecification?.shown, enaQueueCount: input.enaQueueCount)
            interface.details = details
        }
        try interface.update(context)
        return AttachNetworkInterfaceResult(attachmentId: interface.attachmentId, networkCardIndex: card)
    }

    public func detachNetworkInterface(_ input: DetachNetworkInterfaceRequest, _ context: Context) throws -> EmptyShape {
        var interface = try NetworkInterfaceRecord.having(attachment: input.attachmentId, context)
        guard interface.requester == nil else {
            throw AWSError("OperationNotPermitted", "You are not allowed to manage 'ela-attach' attachments.")
        }
        guard interface.deviceIndex != 0 else {
            throw AWSError(
                "OperationNotPermitted",
                "The network interface at device index 0 and networkCard index \(interface.cardIndex) cannot be detached.")
        }
        // A forced detachment is immediate; otherwise the attachment is `detaching` first.
        if input.force == true {
            try interface.letGo(context)
        } else if interface.attachmentPhase != "detaching" {
            interface.attachmentPhase = "detaching"
            try interface.noteDue(context)
        }
        try interface.update(context)
        return EmptyShape()
    }
}

extension NetworkInterfaceRecord {
    /// The time that attaching or detaching takes.
    fileprivate static let time = Duration.seconds(3)

    /// Returns an interface of the account, but rejects one that a service made.
    static func ofOnesOwn(_ id: String, _ context: Context) throws -> NetworkInterfaceRecord {
        let interface = try get(id, context)
        guard interface.requester == nil else { throw AWSError.managedByService }
        return interface
    }

    static func having(attachment id: String, _ context: Context) throws -> NetworkInterfaceRecord {
        let prefixes = ["eni-attach-", "ela-attach-"]
        guard let prefix = prefixes.first(where: id.hasPrefix), [8, 17].contains(id.utf8.count - prefix.utf8.count),
            id.utf8.dropFirst(prefix.utf8.count).allSatisfy({ (48...57).contains($0) || (97...102).contains($0) })
        else {
            throw AWSError(
                "InvalidNetworkInterfaceAttachmentId.Malformed", "Invalid id: \"\(id)\" (expecting \"eni-attach-...\")")
        }
        guard let found = try first(context, "AND attachment_id = ?", [id]) else { throw AWSError.attachmentNotFound(id) }
        return found
    }

    /// - Throws: AWS's errors for a device index in use, and for the limits of the instance's type.
    func checkPlace(on instance: InstanceRecord, at index: Int, card: Int, _ context: Context) throws {
        let others = try Self.of(instance: instance.id, context)
        guard index >= 0 else { throw AWSError.invalidValue("\(index)", for: "deviceIndex") }
        guard !others.contains(where: { $0.deviceIndex == index && $0.cardIndex == card }) else {
            throw AWSError(
                "InvalidParameterValue",
                "Instance '\(instance.id)' already has an interface attached at device index '\(index)'.")
        }
        if let type = InstanceTypeTable.figures(of: instance.type) {
            try Self.checkCard(card, type)
            try SubnetRecord.find(subnetId, context)?.checkIPv6Only(type)
            guard others.count < type.maximumNetworkInterfaces else {
                throw AWSError.interfaceLimit(others.count + 1, type.name)
            }
        }
        try checkLimits(adding: InterfaceAddressing(), type: instance.type, context)
    }

    static func checkCard(_ card: Int, _ type: InstanceTypeFigures) throws {
        let cards = type.shape.networkInfo?.maximumNetworkCards ?? 1
        guard (0..<cards).contains(card) else {
            throw AWSError(
                "InvalidParameterValue", "The network card index \(card) is not valid for the instance type '\(type.name)'.",
                explanation: "It has \(cards) network card\(cards == 1 ? "" : "s"), counted from 0.")
        }
    }

    /// Sets the attachment's fields. The caller stores the record.
    mutating func attach(to instance: String, at index: Int, card: Int, _ context: Context) throws {
        instanceId = instance
        attachmentId = context.ids.resource("eni-attach")
        attachedAt = context.now.wholeSecond
        deviceIndex = index
        cardIndex = card
        isDeletedOnTermination = false
        attachmentPhase = "attaching"
        details?.attachment = nil
        if assignsPublicAddress, publicAddress == nil, try AddressRecord.primary(of: self, context) == nil {
            publicAddress = try PublicAddresses.draw(context)
        }
        try noteDue(context)
    }

    mutating func detach() {
        instanceId = nil
        attachmentId = nil
        attachedAt = nil
        deviceIndex = nil
        cardIndex = 0
        attachmentPhase = nil
        isDeletedOnTermination = false
        publicAddress = nil
        details?.attachment = nil
    }

    /// Frees the interface. Descriptions show the last attachment as `detached` for a short time.
    fileprivate mutating func letGo(_ context: Context) throws {
        var last = NetworkInterfaceAttachment(
            attachTime: attachedAt, attachmentId: attachmentId, deleteOnTermination: isDeletedOnTermination,
            deviceIndex: deviceIndex, networkCardIndex: cardIndex, instanceId: instanceId, instanceOwnerId: context.account)
        last.status = .detached
        detach()
        var changed = details ?? NetworkInterface()
        changed.attachment = last
        details = changed
        attachmentPhase = "detached"
        try Due.set(Self.kind.type, id, at: context.now + Self.memory, context)
    }

    /// Assumed: how long descriptions show a finished attachment. Terraform waits for it.
    private static let memory = Duration.seconds(10)

    fileprivate func noteDue(_ context: Context) throws {
        try Due.set(Self.kind.type, id, at: context.now + context.transitions.duration(Self.time), context)
    }

    /// Completes attachments and detachments that are due.
    static func settle(_ due: [Due], _ context: Context) throws {
        for due in due {
            guard var interface = try find(due.id, context) else { continue }
            switch interface.attachmentPhase {
            case "attaching": interface.attachmentPhase = nil
            case "detaching": try interface.letGo(context)
            case "detached":
                interface.attachmentPhase = nil
                interface.details?.attachment = nil
            default: continue
            }
            try interface.update(context)
        }
    }
}

extension EnaSrdSpecification {
    var shown: AttachmentEnaSrdSpecification {
        AttachmentEnaSrdSpecification(
            enaSrdEnabled: enaSrdEnabled,
            enaSrdUdpSpecification: enaSrdUdpSpecification.map { .init(enaSrdUdpEnabled: $0.enaSrdUdpEnabled) })
    }
}

extension AWSError {
    static func interfaceInUse(_ id: String) -> AWSError {
        AWSError("InvalidNetworkInterface.InUse", "Interface: [\(id)] in use.")
    }

    static func interfaceLimit(_ count: Int, _ type: String) -> AWSError {
        AWSError("AttachmentLimitExceeded", "Interface count \(count) exceeds the limit for \(type)")
    }

    static func attachmentNotFound(_ id: String) -> AWSError {
        AWSError("InvalidAttachmentID.NotFound", "The network interface attachment ID '\(id)' does not exist")
    }

    static let otherZone = AWSError(
        "InvalidParameterCombination",
        "You may not attach a network interface to an instance if they are not in the same availability zone")
}
