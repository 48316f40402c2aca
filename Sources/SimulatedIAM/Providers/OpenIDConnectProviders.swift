import AWSCore
import IAMAPI
import SimulatorCore

/// OpenID Connect identity providers, such as GitHub Actions or an EKS cluster.
enum OIDCProviders {
    static let kind = IAMDocumentKind<GetOpenIDConnectProviderResponse>("oidc-provider")
    static let limit = 100, clientLimit = 100, thumbprintLimit = 5

    typealias Document = IAMDocumentKind<GetOpenIDConnectProviderResponse>.Document

    static func named(_ arn: String, _ context: Context) throws -> Document {
        guard arn.isARN, arn.contains(":oidc-provider/") else { throw AWSError.validation("Invalid ARN: \(arn)") }
        guard let found = try kind.find(arn, context) else {
            throw AWSError.noSuchEntity("OpenIDConnect Provider not found for arn \(arn)")
        }
        return found
    }

    /// Returns the URL without `https://`, as trust policies name the provider and as its condition keys
    /// begin.
    static func host(of url: String) throws -> String {
        guard url.hasPrefix("https://"), url.utf8.count > 8, !url.contains("?"), !url.contains("#"),
            !url.dropFirst(8).prefix(while: { $0 != "/" }).contains("@")
        else { throw AWSError.validation("Invalid Open ID Connect Provider URL") }
        var host = url.dropFirst(8)
        if host.hasSuffix("/") { host = host.dropLast() }
        return String(host)
    }

    static func check(thumbprints: [String]) throws {
        guard thumbprints.count <= thumbprintLimit else {
            throw AWSError.invalidInput("Thumbprint list must contain fewer than \(thumbprintLimit) entries.")
        }
        for thumbprint in thumbprints where !thumbprint.utf8.allSatisfy({ Self.isHex($0) }) {
            throw AWSError.invalidInput("Thumbprint must be 40 hexadecimal digits.")
        }
    }

    private static func isHex(_ byte: UInt8) -> Bool {
        (48...57).contains(byte) || (65...70).contains(byte) || (97...102).contains(byte)
    }
}

extension IAMSimulation {
    public func createOpenIDConnectProvider(
        _ input: CreateOpenIDConnectProviderRequest, _ context: Context
    ) throws -> CreateOpenIDConnectProviderResponse {
        if input.contextProvider != nil || input.identityCenterInstanceArn != nil {
            throw AWSError.notSimulated("iam", "CreateOpenIDConnectProvider with IAM Identity Center")
        }
        let host = try OIDCProviders.host(of: input.url)
        let arn = "arn:\(context.partition):iam::\(context.account):oidc-provider/\(host)"
        if try OIDCProviders.kind.find(arn, context) != nil {
            throw AWSError.alreadyExists("Provider with url \(input.url) already exists.")
        }
        guard try OIDCProviders.kind.count(context) < OIDCProviders.limit else {
            throw AWSError.quotaExceeded("OpenIdConnectProvidersPerAccount", OIDCProviders.limit)
        }
        try OIDCProviders.check(thumbprints: input.thumbprintList ?? [])
        guard (input.clientIDList ?? []).count <= OIDCProviders.clientLimit else {
            throw AWSError.quotaExceeded("ClientIdsPerOpenIdConnectProvider", OIDCProviders.clientLimit)
        }
        let shape = GetOpenIDConnectProviderResponse(
            url: host, clientIDList: input.clientIDList ?? [], thumbprintList: input.thumbprintList ?? [],
            createDate: context.now)
        try OIDCProviders.kind.insert(shape, id: arn, context)
        try IAMTags.set(input.tags, on: arn, context)
        let tags = try IAMTags.shapes(arn, context)
        return CreateOpenIDConnectProviderResponse(openIDConnectProviderArn: arn, tags: tags.isEmpty ? nil : tags)
    }

    public func getOpenIDConnectProvider(
        _ input: GetOpenIDConnectProviderRequest, _ context: Context
    ) throws -> GetOpenIDConnectProviderResponse {
        var shape = try OIDCProviders.named(input.openIDConnectProviderArn, context).content
        let tags = try IAMTags.shapes(input.openIDConnectProviderArn, context)
        shape.tags = tags.isEmpty ? nil : tags
        return shape
    }

    public func listOpenIDConnectProviders(
        _ input: ListOpenIDConnectProvidersRequest, _ context: Context
    ) throws -> ListOpenIDConnectProvidersResponse {
        ListOpenIDConnectProvidersResponse(
            openIDConnectProviderList: try OIDCProviders.kind.all(context).map { OpenIDConnectProviderListEntry(arn: $0.id) })
    }

    /// Not simulated: there is no IAM Identity Center to propagate identities to.
    public func updateOpenIDConnectProvider(
        _ input: UpdateOpenIDConnectProviderRequest, _ context: Context
    ) throws -> EmptyShape {
        _ = try OIDCProviders.named(input.openIDConnectProviderArn, context)
        throw AWSError.notSimulated("iam", "UpdateOpenIDConnectProvider with IAM Identity Center")
    }

    public func updateOpenIDConnectProviderThumbprint(
        _ input: UpdateOpenIDConnectProviderThumbprintRequest, _ context: Context
    ) throws -> EmptyShape {
        var found = try OIDCProviders.named(input.openIDConnectProviderArn, context)
        try OIDCProviders.check(thumbprints: input.thumbprintList)
        found.content.thumbprintList = input.thumbprintList
        try OIDCProviders.kind.update(found, context)
        return EmptyShape()
    }

    /// As in AWS, deleting a missing provider fails even if its ARN is well formed.
    public func deleteOpenIDConnectProvider(
        _ input: DeleteOpenIDConnectProviderRequest, _ context: Context
    ) throws -> EmptyShape {
        let found = try OIDCProviders.named(input.openIDConnectProviderArn, context)
        try IAMTags.removeAll(from: found.id, context)
        try OIDCProviders.kind.delete(found.id, context)
        return EmptyShape()
    }

    public func addClientIDToOpenIDConnectProvider(
        _ input: AddClientIDToOpenIDConnectProviderRequest, _ context: Context
    ) throws -> EmptyShape {
        var found = try OIDCProviders.named(input.openIDConnectProviderArn, context)
        var clients = found.content.clientIDList ?? []
        if clients.contains(input.clientID) { return EmptyShape() }
        guard clients.count < OIDCProviders.clientLimit else {
            throw AWSError.quotaExceeded("ClientIdsPerOpenIdConnectProvider", OIDCProviders.clientLimit)
        }
        clients.append(input.clientID)
        found.content.clientIDList = clients
        try OIDCProviders.kind.update(found, context)
        return EmptyShape()
    }

    /// Removing a missing client id succeeds, as AWS documents.
    public func removeClientIDFromOpenIDConnectProvider(
        _ input: RemoveClientIDFromOpenIDConnectProviderRequest, _ context: Context
    ) throws -> EmptyShape {
        var found = try OIDCProviders.named(input.openIDConnectProviderArn, context)
        found.content.clientIDList = (found.content.clientIDList ?? []).filter { $0 != input.clientID }
        try OIDCProviders.kind.update(found, context)
        return EmptyShape()
    }

    public func tagOpenIDConnectProvider(_ input: TagOpenIDConnectProviderRequest, _ context: Context) throws -> EmptyShape {
        try IAMTags.set(input.tags, on: try OIDCProviders.named(input.openIDConnectProviderArn, context).id, context)
        return EmptyShape()
    }

    public func untagOpenIDConnectProvider(
        _ input: UntagOpenIDConnectProviderRequest, _ context: Context
    ) throws -> EmptyShape {
        try IAMTags.remove(input.tagKeys, from: try OIDCProviders.named(input.openIDConnectProviderArn, context).id, context)
        return EmptyShape()
    }

    public func listOpenIDConnectProviderTags(
        _ input: ListOpenIDConnectProviderTagsRequest, _ context: Context
    ) throws -> ListOpenIDConnectProviderTagsResponse {
        let resource = try OIDCProviders.named(input.openIDConnectProviderArn, context).id
        let page = try IAMTags.page(of: resource, marker: input.marker, maxItems: input.maxItems, context)
        return ListOpenIDConnectProviderTagsResponse(
            tags: page.items, isTruncated: page.isTruncated, marker: page.marker)
    }
}
