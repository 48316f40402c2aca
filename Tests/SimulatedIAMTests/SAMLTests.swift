import Crypto
import CryptoExtras
import DrydockTesting
import Foundation
import Testing

/// Assertions of the test's own identity provider. They are written in canonical form, so that the text can be signed as it is.
@Suite(.simulator) struct SAML {
    private let aws = AWS.current
    private let role = "arn:aws:iam::123456789012:role/Staff"
    private let provider = "arn:aws:iam::123456789012:saml-provider/Corp"
    private let identity: MadeCertificate

    init() throws { identity = try MadeCertificate("idp.example") }

    private var metadata: String {
        let body = identity.certificate.split(separator: "\n").filter { !$0.hasPrefix("-----") }.joined()
        return """
            <?xml version="1.0"?><EntityDescriptor xmlns="urn:oasis:names:tc:SAML:2.0:metadata" entityID="https://idp.example">\
            <IDPSSODescriptor protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol"><KeyDescriptor use="signing">\
            <ds:KeyInfo xmlns:ds="http://www.w3.org/2000/09/xmldsig#"><ds:X509Data><ds:X509Certificate>\(body)</ds:X509Certificate>\
            </ds:X509Data></ds:KeyInfo></KeyDescriptor></IDPSSODescriptor></EntityDescriptor>
            """ + String(repeating: " ", count: 200)
    }

    private func setUp(trusting condition: String = "") async throws {
        try await aws.iam.createSAMLProvider(.init(samlMetadataDocument: metadata, name: "Corp"))
        let trust =
            #"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Federated":"\#(provider)"},"Action":["sts:AssumeRoleWithSAML","sts:TagSession"],"Condition":{"StringEquals":{"SAML:aud":"https://signin.aws.amazon.com/saml"\#(condition)}}}]}"#
        try await aws.iam.createRole(.init(roleName: "Staff", assumeRolePolicyDocument: trust))
        try await aws.iam.putRolePolicy(.init(roleName: "Staff", policyName: "P", policyDocument: allow("ecr:*")))
    }

    private func attribute(_ name: String, _ value: String) -> String {
        "<Attribute Name=\"https://aws.amazon.com/SAML/Attributes/\(name)\"><AttributeValue>\(value)</AttributeValue></Attribute>"
    }

    /// - Parameter changing: changes the assertion after it is signed.
    private func response(
        issuer: String = "https://idp.example", key: _RSA.Signing.PrivateKey? = nil, attributes: String = "",
        changing change: (String) -> String = { $0 }
    ) throws -> String {
        let end = (aws.clock.now + .minutes(5)).iso8601(milliseconds: false)
        let saml = "urn:oasis:names:tc:SAML:2.0:assertion"
        let head = "<Assertion xmlns=\"\(saml)\" ID=\"_a1\" IssueInstant=\"\(end)\" Version=\"2.0\"><Issuer>\(issuer)</Issuer>"
        let tail =
            "<Subject><NameID Format=\"urn:oasis:names:tc:SAML:2.0:nameid-format:persistent\">ada</NameID>"
            + "<SubjectConfirmation Method=\"urn:oasis:names:tc:SAML:2.0:cm:bearer\"><SubjectConfirmationData "
            + "NotOnOrAfter=\"\(end)\" Recipient=\"https://signin.aws.amazon.com/saml\"></SubjectConfirmationData>"
            + "</SubjectConfirmation></Subject><AttributeStatement>\(attribute("Role", "\(role),\(provider)"))"
            + "\(attribute("RoleSessionName", "ada"))\(attributes)</AttributeStatement></Assertion>"
        let digest = Data(SHA256.hash(data: Data((head + tail).utf8))).base64EncodedString()
        let exclusive = "http://www.w3.org/2001/10/xml-exc-c14n#"
        let info =
            "<ds:SignedInfo xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\"><ds:CanonicalizationMethod Algorithm=\"\(exclusive)\">"
            + "</ds:CanonicalizationMethod><ds:SignatureMethod Algorithm=\"http://www.w3.org/2001/04/xmldsig-more#rsa-sha256\">"
            + "</ds:SignatureMethod><ds:Reference URI=\"#_a1\"><ds:Transforms><ds:Transform "
            + "Algorithm=\"http://www.w3.org/2000/09/xmldsig#enveloped-signature\"></ds:Transform><ds:Transform "
            + "Algorithm=\"\(exclusive)\"></ds:Transform></ds:Transforms><ds:DigestMethod "
            + "Algorithm=\"http://www.w3.org/2001/04/xmlenc#sha256\"></ds:DigestMethod><ds:DigestValue>\(digest)</ds:DigestValue>"
            + "</ds:Reference></ds:SignedInfo>"
        let signature = try (key ?? identity.privateKey)
            .signature(for: SHA256.hash(data: Data(info.utf8)), padding: .insecurePKCS1v1_5).rawRepresentation
            .base64EncodedString()
        let signed =
            head + "<ds:Signature xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\">\(info)<ds:SignatureValue>\(signature)"
            + "</ds:SignatureValue></ds:Signature>" + tail
        let text =
            "<samlp:Response xmlns:samlp=\"urn:oasis:names:tc:SAML:2.0:protocol\" ID=\"_r1\"><samlp:Status><samlp:StatusCode "
            + "Value=\"urn:oasis:names:tc:SAML:2.0:status:Success\"/></samlp:Status>\(change(signed))</samlp:Response>"
        return Data(text.utf8).base64EncodedString()
    }

    private func assume(_ assertion: String) async throws -> AssumeRoleWithSAMLResponse {
        try await aws.sts.assumeRoleWithSAML(.init(roleArn: role, principalArn: provider, samlAssertion: assertion))
    }

    @Test func assumeRoleWithSAMLReturnsCredentials() async throws {
        try await setUp()
        let made = try await assume(try response(attributes: attribute("PrincipalTag:team", "web")))
        #expect(made.subject == "ada" && made.subjectType == "persistent" && made.issuer == "https://idp.example")
        #expect(made.audience == "https://signin.aws.amazon.com/saml")
        #expect(made.assumedRoleUser?.arn == "arn:aws:sts::123456789012:assumed-role/Staff/ada")
        let session = aws.acting(as: try credentials(made.credentials))
        let condition = #"{"StringEquals":{"aws:PrincipalTag/team":"web","saml:sub":"ada"}}"#
        try await aws.iam.putRolePolicy(
            .init(roleName: "Staff", policyName: "P", policyDocument: allow("ecr:*", condition: condition)))
        _ = try await session.ecr.describeRepositories()
    }

    @Test func invalidSAMLAssertionsAreRejected() async throws {
        try await setUp()
        let stranger = try _RSA.Signing.PrivateKey(keySize: .bits2048)
        for forged in [
            try response(key: stranger), try response { $0.replacing(">ada<", with: ">eve<") },
            try response { $0.replacing("team", with: "x").replacing("role/Staff", with: "role/Admin") },
        ] {
            await refused("InvalidIdentityToken", "Response signature invalid", status: 400) { _ = try await assume(forged) }
        }
        await refused("InvalidIdentityToken", "Issuer not present in specified provider") {
            _ = try await assume(try response(issuer: "https://another.example"))
        }
        await refused("InvalidIdentityToken", "Invalid base64 SAMLResponse") { _ = try await assume("no-base64!") }
        let good = try response()
        _ = try await assume(good)
        // The expiration must be past on both the simulator's clock and the machine's.
        aws.clock.set(Instant(seconds: 32_503_680_000 as Int64))
        await refused("ExpiredTokenException", "Token must be redeemed within 5 minutes of issuance") {
            _ = try await assume(good)
        }
    }

    @Test func samlTrustPolicyConditionIsEnforced() async throws {
        try await setUp(trusting: #","SAML:sub":"bob""#)
        await refused(
            "AccessDenied", "Not authorized to perform sts:AssumeRoleWithSAML", status: 403,
            explanation: "if SAML:sub is bob; the request has ada"
        ) { _ = try await assume(try response()) }
    }

    @Test func samlProviderIsCreatedUpdatedAndDeleted() async throws {
        await refused("InvalidInput", "Could not parse metadata", status: 400) {
            try await aws.iam.createSAMLProvider(
                .init(samlMetadataDocument: String(repeating: "<no metadata>", count: 100), name: "Corp"))
        }
        try await setUp()
        await refused("EntityAlreadyExists", "SAML Provider with name Corp already exists.", status: 409) {
            try await aws.iam.createSAMLProvider(.init(samlMetadataDocument: metadata, name: "Corp"))
        }
        let found = try await aws.iam.getSAMLProvider(.init(samlProviderArn: provider))
        #expect(found.samlMetadataDocument == metadata && found.createDate == aws.clock.now)
        #expect(try await aws.iam.listSAMLProviders().samlProviderList?.map(\.arn) == [provider])
        try await aws.iam.tagSAMLProvider(.init(samlProviderArn: provider, tags: [.init(key: "a", value: "b")]))
        #expect(try await aws.iam.listSAMLProviderTags(.init(samlProviderArn: provider)).tags?.count == 1)
        try await aws.iam.untagSAMLProvider(.init(samlProviderArn: provider, tagKeys: ["a"]))
        #expect(
            try await aws.iam.updateSAMLProvider(
                .init(samlMetadataDocument: metadata + " ", samlProviderArn: provider)
            ).samlProviderArn == provider)
        try await aws.iam.deleteSAMLProvider(.init(samlProviderArn: provider))
        await refused("NoSuchEntity", status: 404) {
            _ = try await aws.iam.getSAMLProvider(.init(samlProviderArn: provider))
        }
    }
}
