import Testing

@testable import SimulatorCore

@Suite struct PolicyMatching {
    private func allows(_ statement: String, _ request: AuthorizationRequest) throws -> Bool {
        PolicySet(identity: [try named("p", statement)]).evaluate(request).isAllowed
    }

    @Test(arguments: [
        ("ecr:PutImage", "ecr:PutImage", true), ("ECR:putimage", "ecr:PutImage", true), ("ecr:Put*", "ecr:PutImage", true),
        ("ecr:PutImag?", "ecr:PutImage", true), ("ecr:PutImage?", "ecr:PutImage", false), ("*", "ecr:PutImage", true),
        ("*:*", "ecr:PutImage", true), ("ecr:*Image*", "ecr:BatchGetImage", true), ("ecr:Get*", "ecr:PutImage", false),
        ("ec2:*", "ecr:PutImage", false), ("ecr:*a*a*g*", "ecr:BatchGetImage", true), ("ecr:Put", "ecr:PutImage", false),
    ])
    func actionPatternsIgnoreCase(_ pattern: String, _ action: String, _ expected: Bool) throws {
        #expect(try allows(#"{"Effect":"Allow","Action":"\#(pattern)","Resource":"*"}"#, ask(worker, action)) == expected)
        #expect(try allows(#"{"Effect":"Allow","NotAction":"\#(pattern)","Resource":"*"}"#, ask(worker, action)) == !expected)
    }

    @Test(arguments: [
        (repository, true), ("arn:aws:ecr:*:*:repository/*", true),
        ("arn:aws:ecr:us-east-1:\(account):repository/UNIVERSAL", false),
        ("arn:aws:ecr:us-east-1:\(account):repository/univers??", true), ("arn:aws:ecr:*", true), ("arn:aws:ec2", false),
        ("arn:aws:ecr:us-west-2:\(account):repository/*", false),
        ("arn:aws:ecr:*:\(account):repository/${aws:username}*", false),
        ("arn:aws:ecr:*:\(account):repository/${aws:nothing}*", false),
        ("arn:aws:ecr:*:\(account):repository/${aws:nothing, 'universal'}", true),
        ("arn:aws:ecr:*:\(account):repository/${*}", false),
    ])
    func resourcePatternsAreCaseSensitive(_ pattern: String, _ expected: Bool) throws {
        // Assumed: parts missing from an ARN of fewer than six parts match anything, as IAM completes it in its errors.
        let document = try policy(#"{"Effect":"Allow","Action":"ecr:*","Resource":"\#(pattern)"}"#)
        #expect(PolicySet(identity: [NamedPolicy("p", document)]).evaluate(ask()).isAllowed == expected)
    }

    @Test func usernameVariableIsSubstituted() throws {
        let mine = #"{"Effect":"Allow","Action":"ecr:*","Resource":"arn:aws:ecr:*:*:repository/${aws:username}/*"}"#
        #expect(try allows(mine, ask(on: "arn:aws:ecr:us-east-1:\(account):repository/Worker/app")))
        #expect(try !allows(mine, ask(on: "arn:aws:ecr:us-east-1:\(account):repository/Other/app")))
        let tagged =
            #"{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"StringEquals":{"aws:username":"${aws:PrincipalTag/team}"}}}"#
        #expect(try !allows(tagged, ask()))
    }

    @Test func variableValuesAreNotWildcards() throws {
        let star = Caller(kind: .user, arn: worker.arn, account: account, userName: "*")
        let mine = #"{"Effect":"Allow","Action":"ecr:*","Resource":"arn:aws:ecr:*:*:repository/${aws:username}"}"#
        #expect(try !allows(mine, ask(star)))
        #expect(try allows(mine, ask(star, on: "arn:aws:ecr:us-east-1:\(account):repository/*")))
    }

    @Test func olderPolicyVersionIgnoresVariables() throws {
        let text =
            #"{"Version":"2008-10-17","Statement":{"Effect":"Allow","Principal":"*","Action":"*","Resource":"a:${aws:username}"}}"#
        let old = PolicySet(resource: [NamedPolicy("p", try PolicyDocument(parsing: text, as: .resource))])
        #expect(!old.evaluate(ask(.anonymous, on: "a:Worker")).isAllowed)
        #expect(old.evaluate(ask(.anonymous, on: "a:${aws:username}")).isAllowed)
    }

    struct Case: Sendable, CustomTestStringConvertible {
        var condition: String
        var holds: Bool
        var context: [String: [String]]
        init(_ condition: String, _ holds: Bool, _ context: [String: [String]] = [:]) {
            self.condition = condition
            self.holds = holds
            self.context = context
        }
        var testDescription: String { "\(condition) \(context)" }
    }

    @Test(arguments: [
        Case(#"{"StringEquals":{"aws:username":"Worker"}}"#, true),
        Case(#"{"StringEquals":{"AWS:UserName":["x","Worker"]}}"#, true),
        Case(#"{"StringEquals":{"aws:username":"worker"}}"#, false),
        Case(#"{"StringEquals":{"aws:username":"Work*"}}"#, false),
        Case(#"{"StringEqualsIgnoreCase":{"aws:username":"WORKER"}}"#, true),
        Case(#"{"StringNotEqualsIgnoreCase":{"aws:username":"WORKER"}}"#, false),
        Case(#"{"StringLike":{"aws:username":"Wor*"}}"#, true),
        Case(#"{"StringNotLike":{"aws:username":"Wor*"}}"#, false),
        Case(#"{"StringNotEquals":{"aws:username":["a","Worker"]}}"#, false),
        Case(#"{"StringNotEquals":{"aws:absent":"a"}}"#, true),
        Case(#"{"StringEquals":{"aws:absent":"a"}}"#, false),
        Case(#"{"StringEqualsIfExists":{"aws:absent":"a"}}"#, true),
        Case(#"{"StringEqualsIfExists":{"aws:username":"a"}}"#, false),
        Case(#"{"StringEquals":{"aws:username":"Worker","aws:absent":"a"}}"#, false),
        Case(#"{"StringEquals":{"aws:PrincipalTag/Team":"web"}}"#, true),
        Case(#"{"NumericLessThan":{"x:n":10}}"#, true, ["X:N": ["9"]]),
        Case(#"{"NumericLessThan":{"x:n":"10"}}"#, false, ["x:n": ["10"]]),
        Case(#"{"NumericGreaterThanEquals":{"x:n":"10"}}"#, true, ["x:n": ["10.0"]]),
        Case(#"{"NumericEquals":{"x:n":"10"}}"#, false, ["x:n": ["ten"]]),
        Case(#"{"DateGreaterThan":{"aws:CurrentTime":"2023-12-17T11:59:59Z"}}"#, true),
        Case(#"{"DateLessThan":{"aws:CurrentTime":"2023-12-17T12:00:00Z"}}"#, false),
        Case(#"{"DateLessThanEquals":{"aws:CurrentTime":"2023-12-17T13:00:00+01:00"}}"#, true),
        Case(#"{"DateEquals":{"aws:EpochTime":"1702814400"}}"#, true),
        Case(#"{"Bool":{"aws:SecureTransport":false}}"#, true, ["aws:SecureTransport": ["false"]]),
        Case(#"{"Bool":{"aws:SecureTransport":"true"}}"#, false, ["aws:SecureTransport": ["false"]]),
        Case(#"{"BinaryEquals":{"x:b":"QUJD"}}"#, true, ["x:b": ["QUJD"]]),
        Case(#"{"IpAddress":{"aws:SourceIp":"203.0.113.0/24"}}"#, true, ["aws:SourceIp": ["203.0.113.77"]]),
        Case(#"{"IpAddress":{"aws:SourceIp":"203.0.113.0/25"}}"#, false, ["aws:SourceIp": ["203.0.113.177"]]),
        Case(#"{"NotIpAddress":{"aws:SourceIp":["10.0.0.0/8","203.0.113.7"]}}"#, true, ["aws:SourceIp": ["203.0.113.8"]]),
        Case(#"{"IpAddress":{"aws:SourceIp":"2001:db8::/33"}}"#, true, ["aws:SourceIp": ["2001:db8:0:1::1"]]),
        Case(#"{"IpAddress":{"aws:SourceIp":"2001:db8::/33"}}"#, false, ["aws:SourceIp": ["2001:db8:8000::1"]]),
        Case(#"{"ArnLike":{"aws:PrincipalArn":"arn:aws:iam::*:user/Work*"}}"#, true),
        Case(#"{"ArnEquals":{"aws:PrincipalArn":"arn:*:*:user/Worker"}}"#, false),
        Case(#"{"ArnNotLike":{"aws:PrincipalArn":"arn:aws:iam::*:role/*"}}"#, true),
        Case(#"{"Null":{"aws:absent":"true","aws:username":"false"}}"#, true),
        Case(#"{"Null":{"aws:username":"true"}}"#, false),
        Case(#"{"ForAnyValue:StringEquals":{"aws:TagKeys":["a","b"]}}"#, true, ["aws:TagKeys": ["c", "b"]]),
        Case(#"{"ForAnyValue:StringEquals":{"aws:TagKeys":["a","b"]}}"#, false),
        Case(#"{"ForAllValues:StringEquals":{"aws:TagKeys":["a","b"]}}"#, false, ["aws:TagKeys": ["c", "b"]]),
        Case(#"{"ForAllValues:StringLike":{"aws:TagKeys":["a*","b"]}}"#, true, ["aws:TagKeys": ["abc", "b"]]),
        Case(#"{"ForAllValues:StringEquals":{"aws:TagKeys":["a","b"]}}"#, true),
        Case(#"{"ForAnyValue:StringNotEquals":{"aws:TagKeys":["a"]}}"#, true, ["aws:TagKeys": ["a", "b"]]),
        Case(#"{"ForAllValues:StringNotEquals":{"aws:TagKeys":["a"]}}"#, false, ["aws:TagKeys": ["a", "b"]]),
        Case(#"{"StringEquals":{"aws:RequestedRegion":"us-east-1"},"Bool":{"aws:x":"true"}}"#, false),
    ])
    func conditionsMatchRequestContext(_ test: Case) throws {
        let statement = #"{"Effect":"Allow","Action":"*","Resource":"*","Condition":\#(test.condition)}"#
        #expect(try allows(statement, ask(worker, "ecr:PutImage", on: repository, test.context)) == test.holds)
    }

    @Test(arguments: ["256.0.0.1", "1.2.3", "1.2.3.4/33", "::1::", "2001:db8", "12345::", "", "1.2.3.4/x"])
    func invalidAddressRangesAreRejected(_ text: String) {
        #expect(AddressRange(text) == nil)
    }
}
