import Testing

@testable import SimulatorCore

@Suite struct PolicyEvaluation {
    private let ecr = #"{"Effect":"Allow","Action":"ecr:*","Resource":"*"}"#
    private let denyDelete = #"{"Sid":"Keep","Effect":"Deny","Action":"ecr:Delete*","Resource":"*"}"#

    private func resource(_ principal: String, effect: String = "Allow") throws -> NamedPolicy {
        try named(
            "policy of repository 'universal'", #"{"Effect":"\#(effect)","Principal":\#(principal),"Action":"ecr:*"}"#,
            as: .resource)
    }

    @Test func requestWithoutPolicyIsDenied() {
        let request = ask(worker, "ecr:CreateRepository")
        let decision = PolicySet().evaluate(request)
        #expect(
            decision.denial(request)
                == "User: arn:aws:iam::123456789012:user/Worker is not authorized to perform: ecr:CreateRepository on resource: "
                + "arn:aws:ecr:us-east-1:123456789012:repository/universal because no identity-based policy allows the "
                + "ecr:CreateRepository action")
    }

    @Test func explicitDenyOverridesAllow() throws {
        let set = PolicySet(identity: [
            try named("managed policy 'All'", allowAll), try named("inline policy 'Keep'", denyDelete),
        ])
        let request = ask(worker, "ecr:DeleteRepository")
        let decision = set.evaluate(request)
        #expect(decision.denial(request).hasSuffix("universal with an explicit deny in an identity-based policy"))
        #expect(decision.explanation(request, set).hasPrefix("Denied by statement 'Keep' of the inline policy 'Keep'."))
        #expect(set.evaluate(ask()).isAllowed)
    }

    @Test func rootNeedsNoPolicyButObeysDeny() throws {
        let root = Caller.root(ofAccount: account)
        #expect(PolicySet().evaluate(ask(root)).isAllowed)
        #expect(!PolicySet(resource: [try resource("\"*\"", effect: "Deny")]).evaluate(ask(root)).isAllowed)
        #expect(!PolicySet().evaluate(ask(.root(ofAccount: stranger))).isAllowed)
    }

    struct Grant: Sendable {
        var caller: Caller
        var principal: String
        /// Whether the resource-based policy allows the request alone, and together with an identity-based policy.
        var alone: Bool
        var together: Bool
        init(_ caller: Caller, _ principal: String, alone: Bool, together: Bool) {
            self.caller = caller
            self.principal = principal
            self.alone = alone
            self.together = together
        }
    }

    @Test(arguments: [
        Grant(worker, #""*""#, alone: true, together: true),
        Grant(worker, #"{"AWS":"arn:aws:iam::123456789012:user/Worker"}"#, alone: true, together: true),
        Grant(worker, #"{"AWS":"123456789012"}"#, alone: false, together: true),
        Grant(worker, #"{"AWS":"arn:aws:iam::123456789012:root"}"#, alone: false, together: true),
        Grant(worker, #"{"AWS":"arn:aws:iam::123456789012:user/Other"}"#, alone: false, together: true),
        Grant(session, #"{"AWS":"arn:aws:iam::123456789012:role/Deploy"}"#, alone: true, together: true),
        Grant(session, #"{"AWS":"arn:aws:sts::123456789012:assumed-role/Deploy/ci"}"#, alone: true, together: true),
        Grant(session, #"{"AWS":"arn:aws:sts::123456789012:assumed-role/Deploy/other"}"#, alone: false, together: true),
        Grant(visitor, #""*""#, alone: false, together: true),
        Grant(visitor, #"{"AWS":["999999999999"]}"#, alone: false, together: true),
        Grant(visitor, #"{"AWS":"arn:aws:iam::999999999999:user/Visitor"}"#, alone: false, together: true),
        Grant(visitor, #"{"AWS":"123456789012"}"#, alone: false, together: false),
        Grant(.root(ofAccount: stranger), #"{"AWS":"999999999999"}"#, alone: true, together: true),
        Grant(.anonymous, #""*""#, alone: true, together: true),
        Grant(.anonymous, #"{"AWS":"123456789012"}"#, alone: false, together: false),
        Grant(.service("ec2.amazonaws.com"), #"{"Service":"ec2.amazonaws.com"}"#, alone: true, together: true),
        Grant(.service("ecs.amazonaws.com"), #"{"Service":"ec2.amazonaws.com"}"#, alone: false, together: false),
    ])
    func resourcePolicyGrantsDependOnPrincipal(_ grant: Grant) throws {
        let alone = PolicySet(resource: [try resource(grant.principal)])
        #expect(alone.evaluate(ask(grant.caller)).isAllowed == grant.alone)
        let together = PolicySet(identity: [try named("p", ecr)], resource: [try resource(grant.principal)])
        #expect(together.evaluate(ask(grant.caller)).isAllowed == grant.together)
    }

    @Test func crossAccountDenialNamesMissingPolicy() throws {
        let request = ask(visitor)
        let identityOnly = PolicySet(identity: [try named("p", ecr)])
        #expect(
            identityOnly.evaluate(request).denial(request).hasSuffix(
                "because no resource-based policy allows the ecr:PutImage action"))
        let resourceOnly = PolicySet(resource: [try resource("\"*\"")])
        #expect(
            resourceOnly.evaluate(request).denial(request).hasSuffix(
                "because no identity-based policy allows the ecr:PutImage action"))
    }

    @Test func notPrincipalDeniesOtherPrincipals() throws {
        let deny = try named(
            "r", #"{"Effect":"Deny","NotPrincipal":{"AWS":"\#(worker.arn)"},"Action":"ecr:*"}"#, as: .resource)
        let set = PolicySet(identity: [try named("p", ecr)], resource: [deny])
        #expect(set.evaluate(ask(worker)).isAllowed)
        let request = ask(session)
        #expect(set.evaluate(request).denial(request).hasSuffix("with an explicit deny in a resource-based policy"))
    }

    @Test func boundaryLimitsIdentityPolicyButNotDirectGrant() throws {
        let boundary = try named("b", #"{"Effect":"Allow","Action":"ec2:*","Resource":"*"}"#)
        let request = ask()
        let limited = PolicySet(identity: [try named("p", ecr)], boundary: boundary)
        #expect(
            limited.evaluate(request).denial(request).hasSuffix(
                "because no permissions boundary allows the ecr:PutImage action"))
        let direct = PolicySet(resource: [try resource(#"{"AWS":"\#(worker.arn)"}"#)], boundary: boundary)
        #expect(direct.evaluate(request).isAllowed)
        let throughRole = PolicySet(
            resource: [try resource(#"{"AWS":"arn:aws:iam::123456789012:role/Deploy"}"#)], boundary: boundary)
        #expect(!throughRole.evaluate(ask(session)).isAllowed)
    }

    @Test func sessionPolicyLimitsRole() throws {
        let read = try named("s", #"{"Effect":"Allow","Action":"ecr:Get*","Resource":"*"}"#)
        let set = PolicySet(identity: [try named("p", ecr)], session: [read])
        #expect(set.evaluate(ask(session, "ecr:GetAuthorizationToken", on: "*")).isAllowed)
        let request = ask(session)
        #expect(set.evaluate(request).denial(request).hasSuffix("because no session policy allows the ecr:PutImage action"))
    }

    @Test func assumeRoleNeedsTrustPolicyInSameAccount() throws {
        let role = "arn:aws:iam::123456789012:role/Deploy"
        let assume = try named("p", #"{"Effect":"Allow","Action":"sts:AssumeRole","Resource":"*"}"#)
        func trust(_ principal: String) throws -> NamedPolicy {
            try named("t", #"{"Effect":"Allow","Principal":\#(principal),"Action":"sts:AssumeRole"}"#, as: .trust)
        }
        let request = ask(worker, "sts:AssumeRole", on: role)
        func decide(_ identity: [NamedPolicy], _ principal: String) throws -> Bool {
            PolicySet(identity: identity, resource: [try trust(principal)], needsResourcePolicy: true).evaluate(request)
                .isAllowed
        }
        #expect(try decide([assume], #"{"AWS":"123456789012"}"#))
        #expect(try !decide([], #"{"AWS":"123456789012"}"#))
        #expect(try decide([], #"{"AWS":"\#(worker.arn)"}"#))
        #expect(try !decide([assume], #"{"Service":"ec2.amazonaws.com"}"#))
    }

    @Test(arguments: [
        (
            #"{"Effect":"Allow","Action":"ecr:*","Resource":"arn:aws:ecr:*:*:repository/other"}"#,
            "it allows ecr:PutImage only on arn:aws:ecr:*:*:repository/other; the request is about arn:aws:ecr:us-east-1:"
        ),
        (
            #"{"Effect":"Allow","Action":"ecr:*","Resource":"*","Condition":{"StringEquals":{"aws:username":"Boss"}}}"#,
            "it allows ecr:PutImage on * if aws:username is Boss; the request has Worker."
        ),
        (
            #"{"Effect":"Allow","Action":"ecr:*","Resource":"*","Condition":{"Bool":{"aws:MultiFactorAuthPresent":"true"}}}"#,
            "if aws:MultiFactorAuthPresent is true; the request has no aws:MultiFactorAuthPresent."
        ),
        (
            #"{"Effect":"Allow","Action":"ec2:*","Resource":"*"}"#,
            "No statement of the inline policy 'P' of user 'Worker' allows ecr:PutImage."
        ),
    ])
    func denialExplanationNamesNearestStatement(_ statement: String, _ explanation: String) throws {
        let set = PolicySet(identity: [try named("inline policy 'P' of user 'Worker'", statement)])
        let text = set.evaluate(ask()).explanation(ask(), set)
        #expect(text.contains(explanation), "\(text)")
    }

    @Test func describeDenialOmitsResource() {
        let request = ask(worker, "ec2:DescribeInstances", on: "*")
        let denial = PolicySet().evaluate(request).denial(request, namesAnyResource: false)
        #expect(denial.contains("to perform: ec2:DescribeInstances because no identity-based policy"))
    }
}
