public import AWSCore
public import HTTPTypes

/// An error of a registry: the registry throws it and writes it as a response; the client parses it.
///
/// https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#error-codes
public struct RegistryError: Error, Sendable, Equatable {
    /// `NAME_UNKNOWN`, `DENIED` …
    public var code: String
    public var status: Int
    public var message: String
    public var detail: Node?
    /// How to authenticate: the value of `WWW-Authenticate`.
    public var challenge: String?
    /// Sent instead of the error document: some registries return 401 with plain text.
    public var plainText: String?
    /// The cause and a remedy, which the registry's message lacks. Goes into the header `x-drydock-explanation`.
    public var explanation: String?
    public var headers: HTTPFields = [:]

    public init(
        _ code: String, status: Int, _ message: String, detail: Node? = nil, challenge: String? = nil,
        plainText: String? = nil, explanation: String? = nil
    ) {
        self.code = code
        self.status = status
        self.message = message
        self.detail = detail
        self.challenge = challenge
        self.plainText = plainText
        self.explanation = explanation
    }
}

extension RegistryError: CustomStringConvertible {
    public var description: String { "\(code) (\(status)): \(message)" }
}

extension RegistryError {
    public static let notFound = RegistryError(
        "NOT_FOUND", status: 404, "404 page not found", plainText: "404 page not found\n")
    public static let methodNotAllowed = RegistryError(
        "UNSUPPORTED", status: 405, "The operation is unsupported.")

    /// The registry does not support the operation (400).
    public static func unsupported(_ message: String = "The operation is unsupported.") -> RegistryError {
        RegistryError("UNSUPPORTED", status: 400, message)
    }

    /// The request needs authentication (401).
    /// - Parameter challenge: the value of `WWW-Authenticate`.
    public static func unauthorized(challenge: String) -> RegistryError {
        RegistryError("UNAUTHORIZED", status: 401, "authentication required", challenge: challenge)
    }

    /// The caller lacks permission (403).
    public static func denied(_ message: String = "requested access to the resource is denied") -> RegistryError {
        RegistryError("DENIED", status: 403, message)
    }

    /// The text is not a repository name (400).
    public static func nameInvalid(_ name: String) -> RegistryError {
        RegistryError("NAME_INVALID", status: 400, "invalid repository name", detail: .object([.init("name", .string(name))]))
    }

    /// The repository does not exist (404).
    public static func nameUnknown(_ name: RepositoryName) -> RegistryError {
        RegistryError(
            "NAME_UNKNOWN", status: 404, "repository name not known to registry",
            detail: .object([.init("name", .string(name.description))]))
    }

    /// The text is not a tag (400).
    public static func tagInvalid(_ tag: String) -> RegistryError {
        RegistryError("TAG_INVALID", status: 400, "manifest tag did not match URI", detail: .string(tag))
    }

    /// The digest is malformed, or not the content's (400).
    public static func digestInvalid(_ message: String) -> RegistryError {
        RegistryError("DIGEST_INVALID", status: 400, "provided digest did not match uploaded content", detail: .string(message))
    }

    /// The repository does not have the blob (404).
    public static func blobUnknown(_ digest: Digest) -> RegistryError {
        RegistryError(
            "BLOB_UNKNOWN", status: 404, "blob unknown to registry",
            detail: .object([.init("digest", .string(digest.description))]))
    }

    public static let blobUploadUnknown = RegistryError("BLOB_UPLOAD_UNKNOWN", status: 404, "blob upload unknown to registry")

    /// The upload cannot be continued or finished (400).
    public static func blobUploadInvalid(_ reason: String) -> RegistryError {
        RegistryError("BLOB_UPLOAD_INVALID", status: 400, "blob upload invalid", detail: .string(reason))
    }

    /// The bytes are out of order.
    public static let rangeInvalid = RegistryError("RANGE_INVALID", status: 416, "invalid content range")

    /// The content does not have the length that its header says (400).
    public static func sizeInvalid(_ reason: String) -> RegistryError {
        RegistryError("SIZE_INVALID", status: 400, "provided length did not match content length", detail: .string(reason))
    }

    /// The repository does not have the manifest (404).
    public static func manifestUnknown(_ reference: ManifestReference) -> RegistryError {
        manifestUnknown("\(reference.kind)=\(reference)")
    }

    /// - Parameter tag: the client's text, which is not a valid tag.
    static func manifestUnknown(tag: String) -> RegistryError { manifestUnknown("tag=\(tag)") }

    private static func manifestUnknown(_ what: String) -> RegistryError {
        RegistryError("MANIFEST_UNKNOWN", status: 404, "manifest unknown", detail: .string("unknown \(what)"))
    }

    /// The manifest cannot be read or contradicts itself (400).
    public static func manifestInvalid(_ reason: String) -> RegistryError {
        RegistryError("MANIFEST_INVALID", status: 400, "manifest invalid", detail: .string(reason))
    }

    /// https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#pushing-manifests
    public static let manifestTooLarge = RegistryError(
        "MANIFEST_INVALID", status: 413, "manifest invalid",
        detail: .string("manifest is larger than \(Manifest.maximumSize) bytes"))

    /// A manifest refers to content that the repository does not have.
    public static func manifestBlobUnknown(_ digest: Digest) -> RegistryError {
        RegistryError(
            "MANIFEST_BLOB_UNKNOWN", status: 404, "manifest references a manifest or blob unknown to registry",
            detail: .object([.init("digest", .string(digest.description))]))
    }

    /// The page's size is not a number that the registry accepts (400).
    public static func paginationInvalid(_ number: String) -> RegistryError {
        RegistryError(
            "PAGINATION_NUMBER_INVALID", status: 400, "invalid number of results requested",
            detail: .object([.init("n", .string(number))]))
    }

    /// The storage is unavailable, for example because the disk is full. The code is distribution's:
    /// https://github.com/distribution/distribution/blob/v3.0.0/registry/api/errcode/register.go
    public static func unavailable(_ failure: StorageFailure) -> RegistryError {
        var error = RegistryError("UNAVAILABLE", status: 503, "service unavailable", explanation: "\(failure).")
        error.headers[.retryAfter] = String(StorageFailure.retryAfter.components.seconds)
        return error
    }

    /// An internal error of Drydock.
    public static func unknown(_ error: any Error) -> RegistryError {
        if let failure = error as? StorageFailure { return unavailable(failure) }
        return RegistryError("UNKNOWN", status: 500, "unknown error", explanation: "\(error)")
    }
}

extension ManifestReference {
    fileprivate var kind: String { if case .tag = self { "tag" } else { "digest" } }
}

extension HTTPField.Name {
    public static let dockerAPIVersion = Self("Docker-Distribution-Api-Version")!
    public static let dockerContentDigest = Self("Docker-Content-Digest")!
    public static let dockerUploadUUID = Self("Docker-Upload-UUID")!
    public static let ociSubject = Self("OCI-Subject")!
    public static let ociTag = Self("OCI-Tag")!
    public static let ociFiltersApplied = Self("OCI-Filters-Applied")!
    static let link = Self("Link")!
}

extension RegistryError {
    /// The error as a response.
    public var reply: HTTPReply {
        var response = HTTPResponse(status: .init(code: status), headerFields: headers)
        response.headerFields[.dockerAPIVersion] = "registry/2.0"
        if let challenge { response.headerFields[.wwwAuthenticate] = challenge }
        if let explanation { response.headerFields[.explanation] = explanation.headerSafe }
        let body: Bytes
        if let plainText {
            response.headerFields[.contentType] = "text/plain; charset=utf-8"
            body = Bytes(plainText.utf8)
        } else {
            response.headerFields[.contentType] = "application/json; charset=utf-8"
            var fields: [Node.Field] = [.init("code", .string(code)), .init("message", .string(message))]
            if let detail { fields.append(.init("detail", detail)) }
            body = JSON.write(.object([.init("errors", .list([.object(fields)]))])) + [10]
        }
        response.headerFields[.contentLength] = String(body.count)
        return HTTPReply(response, .bytes(body))
    }

    /// Parses the errors of a response. Returns at least one.
    public static func errors(in response: HTTPResponse, _ body: Bytes) -> [RegistryError] {
        let status = response.status.code
        let challenge = response.headerFields[.wwwAuthenticate]
        let explanation = response.headerFields[.explanation]
        let items = (try? JSON.parse(body))?["errors"]?.elements ?? []
        let errors = items.map { item in
            RegistryError(
                item["code"]?.string ?? "UNKNOWN", status: status, item["message"]?.string ?? "", detail: item["detail"],
                challenge: challenge, explanation: explanation)
        }
        if !errors.isEmpty { return errors }
        let text = String(decoding: body.prefix(1000), as: UTF8.self)
        return [
            RegistryError(
                code(for: status), status: status, text.isEmpty ? response.status.reasonPhrase : text, challenge: challenge,
                plainText: text, explanation: explanation)
        ]
    }

    private static func code(for status: Int) -> String {
        switch status {
        case 401: "UNAUTHORIZED"
        case 403: "DENIED"
        case 404: "NOT_FOUND"
        case 429: "TOOMANYREQUESTS"
        default: "UNKNOWN"
        }
    }
}
