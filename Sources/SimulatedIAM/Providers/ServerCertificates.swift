import AWSCore
import Foundation
import IAMAPI
import SimulatorCore

/// Server certificates, such as those of load balancers. They are stored, checked and returned without
/// private keys.
enum ServerCertificates {
    static let kind = IAMDocumentKind<ServerCertificate>("server-certificate")
    static let limit = 20

    typealias Document = IAMDocumentKind<ServerCertificate>.Document

    static func named(_ name: String, _ context: Context) throws -> Document {
        guard let found = try find(name, context) else {
            throw AWSError.noSuchEntity("The Server Certificate with name \(name) cannot be found.")
        }
        return found
    }

    /// Finds a certificate by name, regardless of case, as for all IAM names.
    static func find(_ name: String, _ context: Context) throws -> Document? { try kind.find(name.lowercased(), context) }
}

extension IAMSimulation {
    public func uploadServerCertificate(
        _ input: UploadServerCertificateRequest, _ context: Context
    ) throws -> UploadServerCertificateResponse {
        let name = input.serverCertificateName
        if try ServerCertificates.find(name, context) != nil {
            throw AWSError.alreadyExists("The Server Certificate with name \(name) already exists.")
        }
        guard try ServerCertificates.kind.count(context) < ServerCertificates.limit else {
            throw AWSError.quotaExceeded("ServerCertificatesPerAccount", ServerCertificates.limit)
        }
        let certificate = try CertificateText(input.certificateBody)
        try certificate.check(privateKey: input.privateKey)
        if let chain = input.certificateChain { try certificate.check(chain: chain) }
        let path = input.path ?? "/", id = context.ids.iam("ASCA")
        let metadata = ServerCertificateMetadata(
            path: path, serverCertificateName: name, serverCertificateId: id,
            arn: context.iamArn("server-certificate", path: path, name: name), uploadDate: context.now,
            expiration: certificate.expiresAt)
        try ServerCertificates.kind.insert(
            ServerCertificate(
                serverCertificateMetadata: metadata, certificateBody: input.certificateBody.withoutMargins,
                certificateChain: input.certificateChain?.withoutMargins), id: name.lowercased(),
            secret: .object([.init("privateKey", .string(input.privateKey))]), context)
        try IAMTags.set(input.tags, on: id, context)
        let tags = try IAMTags.shapes(id, context)
        return UploadServerCertificateResponse(serverCertificateMetadata: metadata, tags: tags.isEmpty ? nil : tags)
    }

    public func getServerCertificate(
        _ input: GetServerCertificateRequest, _ context: Context
    ) throws -> GetServerCertificateResponse {
        var shape = try ServerCertificates.named(input.serverCertificateName, context).content
        let tags = try IAMTags.shapes(shape.tagId, context)
        shape.tags = tags.isEmpty ? nil : tags
        return GetServerCertificateResponse(serverCertificate: shape)
    }

    public func listServerCertificates(
        _ input: ListServerCertificatesRequest, _ context: Context
    ) throws -> ListServerCertificatesResponse {
        let all = try ServerCertificates.kind.all(context).compactMap(\.content.serverCertificateMetadata)
            .filter { ($0.path ?? "/").hasPrefix(input.pathPrefix ?? "/") }
        let page = try IAMPage(
            all, by: { ($0.serverCertificateName ?? "").lowercased() }, marker: input.marker, maxItems: input.maxItems)
        return ListServerCertificatesResponse(
            serverCertificateMetadataList: page.items, isTruncated: page.isTruncated, marker: page.marker)
    }

    public func updateServerCertificate(_ input: UpdateServerCertificateRequest, _ context: Context) throws -> EmptyShape {
        var found = try ServerCertificates.named(input.serverCertificateName, context)
        let old = found.content.serverCertificateMetadata
        let name = input.newServerCertificateName ?? old?.serverCertificateName ?? ""
        let path = input.newPath ?? old?.path ?? "/"
        if name.lowercased() != found.id, try ServerCertificates.find(name, context) != nil {
            throw AWSError.alreadyExists("The Server Certificate with name \(name) already exists.")
        }
        found.content.serverCertificateMetadata?.serverCertificateName = name
        found.content.serverCertificateMetadata?.path = path
        found.content.serverCertificateMetadata?.arn = context.iamArn("server-certificate", path: path, name: name)
        try ServerCertificates.kind.update(found, newId: name.lowercased(), context)
        return EmptyShape()
    }

    public func deleteServerCertificate(_ input: DeleteServerCertificateRequest, _ context: Context) throws -> EmptyShape {
        let found = try ServerCertificates.named(input.serverCertificateName, context)
        try IAMTags.removeAll(from: found.content.tagId, context)
        try ServerCertificates.kind.delete(found.id, context)
        return EmptyShape()
    }

    public func tagServerCertificate(_ input: TagServerCertificateRequest, _ context: Context) throws -> EmptyShape {
        let found = try ServerCertificates.named(input.serverCertificateName, context)
        try IAMTags.set(input.tags, on: found.content.tagId, context)
        return EmptyShape()
    }

    public func untagServerCertificate(_ input: UntagServerCertificateRequest, _ context: Context) throws -> EmptyShape {
        let found = try ServerCertificates.named(input.serverCertificateName, context)
        try IAMTags.remove(input.tagKeys, from: found.content.tagId, context)
        return EmptyShape()
    }

    public func listServerCertificateTags(
        _ input: ListServerCertificateTagsRequest, _ context: Context
    ) throws -> ListServerCertificateTagsResponse {
        let found = try ServerCertificates.named(input.serverCertificateName, context)
        let page = try IAMTags.page(of: found.content.tagId, marker: input.marker, maxItems: input.maxItems, context)
        return ListServerCertificateTagsResponse(tags: page.items, isTruncated: page.isTruncated, marker: page.marker)
    }
}

extension String {
    /// The PEM text without surrounding whitespace, as AWS stores it. Terraform compares the text.
    fileprivate var withoutMargins: String { trimmingCharacters(in: .whitespacesAndNewlines) }
}

extension ServerCertificate {
    fileprivate var tagId: String { serverCertificateMetadata?.serverCertificateId ?? "" }
}

// MARK: Signing certificates

enum SigningCertificates {
    static let kind = IAMDocumentKind<SigningCertificate>("signing-certificate")
    static let limit = 2

    static func named(
        _ id: String, _ userName: String?, _ context: Context
    ) throws -> IAMDocumentKind<SigningCertificate>.Document {
        let user = try UserRecord.namedOrCaller(userName, context)
        guard let found = try kind.find(id, context), found.owner == user?.id ?? context.account else {
            throw AWSError.noSuchEntity("The Certificate with id \(id) cannot be found.")
        }
        return found
    }
}

extension IAMSimulation {
    public func uploadSigningCertificate(
        _ input: UploadSigningCertificateRequest, _ context: Context
    ) throws -> UploadSigningCertificateResponse {
        let user = try UserRecord.namedOrCaller(input.userName, context)
        let owner = user?.id ?? context.account
        let certificate = try CertificateText(input.certificateBody)
        guard certificate.expiresAt > context.now else {
            throw AWSError("InvalidCertificate", "The certificate has expired.")
        }
        let others = try SigningCertificates.kind.all(owner: owner, context)
        if others.contains(where: { $0.content.certificateBody == input.certificateBody }) {
            throw AWSError("DuplicateCertificate", status: 409, "The certificate is associated with this user already.")
        }
        guard others.count < SigningCertificates.limit else {
            throw AWSError.quotaExceeded("CertificatesPerUser", SigningCertificates.limit)
        }
        let id = context.ids.string(32, from: IDGenerator.base32Alphabet)
        let shape = SigningCertificate(
            userName: user?.name, certificateId: id, certificateBody: input.certificateBody, status: .active,
            uploadDate: context.now)
        try SigningCertificates.kind.insert(shape, id: id, owner: owner, context)
        return UploadSigningCertificateResponse(certificate: shape)
    }

    public func listSigningCertificates(
        _ input: ListSigningCertificatesRequest, _ context: Context
    ) throws -> ListSigningCertificatesResponse {
        let user = try UserRecord.namedOrCaller(input.userName, context)
        let page = try IAMPage(
            try SigningCertificates.kind.all(owner: user?.id ?? context.account, context), by: \.id, marker: input.marker,
            maxItems: input.maxItems)
        return ListSigningCertificatesResponse(
            certificates: page.items.map(\.content), isTruncated: page.isTruncated, marker: page.marker)
    }

    public func updateSigningCertificate(_ input: UpdateSigningCertificateRequest, _ context: Context) throws -> EmptyShape {
        var found = try SigningCertificates.named(input.certificateId, input.userName, context)
        found.content.status = try StatusType.settable(input.status)
        try SigningCertificates.kind.update(found, context)
        return EmptyShape()
    }

    public func deleteSigningCertificate(_ input: DeleteSigningCertificateRequest, _ context: Context) throws -> EmptyShape {
        let found = try SigningCertificates.named(input.certificateId, input.userName, context)
        try SigningCertificates.kind.delete(found.id, context)
        return EmptyShape()
    }
}
