import AWSCore
import Crypto
import IAMAPI
import STSAPI
import SimulatorCore

extension STSSimulation {
    public func assumeRoleWithSAML(
        _ input: AssumeRoleWithSAMLRequest, _ context: Context
    ) throws -> AssumeRoleWithSAMLResponse {
        guard input.roleArn.isARN, input.roleArn.contains(":role/") else {
            throw AWSError.validation("\(input.roleArn) is invalid")
        }
        let there = context.within(account: RoleName.account(input.roleArn))
        guard let provider = try SAMLProviders.kind.find(input.principalArn, there),
            let metadata = try? SAMLMetadata(provider.content.samlMetadataDocument ?? "")
        else {
            // The message is assumed.
            throw AWSError("InvalidIdentityToken", "No SAML provider found in your account for \(input.principalArn)")
        }
        let assertion = try SAMLAssertion(input.samlAssertion, metadata, there)
        let refusal = "Not authorized to perform sts:AssumeRoleWithSAML"
        guard assertion.roles.contains(where: { $0.role == input.roleArn && $0.provider == input.principalArn }),
            let role = try RoleRecord.find(arn: input.roleArn, context)
        else { throw AWSError.accessDenied(refusal, explanation: "The assertion doesn't name this role with this provider.") }
        var seconds = input.durationSeconds ?? assertion.duration ?? 3600
        if let end = assertion.sessionEnd { seconds = min(seconds, max(900, Int(end.seconds - context.now.seconds))) }
        var session = RoleSession(role, assertion.sessionName, seconds: seconds)
        session.tags = assertion.tags
        session.transitiveTags = assertion.tags.filter { assertion.transitiveKeys.contains($0.key) }
        session.sourceIdentity = assertion.sourceIdentity
        session.provider = provider.id
        let name = provider.id.split(separator: "/").last.map(String.init) ?? ""
        let qualifier = Base64.encode(
            Bytes(Insecure.SHA1.hash(data: Bytes("\(assertion.issuer)\(there.account)/\(name)".utf8))))
        session.conditions = [
            "saml:aud": [assertion.recipient], "saml:iss": [assertion.issuer], "saml:sub": [assertion.subject],
            "saml:sub_type": [assertion.subjectType], "saml:namequalifier": [qualifier],
            "saml:doc": ["\(there.account)/\(name)"],
        ]
        try RoleTrust(
            role, provider: provider.id, conditions: session.conditions, session: session, action: "sts:AssumeRoleWithSAML",
            refusal: refusal
        ).check(there)
        let made = try session.make(policy: input.policy, policyArns: input.policyArns, there)
        return AssumeRoleWithSAMLResponse(
            credentials: made.record.shape, assumedRoleUser: made.user, packedPolicySize: made.packedSize,
            subject: assertion.subject, subjectType: assertion.subjectType, issuer: assertion.issuer,
            audience: assertion.recipient, nameQualifier: qualifier, sourceIdentity: assertion.sourceIdentity)
    }
}
