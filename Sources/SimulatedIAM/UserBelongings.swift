import AWSCore
import IAMAPI
import SimulatorCore

/// What a user may have in AWS and nobody can give one here: whoever removes a user asks for it first, and finds none.
extension IAMSimulation {
    public func listSSHPublicKeys(_ input: ListSSHPublicKeysRequest, _ context: Context) throws -> ListSSHPublicKeysResponse {
        _ = try UserRecord.namedOrCaller(input.userName, context)
        return ListSSHPublicKeysResponse(sshPublicKeys: [], isTruncated: false)
    }

    public func listSigningCertificates(
        _ input: ListSigningCertificatesRequest, _ context: Context
    ) throws -> ListSigningCertificatesResponse {
        _ = try UserRecord.namedOrCaller(input.userName, context)
        return ListSigningCertificatesResponse(certificates: [], isTruncated: false)
    }

    public func listServiceSpecificCredentials(
        _ input: ListServiceSpecificCredentialsRequest, _ context: Context
    ) throws -> ListServiceSpecificCredentialsResponse {
        if input.allUsers != true { _ = try UserRecord.namedOrCaller(input.userName, context) }
        return ListServiceSpecificCredentialsResponse(serviceSpecificCredentials: [], isTruncated: false)
    }

    public func listMFADevices(_ input: ListMFADevicesRequest, _ context: Context) throws -> ListMFADevicesResponse {
        _ = try UserRecord.namedOrCaller(input.userName, context)
        return ListMFADevicesResponse(mfaDevices: [], isTruncated: false)
    }

    public func listVirtualMFADevices(
        _ input: ListVirtualMFADevicesRequest, _ context: Context
    ) throws -> ListVirtualMFADevicesResponse {
        ListVirtualMFADevicesResponse(virtualMFADevices: [], isTruncated: false)
    }

    public func deleteLoginProfile(_ input: DeleteLoginProfileRequest, _ context: Context) throws -> EmptyShape {
        let user = try UserRecord.namedOrCaller(input.userName, context)
        throw AWSError.noSuchEntity("Login Profile for User \(user?.name ?? "") cannot be found.")
    }
}
