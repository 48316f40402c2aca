import DrydockTesting
import Testing

@testable import SimulatedIAM

@Suite(.simulator) struct MFA {
    private let aws = AWS.current
    private let serial = "arn:aws:iam::123456789012:mfa/phone"

    /// RFC 6238, appendix B, for SHA-1, the last six digits.
    @Test(arguments: [
        (59, "287082"), (1_111_111_109, "081804"), (1_111_111_111, "050471"), (1_234_567_890, "005924"),
        (2_000_000_000, "279037"),
    ])
    func oneTimeCodesMatchRFC6238(_ time: Int64, _ code: String) {
        let key = Bytes("12345678901234567890".utf8)
        #expect(OneTimePassword.code(key, step: OneTimePassword.step(Instant(seconds: time))) == code)
    }

    /// RFC 4648, section 10.
    @Test func mfaSeedsAreBase32Encoded() {
        #expect(OneTimePassword.base32(Bytes("foobar".utf8)) == "MZXW6YTBOI")
        #expect(OneTimePassword.base32(Bytes("fooba".utf8)) == "MZXW6YTB")
    }

    private func code(_ seed: String, _ offset: Int64 = 0) -> String {
        let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567")
        var bits = 0, value = 0, key = Bytes()
        for character in seed {
            value = value << 5 | (alphabet.firstIndex(of: character) ?? 0)
            bits += 5
            if bits >= 8 {
                bits -= 8
                key.append(UInt8(value >> bits & 255))
            }
        }
        return OneTimePassword.code(key, step: OneTimePassword.step(aws.clock.now) + offset)
    }

    /// Creates a user with an enabled MFA device and returns the device's seed.
    private func enabled() async throws -> (AWS.Clients, String) {
        let worker = try await aws.worker(allowing: allow("ecr:*", "iam:ListUsers", "sts:AssumeRole"))
        let device = try #require(
            try await aws.iam.createVirtualMFADevice(.init(virtualMFADeviceName: "phone")).virtualMFADevice)
        #expect(device.serialNumber == serial)
        #expect(device.qrCodePNG?.starts(with: [0x89, 0x50, 0x4E, 0x47]) == true)
        let seed = String(decoding: try #require(device.base32StringSeed), as: UTF8.self)
        #expect(seed.count == 64)
        try await aws.iam.enableMFADevice(
            .init(
                userName: "Worker", serialNumber: serial, authenticationCode1: code(seed, -1), authenticationCode2: code(seed)))
        return (worker, seed)
    }

    @Test func enableMFADeviceNeedsTwoConsecutiveCodes() async throws {
        try await aws.iam.createUser(.init(userName: "Worker"))
        let device = try await aws.iam.createVirtualMFADevice(.init(virtualMFADeviceName: "phone")).virtualMFADevice
        let seed = String(decoding: try #require(device?.base32StringSeed), as: UTF8.self)
        await refused("EntityAlreadyExists", "MFADevice entity at the same path and name already exists.", status: 409) {
            try await aws.iam.createVirtualMFADevice(.init(virtualMFADeviceName: "phone"))
        }
        func enable(_ first: String, _ second: String) async throws {
            try await aws.iam.enableMFADevice(
                .init(userName: "Worker", serialNumber: serial, authenticationCode1: first, authenticationCode2: second))
        }
        await refused("InvalidAuthenticationCode", "Authentication code for device is not valid.", status: 403) {
            try await enable(code(seed), code(seed))
        }
        await refused("InvalidAuthenticationCode") { try await enable(code(seed, 100), code(seed, 101)) }
        #expect(try await aws.iam.listVirtualMFADevices(.init(assignmentStatus: "Unassigned")).virtualMFADevices?.count == 1)
        try await enable(code(seed, -1), code(seed))
        #expect(try await aws.iam.listMFADevices(.init(userName: "Worker")).mfaDevices?.map(\.serialNumber) == [serial])
        let virtual = try await aws.iam.listVirtualMFADevices(.init(assignmentStatus: "Assigned")).virtualMFADevices
        #expect(virtual?.first?.user?.userName == "Worker" && virtual?.first?.enableDate == aws.clock.now)
        await refused("DeleteConflict", status: 409) {
            try await aws.iam.deleteVirtualMFADevice(.init(serialNumber: serial))
        }
        await refused("DeleteConflict", "Cannot delete entity, must delete MFA device first.") {
            try await aws.iam.deleteUser(.init(userName: "Worker"))
        }
        try await aws.iam.resyncMFADevice(
            .init(
                userName: "Worker", serialNumber: serial, authenticationCode1: code(seed), authenticationCode2: code(seed, 1)))
        try await aws.iam.tagMFADevice(.init(serialNumber: serial, tags: [.init(key: "a", value: "b")]))
        #expect(try await aws.iam.listMFADeviceTags(.init(serialNumber: serial)).tags?.map(\.value) == ["b"])
        try await aws.iam.untagMFADevice(.init(serialNumber: serial, tagKeys: ["a"]))
        #expect(try await aws.iam.getMFADevice(.init(serialNumber: serial)).userName == "Worker")
        try await aws.iam.deactivateMFADevice(.init(userName: "Worker", serialNumber: serial))
        try await aws.iam.deleteVirtualMFADevice(.init(serialNumber: serial))
        await refused("NoSuchEntity", "VirtualMFADevice with serial number \(serial) doesn't exist.", status: 404) {
            try await aws.iam.deleteVirtualMFADevice(.init(serialNumber: serial))
        }
    }

    /// Assumed: a hardware token's seed is its serial number, because its factory seed is unknown.
    @Test func hardwareTokenUsesSerialNumberAsSeed() async throws {
        try await aws.iam.createUser(.init(userName: "Worker"))
        let key = Bytes("GAHT12345678".utf8), step = OneTimePassword.step(aws.clock.now)
        try await aws.iam.enableMFADevice(
            .init(
                userName: "Worker", serialNumber: "GAHT12345678",
                authenticationCode1: OneTimePassword.code(key, step: step - 1),
                authenticationCode2: OneTimePassword.code(key, step: step)))
        #expect(try await aws.iam.listVirtualMFADevices().virtualMFADevices?.isEmpty == true)
        try await aws.iam.deactivateMFADevice(.init(userName: "Worker", serialNumber: "GAHT12345678"))
        #expect(try await aws.iam.listMFADevices(.init(userName: "Worker")).mfaDevices?.isEmpty == true)
    }

    @Test func getSessionTokenRequiresOwnDeviceAndFreshCode() async throws {
        let (worker, seed) = try await enabled()
        let unknown =
            "MultiFactorAuthentication failed, unable to validate MFA code.  Please verify your MFA serial number is valid and "
            + "associated with this user."
        await refused("AccessDenied", unknown, status: 403) {
            _ = try await worker.sts.getSessionToken(.init(serialNumber: serial + "2", tokenCode: "123456"))
        }
        aws.clock.advance(by: .seconds(60))
        await refused("AccessDenied", "MultiFactorAuthentication failed with invalid MFA one time pass code. ", status: 403) {
            let wrong = code(seed) == "000000" ? "111111" : "000000"
            _ = try await worker.sts.getSessionToken(.init(serialNumber: serial, tokenCode: wrong))
        }
        let made = try await worker.sts.getSessionToken(.init(serialNumber: serial, tokenCode: code(seed))).credentials
        // Each code can be used once.
        await refused("AccessDenied") {
            _ = try await worker.sts.getSessionToken(.init(serialNumber: serial, tokenCode: code(seed)))
        }
        let session = aws.acting(as: try credentials(made))
        // With MFA, session credentials may call IAM.
        _ = try await session.iam.listUsers()
        let condition = #"{"Bool":{"aws:MultiFactorAuthPresent":"true"},"NumericLessThan":{"aws:MultiFactorAuthAge":"300"}}"#
        try await aws.iam.putUserPolicy(
            .init(userName: "Worker", policyName: "Work", policyDocument: allow("ecr:*", condition: condition)))
        _ = try await session.ecr.describeRepositories()
        await refused("AccessDeniedException", explanation: "the request has no aws:MultiFactorAuthPresent") {
            _ = try await worker.ecr.describeRepositories()
        }
        aws.clock.advance(by: .minutes(6))
        await refused("AccessDeniedException", explanation: "aws:MultiFactorAuthAge") {
            _ = try await session.ecr.describeRepositories()
        }
    }

    @Test func trustPolicyCanRequireMFA() async throws {
        let (worker, seed) = try await enabled()
        let trust =
            #"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"123456789012"},"Action":"sts:AssumeRole","Condition":{"Bool":{"aws:MultiFactorAuthPresent":"true"}}}]}"#
        try await aws.iam.createRole(.init(roleName: "Safe", assumeRolePolicyDocument: trust))
        let arn = "arn:aws:iam::123456789012:role/Safe"
        await refused("AccessDenied", explanation: "aws:MultiFactorAuthPresent is true") {
            _ = try await worker.sts.assumeRole(.init(roleArn: arn, roleSessionName: "ci"))
        }
        aws.clock.advance(by: .seconds(60))
        _ = try await worker.sts.assumeRole(
            .init(roleArn: arn, roleSessionName: "ci", serialNumber: serial, tokenCode: code(seed)))
    }
}

/// Converts credentials of STS for a client.
func credentials(_ made: STSCredentials?) throws -> Credentials {
    let made = try #require(made)
    return Credentials(
        accessKeyId: try #require(made.accessKeyId), secretAccessKey: try #require(made.secretAccessKey),
        sessionToken: made.sessionToken, expiration: nil)
}
