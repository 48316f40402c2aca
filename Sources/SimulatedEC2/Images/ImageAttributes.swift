import AWSCore
import EC2API
import SimulatorCore

// MARK: Attributes

extension EC2Simulation {
    public func describeImageAttribute(
        _ input: DescribeImageAttributeRequest, _ context: Context
    ) throws -> ImageAttribute {
        guard !input.attribute.rawValue.isEmpty else { throw AWSError.missingParameter("Attribute") }
        let image = try Stored.own(input.imageId, context).shape
        var answer = ImageAttribute(imageId: input.imageId)
        func value(_ text: String?) -> AttributeValue { AttributeValue(value: text) }
        switch input.attribute {
        case .description: answer.description = value(image.description ?? "")
        case .kernel: answer.kernelId = value(image.kernelId)
        case .ramdisk: answer.ramdiskId = value(image.ramdiskId)
        case .launchPermission:
            answer.launchPermissions = try Grants.of(input.imageId, context).map(LaunchPermission.init(grantee:))
        case .productCodes: answer.productCodes = image.productCodes ?? []
        // Deprecated: AWS rejects it for every caller.
        case .blockDeviceMapping: throw AWSError("AuthFailure", "Unauthorized attempt to access restricted resource")
        case .sriovNetSupport: answer.sriovNetSupport = value(image.sriovNetSupport)
        case .bootMode: answer.bootMode = value(image.bootMode?.rawValue)
        case .tpmSupport: answer.tpmSupport = value(image.tpmSupport?.rawValue)
        case .uefiData: answer.uefiData = value(try ImageUefiData.of(input.imageId, context))
        case .lastLaunchedTime: answer.lastLaunchedTime = value(image.lastLaunchedTime)
        case .imdsSupport: answer.imdsSupport = value(image.imdsSupport?.rawValue)
        case .deregistrationProtection: answer.deregistrationProtection = value(image.shownProtection)
        default: throw AWSError.unknownAttribute(input.attribute.rawValue)
        }
        return answer
    }

    public func modifyImageAttribute(_ input: ModifyImageAttributeRequest, _ context: Context) throws -> EmptyShape {
        var image = try Stored.own(input.imageId, context)
        let attribute = input.attribute.flatMap { $0.isEmpty ? nil : $0 }
        if let attribute, !["description", "launchPermission", "imdsSupport", "productCodes"].contains(attribute) {
            throw AWSError.unknownAttribute(attribute)
        }
        if input.productCodes?.isEmpty == false || attribute == "productCodes" {
            throw AWSError.notSimulated("ec2", "ModifyImageAttribute with product codes")
        }
        let changes = try input.changes
        let description = input.description?.value ?? (attribute == "description" ? input.value : nil)
        let support = input.imdsSupport?.value ?? (attribute == "imdsSupport" ? input.value : nil)
        let given = [description != nil, support != nil, !changes.isEmpty].count { $0 }
        guard given == 1 else {
            throw given == 0
                ? AWSError.invalidCombination("No attributes specified.")
                : AWSError.invalidCombination("Fields for multiple attribute types specified")
        }
        if let description {
            try Image.check(description: description)
            image.shape.description = description.isEmpty ? nil : description
            try Resource.ownImage.write(image, context)
        } else if let support {
            guard support == "v2.0" else { throw AWSError.invalidValue(support, for: "imdsSupport") }
            image.shape.imdsSupport = "v2.0"
            try Resource.ownImage.write(image, context)
        } else {
            try ImageSharing.change(image, changes, context)
        }
        return EmptyShape()
    }

    public func resetImageAttribute(_ input: ResetImageAttributeRequest, _ context: Context) throws -> EmptyShape {
        _ = try Stored.own(input.imageId, context)
        guard input.attribute == .launchPermission else { throw AWSError.unknownAttribute(input.attribute.rawValue) }
        try Grants.removeAll(from: input.imageId, context)
        return EmptyShape()
    }

    /// Removes the caller's account from the image's launch permissions.
    public func cancelImageLaunchPermission(
        _ input: CancelImageLaunchPermissionRequest, _ context: Context
    ) throws -> CancelImageLaunchPermissionResult {
        let image = try VisibleImage.get(input.imageId, context)
        let there = context.within(account: image.owner)
        guard !image.isOwn(context), try Grants.of(image.id, there).contains(context.account) else {
            throw AWSError.invalidValue(
                input.imageId, for: "imageId", "The image is not shared with account \(context.account).")
        }
        try Grants.remove(context.account, from: image.id, there)
        return CancelImageLaunchPermissionResult(return: true)
    }
}

// MARK: Sharing

enum ImageSharing {
    fileprivate static func change(_ image: Stored<Image>, _ changes: GrantChanges, _ context: Context) throws {
        let id = image.shape.imageId ?? ""
        for grantee in changes.added + changes.removed { try check(grantee, context) }
        try changes.refuseBeyondLimit()
        if !changes.added.isEmpty {
            guard image.phase != "disabled" else {
                throw AWSError("IncorrectState", "The image '\(id)' is disabled and can't be shared.")
            }
            let encrypted = image.shape.blockDeviceMappings?.contains { $0.ebs?.encrypted == true } ?? false
            if changes.added.contains(Grants.everybody) {
                guard try state(context) == "unblocked" else {
                    throw AWSError(
                        "OperationNotPermitted",
                        "You can't publicly share this image because block public access for AMIs is enabled in this Region. "
                            + "To publicly share the image, you must call the DisableImageBlockPublicAccess API.")
                }
                if encrypted {
                    throw AWSError("OperationNotPermitted", "AMIs with encrypted snapshots cannot be shared publicly")
                }
            }
        }
        try changes.apply(to: id, context)
    }

    private static func check(_ grantee: String, _ context: Context) throws {
        if grantee == Grants.everybody { return }
        if grantee.hasPrefix("arn:") {
            let parts = grantee.split(separator: ":", maxSplits: 5, omittingEmptySubsequences: false)
            let isOrganization =
                parts.count == 6 && parts[2] == "organizations"
                && (parts[5].hasPrefix("organization/o-") || parts[5].hasPrefix("ou/o-"))
            guard isOrganization else { throw AWSError.invalidValue(grantee, for: "organizationArn") }
            return
        }
        guard grantee.isAccountId else {
            throw AWSError("InvalidAMIAttributeItemValue", "Invalid attribute item value \"\(grantee)\" for userId item type.")
        }
    }

    fileprivate static let setting = AccountDocument<GetImageBlockPublicAccessStateResult>("image-block-public-access")

    /// Returns the state. By default sharing is blocked, as for AWS accounts since October 2023.
    static func state(_ context: Context) throws -> String {
        try setting.get(context)?.imageBlockPublicAccessState ?? "block-new-sharing"
    }
}

extension ModifyImageAttributeRequest {
    fileprivate var changes: GrantChanges {
        get throws {
            // Packer sends the accounts in both forms. Only the newer form has the operation.
            let changes = try GrantChanges(
                adding: (launchPermission?.add ?? []).compactMap(\.grantee),
                removing: (launchPermission?.remove ?? []).compactMap(\.grantee),
                named: (userIds ?? []) + (userGroups ?? []) + (organizationArns ?? []) + (organizationalUnitArns ?? []),
                operationType, needsOperation: launchPermission == nil)
            if let group = (userGroups ?? []).first(where: { $0 != Grants.everybody }) {
                throw AWSError(
                    "InvalidAMIAttributeItemValue", "Invalid attribute item value \"\(group)\" for group item type.")
            }
            return changes
        }
    }
}

extension LaunchPermission {
    fileprivate init(grantee: String) {
        self.init()
        if grantee == Grants.everybody {
            group = .all
        } else if grantee.hasPrefix("arn:") {
            if grantee.contains(":ou/") { organizationalUnitArn = grantee } else { organizationArn = grantee }
        } else {
            userId = grantee
        }
    }

    fileprivate var grantee: String? { userId ?? group?.rawValue ?? organizationArn ?? organizationalUnitArn }
}

// MARK: Block public access

extension EC2Simulation {
    public func getImageBlockPublicAccessState(
        _ input: GetImageBlockPublicAccessStateRequest, _ context: Context
    ) throws -> GetImageBlockPublicAccessStateResult {
        GetImageBlockPublicAccessStateResult(
            imageBlockPublicAccessState: try ImageSharing.state(context), managedBy: .account)
    }

    public func enableImageBlockPublicAccess(
        _ input: EnableImageBlockPublicAccessRequest, _ context: Context
    ) throws -> EnableImageBlockPublicAccessResult {
        try ImageSharing.setting.set(
            .init(imageBlockPublicAccessState: input.imageBlockPublicAccessState.rawValue), context)
        return EnableImageBlockPublicAccessResult(imageBlockPublicAccessState: input.imageBlockPublicAccessState)
    }

    public func disableImageBlockPublicAccess(
        _ input: DisableImageBlockPublicAccessRequest, _ context: Context
    ) throws -> DisableImageBlockPublicAccessResult {
        try ImageSharing.setting.set(.init(imageBlockPublicAccessState: "unblocked"), context)
        return DisableImageBlockPublicAccessResult(imageBlockPublicAccessState: .unblocked)
    }
}
