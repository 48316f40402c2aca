import AWSCore
import Foundation
import IAMAPI
import SimulatorCore

/// SAML 2.0 identity providers.
enum SAMLProviders {
    static let kind = IAMDocumentKind<GetSAMLProviderResponse>("saml-provider")
    static let limit = 100

    typealias Document = IAMDocumentKind<GetSAMLProviderResponse>.Document

    static func named(_ arn: String, _ context: Context) throws -> Document {
        guard arn.isARN, arn.contains(":saml-provider/") else { throw AWSError.validation("Invalid ARN: \(arn)") }
        guard let found = try kind.find(arn, context) else {
            throw AWSError.noSuchEntity("SAMLProvider \(arn) not found")
        }
        return found
    }

    /// Checks that a text is an identity provider's metadata.
    /// - Throws: `InvalidInput` if it is not.
    static func check(_ text: String) throws {
        guard (try? SAMLMetadata(text)) != nil else { throw AWSError.invalidInput("Could not parse metadata") }
    }
}

extension IAMSimulation: SAMLProviderDirectory {
    public func hasSAMLProvider(_ arn: String, _ context: Context) throws -> Bool {
        try SAMLProviders.kind.find(arn, context) != nil
    }
}

extension IAMSimulation {
    public func createSAMLProvider(_ input: CreateSAMLProviderRequest, _ context: Context) throws -> CreateSAMLProviderResponse
    {
        if input.contextProvider != nil || input.identityCenterInstanceArn != nil {
            throw AWSError.notSimulated("iam", "CreateSAMLProvider with IAM Identity Center")
        }
        if input.assertionEncryptionMode != nil || input.addPrivateKey != nil {
            throw AWSError.notSimulated("iam", "CreateSAMLProvider with encrypted assertions")
        }
        let arn = "arn:\(context.partition):iam::\(context.account):saml-provider/\(input.name)"
        if try SAMLProviders.kind.find(arn, context) != nil {
            throw AWSError.alreadyExists("SAML Provider with name \(input.name) already exists.")
        }
        guard try SAMLProviders.kind.count(context) < SAMLProviders.limit else {
            throw AWSError.quotaExceeded("SAMLProvidersPerAccount", SAMLProviders.limit)
        }
        try SAMLProviders.check(input.samlMetadataDocument)
        try SAMLProviders.kind.insert(
            GetSAMLProviderResponse(
                samlProviderUUID: context.ids.iam("ASPA"), samlMetadataDocument: input.samlMetadataDocument,
                createDate: context.now, validUntil: context.now + .days(36_500)), id: arn, context)
        try IAMTags.set(input.tags, on: arn, context)
        let tags = try IAMTags.shapes(arn, context)
        return CreateSAMLProviderResponse(samlProviderArn: arn, tags: tags.isEmpty ? nil : tags)
    }

    public func getSAMLProvider(_ input: GetSAMLProviderRequest, _ context: Context) throws -> GetSAMLProviderResponse {
        var shape = try SAMLProviders.named(input.samlProviderArn, context).content
        let tags = try IAMTags.shapes(input.samlProviderArn, context)
        shape.tags = tags.isEmpty ? nil : tags
        return shape
    }

    public func listSAMLProviders(_ input: ListSAMLProvidersRequest, _ context: Context) throws -> ListSAMLProvidersResponse {
        ListSAMLProvidersResponse(
            samlProviderList: try SAMLProviders.kind.all(context).map {
                SAMLProviderListEntry(arn: $0.id, validUntil: $0.content.validUntil, createDate: $0.content.createDate)
            })
    }

    public func updateSAMLProvider(_ input: UpdateSAMLProviderRequest, _ context: Context) throws -> UpdateSAMLProviderResponse
    {
        var found = try SAMLProviders.named(input.samlProviderArn, context)
        if input.assertionEncryptionMode != nil || input.addPrivateKey != nil || input.removePrivateKey != nil {
            throw AWSError.notSimulated("iam", "UpdateSAMLProvider with encrypted assertions")
        }
        guard let document = input.samlMetadataDocument else {
            throw AWSError.invalidInput(
                "At least one of SAMLMetadataDocument, AssertionEncryptionMode, AddPrivateKey or "
                    + "RemovePrivateKey must be specified.")
        }
        try SAMLProviders.check(document)
        found.content.samlMetadataDocument = document
        try SAMLProviders.kind.update(found, context)
        return UpdateSAMLProviderResponse(samlProviderArn: found.id)
    }

    public func deleteSAMLProvider(_ input: DeleteSAMLProviderRequest, _ context: Context) throws -> EmptyShape {
        let found = try SAMLProviders.named(input.samlProviderArn, context)
        try IAMTags.removeAll(from: found.id, context)
        try SAMLProviders.kind.delete(found.id, context)
        return EmptyShape()
    }

    public func tagSAMLProvider(_ input: TagSAMLProviderRequest, _ context: Context) throws -> EmptyShape {
        try IAMTags.set(input.tags, on: try SAMLProviders.named(input.samlProviderArn, context).id, context)
        return EmptyShape()
    }

    public func untagSAMLProvider(_ input: UntagSAMLProviderRequest, _ context: Context) throws -> EmptyShape {
        try IAMTags.remove(input.tagKeys, from: try SAMLProviders.named(input.samlProviderArn, context).id, context)
        return EmptyShape()
    }

    public func listSAMLProviderTags(
        _ input: ListSAMLProviderTagsRequest, _ context: Context
    ) throws -> ListSAMLProviderTagsResponse {
        let resource = try SAMLProviders.named(input.samlProviderArn, context).id
        let page = try IAMTags.page(of: resource, marker: input.marker, maxItems: input.maxItems, context)
        return ListSAMLProviderTagsResponse(tags: page.items, isTruncated: page.isTruncated, marker: page.marker)
    }
}
