import AWSCore
import ECRAPI
import SimulatorCore

// The failures that batch operations report for single images.

extension ImageIdentifier {
    func failure(_ code: ImageFailureCode, _ reason: String) -> ImageFailure {
        ImageFailure(imageId: self, failureCode: code, failureReason: reason)
    }

    /// The failure if this is not a valid identifier; otherwise nil.
    var malformed: ImageFailure? {
        guard imageDigest != nil || imageTag != nil else {
            return failure("MissingDigestAndTag", "Invalid request parameters: both tag and digest cannot be null")
        }
        if let imageDigest, !ECRForm.isDigest(imageDigest) {
            return failure(
                "InvalidImageDigest",
                "Invalid request parameters: image digest should satisfy the regex '\(ECRForm.digest)'")
        }
        if let imageTag, !ECRForm.isTag(imageTag) {
            return failure(
                "InvalidImageTag", "Invalid request parameters: image tag should satisfy the regex '\(ECRForm.tag)'")
        }
        return nil
    }

    /// Returns the failure for an identifier that matches no image.
    func notFound(in repository: String, _ context: Context) throws -> ImageFailure {
        if let imageTag, imageDigest != nil, try ImageRecord.digest(tag: imageTag, in: repository, context) != nil {
            return failure(
                "ImageTagDoesNotMatchDigest", "Invalid request parameters: given tag does not map to the given digest")
        }
        return failure("ImageNotFound", "Requested image not found")
    }
}
