import AWSCore
import EC2API
import SimulatorCore

// Creates images from snapshots.

extension EC2Simulation {
    public func registerImage(_ input: RegisterImageRequest, _ context: Context) throws -> RegisterImageResult {
        if input.imageLocation?.isEmpty == false {
            throw AWSError.notSimulated("ec2", "RegisterImage of a manifest in S3, for instances with an instance store root")
        }
        try Image.check(name: input.name, context)
        try Image.check(description: input.description)
        if input.kernelId?.isEmpty == false || input.ramdiskId?.isEmpty == false {
            throw AWSError.notSimulated("ec2", "RegisterImage with a kernel or a RAM disk")
        }
        if input.billingProducts?.isEmpty == false {
            throw AWSError("AuthFailure", "The account is not authorized to specify billing products.")
        }
        let tags = try TagSpecifications(input.tagSpecifications, allowed: .image)
        var image = Resource<Image>.empty
        let id = context.ids.resource("ami")
        image.imageId = id
        image.ownerId = context.account
        image.begin(name: input.name, description: input.description, context)
        image.platformDetails = "Linux/UNIX"
        image.usageOperation = "RunInstances"
        image.virtualizationType = VirtualizationType(input.virtualizationType ?? "paravirtual")
        guard [.hvm, .paravirtual].contains(image.virtualizationType) else {
            throw AWSError.invalidValue(input.virtualizationType ?? "", for: "virtualizationType")
        }
        image.architecture = input.architecture ?? .i386
        if let sriov = input.sriovNetSupport, sriov != "simple" { throw AWSError.invalidValue(sriov, for: "sriovNetSupport") }
        if input.sriovNetSupport != nil || input.enaSupport == true, image.virtualizationType != .hvm {
            throw AWSError.invalidCombination(
                "Enhanced networking is supported only for AMIs with a virtualization type of hvm.")
        }
        image.sriovNetSupport = input.sriovNetSupport
        image.enaSupport = input.enaSupport ?? false
        image.imdsSupport = input.imdsSupport
        try Self.setBoot(input, &image)
        image.rootDeviceName = input.rootDeviceName
        image.blockDeviceMappings = try Self.mappings(input, context)
        try Resource.ownImage.start(image, tags, as: "available", context)
        if let data = input.uefiData { try ImageUefiData.keep(data, of: id, context) }
        return RegisterImageResult(imageId: id)
    }

    private static func setBoot(_ input: RegisterImageRequest, _ image: inout Image) throws {
        image.bootMode = input.bootMode
        if input.architecture == .arm64 {
            guard input.bootMode ?? .uefi == .uefi else {
                throw AWSError.invalidCombination("An AMI with the architecture arm64 supports only the boot mode uefi.")
            }
            image.bootMode = .uefi
        }
        if input.tpmSupport != nil || input.uefiData != nil, image.bootMode != .uefi {
            throw AWSError.invalidCombination("TpmSupport and UefiData are supported only for AMIs with the boot mode uefi.")
        }
        if let data = input.uefiData, Base64.decode(data) == nil {
            throw AWSError("InvalidParameterValue", "Invalid BASE64 encoding of UEFI data.")
        }
        image.tpmSupport = input.tpmSupport
    }

    private static func mappings(_ input: RegisterImageRequest, _ context: Context) throws -> [BlockDeviceMapping] {
        guard let root = input.rootDeviceName, !root.isEmpty else {
            throw input.blockDeviceMappings?.isEmpty == false
                ? AWSError.missingParameter("rootDeviceName") : AWSError.missingParameter("imageLocation")
        }
        var seen: Set<String> = []
        let mappings = try (input.blockDeviceMappings ?? []).map { mapping in
            guard seen.insert(mapping.deviceName ?? "").inserted else {
                throw AWSError(
                    "InvalidBlockDeviceMapping",
                    "The device '\(mapping.deviceName ?? "")' is used in more than one block-device mapping")
            }
            return try Image.checked(mapping, context)
        }
        guard mappings.contains(where: { $0.deviceName == root && $0.ebs?.snapshotId != nil }) else {
            throw AWSError("InvalidBlockDeviceMapping", "No root snapshot specified in device mapping")
        }
        return mappings
    }
}

/// The UEFI variables that an image was registered with.
enum ImageUefiData {
    private static func document(_ image: String) -> AccountDocument<ImageAttribute> { AccountDocument("uefi-data/\(image)") }

    static func keep(_ data: String, of image: String, _ context: Context) throws {
        try document(image).set(ImageAttribute(uefiData: AttributeValue(value: data), imageId: image), context)
    }

    static func of(_ image: String, _ context: Context) throws -> String? {
        try document(image).get(context)?.uefiData?.value
    }

    static func forget(_ image: String, _ context: Context) throws { try document(image).clear(context) }
}
