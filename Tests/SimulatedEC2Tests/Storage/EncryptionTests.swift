import DrydockTesting
import Testing

/// Volume encryption: which key encrypts a volume, and the messages about keys that cannot be checked.
@Suite(.simulator) struct Encryption {
    private let aws = AWS.current
    private static let key = "1234abcd-12ab-34cd-56ef-1234567890ab"
    private let arn = "arn:aws:kms:us-east-1:123456789012:key/\(key)"

    private func made(_ change: (inout CreateVolumeRequest) -> Void) async throws -> Volume {
        try await aws.describe(volume: try await aws.volume(change))
    }

    private func unchecked() throws -> Node? {
        let entry = try #require(aws.journal.last { $0.operation == "CreateVolume" })
        return aws.simulator.event(of: entry)["_drydock"]?["unchecked"]
    }

    @Test func onlyEncryptedVolumesHaveKmsKey() async throws {
        let plain = try await made { _ in }
        #expect(plain.encrypted == false && plain.kmsKeyId == nil)
        let managed = try await made { $0.encrypted = true }
        #expect(managed.encrypted == true && managed.kmsKeyId?.hasPrefix("arn:aws:kms:us-east-1:123456789012:key/") == true)
        #expect(try unchecked() == nil)
        #expect(try await made { ($0.encrypted, $0.kmsKeyId) = (true, "alias/aws/ebs") }.kmsKeyId == managed.kmsKeyId)
        await refused(
            "InvalidParameterDependency", "The parameter KmsKeyId requires the parameter Encrypted to be set."
        ) { _ = try await made { $0.kmsKeyId = Self.key } }
    }

    @Test func wellFormedKmsKeyIdsAreAccepted() async throws {
        #expect(try await made { ($0.encrypted, $0.kmsKeyId) = (true, Self.key) }.kmsKeyId == arn)
        #expect(try unchecked() == .list([.string(arn)]))
        #expect(try await made { ($0.encrypted, $0.kmsKeyId) = (true, arn) }.kmsKeyId == arn)
        let alias = try await made { ($0.encrypted, $0.kmsKeyId) = (true, "alias/app") }
        #expect(try unchecked() == .list([.string("arn:aws:kms:us-east-1:123456789012:alias/app")]))
        #expect(try await made { ($0.encrypted, $0.kmsKeyId) = (true, "alias/app") }.kmsKeyId == alias.kmsKeyId)
        #expect(try await made { ($0.encrypted, $0.kmsKeyId) = (true, "alias/other") }.kmsKeyId != alias.kmsKeyId)
    }

    @Test(arguments: [
        "nonsense", "1234abcd", "arn:aws:kms:eu-west-1:123456789012:key/\(key)",
        "arn:aws-cn:kms:us-east-1:123456789012:key/\(key)",
        "arn:aws:kms:us-east-1:1234:key/\(key)", "arn:aws:s3:::bucket", "alias/", "arn:aws:kms:us-east-1:123456789012:key/x",
    ]) func malformedKmsKeyIdsAreRejected(_ text: String) async throws {
        await refused("InvalidParameterValue", "Value (\(text)) for parameter KmsKeyId is invalid.") {
            _ = try await made { ($0.encrypted, $0.kmsKeyId) = (true, text) }
        }
    }

    /// AWS looks for the key only after it has responded.
    @Test(
        .simulator(
            transitions: .aws,
            existing:
                #"{"kms-keys": ["1234abcd-12ab-34cd-56ef-1234567890ab"], "kms-aliases": {"alias/app": "mrk-0123456789abcdef0123456789abcdef"}}"#
        ))
    func volumeWithUnknownKmsKeyDisappears() async throws {
        let absent = "99999999-12ab-34cd-56ef-1234567890ab"
        let made = try await aws.ec2.createVolume(
            .init(availabilityZone: "us-east-1a", encrypted: true, kmsKeyId: absent, size: 1))
        #expect(made.state == .creating)
        aws.clock.advance(by: .minutes(1))
        #expect(try await aws.ec2.describeVolumes().volumes?.isEmpty == true)
        #expect(try await self.made { ($0.encrypted, $0.kmsKeyId) = (true, Self.key) }.state == .available)
        #expect(try unchecked() == nil)
        let byAlias = try await self.made { ($0.encrypted, $0.kmsKeyId) = (true, "alias/app") }
        #expect(byAlias.kmsKeyId == "arn:aws:kms:us-east-1:123456789012:key/mrk-0123456789abcdef0123456789abcdef")
        #expect(try await self.made { $0.encrypted = true }.state == .available)
        await refused("InvalidKmsKey.NotFound") {
            try await aws.ec2.modifyEbsDefaultKmsKeyId(.init(kmsKeyId: "alias/absent"))
        }
        await refused("InvalidKmsKey.NotFound") {
            try await aws.run {
                $0.blockDeviceMappings = [.init(ebs: .init(kmsKeyId: absent, encrypted: true), deviceName: "/dev/sda1")]
            }
        }
    }

    @Test func snapshotsAndVolumesInheritKmsKey() async throws {
        let volume = try await aws.volume { ($0.encrypted, $0.kmsKeyId) = (true, Self.key) }
        let snapshot = try await aws.snapshot(of: volume)
        #expect(try await aws.describe(snapshot: snapshot).kmsKeyId == arn)
        let copy = try await made { $0.snapshotId = snapshot }
        #expect(copy.encrypted == true && copy.kmsKeyId == arn)
        await refused("InvalidParameterValue") { _ = try await made { ($0.snapshotId, $0.encrypted) = (snapshot, false) } }
        let plain = try await aws.snapshot(of: try await aws.volume())
        #expect(try await made { ($0.snapshotId, $0.encrypted) = (plain, true) }.encrypted == true)
    }

    @Test func ebsEncryptionDefaultsApplyPerAccountAndRegion() async throws {
        #expect(try await aws.ec2.getEbsEncryptionByDefault(.init()).ebsEncryptionByDefault == false)
        #expect(try await aws.ec2.getEbsDefaultKmsKeyId(.init()).kmsKeyId == "alias/aws/ebs")
        #expect(try await aws.ec2.enableEbsEncryptionByDefault(.init()).ebsEncryptionByDefault == true)
        #expect(try await aws.ec2.modifyEbsDefaultKmsKeyId(.init(kmsKeyId: Self.key)).kmsKeyId == arn)
        #expect(try await aws.ec2.getEbsDefaultKmsKeyId(.init()).kmsKeyId == arn)
        #expect(try await made { _ in }.kmsKeyId == arn)
        #expect(try await made { $0.encrypted = false }.encrypted == true)
        try await aws.run()
        let root = try #require(
            try await aws.ec2.describeVolumes(.init(filters: [Filter(name: "status", values: ["in-use"])])).volumes?.first)
        #expect(root.encrypted == true && root.kmsKeyId == arn)
        // Other regions and accounts have their own setting.
        let elsewhere = aws.acting(as: Credentials(accessKeyId: "test", secretAccessKey: "test"), region: "eu-west-1").ec2
        #expect(try await elsewhere.getEbsEncryptionByDefault(.init()).ebsEncryptionByDefault == false)
        #expect(try await aws.stranger.ec2.getEbsEncryptionByDefault(.init()).ebsEncryptionByDefault == false)
        #expect(try await aws.ec2.resetEbsDefaultKmsKeyId(.init()).kmsKeyId == "alias/aws/ebs")
        #expect(try await made { _ in }.kmsKeyId != arn)
        #expect(try await aws.ec2.disableEbsEncryptionByDefault(.init()).ebsEncryptionByDefault == false)
        #expect(try await made { _ in }.encrypted == false)
    }

    @Test(arguments: [
        (#"["a"]"#, "expected an object of lists, {\"kms-keys\": […]}"),
        (#"{"kms": []}"#, "there is no 'kms'"), (#"{"kms-keys": ["x"]}"#, "'x' is none of the kind 'kms-keys'"),
        (#"{"s3-buckets": {}}"#, "'s3-buckets' must be a list"), ("{", "not JSON"),
    ]) func invalidExistingResourcesAreReported(text: String, expected: String) {
        let error = #expect(throws: ExistingResourcesError.self) {
            try ExistingResources(parsing: Bytes(text.utf8), account: "123456789012", region: "us-east-1")
        }
        #expect(error?.description.contains(expected) == true)
    }

    @Test(arguments: [
        ("arn:aws:s3:::logs/some/path", true), ("logs", true), ("arn:aws:s3:::Logs", false),
        ("arn:aws:s3:us-east-1::logs", false),
        ("lo", false), ("arn:aws:s3:::other", false),
    ]) func existingS3BucketsAreFoundByNameOrArn(text: String, exists: Bool) throws {
        var configuration = Configuration()
        configuration.existing = try ExistingResources(
            parsing: Bytes(#"{"s3-buckets": ["logs"]}"#.utf8), account: configuration.account, region: configuration.region)
        let aws = try AWS(configuration)
        let found = try aws.within { context in
            try? context.external(.s3Bucket, text, malformed: AWSError("Malformed", ""), absent: AWSError("Absent", ""))
        }
        #expect((found != nil) == exists)
    }
}
