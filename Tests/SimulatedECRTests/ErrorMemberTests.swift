import DrydockTesting
import Foundation
import HTTPTypes
import OCI
import Testing

/// ECR's errors match its model, including their members and types. Go and Rust clients cannot decode them otherwise.
@Suite struct ErrorMembers {
    /// The 50 errors in botocore 1.44.8's model of ECR, and the extra members of two of them.
    private static let modelled = Set(
        """
        BlockedByOrganizationPolicy EmptyUpload ExclusionAlreadyExists ExclusionNotFound ImageAlreadyExists ImageArchived
        ImageDigestDoesNotMatch ImageNotFound ImageStorageClassUpdateNotSupported ImageTagAlreadyExists InvalidLayer
        InvalidLayerPart InvalidParameter InvalidTagParameter Kms LayerAlreadyExists LayerInaccessible LayerPartTooSmall
        LayersNotFound LifecyclePolicyNotFound LifecyclePolicyPreviewInProgress LifecyclePolicyPreviewNotFound LimitExceeded
        PullThroughCacheRuleAlreadyExists PullThroughCacheRuleNotFound ReferencedImagesNotFound RegistryPolicyNotFound
        ReplicationBackfillInProgress ReplicationBackfillInvalidStatus ReplicationBackfillNotFound RepositoryAlreadyExists
        RepositoryNotEmpty RepositoryNotFound RepositoryPolicyNotFound ScanNotFound SecretNotFound Server
        SigningConfigurationNotFound TemplateAlreadyExists TemplateNotFound TooManyTags UnableToAccessSecret
        UnableToDecryptSecretValue UnableToGetUpstreamImage UnableToGetUpstreamLayer UnableToListUpstreamImageReferrers
        UnsupportedImageType UnsupportedUpstreamRegistry UploadNotFound Validation
        """.split(whereSeparator: \.isWhitespace).map { "\($0)Exception" })
    private static let members: [String: [String: String]] = [
        "InvalidLayerPartException": [
            "registryId": "string", "repositoryName": "string", "uploadId": "string", "lastValidByteReceived": "long",
        ],
        "KmsException": ["kmsError": "string"],
    ]

    /// Returns the code and the source text of every `AWSError(…)` in ECR's sources.
    private static func errors() throws -> [(code: String, rest: Substring, file: String)] {
        let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
            .appending(path: "Sources/SimulatedECR")
        var texts: [(String, String)] = []
        let files = FileManager.default.enumerator(at: folder, includingPropertiesForKeys: nil)
        while let file = files?.nextObject() as? URL {
            if file.pathExtension == "swift" {
                texts.append((file.lastPathComponent, try String(contentsOf: file, encoding: .utf8)))
            }
        }
        return texts.flatMap { file, text in
            text.matches(of: /AWSError\(\s*"([A-Za-z]+)"/).map { match in
                let rest = text[match.range.upperBound...]
                let end = rest.firstRange(of: "AWSError(")?.lowerBound ?? rest.endIndex
                return (String(match.output.1), rest[..<end], file)
            }
        }
    }

    @Test func everyECRErrorIsInModel() throws {
        let errors = try Self.errors()
        #expect(errors.count > 30)
        for error in errors { #expect(Self.modelled.contains(error.code), "\(error.file): ECR's model has no \(error.code)") }
    }

    @Test func errorMembersMatchModel() throws {
        var seen: Set<String> = []
        for error in try Self.errors() {
            guard let details = error.rest.firstRange(of: "details: [") else { continue }
            let list = error.rest[details.upperBound...].prefix { $0 != "]" }
            let names = Set(list.matches(of: /\.init\(\s*"([A-Za-z]+)"/).map { String($0.output.1) })
            #expect(names == Set((Self.members[error.code] ?? [:]).keys), "\(error.file): members of \(error.code)")
            seen.insert(error.code)
        }
        #expect(seen == ["InvalidLayerPartException"])
    }

    /// Checks the types in the response's bytes.
    @Test(.simulator) func errorMemberTypesMatchModel() async throws {
        let aws = AWS.current
        _ = try await aws.ecr.createRepository(.init(repositoryName: "app"))
        let id = try #require(try await aws.ecr.initiateLayerUpload(.init(repositoryName: "app")).uploadId)
        let error = try #require(
            await #expect(throws: AWSError.self) {
                try await aws.ecr.uploadLayerPart(
                    .init(repositoryName: "app", uploadId: id, partFirstByte: 5, partLastByte: 6, layerPartBlob: [1, 2]))
            })
        #expect(error.code == "InvalidLayerPartException")
        let expected = try #require(Self.members[error.code])
        #expect(Set(error.details.map(\.name)) == Set(expected.keys))
        for detail in error.details { #expect(detail.isNumber == (expected[detail.name] == "long"), "\(detail.name)") }
    }
}
