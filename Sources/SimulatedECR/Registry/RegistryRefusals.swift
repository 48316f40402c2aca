import AWSCore
import OCI

// The errors of ECR's registry, in its words. The registry is a front end of the API: most errors are the API's, with the
// closest code of the registry protocol.

extension RegistryError {
    static let expiredToken = RegistryError(
        "DENIED", status: 403, "Your authorization token has expired. Reauthenticate and try again.")

    static func invalidToken(_ explanation: String) -> RegistryError {
        RegistryError("DENIED", status: 400, "Your Authorization Token is invalid.", explanation: explanation)
    }

    /// The error for a missing repository, in ECR's words.
    static func nameUnknown(_ name: String, account: String) -> RegistryError {
        RegistryError(
            "NAME_UNKNOWN", status: 404,
            "The repository with name '\(name)' does not exist in the registry with id '\(account)'")
    }

    /// The error when the upstream of a pull-through cache rejects the login: aws/containers-roadmap#2354. The words after
    /// "credentials" are assumed.
    static let upstreamDenied = denied(
        "The authentication to the upstream registry failed. Verify that the credentials in the Secrets Manager secret are valid."
    )

    /// The API's limit, which the registry's lists inherit: https://github.com/google/go-containerregistry/issues/681
    static let pageTooLong = RegistryError(
        "UNSUPPORTED", status: 405,
        "Invalid parameter at 'maxResults' failed to satisfy constraint: 'Member must have value less than or equal to 1000'")

    static let imageNotFound = RegistryError("MANIFEST_UNKNOWN", status: 404, "Requested image not found")
    /// https://docs.aws.amazon.com/AmazonECR/latest/userguide/archive-image.html
    static let imageArchived = RegistryError("MANIFEST_UNKNOWN", status: 404, "Requested image is archived")

    /// - Parameter error: an error of the API or the registry engine.
    /// - Returns: nil if the registry engine reports the error itself, or the error is unknown.
    init?(_ error: any Error, account: String) {
        guard let error = AWSError(registry: error, account: account) else { return nil }
        switch error.code {
        case "AccessDeniedException", "LimitExceededException": self = .denied(error.message)
        case "RepositoryNotFoundException": self.init("NAME_UNKNOWN", status: 404, error.message)
        case "ImageNotFoundException": self = .imageNotFound
        case "ImageTagAlreadyExistsException": self.init("TAG_INVALID", status: 400, error.message)
        case "ImageDigestDoesNotMatchException": self.init("MANIFEST_INVALID", status: 400, error.message)
        case "InvalidParameterException" where error == .layersInIndex:
            self.init("MANIFEST_INVALID", status: 400, error.message)
        case "InvalidParameterException": self.init("UNSUPPORTED", status: 405, error.message)
        case "LayersNotFoundException", "UploadNotFoundException":
            self.init("BLOB_UPLOAD_UNKNOWN", status: 404, error.message)
        case "ReferencedImagesNotFoundException": self.init("MANIFEST_BLOB_UNKNOWN", status: 404, error.message)
        case "InvalidLayerPartException": self.init("BLOB_UPLOAD_INVALID", status: 416, error.message)
        case "EmptyUploadException", "InvalidLayerException", "LayerPartTooSmallException":
            self.init("BLOB_UPLOAD_INVALID", status: 400, error.message)
        default: return nil
        }
        explanation = error.explanation
    }
}

extension AWSError {
    /// Creates the API exception behind a registry error, as CloudTrail records it; nil if there is none.
    init?(registry error: any Error, account: String) {
        switch error {
        case let error as AWSError: self = error
        case let error as ManifestError: self = .invalidManifest("\(error)")
        case let error as ManifestDigestMismatch:
            self = .imageDigestDoesNotMatch(
                "\(error.claimed)", "\(error.found)", "\(error.repository)", account: account)
        case BlobError.digest(_, let found): self = .invalidLayer("\(found)")
        case BlobError.offset(let first, let size):
            self.init("InvalidLayerPartException", AWSError.outOfOrder(first, insteadOf: size))
        default: return nil
        }
    }
}
