import Drydock
import DrydockTesting
import OCI
import Testing

/// Calls every operation of ECR once through the client. `Programs/ecr_wire.py` does the same with raw bytes.
@Suite(.simulator) struct EveryOperation {
    let aws = AWS.current
    var ecr: ECRClient { aws.ecr }
    private static let app = "team/app"

    /// Compares the journal with the list of operations. An operation that is not called, or that fails, is missing in it.
    @Test func everySimulatedECROperationSucceeds() async throws {
        try await repositories()
        let digest = try await images()
        try await scansAndLifecycles()
        try await registrySettings()
        try await cachesAndTemplates()
        try await end(digest)
        let called = Set(aws.journal.filter { $0.service == "ecr" && $0.error == nil }.map(\.operation))
        let coverage = try #require(try Coverage().services.first { $0.id == "ecr" })
        #expect(coverage.simulated.count == 62 && coverage.missing == [])
        // An instant backfill cannot be stopped; `ReplicationBackfillTests` stops one that takes time.
        #expect(Set(coverage.simulated).subtracting(called).sorted() == ["StopReplicationBackfill"])
    }

    private func repositories() async throws {
        try await ecr.createRepository(.init(repositoryName: Self.app))
        #expect(try await ecr.describeRepositories(.init()).repositories?.map(\.repositoryName) == [Self.app])
        let arn = "arn:aws:ecr:us-east-1:123456789012:repository/team/app"
        try await ecr.tagResource(.init(resourceArn: arn, tags: [.init(key: "a", value: "b"), .init(key: "c", value: "d")]))
        try await ecr.untagResource(.init(resourceArn: arn, tagKeys: ["a"]))
        #expect(try await ecr.listTagsForResource(.init(resourceArn: arn)).tags?.map(\.key) == ["c"])
        let policy = Self.policy(action: "ecr:BatchGetImage")
        let set = try await ecr.setRepositoryPolicy(.init(repositoryName: Self.app, policyText: policy))
        #expect(try await ecr.getRepositoryPolicy(.init(repositoryName: Self.app)).policyText == set.policyText)
        #expect(try await ecr.deleteRepositoryPolicy(.init(repositoryName: Self.app)).policyText == set.policyText)
        let mutability = try await ecr.putImageTagMutability(.init(repositoryName: Self.app, imageTagMutability: .mutable))
        #expect(mutability.imageTagMutability == .mutable)
        let scanning = try await ecr.putImageScanningConfiguration(
            .init(repositoryName: Self.app, imageScanningConfiguration: .init(scanOnPush: false)))
        #expect(scanning.imageScanningConfiguration?.scanOnPush == false)
    }

    private func images() async throws -> String {
        // Layer uploads and PutImage.
        let digest = try await aws.putImage("one", tag: "v1", to: Self.app)
        let layer = Digest(of: Bytes("one".utf8)).description
        let layers = try await ecr.batchCheckLayerAvailability(.init(repositoryName: Self.app, layerDigests: [layer])).layers
        #expect(layers?.first?.layerAvailability == "AVAILABLE")
        let download = try await ecr.getDownloadUrlForLayer(.init(repositoryName: Self.app, layerDigest: layer))
        #expect(download.downloadUrl?.contains("X-Amz-Signature=") == true)
        let id = ImageIdentifier(imageDigest: digest)
        #expect(try await ecr.listImages(.init(repositoryName: Self.app)).imageIds?.map(\.imageTag) == ["v1"])
        #expect(try await ecr.describeImages(.init(repositoryName: Self.app)).imageDetails?.map(\.imageDigest) == [digest])
        #expect(try await ecr.batchGetImage(.init(repositoryName: Self.app, imageIds: [id])).images?.count == 1)
        let referrers = try await ecr.listImageReferrers(
            .init(repositoryName: Self.app, subjectId: .init(imageDigest: digest)))
        #expect(referrers.referrers?.isEmpty == true)
        for (target, status) in [("ARCHIVE", "ARCHIVED"), ("STANDARD", "ACTIVE")] as [(TargetStorageClass, ImageStatus)] {
            let moved = try await ecr.updateImageStorageClass(
                .init(repositoryName: Self.app, imageId: id, targetStorageClass: target))
            #expect(moved.imageStatus == status)
        }
        #expect(try await ecr.getAuthorizationToken(.init()).authorizationData?.count == 1)
        return digest
    }

    private func scansAndLifecycles() async throws {
        let id = ImageIdentifier(imageTag: "v1")
        let scan = try await ecr.startImageScan(.init(repositoryName: Self.app, imageId: id))
        #expect(scan.imageScanStatus?.status == .inProgress)
        let findings = try await ecr.describeImageScanFindings(.init(repositoryName: Self.app, imageId: id))
        #expect(findings.imageScanStatus?.status == .failed, "it has no packages that could be read")
        try await ecr.putRegistryScanningConfiguration(.init(scanType: "BASIC", rules: []))
        #expect(try await ecr.getRegistryScanningConfiguration(.init()).scanningConfiguration?.scanType == "BASIC")
        let scanned = try await ecr.batchGetRepositoryScanningConfiguration(.init(repositoryNames: [Self.app]))
        #expect(scanned.scanningConfigurations?.map(\.scanFrequency) == ["MANUAL"])

        let text = """
            {"rules":[{"rulePriority":1,"selection":{"tagStatus":"any","countType":"imageCountMoreThan","countNumber":5},\
            "action":{"type":"expire"}}]}
            """
        try await ecr.putLifecyclePolicy(.init(repositoryName: Self.app, lifecyclePolicyText: text))
        #expect(try await ecr.getLifecyclePolicy(.init(repositoryName: Self.app)).lifecyclePolicyText == text)
        try await ecr.startLifecyclePolicyPreview(.init(repositoryName: Self.app))
        #expect(try await ecr.getLifecyclePolicyPreview(.init(repositoryName: Self.app)).status == .complete)
        #expect(try await ecr.deleteLifecyclePolicy(.init(repositoryName: Self.app)).lifecyclePolicyText == text)
    }

    private func registrySettings() async throws {
        let rule = ReplicationRule(destinations: [.init(region: "eu-west-1", registryId: "123456789012")])
        try await ecr.putReplicationConfiguration(.init(replicationConfiguration: .init(rules: [rule])))
        #expect(try await ecr.describeRegistry(.init()).replicationConfiguration?.rules?.count == 1)
        let replicated = try await ecr.describeImageReplicationStatus(
            .init(repositoryName: Self.app, imageId: .init(imageTag: "v1")))
        #expect(replicated.replicationStatuses?.isEmpty == true, "it was pushed before there was a rule")
        let backfill = try await ecr.startReplicationBackfill(
            .init(destination: .init(region: "eu-west-1", registryId: "123456789012")))
        let id = try #require(backfill.replicationBackfillId)
        // With instant transitions it completes before it can be stopped.
        let over = await #expect(throws: AWSError.self) {
            try await ecr.stopReplicationBackfill(.init(replicationBackfillId: id))
        }
        #expect(over?.code == "ReplicationBackfillInvalidStatusException")
        #expect(try await ecr.listReplicationBackfills(.init()).backfills?.map(\.replicationBackfillId) == [id])
        #expect(try await ecr.describeReplicationBackfillResults(.init(replicationBackfillId: id)).status == "COMPLETE")
        let set = try await ecr.putRegistryPolicy(.init(policyText: Self.policy(action: "ecr:ReplicateImage", resource: "*")))
        #expect(try await ecr.getRegistryPolicy(.init()).policyText == set.policyText)
        #expect(try await ecr.deleteRegistryPolicy(.init()).policyText == set.policyText)
        try await ecr.putAccountSetting(.init(name: "BLOB_MOUNTING", value: "ENABLED"))
        #expect(try await ecr.getAccountSetting(.init(name: "BLOB_MOUNTING")).value == "ENABLED")
        let scanner = "arn:aws:iam::123456789012:role/Scanner"
        try await ecr.registerPullTimeUpdateExclusion(.init(principalArn: scanner))
        #expect(try await ecr.listPullTimeUpdateExclusions(.init()).pullTimeUpdateExclusions == [scanner])
        #expect(try await ecr.deregisterPullTimeUpdateExclusion(.init(principalArn: scanner)).principalArn == scanner)

        let signing = SigningConfiguration(rules: [
            .init(signingProfileArn: "arn:aws:signer:us-east-1:123456789012:/signing-profiles/Ours")
        ])
        try await ecr.putSigningConfiguration(.init(signingConfiguration: signing))
        #expect(try await ecr.getSigningConfiguration(.init()).signingConfiguration?.rules?.count == 1)
        let signed = try await ecr.describeImageSigningStatus(
            .init(repositoryName: Self.app, imageId: .init(imageTag: "v1")))
        #expect(signed.signingStatuses?.isEmpty == true, "it was pushed before there was a rule")
        #expect(try await ecr.deleteSigningConfiguration(.init()).signingConfiguration?.rules?.count == 1)
    }

    private func cachesAndTemplates() async throws {
        try await ecr.createPullThroughCacheRule(.init(ecrRepositoryPrefix: "quay", upstreamRegistryUrl: "quay.io"))
        let rules = try await ecr.describePullThroughCacheRules(.init()).pullThroughCacheRules
        #expect(rules?.map(\.ecrRepositoryPrefix) == ["quay"])
        let role = "arn:aws:iam::123456789012:role/Cache"
        let updated = try await ecr.updatePullThroughCacheRule(.init(ecrRepositoryPrefix: "quay", customRoleArn: role))
        #expect(updated.customRoleArn == role)
        let validated = try await ecr.validatePullThroughCacheRule(.init(ecrRepositoryPrefix: "quay"))
        #expect(validated.upstreamRegistryUrl == "quay.io")
        #expect(try await ecr.deletePullThroughCacheRule(.init(ecrRepositoryPrefix: "quay")).customRoleArn == role)
        try await ecr.createRepositoryCreationTemplate(.init(prefix: "made", appliedFor: ["REPLICATION"]))
        let templates = try await ecr.describeRepositoryCreationTemplates(.init()).repositoryCreationTemplates
        #expect(templates?.map(\.prefix) == ["made"])
        let template = try await ecr.updateRepositoryCreationTemplate(.init(prefix: "made", description: "theirs"))
        #expect(template.repositoryCreationTemplate?.description == "theirs")
        let gone = try await ecr.deleteRepositoryCreationTemplate(.init(prefix: "made"))
        #expect(gone.repositoryCreationTemplate?.prefix == "made")
    }

    private func end(_ digest: String) async throws {
        let deleted = try await ecr.batchDeleteImage(
            .init(repositoryName: Self.app, imageIds: [.init(imageDigest: digest)]))
        #expect(deleted.imageIds?.map(\.imageTag) == ["v1"])
        try await ecr.deleteRepository(.init(repositoryName: Self.app))
        #expect(try await ecr.describeRepositories(.init()).repositories?.isEmpty == true)
    }

    private static func policy(action: String, resource: String? = nil) -> String {
        let resource = resource.map { #","Resource":"\#($0)""# } ?? ""
        return #"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"\#(action)"\#(resource)}]}"#
    }
}
