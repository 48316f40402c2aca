import DrydockTesting
import Foundation
import HTTPTypes
import OCI
import SimulatedIAM
import Testing

@testable import SimulatedDocker
@testable import SimulatedEC2
@testable import SimulatorCore

/// Values that grant access. They follow from the seed in a test, and from a random key where a server keeps a state or is
/// strict.
@Suite struct AccessSeals {
    private func aws(_ seal: AccessSeal?, strict: Bool = false) throws -> AWS {
        var configuration = SimulatorCore.Configuration(isStrict: strict)
        configuration.seal = seal
        return AWS(try Simulator.drydock(configuration))
    }

    /// Returns a new value of the kind.
    private func value(_ kind: AccessValue, _ aws: AWS) async throws -> String {
        let configuration = aws.simulator.configuration
        switch kind {
        case .secretKey: return try await key(aws).secretAccessKey
        case .sessionToken: return try #require(try await session(aws.sts).sessionToken)
        case .registryPassword: return try await password(aws)
        case .storageURL:
            let ids = configuration.ids(for: kind, of: "", else: IDGenerator(seed: configuration.seed, scope: "test"))
            return ids.string(40, from: IDGenerator.base64Alphabet)
        case .hubToken: return HubToken(user: "worker", access: [], issuedAt: aws.clock.now).text(configuration)
        case .privateKey:
            return try #require(try await aws.ec2.createKeyPair(.init(keyName: "k", keyType: "ed25519")).keyMaterial)
        case .encodedMessage: return try await encodedMessage(aws)
        case .issuerKey: return String(decoding: JSON.write(try TokenIssuer(aws.simulator).keySet()), as: UTF8.self)
        case .mfaSeed:
            let device = try await aws.iam.createVirtualMFADevice(.init(virtualMFADeviceName: "phone")).virtualMFADevice
            return String(decoding: try #require(device?.base32StringSeed), as: UTF8.self)
        case .hostKey: return try InstanceHostKey(instance: "i-1", host: "h", seed: configuration.seed, configuration).publicKey
        }
    }

    private func key(_ aws: AWS, of user: String? = nil) async throws -> Credentials {
        let key = try #require(try await aws.iam.createAccessKey(.init(userName: user)).accessKey)
        return Credentials(
            accessKeyId: try #require(key.accessKeyId), secretAccessKey: try #require(key.secretAccessKey))
    }

    private func session(_ sts: STSClient) async throws -> Credentials {
        let made = try #require(try await sts.getSessionToken(.init()).credentials)
        return Credentials(
            accessKeyId: try #require(made.accessKeyId), secretAccessKey: try #require(made.secretAccessKey),
            sessionToken: made.sessionToken)
    }

    private func password(_ aws: AWS) async throws -> String {
        let text = try #require(try await aws.ecr.getAuthorizationToken(.init()).authorizationData?.first?.authorizationToken)
        return String(String(decoding: try #require(Base64.decode(text)), as: UTF8.self).dropFirst(4))
    }

    private func encodedMessage(_ aws: AWS) async throws -> String {
        _ = try await aws.iam.createUser(.init(userName: "worker"))
        let worker = EC2Client(aws.simulator.client(credentials: try await key(aws, of: "worker")))
        let error = await #expect(throws: AWSError.self) { _ = try await worker.describeVpcs(.init()) }
        // A rejected ec2:DescribeVpcs has no encoded message; only a rejected change has one.
        if let text = error?.message.components(separatedBy: "failure message: ").last, text != error?.message { return text }
        let other = await #expect(throws: AWSError.self) { _ = try await worker.createVpc(.init(cidrBlock: "10.0.0.0/16")) }
        return try #require(other?.message.components(separatedBy: "failure message: ").last)
    }

    @Test(arguments: AccessValue.allCases) func accessValuesDependOnSeedOnlyWithoutSeal(_ kind: AccessValue) async throws {
        #expect(try await value(kind, aws(nil)) == value(kind, aws(nil)))
        #expect(try await value(kind, aws(.random())) != value(kind, aws(.random())))
        #expect(try await value(kind, aws(.random())) != value(kind, aws(nil)))
    }

    @Test func sameSealGivesSameLastingValues() async throws {
        let seal = AccessSeal.random()
        for kind in [AccessValue.storageURL, .hubToken, .hostKey] {
            #expect(try await value(kind, aws(seal)) == value(kind, aws(seal)))
        }
        // Generated values differ even though a reset restarts the request numbers.
        let one = try aws(seal)
        let before = try await value(.secretKey, one)
        try one.simulator.reset()
        #expect(try await value(.secretKey, one) != before)
    }

    @Test func registryPasswordIsValidOnlyInForksAndAfterReset() async throws {
        let seal = AccessSeal.random()
        let here = try aws(seal), elsewhere = try aws(.random()), unsealed = try aws(nil)
        let password = try await password(here)
        func enters(_ aws: AWS) async -> Bool {
            let client = RegistryClient(
                host: "123456789012.dkr.ecr.us-east-1.amazonaws.com",
                credentials: RegistryCredentials(username: "AWS", password: password),
                transport: InProcessTransport(aws.simulator))
            return (try? await client.ping()) != nil
        }
        #expect(await enters(here))
        #expect(await enters(AWS(try here.simulator.fork())))
        try here.simulator.reset()
        #expect(await enters(here))
        #expect(await !enters(elsewhere))
        #expect(await !enters(unsealed))
    }

    @Test func encodedMessagesDecodeOnlyWithTheirSeal() async throws {
        let here = try aws(.random()), elsewhere = try aws(.random())
        let message = try await encodedMessage(here)
        let decoded = try await here.sts.decodeAuthorizationMessage(.init(encodedMessage: message)).decodedMessage
        #expect(decoded?.contains("explicitDeny") == true)
        await #expect(throws: AWSError.self) {
            _ = try await elsewhere.sts.decodeAuthorizationMessage(.init(encodedMessage: message))
        }
    }

    @Test func strictForkRejectsCredentialsIssuedWithoutKey() async throws {
        let open = try aws(.random())
        _ = try await open.ecr.createRepository(.init(repositoryName: "app"))
        let session = try await session(open.sts), root = try await key(open)
        let password = try await password(open)
        let strict = AWS(try open.simulator.fork { $0.isStrict = true })

        func ec2(_ credentials: Credentials) -> EC2Client { EC2Client(strict.simulator.client(credentials: credentials)) }
        await #expect(throws: AWSError.self) { _ = try await ec2(session).describeVpcs(.init()) }
        let client = RegistryClient(
            host: "123456789012.dkr.ecr.us-east-1.amazonaws.com",
            credentials: RegistryCredentials(username: "AWS", password: password),
            transport: InProcessTransport(strict.simulator))
        await #expect(throws: (any Error).self) { try await client.ping() }
        // A key that was created here is valid, and so are the credentials created with it.
        _ = try await ec2(root).describeVpcs(.init())
        let own = try await self.session(STSClient(strict.simulator.client(credentials: root)))
        _ = try await ec2(own).describeVpcs(.init())
    }

    @Test func strictSimulatorRequiresSignedHubControlRequests() async throws {
        let open = try aws(nil)
        let root = try await key(open)
        _ = try await open.iam.createUser(.init(userName: "worker"))
        let worker = try await key(open, of: "worker")
        let strict = try open.simulator.fork { $0.isStrict = true }
        func status(
            _ key: Credentials?, _ body: String = #"{"users":[{"name":"thief","password":"secret"}]}"#, sent: String? = nil
        )
            async throws -> (Int, String)
        {
            var request = HTTPRequest(method: .post, scheme: "http", authority: "localhost:4566", path: "/_drydock/hub")
            if let key {
                SigV4Signer(credentials: key, region: "us-east-1", service: "drydock")
                    .sign(&request, body: Bytes(body.utf8), at: strict.clock.now)
            }
            let reply = await strict.respond(to: request, body: .bytes(Bytes((sent ?? body).utf8)))
            return (reply.response.status.code, String(decoding: try await reply.body.collect(upTo: 1 << 20), as: UTF8.self))
        }
        #expect(try await status(nil).0 == 403)
        #expect(try await status(nil).1.contains("sign the request"))
        #expect(try await status(worker).0 == 403)
        #expect(try await status(root, sent: #"{"users":[{"name":"other","password":"secret"}]}"#).0 == 403)
        #expect(try await status(root).0 == 200)
    }

    @Test func sealFileIsPrivateAndReused() throws {
        let folder = FileManager.default.temporaryDirectory.path + "/drydock-seal-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: folder) }
        #expect(try AccessSeal.find(in: folder) == nil)
        let made = try AccessSeal.kept(in: folder), again = try AccessSeal.kept(in: folder)
        #expect(made.ids(for: .hostKey, salt: []).next() == again.ids(for: .hostKey, salt: []).next())
        let path = folder + "/drydock.key"
        let rights = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
        #expect(rights == 0o600)
        #expect(!"\(made)".contains("Symmetric") && Mirror(reflecting: made).children.isEmpty)
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["drydock.key"])
        try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: path)
        #expect(throws: StateError.self) { try AccessSeal.kept(in: folder) }
        try FileManager.default.removeItem(atPath: path)
        try Data("short".utf8).write(to: URL(fileURLWithPath: path))
        try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: path)
        #expect(throws: StateError.self) { try AccessSeal.kept(in: folder) }
    }

    @Test func snapshotDoesNotContainSealKey() async throws {
        let folder = FileManager.default.temporaryDirectory.path + "/drydock-seal-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let seal = try AccessSeal.kept(in: folder)
        let key = try Data(contentsOf: URL(fileURLWithPath: folder + "/drydock.key"))
        let aws = try aws(seal)
        _ = try await aws.iam.createAccessKey(.init())
        let path = folder + "/kept.drydock"
        try aws.simulator.snapshot().write(to: path)
        let snapshot = try Data(contentsOf: URL(fileURLWithPath: path))
        let raw = try #require(Data(base64Encoded: key.dropLast()))
        #expect(raw.count == 32)
        #expect(snapshot.range(of: raw) == nil && snapshot.range(of: key.dropLast()) == nil)
    }
}
