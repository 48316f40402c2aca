import AWSCore
import Crypto
import CryptoExtras
import Foundation
import SimulatorCore
import SwiftASN1
import X509

/// An identity provider's SAML 2.0 metadata.
struct SAMLMetadata {
    let entityID: String
    /// The provider's signing keys.
    let keys: [_RSA.Signing.PublicKey]

    struct Malformed: Error {}

    init(_ text: String) throws {
        guard let document = XMLText(Bytes(text.utf8)), let root = document.root,
            let entity = root.all("EntityDescriptor").first, let id = entity["entityID"],
            let provider = entity.first("IDPSSODescriptor")
        else { throw Malformed() }
        entityID = id
        keys = provider.children("KeyDescriptor").filter { $0["use"] != "encryption" }.flatMap { $0.all("X509Certificate") }
            .compactMap { certificate in
                guard let der = certificate.packed, let parsed = try? Certificate(derEncoded: der),
                    let pem = try? parsed.publicKey.serializeAsPEM().pemString
                else { return nil }
                return try? _RSA.Signing.PublicKey(pemRepresentation: pem)
            }
        guard !keys.isEmpty else { throw Malformed() }
    }
}

/// The assertions of a SAML response with a valid signature.
struct SAMLAssertion {
    let issuer, subject, subjectType, recipient: String
    var roles: [(role: String, provider: String)] = []
    var sessionName = ""
    var duration: Int?
    var sessionEnd: Instant?
    var tags: [String: String] = [:]
    var transitiveKeys: [String] = []
    var sourceIdentity: String?

    private static let attributes = "https://aws.amazon.com/SAML/Attributes/"

    /// - Parameter text: the response in base64.
    /// - Throws: AWS's error if the response is not valid.
    init(_ text: String, _ metadata: SAMLMetadata, _ context: Context) throws {
        guard let bytes = Base64.decode(text.filter { !$0.isWhitespace }), let document = XMLText(bytes),
            let root = document.root
        else { throw Self.invalid("Invalid base64 SAMLResponse") }
        guard let status = root.first("Status")?.first("StatusCode")?["Value"] ?? (root.name == "Assertion" ? "" : nil),
            status.isEmpty || status.hasSuffix(":Success")
        else { throw AWSError("IDPRejectedClaim", status: 403, "The identity provider reported that authentication failed.") }
        guard let signed = Self.signedElement(document, root, metadata.keys) else {
            throw Self.invalid("Response signature invalid")
        }
        // Read only what is signed: the assertion itself or the response around it.
        let assertions = signed.name == "Assertion" ? [signed] : signed.children("Assertion")
        guard assertions.count == 1, let assertion = assertions.first else { throw Self.invalid("Response signature invalid") }
        issuer = assertion.first("Issuer")?.content ?? ""
        guard issuer == metadata.entityID else { throw Self.invalid("Issuer not present in specified provider") }
        guard let identity = assertion.first("Subject"), let name = identity.first("NameID"),
            let confirmation = identity.first("SubjectConfirmation")?.first("SubjectConfirmationData")
        else { throw Self.invalid("The assertion has no subject with a bearer's confirmation.") }
        subject = name.content
        let format = name["Format"] ?? "urn:oasis:names:tc:SAML:2.0:nameid-format:unspecified"
        let standard = "urn:oasis:names:tc:SAML:2.0:nameid-format:"
        subjectType = format.hasPrefix(standard) ? String(format.dropFirst(standard.count)) : format
        recipient = confirmation["Recipient"] ?? ""
        guard
            ["https://signin.aws.amazon.com/saml", "https://\(context.region).signin.aws.amazon.com/saml"].contains(recipient)
        else {
            throw Self.invalid("Recipient in the assertion is not https://signin.aws.amazon.com/saml")
        }
        let conditions = assertion.first("Conditions")
        let audiences = conditions?.all("Audience").map(\.content) ?? []
        guard audiences.isEmpty || audiences.contains(where: { ["urn:amazon:webservices", recipient].contains($0) }) else {
            throw Self.invalid("Audience restriction in SAML Assertion not satisfied")
        }
        try Self.checkTimes(confirmation["NotOnOrAfter"], conditions?["NotBefore"], conditions?["NotOnOrAfter"], context)
        sessionEnd = assertion.first("AuthnStatement")?["SessionNotOnOrAfter"].flatMap { Instant(parsing: $0) }
        for attribute in assertion.children("AttributeStatement").flatMap({ $0.children("Attribute") }) {
            read(attribute["Name"] ?? "", attribute.children("AttributeValue").map(\.content))
        }
        guard !roles.isEmpty else {
            throw Self.invalid("Roles are not given in the SAML response")
        }
        guard !sessionName.isEmpty else { throw Self.invalid("RoleSessionName is required in AuthnResponse") }
    }

    private static func invalid(_ message: String) -> AWSError { AWSError("InvalidIdentityToken", message) }

    private mutating func read(_ name: String, _ values: [String]) {
        guard name.hasPrefix(Self.attributes) else { return }
        let short = name.dropFirst(Self.attributes.count)
        switch short {
        case "Role":
            for value in values {
                let parts = value.split(separator: ",").map { $0.trimmingCharacters(in: .whitespacesAndNewlines) }
                guard parts.count == 2 else { continue }
                // Role and provider may come in either order.
                roles.append(parts[0].contains(":role/") ? (parts[0], parts[1]) : (parts[1], parts[0]))
            }
        case "RoleSessionName": sessionName = values.first ?? ""
        case "SessionDuration": duration = values.first.flatMap { Int($0) }
        case "SourceIdentity": sourceIdentity = values.first
        case "TransitiveTagKeys": transitiveKeys = values
        default:
            if short.hasPrefix("PrincipalTag:"), let value = values.first { tags[String(short.dropFirst(13))] = value }
        }
    }

    private static func checkTimes(_ end: String?, _ earliest: String?, _ latest: String?, _ context: Context) throws {
        let times = [context.now, .machineTime]
        for text in [end, latest].compactMap({ $0 }) {
            guard let instant = Instant(parsing: text), times.contains(where: { $0 < instant }) else {
                throw AWSError("ExpiredTokenException", "Token must be redeemed within 5 minutes of issuance")
            }
        }
        if let earliest, let instant = Instant(parsing: earliest), !times.contains(where: { $0 + .minutes(5) >= instant }) {
            throw invalid("The assertion is not valid yet.")
        }
    }

    // MARK: Signatures

    private static let exclusive = "http://www.w3.org/2001/10/xml-exc-c14n#"
    private static let inclusive = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315"

    /// Returns the response or the assertion, whichever one of the keys signed.
    private static func signedElement(
        _ document: XMLText, _ root: XMLText.Element, _ keys: [_RSA.Signing.PublicKey]
    ) -> XMLText.Element? {
        for element in [root] + root.children("Assertion") {
            for signature in element.children("Signature") where verifies(signature, of: element, document, keys) {
                return element
            }
        }
        return nil
    }

    private static func verifies(
        _ signature: XMLText.Element, of element: XMLText.Element, _ document: XMLText, _ keys: [_RSA.Signing.PublicKey]
    ) -> Bool {
        guard let info = signature.first("SignedInfo"), let value = signature.first("SignatureValue")?.packed,
            let method = info.first("CanonicalizationMethod"), let algorithm = info.first("SignatureMethod")?["Algorithm"],
            info.children("Reference").count == 1, let reference = info.first("Reference"), let id = element["ID"],
            reference["URI"] == "#\(id)" || reference["URI"] == "",
            let digest = reference.first("DigestValue")?.packed, let hash = reference.first("DigestMethod")?["Algorithm"],
            let canonicalInfo = canonical(info, by: method, document, without: nil)
        else { return false }
        let transforms = reference.first("Transforms")?.children("Transform") ?? []
        let form = transforms.last { [exclusive, inclusive].contains($0["Algorithm"] ?? "") }
        let known = transforms.allSatisfy {
            [exclusive, inclusive, "http://www.w3.org/2000/09/xmldsig#enveloped-signature"].contains($0["Algorithm"] ?? "")
        }
        guard known,
            let content = form.map({ canonical($0, element, document, signature) })
                ?? document.canonical(element, exclusive: false, without: signature),
            digested(content, hash) == digest
        else { return false }
        return keys.contains { isValid(value, canonicalInfo, algorithm, $0) }
    }

    private static func canonical(
        _ form: XMLText.Element, _ element: XMLText.Element, _ document: XMLText, _ signature: XMLText.Element
    ) -> Bytes? { canonical(element, by: form, document, without: signature) }

    private static func canonical(
        _ element: XMLText.Element, by method: XMLText.Element, _ document: XMLText, without left: XMLText.Element?
    ) -> Bytes? {
        guard let algorithm = method["Algorithm"], algorithm == exclusive || algorithm == inclusive else { return nil }
        let prefixes = method.first("InclusiveNamespaces")?["PrefixList"]?.split(separator: " ").map(String.init) ?? []
        return document.canonical(element, exclusive: algorithm == exclusive, prefixes: prefixes, without: left)
    }

    private static func digested(_ bytes: Bytes, _ algorithm: String) -> Bytes? {
        switch algorithm {
        case "http://www.w3.org/2001/04/xmlenc#sha256": Bytes(SHA256.hash(data: bytes))
        case "http://www.w3.org/2001/04/xmlenc#sha512": Bytes(SHA512.hash(data: bytes))
        case "http://www.w3.org/2000/09/xmldsig#sha1": Bytes(Insecure.SHA1.hash(data: bytes))
        default: nil
        }
    }

    private static func isValid(_ value: Bytes, _ bytes: Bytes, _ algorithm: String, _ key: _RSA.Signing.PublicKey) -> Bool {
        let signature = _RSA.Signing.RSASignature(rawRepresentation: value)
        switch algorithm {
        case "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256":
            return key.isValidSignature(signature, for: SHA256.hash(data: bytes), padding: .insecurePKCS1v1_5)
        case "http://www.w3.org/2001/04/xmldsig-more#rsa-sha512":
            return key.isValidSignature(signature, for: SHA512.hash(data: bytes), padding: .insecurePKCS1v1_5)
        case "http://www.w3.org/2000/09/xmldsig#rsa-sha1":
            return key.isValidSignature(signature, for: Insecure.SHA1.hash(data: bytes), padding: .insecurePKCS1v1_5)
        default: return false
        }
    }
}
