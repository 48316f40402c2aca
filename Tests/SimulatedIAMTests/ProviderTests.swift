import Crypto
import CryptoExtras
import DrydockTesting
import Foundation
import Testing
import X509

/// A self-signed certificate and its key, as PEM texts.
struct MadeCertificate {
    let certificate, key: String
    let privateKey: _RSA.Signing.PrivateKey

    /// - Parameter until: the certificate's expiration, in the machine's time.
    init(_ name: String, until: Date = Date() + 86400) throws {
        privateKey = try _RSA.Signing.PrivateKey(keySize: .bits2048)
        let subject = try DistinguishedName { CommonName(name) }
        let made = try Certificate(
            version: .v3, serialNumber: .init(), publicKey: .init(privateKey.publicKey), notValidBefore: Date() - 86400,
            notValidAfter: until, issuer: subject, subject: subject, signatureAlgorithm: .sha256WithRSAEncryption,
            extensions: .init(), issuerPrivateKey: .init(privateKey))
        certificate = try made.serializeAsPEM().pemString
        key = privateKey.pemRepresentation
    }
}

@Suite(.simulator) struct Providers {
    private let aws = AWS.current

    @Test func openIDConnectProviderIsCreatedUpdatedAndDeleted() async throws {
        let url = "https://token.actions.githubusercontent.com"
        let made = try await aws.iam.createOpenIDConnectProvider(
            .init(
                url: url, clientIDList: ["sts.amazonaws.com"],
                thumbprintList: ["6938fd4d98bab03faadb97b34396831e3780aea1"], tags: [.init(key: "a", value: "b")]))
        let arn = "arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com"
        #expect(made.openIDConnectProviderArn == arn && made.tags?.count == 1)
        await refused("EntityAlreadyExists", "Provider with url \(url) already exists.", status: 409) {
            try await aws.iam.createOpenIDConnectProvider(.init(url: url))
        }
        await refused("ValidationError", "Invalid Open ID Connect Provider URL", status: 400) {
            try await aws.iam.createOpenIDConnectProvider(.init(url: "http://example.com"))
        }
        // Errors in list elements are reported for the list, with all constraints of an element.
        await refused(
            "ValidationError",
            "2 validation errors detected: Value '[b, ]' at 'clientIDList' failed to satisfy constraint: Member must satisfy "
                + "constraint: [Member must have length less than or equal to 255, Member must have length greater than or equal "
                + "to 1]; Value '[c]' at 'thumbprintList' failed to satisfy constraint: Member must satisfy constraint: [Member "
                + "must have length less than or equal to 40, Member must have length greater than or equal to 40]", status: 400
        ) {
            try await aws.iam.createOpenIDConnectProvider(
                .init(url: "https://example.com", clientIDList: ["b", ""], thumbprintList: ["c"]))
        }
        try await aws.iam.addClientIDToOpenIDConnectProvider(.init(openIDConnectProviderArn: arn, clientID: "other"))
        try await aws.iam.removeClientIDFromOpenIDConnectProvider(
            .init(openIDConnectProviderArn: arn, clientID: "sts.amazonaws.com"))
        try await aws.iam.updateOpenIDConnectProviderThumbprint(
            .init(openIDConnectProviderArn: arn, thumbprintList: ["1c58a3a8518e8759bf075b76b750d4f2df264fcd"]))
        let found = try await aws.iam.getOpenIDConnectProvider(.init(openIDConnectProviderArn: arn))
        #expect(found.url == "token.actions.githubusercontent.com" && found.clientIDList == ["other"])
        #expect(found.thumbprintList == ["1c58a3a8518e8759bf075b76b750d4f2df264fcd"] && found.createDate == aws.clock.now)
        #expect(try await aws.iam.listOpenIDConnectProviders().openIDConnectProviderList?.map(\.arn) == [arn])
        try await aws.iam.tagOpenIDConnectProvider(
            .init(openIDConnectProviderArn: arn, tags: [.init(key: "c", value: "d")]))
        try await aws.iam.untagOpenIDConnectProvider(.init(openIDConnectProviderArn: arn, tagKeys: ["a"]))
        #expect(
            try await aws.iam.listOpenIDConnectProviderTags(.init(openIDConnectProviderArn: arn)).tags?.map(\.key) == ["c"])
        try await aws.iam.deleteOpenIDConnectProvider(.init(openIDConnectProviderArn: arn))
        await refused("NoSuchEntity", "OpenIDConnect Provider not found for arn \(arn)", status: 404) {
            _ = try await aws.iam.getOpenIDConnectProvider(.init(openIDConnectProviderArn: arn))
        }
    }

    @Test func serverCertificateIsUploadedUpdatedAndDeleted() async throws {
        let made = try MadeCertificate("example.com")
        let upload = try await aws.iam.uploadServerCertificate(
            .init(
                path: "/cloudfront/", serverCertificateName: "Web", certificateBody: made.certificate, privateKey: made.key,
                tags: [.init(key: "a", value: "b")]))
        let metadata = try #require(upload.serverCertificateMetadata)
        #expect(metadata.arn == "arn:aws:iam::123456789012:server-certificate/cloudfront/Web")
        #expect(metadata.serverCertificateId?.hasPrefix("ASCA") == true && metadata.expiration != nil)
        await refused("EntityAlreadyExists", "The Server Certificate with name web already exists.", status: 409) {
            try await aws.iam.uploadServerCertificate(
                .init(serverCertificateName: "web", certificateBody: made.certificate, privateKey: made.key))
        }
        await refused("KeyPairMismatch", status: 400) {
            try await aws.iam.uploadServerCertificate(
                .init(
                    serverCertificateName: "Other", certificateBody: made.certificate,
                    privateKey: try MadeCertificate("example.com").key))
        }
        await refused("MalformedCertificate", status: 400) {
            try await aws.iam.uploadServerCertificate(
                .init(serverCertificateName: "Other", certificateBody: "no certificate", privateKey: made.key))
        }
        try await aws.iam.updateServerCertificate(
            .init(serverCertificateName: "Web", newPath: "/", newServerCertificateName: "Site"))
        let found = try await aws.iam.getServerCertificate(.init(serverCertificateName: "site")).serverCertificate
        #expect(found?.certificateBody == made.certificate && found?.tags?.map(\.key) == ["a"])
        #expect(found?.serverCertificateMetadata?.arn == "arn:aws:iam::123456789012:server-certificate/Site")
        #expect(try await aws.iam.listServerCertificates().serverCertificateMetadataList?.count == 1)
        try await aws.iam.tagServerCertificate(.init(serverCertificateName: "Site", tags: [.init(key: "c", value: "d")]))
        try await aws.iam.untagServerCertificate(.init(serverCertificateName: "Site", tagKeys: ["a"]))
        #expect(
            try await aws.iam.listServerCertificateTags(.init(serverCertificateName: "Site")).tags?.map(\.key) == ["c"])
        try await aws.iam.deleteServerCertificate(.init(serverCertificateName: "Site"))
        await refused("NoSuchEntity", "The Server Certificate with name Site cannot be found.", status: 404) {
            _ = try await aws.iam.getServerCertificate(.init(serverCertificateName: "Site"))
        }
    }

    @Test func userIsLimitedToTwoSigningCertificates() async throws {
        try await aws.iam.createUser(.init(userName: "Worker"))
        aws.clock.set(.init(milliseconds: Int64(Date().timeIntervalSince1970 * 1000)))
        let made = try (0..<3).map { try MadeCertificate("c\($0)") }
        func upload(_ body: String) async throws -> SigningCertificate? {
            try await aws.iam.uploadSigningCertificate(.init(userName: "Worker", certificateBody: body)).certificate
        }
        let first = try #require(try await upload(made[0].certificate))
        await refused("DuplicateCertificate", status: 409) { _ = try await upload(made[0].certificate) }
        _ = try await upload(made[1].certificate)
        await refused("LimitExceeded", "Cannot exceed quota for CertificatesPerUser: 2", status: 409) {
            _ = try await upload(made[2].certificate)
        }
        let expired = try MadeCertificate("old", until: Date() - 60)
        await refused("InvalidCertificate") { _ = try await upload(expired.certificate) }
        let id = try #require(first.certificateId)
        try await aws.iam.updateSigningCertificate(.init(userName: "Worker", certificateId: id, status: "Inactive"))
        let listed = try await aws.iam.listSigningCertificates(.init(userName: "Worker")).certificates
        #expect(listed?.first { $0.certificateId == id }?.status == .inactive && listed?.count == 2)
        try await aws.iam.deleteSigningCertificate(.init(userName: "Worker", certificateId: id))
        await refused("NoSuchEntity", "The Certificate with id \(id) cannot be found.") {
            try await aws.iam.deleteSigningCertificate(.init(userName: "Worker", certificateId: id))
        }
    }

    @Test func sshPublicKeyIsReturnedInBothEncodings() async throws {
        try await aws.iam.createUser(.init(userName: "Worker"))
        let pem = try _RSA.Signing.PrivateKey(keySize: .bits2048).publicKey.pemRepresentation
        let key = try #require(
            try await aws.iam.uploadSSHPublicKey(.init(userName: "Worker", sshPublicKeyBody: pem)).sshPublicKey)
        let id = try #require(key.sshPublicKeyId)
        #expect(key.fingerprint?.wholeMatch(of: /([0-9a-f]{2}:){15}[0-9a-f]{2}/) != nil && id.hasPrefix("APKA"))
        let ssh = try #require(
            try await aws.iam.getSSHPublicKey(.init(userName: "Worker", sshPublicKeyId: id, encoding: .ssh)).sshPublicKey)
        #expect(ssh.sshPublicKeyBody?.hasPrefix("ssh-rsa AAAAB3NzaC1yc2E") == true)
        let again = try await aws.iam.getSSHPublicKey(.init(userName: "Worker", sshPublicKeyId: id, encoding: .pem))
        #expect(
            again.sshPublicKey?.sshPublicKeyBody?.filter { !$0.isWhitespace } == pem.filter { !$0.isWhitespace })
        await refused("DuplicateSSHPublicKey", status: 400) {
            try await aws.iam.uploadSSHPublicKey(
                .init(userName: "Worker", sshPublicKeyBody: try #require(ssh.sshPublicKeyBody)))
        }
        await refused("InvalidPublicKey", status: 400) {
            try await aws.iam.uploadSSHPublicKey(.init(userName: "Worker", sshPublicKeyBody: "ssh-ed25519 AAAA"))
        }
        try await aws.iam.updateSSHPublicKey(.init(userName: "Worker", sshPublicKeyId: id, status: "Inactive"))
        #expect(try await aws.iam.listSSHPublicKeys(.init(userName: "Worker")).sshPublicKeys?.first?.status == .inactive)
        try await aws.iam.deleteSSHPublicKey(.init(userName: "Worker", sshPublicKeyId: id))
        await refused("NoSuchEntity", "The Public Key with id \(id) cannot be found.") {
            try await aws.iam.deleteSSHPublicKey(.init(userName: "Worker", sshPublicKeyId: id))
        }
    }

    @Test func serviceSpecificCredentialReturnsPasswordOnce() async throws {
        try await aws.iam.createUser(.init(userName: "Worker"))
        let made = try #require(
            try await aws.iam.createServiceSpecificCredential(
                .init(userName: "Worker", serviceName: "codecommit.amazonaws.com")
            ).serviceSpecificCredential)
        #expect(made.serviceUserName == "Worker-at-123456789012" && made.servicePassword != nil)
        let id = try #require(made.serviceSpecificCredentialId)
        let listed = try await aws.iam.listServiceSpecificCredentials(.init(userName: "Worker")).serviceSpecificCredentials
        #expect(listed?.map(\.serviceUserName) == ["Worker-at-123456789012"])
        let fresh = try await aws.iam.resetServiceSpecificCredential(
            .init(userName: "Worker", serviceSpecificCredentialId: id)
        ).serviceSpecificCredential
        #expect(fresh?.servicePassword != nil && fresh?.servicePassword != made.servicePassword)
        try await aws.iam.updateServiceSpecificCredential(
            .init(userName: "Worker", serviceSpecificCredentialId: id, status: "Inactive"))
        let bedrock = try await aws.iam.createServiceSpecificCredential(
            .init(userName: "Worker", serviceName: "bedrock.amazonaws.com", credentialAgeDays: 30)
        ).serviceSpecificCredential
        #expect(bedrock?.expirationDate == aws.clock.now + .days(30) && bedrock?.serviceCredentialSecret != nil)
        await refused("NotSupportedService", status: 404) {
            try await aws.iam.createServiceSpecificCredential(.init(userName: "Worker", serviceName: "s3.amazonaws.com"))
        }
        try await aws.iam.deleteServiceSpecificCredential(.init(userName: "Worker", serviceSpecificCredentialId: id))
        await refused("NoSuchEntity") {
            try await aws.iam.deleteServiceSpecificCredential(.init(userName: "Worker", serviceSpecificCredentialId: id))
        }
    }
}
