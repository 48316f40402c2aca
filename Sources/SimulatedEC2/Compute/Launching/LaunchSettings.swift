import AWSCore
import EC2API
import SimulatorCore

/// The settings of a launch besides its network. They are checked against image and type; AWS's defaults fill in the rest.
struct LaunchSettings {
    let visible: VisibleImage
    var image: Image { visible.shape }
    let type: InstanceTypeFigures
    let coreCount, threadsPerCore: Int
    let credits: String?
    let isEbsOptimized: Bool
    let metadata: MetadataOptions
    let userData: String?
    let profile: InstanceProfile?
    let options: InstanceOptions

    init(_ input: RunInstancesRequest, _ context: Context) throws {
        guard let imageId = input.imageId, !imageId.isEmpty else { throw AWSError.missingParameter("ImageId") }
        visible = try VisibleImage.launchable(imageId, context)
        let image = visible.shape
        // The API's default since 2006.
        let typeName = input.instanceType?.rawValue ?? "m1.small"
        let type = try Self.type(named: typeName)
        guard image.rootDeviceType != .instanceStore else {
            throw AWSError.notSimulated("ec2", "RunInstances with an image whose root device is an instance-store volume")
        }
        self.type = type
        try Self.check(type, fits: image, isUnknown: visible.isUnknown)
        if let name = input.keyName, !name.isEmpty, try KeyPairRecord.named(name, context) == nil {
            throw AWSError.keyPairNotFound(name)
        }
        (coreCount, threadsPerCore) = try Self.cpu(input.cpuOptions, type)
        credits = try Self.credits(input.creditSpecification, type, context)
        if input.ebsOptimized == true, type.ebsOptimizedSupport == "unsupported" {
            throw AWSError(
                "InvalidParameterCombination", "EBS-optimized instances are not supported for your requested configuration.")
        }
        isEbsOptimized = input.ebsOptimized ?? false
        metadata = try MetadataOptions(input.metadataOptions, imdsSupport: image.imdsSupport?.rawValue, context)
        userData = try Self.userData(input.userData)
        // Packer sends an empty name for no profile.
        let named = input.iamInstanceProfile.flatMap {
            ($0.arn ?? "").isEmpty && ($0.name ?? "").isEmpty && $0.name != nil ? nil : $0
        }
        profile = try named.map { try InstanceProfile($0, context) }
        var options = try InstanceOptions(input, type, context)
        options.tpmSupport = image.tpmSupport?.rawValue
        options.uefiData = try ImageUefiData.of(imageId, context.within(account: visible.owner))
        self.options = options
        if input.hibernationOptions?.configured == true, !type.has("h") {
            throw AWSError(
                "UnsupportedHibernationConfiguration", "Hibernation is not supported for instance type '\(type.name)'.")
        }
        if input.enclaveOptions?.enabled == true, !type.has("e") {
            throw AWSError("UnsupportedOperation", "The instance type \(type.name) does not support Nitro Enclaves.")
        }
    }

    static func type(named name: String) throws -> InstanceTypeFigures {
        guard let type = InstanceTypeTable.figures(of: name) else {
            throw AWSError("InvalidParameterValue", "Invalid value '\(name)' for InstanceType.")
        }
        return type
    }

    private static func check(_ type: InstanceTypeFigures, fits image: Image, isUnknown: Bool) throws {
        let wanted = image.architecture?.rawValue ?? "i386"
        guard isUnknown || type.architectures.contains(wanted) else {
            let architecture = type.architectures.first { $0 != "i386" } ?? ""
            throw AWSError(
                "InvalidParameterValue",
                "The architecture '\(architecture)' of the specified instance type does not match the architecture "
                    + "'\(wanted)' of the specified AMI. Specify an instance type and an AMI that have matching "
                    + "architectures, and try again. You can use 'describe-instance-types' or 'describe-images' to discover the "
                    + "architecture of the instance type or AMI.")
        }
        guard type.virtualizationTypes.contains(image.virtualizationType?.rawValue ?? "hvm") else {
            throw AWSError(
                "InvalidParameterCombination",
                "Virtualization type '\(image.virtualizationType?.rawValue ?? "")' is not supported for instances of type "
                    + "'\(type.name)'. Please select a different instance type.")
        }
        guard image.virtualizationType != .hvm || type.isCurrentGeneration || type.family != "m1" else {
            throw AWSError(
                "InvalidParameterCombination",
                "Non-Windows instances with a virtualization type of 'hvm' are currently not supported for this instance type : "
                    + type.name)
        }
        if image.bootMode == "uefi", !type.bootModes.contains("uefi") {
            throw AWSError(
                "InvalidParameterCombination", "The instance type '\(type.name)' does not support an AMI with boot mode UEFI.")
        }
    }

    static func cpu(_ options: CpuOptionsRequest?, _ type: InstanceTypeFigures) throws -> (cores: Int, threads: Int) {
        guard let options, options.coreCount != nil || options.threadsPerCore != nil else {
            return (type.cores, type.threadsPerCore)
        }
        guard let cores = options.coreCount, let threads = options.threadsPerCore else {
            throw AWSError(
                "InvalidParameterCombination", "Both CoreCount and ThreadsPerCore must be specified in CpuOptions.")
        }
        guard type.numbers("vc")?.contains(cores) ?? (cores == type.cores),
            type.numbers("vt")?.contains(threads) ?? (threads == type.threadsPerCore)
        else {
            throw AWSError(
                "InvalidParameterCombination",
                "CoreCount \(cores) and ThreadsPerCore \(threads) are not valid for instance type \(type.name).")
        }
        return (cores, threads)
    }

    private static func credits(_ request: CreditSpecificationRequest?, _ type: InstanceTypeFigures, _ context: Context) throws
        -> String?
    {
        guard type.isBurstable else {
            guard request == nil else {
                throw AWSError(
                    "InvalidParameterCombination",
                    "The T2/T3 unlimited specification is not supported for instance type \(type.name).")
            }
            return nil
        }
        guard let credits = request?.cpuCredits else {
            return try CreditOptions.standard(of: String(type.family), context)
        }
        try CreditOptions.check(credits)
        return credits
    }

    /// Checks the user data: at most 16 KiB after decoding.
    static func userData(_ text: String?) throws -> String? {
        guard let text, !text.isEmpty else { return nil }
        guard let bytes = Base64.decode(text) else {
            throw AWSError("InvalidParameterValue", "Invalid BASE64 encoding of user data.")
        }
        guard bytes.count <= 16_384 else { throw AWSError("InvalidParameterValue", "User data is limited to 16384 bytes") }
        return text
    }
}
