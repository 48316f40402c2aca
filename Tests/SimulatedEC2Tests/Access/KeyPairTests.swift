import DrydockTesting
import Testing

@Suite(.simulator) struct KeyPairs {
    @Test(arguments: ["rsa", "ed25519"] as [KeyType])
    func createdKeyPairIsDescribedWithFingerprint(type: KeyType) async throws {
        let ec2 = AWS.current.ec2
        let made = try await ec2.createKeyPair(.init(keyName: "keyPairUniversal", keyType: type))
        #expect(made.keyMaterial?.hasPrefix("-----BEGIN ") == true)
        let described = try #require(try await ec2.describeKeyPairs(.init(includePublicKey: true)).keyPairs?.first)
        #expect(described.keyPairId == made.keyPairId)
        #expect(described.keyFingerprint == made.keyFingerprint)
        #expect(described.keyType == type)
        #expect(described.createTime == AWS.current.clock.now)
        #expect(described.publicKey?.hasPrefix("ssh-\(type) ") == true)
        #expect(described.tags?.isEmpty != false)
    }

    @Test func createKeyPairRejectsDuplicateName() async throws {
        let ec2 = AWS.current.ec2
        try await ec2.createKeyPair(.init(keyName: "a", keyType: "ed25519"))
        let error = await refusal { try await ec2.createKeyPair(.init(keyName: "a", keyType: "ed25519")) }
        #expect(error?.code == "InvalidKeyPair.Duplicate")
        #expect(error?.message == "The keypair already exists")
    }

    @Test func deleteKeyPairSucceedsForUnknownName() async throws {
        let ec2 = AWS.current.ec2
        #expect(try await ec2.deleteKeyPair(.init(keyName: "never")).return == true)
        let made = try await ec2.createKeyPair(.init(keyName: "a", keyType: "ed25519"))
        #expect(try await ec2.deleteKeyPair(.init(keyName: "a")).keyPairId == made.keyPairId)
        #expect(try await ec2.describeKeyPairs().keyPairs?.isEmpty != false)
    }

    @Test func describeKeyPairsNamesUnknownKeyPair() async throws {
        let error = await refusal { try await AWS.current.ec2.describeKeyPairs(.init(keyNames: ["nope"])) }
        #expect(error?.code == "InvalidKeyPair.NotFound")
        #expect(error?.message == "The key pair 'nope' does not exist")
    }

    @Test func importKeyPairDetectsKeyType() async throws {
        let ec2 = AWS.current.ec2
        let line = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl user@host"
        let imported = try await ec2.importKeyPair(.init(keyName: "mine", publicKeyMaterial: Bytes(line.utf8)))
        #expect(imported.keyFingerprint?.utf8.count == 44)
        #expect(try await ec2.describeKeyPairs().keyPairs?.first?.keyType == "ed25519")
        let error = await refusal { try await ec2.importKeyPair(.init(keyName: "bad", publicKeyMaterial: Bytes("hello".utf8))) }
        #expect(error?.code == "InvalidKey.Format")
    }

    @Test func describeKeyPairsFiltersByTag() async throws {
        let ec2 = AWS.current.ec2
        try await ec2.createKeyPair(
            .init(
                keyName: "tagged", keyType: "ed25519",
                tagSpecifications: [.init(resourceType: "key-pair", tags: [EC2API.Tag(key: "Team", value: "dock")])]))
        try await ec2.createKeyPair(.init(keyName: "plain", keyType: "ed25519"))
        let found = try await ec2.describeKeyPairs(.init(filters: [Filter(name: "tag:Team", values: ["do*"])])).keyPairs
        #expect(found?.map(\.keyName) == ["tagged"])
        let error = await refusal { try await ec2.describeKeyPairs(.init(filters: [Filter(name: "colour", values: ["red"])])) }
        #expect(error?.code == "InvalidParameterValue")
    }

    @Test func createKeyPairDryRunCreatesNothing() async throws {
        let ec2 = AWS.current.ec2
        let error = await refusal { try await ec2.createKeyPair(.init(keyName: "a", dryRun: true)) }
        #expect(error?.code == "DryRunOperation")
        #expect(error?.status == 412)
        #expect(try await ec2.describeKeyPairs().keyPairs?.isEmpty != false)
    }

    @Test func createKeyPairReturnsPPKFormat() async throws {
        let made = try await AWS.current.ec2.createKeyPair(.init(keyName: "a", keyType: "ed25519", keyFormat: "ppk"))
        // Assumed: AWS uses version 2 of the format.
        #expect(made.keyMaterial?.hasPrefix("PuTTY-User-Key-File-2: ssh-ed25519") == true)
    }
}
