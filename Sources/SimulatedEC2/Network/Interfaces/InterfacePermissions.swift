import AWSCore
import EC2API
import SimulatorCore

extension Resource where S == NetworkInterfacePermission {
    static let networkInterfacePermission = Resource(
        ResourceKind(
            "eni-perm", type: "network-interface-permission", code: "InvalidPermissionID",
            notFound: "The network interface permission ID '%' does not exist"),
        untagged: \.networkInterfacePermissionId,
        refers: [.to("network-interface", \.networkInterfaceId, .cascades)],
        filters: [
            "network-interface-permission.aws-account-id": { [$0.awsAccountId] },
            "network-interface-permission.aws-service": { [$0.awsService] },
            "network-interface-permission.network-interface-id": { [$0.networkInterfaceId] },
            "network-interface-permission.permission": { [$0.permission?.rawValue] },
            "network-interface-permission.network-interface-permission-id": { [$0.networkInterfacePermissionId] },
        ])
}

extension EC2Simulation {
    public func createNetworkInterfacePermission(
        _ input: CreateNetworkInterfacePermissionRequest, _ context: Context
    ) throws -> CreateNetworkInterfacePermissionResult {
        let interface = try NetworkInterfaceRecord.ofOnesOwn(input.networkInterfaceId, context)
        let account = input.awsAccountId.flatMap { $0.isEmpty ? nil : $0 }
        let service = input.awsService.flatMap { $0.isEmpty ? nil : $0 }
        switch (account, service) {
        case (nil, nil): throw AWSError("MissingParameter", "Either awsAccountId or awsService must be specified")
        case (_?, _?):
            throw AWSError.invalidCombination("The parameter awsAccountId cannot be used with the parameter awsService")
        case (let account?, nil):
            guard account.isAccountId else {
                throw AWSError.invalidValue(account, for: "awsAccountId")
            }
        default: break
        }
        let present = try Resource.networkInterfacePermission.all(context).map(\.shape)
        guard
            !present.contains(where: {
                $0.networkInterfaceId == interface.id && $0.awsAccountId == account && $0.awsService == service
                    && $0.permission == input.permission
            })
        else {
            throw AWSError(
                "InvalidPermission.Duplicate",
                "The permission \(input.permission.rawValue) already exists for network interface \(interface.id)")
        }
        let made = try context.create(.networkInterfacePermission, input) {
            $0.networkInterfaceId = interface.id
            $0.awsAccountId = account
            $0.awsService = service
            $0.permission = input.permission
            $0.permissionState = NetworkInterfacePermissionState(state: "GRANTED")
        }
        return CreateNetworkInterfacePermissionResult(interfacePermission: made)
    }

    public func deleteNetworkInterfacePermission(
        _ input: DeleteNetworkInterfacePermissionRequest, _ context: Context
    ) throws -> DeleteNetworkInterfacePermissionResult {
        // In AWS, an account that attached the interface would keep it. In Drydock no other account can attach it.
        try context.delete(.networkInterfacePermission, input.networkInterfacePermissionId)
        return DeleteNetworkInterfacePermissionResult(return: true)
    }

    public func describeNetworkInterfacePermissions(
        _ input: DescribeNetworkInterfacePermissionsRequest, _ context: Context
    ) throws -> DescribeNetworkInterfacePermissionsResult {
        let page = try context.describe(
            .networkInterfacePermission, input, ids: input.networkInterfacePermissionIds,
            named: "networkInterfacePermissionIds")
        return DescribeNetworkInterfacePermissionsResult(networkInterfacePermissions: page.items, nextToken: page.nextToken)
    }
}
