import AWSCore
import ECRAPI
import OCI
import SimulatorCore

extension ECRSimulation {
    /// The part size that InitiateLayerUpload recommends, and the minimum for all parts but the last, both in bytes.
    static let partSize = 10 << 20
    static let smallestPart = 5 << 20

    public func initiateLayerUpload(_ input: InitiateLayerUploadRequest, _ context: Context) throws
        -> InitiateLayerUploadResponse
    {
        let context = registry(input.registryId, context)
        let repository = try RepositoryRecord.get(input.repositoryName, context)
        let id = try beginUpload(in: repository.name, context)
        return InitiateLayerUploadResponse(uploadId: id.description, partSize: Self.partSize)
    }

    /// Creates an upload in the database and the blob store.
    func beginUpload(in repository: String, _ context: Context) throws -> UploadID {
        guard let id = UploadID(context.ids.uuid()) else { throw BlobError.storage("no name for an upload") }
        try UploadRecord(id: id.description).insert(in: repository, context)
        // Ids follow from the seed and the request number, so an earlier run with this state folder may have left the same
        // one.
        try blobs.cancelUpload(id)
        try blobs.beginUpload(id)
        return id
    }

    public func uploadLayerPart(_ input: UploadLayerPartRequest, _ context: Context) throws -> UploadLayerPartResponse {
        let context = registry(input.registryId, context)
        let repository = try RepositoryRecord.get(input.repositoryName, context)
        let (id, upload, size) = try upload(input.uploadId, in: repository.name, context)
        func invalid(_ reason: String) -> AWSError {
            .invalidLayerPart(reason, upload: upload.id, lastByte: max(size - 1, 0), repository.name, context)
        }
        let count = input.layerPartBlob.count
        guard input.partFirstByte == size else {
            throw invalid(AWSError.outOfOrder(input.partFirstByte, insteadOf: size))
        }
        guard input.partLastByte == input.partFirstByte + count - 1 else {
            throw invalid("The part has \(count) bytes, which bytes \(input.partFirstByte) to \(input.partLastByte) are not")
        }
        let total = try blobs.append(input.layerPartBlob, to: id, at: size)
        try notePart(of: count, endingAt: total, upload.id, in: repository.name, context)
        return UploadLayerPartResponse(
            registryId: context.account, repositoryName: repository.name, uploadId: upload.id, lastByteReceived: total - 1)
    }

    public func completeLayerUpload(_ input: CompleteLayerUploadRequest, _ context: Context) throws
        -> CompleteLayerUploadResponse
    {
        let context = registry(input.registryId, context)
        let repository = try RepositoryRecord.get(input.repositoryName, context)
        let (id, upload, size) = try upload(input.uploadId, in: repository.name, context)
        try checkParts(of: upload, size: size, in: repository.name, context)
        let digests = try input.layerDigests.map { text in
            guard let digest = Digest(text), digest.algorithm == .sha256 || deletesAsSpecified else {
                throw AWSError.invalidParameter("layerDigests", "Invalid layer digest '\(text)'")
            }
            return digest
        }
        guard let digest = digests.first(where: { $0.algorithm == .sha256 }) ?? digests.first else {
            throw AWSError.invalidParameter("layerDigests", "Member must have length greater than or equal to 1")
        }
        if let layer = try LayerRecord.find(digest.description, in: repository.name, context),
            try verifier.has(digest, size: layer.size, in: blobs)
        {
            throw AWSError.layerAlreadyExists(digest.description, repository.name, context)
        }
        let blob: StoredBlob
        do {
            blob = try blobs.finishUpload(id, as: digest)
        } catch BlobError.digest(_, let found) { throw AWSError.invalidLayer(found.description) }
        try enter(blob, upload: upload.id, in: repository.name, context)
        return CompleteLayerUploadResponse(
            registryId: context.account, repositoryName: repository.name, uploadId: upload.id,
            layerDigest: blob.digest.description)
    }

    /// Records a part of the API or a chunk of the registry; ECR treats both alike.
    func notePart(of size: Int, endingAt end: Int, _ upload: String, in repository: String, _ context: Context) throws {
        if size < Self.smallestPart { try UploadRecord.noteSmallPart(endingAt: end, of: upload, in: repository, context) }
    }

    /// - Throws: the error that prevents completing the upload, whatever its digest.
    func checkParts(of upload: UploadRecord, size: Int, in repository: String, _ context: Context) throws(AWSError) {
        guard size > 0 else { throw .emptyUpload(upload.id, repository, context) }
        guard upload.smallPartEnd == 0 || upload.smallPartEnd == size else { throw .layerPartTooSmall }
    }

    /// Adds a finished upload's blob to the repository.
    func enter(_ blob: StoredBlob, upload: String, in repository: String, _ context: Context) throws {
        guard try blobs.touch(blob.digest) else { throw BlobError.missing(blob.digest) }
        verifier.note(blob.digest, in: blobs)
        try LayerRecord(digest: blob.digest.description, size: blob.size).insert(in: repository, context)
        try UploadRecord.remove(upload, in: repository, context)
    }

    private func upload(
        _ text: String, in repository: String, _ context: Context
    ) throws -> (id: UploadID, upload: UploadRecord, size: Int) {
        guard let id = UploadID(text), let upload = try UploadRecord.find(text, in: repository, context),
            let size = try blobs.uploadedSize(id)
        else { throw AWSError.uploadNotFound(text, repository, context) }
        return (id, upload, size)
    }
}
