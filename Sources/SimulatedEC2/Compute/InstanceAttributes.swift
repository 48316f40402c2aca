import AWSCore
import EC2API
import SimulatorCore

// MARK: Handlers

extension EC2Simulation {
    public func describeInstanceAttribute(
        _ input: DescribeInstanceAttributeRequest, _ context: Context
    ) throws -> InstanceAttribute {
        guard !input.instanceId.isEmpty else { throw AWSError.missingParameter("InstanceId") }
        let instance = try InstanceRecord.get(input.instanceId, context)
        var answer = InstanceAttribute(instanceId: instance.id)
        switch input.attribute.rawValue {
        case "blockDeviceMapping":
            answer.blockDeviceMappings =
                try VolumeRecord.attached(to: [instance.id], context)[instance.id]?.map(\.mapping) ?? []
        case "disableApiStop": answer.disableApiStop = AttributeBooleanValue(value: instance.protectsStop)
        case "disableApiTermination": answer.disableApiTermination = AttributeBooleanValue(value: instance.protectsTermination)
        case "ebsOptimized": answer.ebsOptimized = AttributeBooleanValue(value: instance.isEbsOptimized)
        case "enaSupport": answer.enaSupport = AttributeBooleanValue(value: instance.options.enaSupport ?? true)
        case "enclaveOptions": answer.enclaveOptions = EnclaveOptions(enabled: instance.isEnclave)
        case "groupSet":
            answer.groups = try InstanceNetwork.interfaces(of: [instance.id], context)[instance.id]?.first?.groups ?? []
        case "instanceInitiatedShutdownBehavior":
            answer.instanceInitiatedShutdownBehavior = AttributeValue(value: instance.shutdownBehavior)
        case "instanceType": answer.instanceType = AttributeValue(value: instance.type)
        case "kernel": answer.kernelId = AttributeValue()
        case "productCodes": answer.productCodes = []
        case "ramdisk": answer.ramdiskId = AttributeValue()
        case "rootDeviceName": answer.rootDeviceName = AttributeValue(value: instance.rootDevice)
        case "sourceDestCheck":
            let primary = try InstanceNetwork.interfaces(of: [instance.id], context)[instance.id]?.first
            answer.sourceDestCheck = AttributeBooleanValue(value: primary?.sourceDestCheck ?? true)
        case "sriovNetSupport": answer.sriovNetSupport = AttributeValue(value: "simple")
        case "userData": answer.userData = AttributeValue(value: instance.userData)
        case "": throw AWSError.missingParameter("Attribute")
        default: throw AWSError.unknownAttribute(input.attribute.rawValue)
        }
        return answer
    }

    public func modifyInstanceAttribute(
        _ input: ModifyInstanceAttributeRequest, _ context: Context
    ) throws -> EmptyShape {
        guard !input.instanceId.isEmpty else { throw AWSError.missingParameter("InstanceId") }
        let input = try input.withAttributeSpeltOut
        var instance = try InstanceRecord.get(input.instanceId, context)
        let given = input.givenAttributes
        guard given.count == 1, let name = given.first else {
            throw given.isEmpty
                ? AWSError("InvalidParameterCombination", "No attributes specified.")
                : AWSError(
                    "InvalidParameterCombination",
                    "Fields for multiple attribute types specified: \(given.joined(separator: ", "))")
        }
        guard instance.phase != .terminate else { throw AWSError.notInState(instance.id, "modified") }
        if ["instanceType", "userData", "ebsOptimized", "enaSupport", "sriovNetSupport", "enclaveOptions", "kernel", "ramdisk"]
            .contains(name),
            instance.state(context) != .stopped
        {
            throw AWSError(
                "IncorrectInstanceState",
                "The instance '\(instance.id)' is not in the 'stopped' state.",
                explanation: "'\(name)' can be changed only while the instance is stopped.")
        }
        try apply(name, of: input, to: &instance, context)
        try instance.update(context)
        return EmptyShape()
    }

    public func resetInstanceAttribute(_ input: ResetInstanceAttributeRequest, _ context: Context) throws -> EmptyShape {
        let name = input.attribute.rawValue
        guard ["kernel", "ramdisk", "sourceDestCheck"].contains(name) else {
            throw AWSError.invalidValue(name, for: "attribute", "You can only reset kernel, ramdisk and sourceDestCheck.")
        }
        let instance = try InstanceRecord.changeable(input.instanceId, stopped: name != "sourceDestCheck", context)
        guard name == "sourceDestCheck" else { throw AWSError.onlyParavirtual(name) }
        try InstanceNetwork.setSourceDestCheck(true, of: instance, context)
        return EmptyShape()
    }

    private func apply(
        _ name: String, of input: ModifyInstanceAttributeRequest, to instance: inout InstanceRecord, _ context: Context
    ) throws {
        switch name {
        case "sourceDestCheck":
            try InstanceNetwork.setSourceDestCheck(input.sourceDestCheck?.value ?? true, of: instance, context)
        case "disableApiStop": instance.protectsStop = input.disableApiStop?.value ?? false
        case "disableApiTermination": instance.protectsTermination = input.disableApiTermination?.value ?? false
        case "ebsOptimized": instance.isEbsOptimized = input.ebsOptimized?.value ?? false
        case "instanceType": try retype(&instance, input.instanceType?.value ?? "")
        case "instanceInitiatedShutdownBehavior":
            let behavior = input.instanceInitiatedShutdownBehavior?.value ?? ""
            guard behavior == "stop" || behavior == "terminate" else {
                throw AWSError.invalidValue(behavior, for: "instanceInitiatedShutdownBehavior")
            }
            instance.shutdownBehavior = behavior
        case "userData":
            let bytes = input.userData?.value ?? []
            instance.userData = try LaunchSettings.userData(bytes.isEmpty ? nil : Base64.encode(bytes))
        case "groupSet": try InstanceNetwork.setGroups(input.groups ?? [], of: instance, context)
        case "blockDeviceMapping": try changeMappings(input.blockDeviceMappings ?? [], of: instance, context)
        case "enaSupport": instance.options.enaSupport = input.enaSupport?.value == false ? false : nil
        case "sriovNetSupport":
            // Every HVM instance has `simple`, and it cannot be disabled.
            let value = input.sriovNetSupport?.value ?? ""
            guard value == "simple" else { throw AWSError.invalidValue(value, for: "sriovNetSupport") }
        case "enclaveOptions":
            let isEnclave = input.enclaveOptions?.enabled ?? false
            if isEnclave, InstanceTypeTable.figures(of: instance.type)?.has("e") != true {
                throw AWSError(
                    "UnsupportedOperation", "The instance type \(instance.type) does not support Nitro Enclaves.")
            }
            instance.isEnclave = isEnclave
        default: throw AWSError.onlyParavirtual(name)
        }
    }

    private func retype(_ instance: inout InstanceRecord, _ name: String) throws {
        guard let type = InstanceTypeTable.figures(of: name) else {
            throw AWSError("InvalidInstanceAttributeValue", "Invalid value '\(name)' for InstanceType.")
        }
        guard type.architectures.contains(instance.architecture) else {
            throw AWSError(
                "InvalidParameterCombination",
                "The architecture '\(type.architectures.first ?? "")' of the specified instance type does not match the architecture "
                    + "'\(instance.architecture)' of the specified AMI.")
        }
        instance.type = name
        instance.coreCount = type.cores
        instance.threadsPerCore = type.threadsPerCore
        instance.credits = type.isBurstable ? (type.family == "t2" ? "standard" : "unlimited") : nil
    }

    private func changeMappings(
        _ mappings: [InstanceBlockDeviceMappingSpecification], of instance: InstanceRecord, _ context: Context
    ) throws {
        let volumes = try VolumeRecord.attached(to: [instance.id], context)[instance.id] ?? []
        for mapping in mappings {
            guard let device = mapping.deviceName, var volume = volumes.first(where: { $0.device == device }) else {
                throw AWSError(
                    "InvalidInstanceAttributeValue", "No device is currently mapped at \(mapping.deviceName ?? "")")
            }
            guard let deletes = mapping.ebs?.deleteOnTermination else { continue }
            volume.deletesOnTermination = deletes
            try volume.writeAttachment(context)
        }
    }
}

extension ModifyInstanceAttributeRequest {
    /// The attributes that the request sets, by the names of DescribeInstanceAttribute.
    fileprivate var givenAttributes: [String] {
        let all: [(String, Bool)] = [
            ("sourceDestCheck", sourceDestCheck != nil), ("disableApiStop", disableApiStop != nil),
            ("disableApiTermination", disableApiTermination != nil), ("ebsOptimized", ebsOptimized != nil),
            ("enaSupport", enaSupport != nil), ("sriovNetSupport", sriovNetSupport != nil),
            ("instanceType", instanceType != nil),
            ("enclaveOptions", enclaveOptions != nil), ("kernel", kernel != nil), ("ramdisk", ramdisk != nil),
            ("userData", userData != nil),
            ("instanceInitiatedShutdownBehavior", instanceInitiatedShutdownBehavior != nil),
            ("groupSet", groups?.isEmpty == false), ("blockDeviceMapping", blockDeviceMappings?.isEmpty == false),
        ]
        return all.filter(\.1).map(\.0)
    }

    /// The request with the older form, `Attribute=…&Value=…`, converted to the newer members.
    fileprivate var withAttributeSpeltOut: ModifyInstanceAttributeRequest {
        get throws {
            guard let attribute, !attribute.rawValue.isEmpty, blockDeviceMappings?.isEmpty != false else { return self }
            guard let value else { throw AWSError.missingParameter("Value") }
            var copy = self
            let flag = AttributeBooleanValue(value: value == "true"), text = AttributeValue(value: value)
            switch attribute.rawValue {
            case "sourceDestCheck": copy.sourceDestCheck = flag
            case "disableApiStop": copy.disableApiStop = flag
            case "disableApiTermination": copy.disableApiTermination = flag
            case "ebsOptimized": copy.ebsOptimized = flag
            case "enaSupport": copy.enaSupport = flag
            case "enclaveOptions": copy.enclaveOptions = .init(enabled: value == "true")
            case "instanceType": copy.instanceType = text
            case "instanceInitiatedShutdownBehavior": copy.instanceInitiatedShutdownBehavior = text
            case "userData": copy.userData = .init(value: Base64.decode(value) ?? [])
            case "kernel": copy.kernel = text
            case "ramdisk": copy.ramdisk = text
            case "sriovNetSupport": copy.sriovNetSupport = text
            default: throw AWSError.unknownAttribute(attribute.rawValue)
            }
            return copy
        }
    }
}

extension AWSError {
    /// Returns the error for attributes of paravirtual instances (kernel, RAM disk), which are not simulated.
    static func onlyParavirtual(_ attribute: String) -> AWSError {
        .invalidCombination(
            "The attribute '\(attribute)' is not supported for instances with a virtualization type of 'hvm'.")
    }

    static func unknownAttribute(_ name: String) -> AWSError {
        AWSError("InvalidParameterValue", "Value (\(name)) for parameter attribute is invalid. Unknown attribute.")
    }
}
