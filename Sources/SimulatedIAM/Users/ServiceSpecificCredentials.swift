import AWSCore
import IAMAPI
import SimulatorCore

/// User names and passwords that some services take instead of access keys.
enum ServiceCredentials {
    static let kind = IAMDocumentKind<ServiceSpecificCredential>("service-credential")
    static let limit = 2
    /// Services that use a user name and password, and services that use an alias and a secret.
    private static let named: Set = ["codecommit.amazonaws.com", "cassandra.amazonaws.com"]
    private static let aliased: Set = ["bedrock.amazonaws.com", "logs.amazonaws.com"]

    typealias Document = IAMDocumentKind<ServiceSpecificCredential>.Document

    static func make(
        _ service: String, for user: UserRecord, id: String, days: Int?, _ context: Context
    ) throws -> ServiceSpecificCredential {
        var shape = ServiceSpecificCredential(
            createDate: context.now, serviceName: service, serviceSpecificCredentialId: id, userName: user.name,
            status: .active)
        if named.contains(service) {
            guard days == nil else {
                throw AWSError.validation("CredentialAgeDays is not supported for \(service).")
            }
            shape.serviceUserName = "\(user.name)-at-\(context.account)"
            shape.servicePassword = AccessKeyId.secret(context) + "="
        } else if aliased.contains(service) {
            let kind = service.prefix { $0 != "." } == "bedrock" ? "BedrockAPIKey" : "LogsAPIKey"
            shape.serviceCredentialAlias = "\(kind)-\(context.ids.hex(4))-at-\(context.account)"
            shape.serviceCredentialSecret =
                "ABSK" + Base64.encode(Bytes("\(shape.serviceCredentialAlias ?? ""):\(AccessKeyId.secret(context))".utf8))
            shape.expirationDate = days.map { context.now + .days(Int64($0)) }
        } else {
            throw AWSError(
                "NotSupportedService", status: 404,
                "The service \(service) is not supported for service-specific credentials.")
        }
        return shape
    }

    /// Returns the credential without the secrets that are shown only at creation.
    static func withoutSecrets(_ shape: ServiceSpecificCredential) -> ServiceSpecificCredential {
        var shape = shape
        shape.servicePassword = nil
        shape.serviceCredentialSecret = nil
        return shape
    }

    static func named(_ id: String, _ userName: String?, _ context: Context) throws -> (Document, UserRecord) {
        guard let user = try UserRecord.namedOrCaller(userName, context) else { throw AWSError.userNameNeeded }
        guard let found = try kind.find(id, context), found.owner == user.id else {
            throw AWSError.noSuchEntity("No such credential \(id) exists")
        }
        return (found, user)
    }
}

extension IAMSimulation {
    public func createServiceSpecificCredential(
        _ input: CreateServiceSpecificCredentialRequest, _ context: Context
    ) throws -> CreateServiceSpecificCredentialResponse {
        let user = try UserRecord.named(input.userName, context)
        let id = context.ids.iam("ACCA")
        let shape = try ServiceCredentials.make(
            input.serviceName, for: user, id: id, days: input.credentialAgeDays, context)
        let others = try ServiceCredentials.kind.all(owner: user.id, context)
            .filter { $0.content.serviceName == input.serviceName }
        guard others.count < ServiceCredentials.limit else {
            throw AWSError.quotaExceeded("ServiceSpecificCredentialsPerUser", ServiceCredentials.limit)
        }
        var first = shape
        // The first credential has the plain user name; the next one has a number added.
        if let name = shape.serviceUserName, others.contains(where: { $0.content.serviceUserName == name }) {
            first.serviceUserName = "\(user.name)+1-at-\(context.account)"
        }
        try ServiceCredentials.kind.insert(ServiceCredentials.withoutSecrets(first), id: id, owner: user.id, context)
        return CreateServiceSpecificCredentialResponse(serviceSpecificCredential: first)
    }

    public func listServiceSpecificCredentials(
        _ input: ListServiceSpecificCredentialsRequest, _ context: Context
    ) throws -> ListServiceSpecificCredentialsResponse {
        let owner = input.allUsers == true ? nil : try UserRecord.namedOrCaller(input.userName, context)?.id
        if input.allUsers != true, owner == nil {
            return ListServiceSpecificCredentialsResponse(serviceSpecificCredentials: [])
        }
        let found = try ServiceCredentials.kind.all(owner: owner, context)
            .filter { input.serviceName == nil || $0.content.serviceName == input.serviceName }
        let page = try IAMPage(found, by: \.id, marker: input.marker, maxItems: input.maxItems)
        return ListServiceSpecificCredentialsResponse(
            serviceSpecificCredentials: page.items.map(\.content.metadata), marker: page.marker,
            isTruncated: page.isTruncated)
    }

    public func updateServiceSpecificCredential(
        _ input: UpdateServiceSpecificCredentialRequest, _ context: Context
    ) throws -> EmptyShape {
        var (found, _) = try ServiceCredentials.named(input.serviceSpecificCredentialId, input.userName, context)
        found.content.status = try StatusType.settable(input.status)
        try ServiceCredentials.kind.update(found, context)
        return EmptyShape()
    }

    public func resetServiceSpecificCredential(
        _ input: ResetServiceSpecificCredentialRequest, _ context: Context
    ) throws -> ResetServiceSpecificCredentialResponse {
        var (found, user) = try ServiceCredentials.named(input.serviceSpecificCredentialId, input.userName, context)
        let fresh = try ServiceCredentials.make(
            found.content.serviceName ?? "", for: user, id: found.id, days: nil, context)
        var shape = found.content
        shape.servicePassword = fresh.servicePassword
        shape.serviceCredentialSecret = fresh.serviceCredentialSecret
        shape.status = .active
        found.content = ServiceCredentials.withoutSecrets(shape)
        try ServiceCredentials.kind.update(found, context)
        return ResetServiceSpecificCredentialResponse(serviceSpecificCredential: shape)
    }

    public func deleteServiceSpecificCredential(
        _ input: DeleteServiceSpecificCredentialRequest, _ context: Context
    ) throws -> EmptyShape {
        let (found, _) = try ServiceCredentials.named(input.serviceSpecificCredentialId, input.userName, context)
        try ServiceCredentials.kind.delete(found.id, context)
        return EmptyShape()
    }
}

extension ServiceSpecificCredential {
    fileprivate var metadata: ServiceSpecificCredentialMetadata {
        ServiceSpecificCredentialMetadata(
            userName: userName, status: status, serviceUserName: serviceUserName,
            serviceCredentialAlias: serviceCredentialAlias, createDate: createDate, expirationDate: expirationDate,
            serviceSpecificCredentialId: serviceSpecificCredentialId, serviceName: serviceName)
    }
}
