import AWSCore
import Crypto
import GRDB
import IAMAPI
import SimulatorCore

/// MFA devices: virtual ones, whose seed IAM creates, and hardware tokens with a factory seed. Only AWS knows a token's seed;
/// here it is the ASCII text of its serial number.
enum MFADevices {
    static let kind = IAMDocumentKind<VirtualMFADevice>("mfa-device")
    static let limitPerUser = 8

    typealias Document = IAMDocumentKind<VirtualMFADevice>.Document

    static func isVirtual(_ serial: String) -> Bool { serial.isARN && serial.contains(":mfa/") }

    static func named(_ serial: String, _ context: Context) throws -> Document {
        guard let found = try kind.find(serial, context) else { throw noSuch(serial) }
        return found
    }

    static func noSuch(_ serial: String) -> AWSError {
        .noSuchEntity(
            isVirtual(serial)
                ? "VirtualMFADevice with serial number \(serial) doesn't exist."
                : "Device with serial number \(serial) doesn't exist.")
    }

    /// Returns the user's device with this serial number.
    static func named(_ serial: String, of user: UserRecord?, _ context: Context) throws -> Document {
        guard let found = try kind.find(serial, context), found.owner == user?.id ?? context.account else {
            throw noSuch(serial)
        }
        return found
    }

    static func key(_ found: Document) -> Bytes {
        found.secret["seed"]?.string.flatMap { Base64.decode($0) } ?? Bytes(found.id.utf8)
    }

    private static func last(_ found: Document) -> Int64 {
        if case .integer(let step)? = found.secret["last"] { return step }
        return 0
    }

    private static func noting(_ step: Int64, _ found: Document) -> Node {
        .object([
            .init("seed", found.secret["seed"] ?? .null), .init("last", .integer(step)),
        ])
    }

    /// Checks two consecutive codes of the device.
    static func prove(_ first: String, _ second: String, _ found: inout Document, _ context: Context) throws {
        let key = key(found)
        guard let step = OneTimePassword.step(of: first, key, after: 0, now: context.now),
            OneTimePassword.code(key, step: step + 1) == second
        else {
            throw AWSError(
                "InvalidAuthenticationCode", status: 403, "Authentication code for device is not valid.",
                explanation: "Two consecutive codes are required, by the simulated clock (\(context.now)).")
        }
        found.secret = noting(step + 1, found)
    }

    /// Checks a code for a session. Each code is valid once.
    /// - Throws: AWS's error if the device is not the caller's or the code is wrong.
    static func authenticate(_ serial: String?, _ code: String?, _ context: Context) throws -> Instant? {
        guard serial != nil || code != nil else { return nil }
        guard let serial, let code else {
            throw AWSError.accessDenied(
                "MultiFactorAuthentication failed, must provide both MFA serial number and one time pass code.")
        }
        let owner: String
        switch context.caller.kind {
        case .user: owner = context.caller.userId
        case .root: owner = context.account
        default: owner = ""
        }
        guard !context.caller.usesTemporaryCredentials, var found = try kind.find(serial, context), found.owner == owner else {
            throw AWSError.accessDenied(
                "MultiFactorAuthentication failed, unable to validate MFA code.  Please verify your MFA serial number is valid and "
                    + "associated with this user.")
        }
        guard let step = OneTimePassword.step(of: code, key(found), after: last(found), now: context.now) else {
            throw AWSError.accessDenied(
                "MultiFactorAuthentication failed with invalid MFA one time pass code. ",
                explanation: "The code is not the device's at \(context.now), the simulated clock's time, or was used before.")
        }
        found.secret = noting(step, found)
        try kind.update(found, context)
        return context.now
    }

    /// Returns a device's user; nil if it is unassigned or belongs to the account's root user.
    static func user(_ found: Document, _ context: Context) throws -> UserRecord? {
        try UserRecord.find(id: found.owner, context)
    }
}

extension IAMSimulation {
    public func createVirtualMFADevice(
        _ input: CreateVirtualMFADeviceRequest, _ context: Context
    ) throws -> CreateVirtualMFADeviceResponse {
        let path = input.path ?? "/"
        let serial = context.iamArn("mfa", path: path, name: input.virtualMFADeviceName)
        if try MFADevices.kind.find(serial, context) != nil {
            throw AWSError.alreadyExists("MFADevice entity at the same path and name already exists.")
        }
        let seed = context.configuration.ids(for: .mfaSeed, else: context.ids).bytes(40)
        try MFADevices.kind.insert(
            VirtualMFADevice(serialNumber: serial), id: serial,
            secret: .object([.init("seed", .string(Base64.encode(seed))), .init("last", .integer(0))]), context)
        try IAMTags.set(input.tags, on: serial, context)
        let text = OneTimePassword.base32(seed)
        let tags = try IAMTags.shapes(serial, context)
        let address =
            "otpauth://totp/Amazon%20Web%20Services:\(input.virtualMFADeviceName)@\(context.account)?secret=\(text)"
            + "&issuer=Amazon%20Web%20Services"
        return CreateVirtualMFADeviceResponse(
            virtualMFADevice: VirtualMFADevice(
                serialNumber: serial, base32StringSeed: Bytes(text.utf8), qrCodePNG: QRCode(address)?.png,
                tags: tags.isEmpty ? nil : tags))
    }

    public func deleteVirtualMFADevice(_ input: DeleteVirtualMFADeviceRequest, _ context: Context) throws -> EmptyShape {
        let found = try MFADevices.named(input.serialNumber, context)
        guard found.owner.isEmpty else {
            throw AWSError.deleteConflict("MFA VirtualDevice in use. Must deactivate first.")
        }
        try IAMTags.removeAll(from: found.id, context)
        try MFADevices.kind.delete(found.id, context)
        return EmptyShape()
    }

    public func enableMFADevice(_ input: EnableMFADeviceRequest, _ context: Context) throws -> EmptyShape {
        let user = try UserRecord.named(input.userName, context)
        let serial = input.serialNumber
        if !MFADevices.isVirtual(serial), try MFADevices.kind.find(serial, context) == nil {
            try MFADevices.kind.insert(VirtualMFADevice(serialNumber: serial), id: serial, context)
        }
        var found = try MFADevices.named(serial, context)
        guard found.owner.isEmpty else {
            throw AWSError.alreadyExists("MFA Device is already in use.")
        }
        guard try MFADevices.kind.count(owner: user.id, context) < MFADevices.limitPerUser else {
            throw AWSError.quotaExceeded("MFADevicesPerUser", MFADevices.limitPerUser)
        }
        try MFADevices.prove(input.authenticationCode1, input.authenticationCode2, &found, context)
        found.owner = user.id
        found.content.enableDate = context.now
        try MFADevices.kind.update(found, context)
        return EmptyShape()
    }

    public func deactivateMFADevice(_ input: DeactivateMFADeviceRequest, _ context: Context) throws -> EmptyShape {
        let user = try UserRecord.namedOrCaller(input.userName, context)
        var found = try MFADevices.named(input.serialNumber, of: user, context)
        guard MFADevices.isVirtual(found.id) else {
            try MFADevices.kind.delete(found.id, context)
            return EmptyShape()
        }
        found.owner = ""
        found.content.enableDate = nil
        try MFADevices.kind.update(found, context)
        return EmptyShape()
    }

    public func resyncMFADevice(_ input: ResyncMFADeviceRequest, _ context: Context) throws -> EmptyShape {
        var found = try MFADevices.named(input.serialNumber, of: try UserRecord.named(input.userName, context), context)
        try MFADevices.prove(input.authenticationCode1, input.authenticationCode2, &found, context)
        try MFADevices.kind.update(found, context)
        return EmptyShape()
    }

    public func getMFADevice(_ input: GetMFADeviceRequest, _ context: Context) throws -> GetMFADeviceResponse {
        let found: MFADevices.Document
        if let name = input.userName {
            found = try MFADevices.named(input.serialNumber, of: try UserRecord.named(name, context), context)
        } else {
            found = try MFADevices.named(input.serialNumber, context)
        }
        return GetMFADeviceResponse(
            userName: try MFADevices.user(found, context)?.name, serialNumber: found.id,
            enableDate: found.content.enableDate)
    }

    public func listMFADevices(_ input: ListMFADevicesRequest, _ context: Context) throws -> ListMFADevicesResponse {
        let user = try UserRecord.namedOrCaller(input.userName, context)
        let page = try IAMPage(
            try MFADevices.kind.all(owner: user?.id ?? context.account, context), by: \.id, marker: input.marker,
            maxItems: input.maxItems)
        return ListMFADevicesResponse(
            mfaDevices: page.items.map {
                MFADevice(userName: user?.name, serialNumber: $0.id, enableDate: $0.content.enableDate)
            }, isTruncated: page.isTruncated, marker: page.marker)
    }

    public func listVirtualMFADevices(
        _ input: ListVirtualMFADevicesRequest, _ context: Context
    ) throws -> ListVirtualMFADevicesResponse {
        let devices = try MFADevices.kind.all(context).filter { device in
            guard MFADevices.isVirtual(device.id) else { return false }
            switch input.assignmentStatus {
            case .assigned?: return !device.owner.isEmpty
            case .unassigned?: return device.owner.isEmpty
            default: return true
            }
        }
        let page = try IAMPage(devices, by: \.id, marker: input.marker, maxItems: input.maxItems)
        return ListVirtualMFADevicesResponse(
            virtualMFADevices: try page.items.map { device in
                VirtualMFADevice(
                    serialNumber: device.id, user: try MFADevices.user(device, context)?.summary,
                    enableDate: device.content.enableDate)
            }, isTruncated: page.isTruncated, marker: page.marker)
    }

    public func tagMFADevice(_ input: TagMFADeviceRequest, _ context: Context) throws -> EmptyShape {
        try IAMTags.set(input.tags, on: try MFADevices.named(input.serialNumber, context).id, context)
        return EmptyShape()
    }

    public func untagMFADevice(_ input: UntagMFADeviceRequest, _ context: Context) throws -> EmptyShape {
        try IAMTags.remove(input.tagKeys, from: try MFADevices.named(input.serialNumber, context).id, context)
        return EmptyShape()
    }

    public func listMFADeviceTags(_ input: ListMFADeviceTagsRequest, _ context: Context) throws -> ListMFADeviceTagsResponse {
        let resource = try MFADevices.named(input.serialNumber, context).id
        let page = try IAMTags.page(of: resource, marker: input.marker, maxItems: input.maxItems, context)
        return ListMFADeviceTagsResponse(tags: page.items, isTruncated: page.isTruncated, marker: page.marker)
    }
}
