import Testing

@testable import SimulatorCore

@Suite struct PolicySyntax {
    struct Refusal: Sendable {
        var document: String
        var message: String
        /// Part of the expected explanation.
        var place: String
        init(_ document: String, _ message: String, _ place: String) {
            self.document = document
            self.message = message
            self.place = place
        }
    }

    static func statement(_ text: String) -> String { #"{"Version":"2012-10-17","Statement":[\#(text)]}"# }
    static let syntax = "Syntax errors in policy."
    static let legacy = "The policy failed legacy parsing"

    // The messages and their order were observed on AWS; the positions are Drydock's.
    @Test(arguments: [
        Refusal("non-json", syntax, "line 1, column 1"),
        Refusal("{\n  \"Version\": ,", syntax, "line 2, column 14"),
        Refusal("[]", syntax, "not a JSON object"),
        Refusal("{}", syntax, "no Statement"),
        Refusal(statement(""), syntax, "at least one"),
        Refusal(#"{"Version":"2012-10-17","Statement":[],"Extra":1}"#, syntax, "'Extra'"),
        Refusal(#"{"Version":"2020-01-01","Statement":[]}"#, syntax, "2020-01-01"),
        Refusal(
            #"{"Version":"2008-10-17","Statement":\#(allowAll)}"#, "Policy document must be version 2012-10-17 or greater.",
            "Version"),
        Refusal(#"{"Statement":\#(allowAll)}"#, "Policy document must be version 2012-10-17 or greater.", "Version"),
        // Assumed: a duplicate element is a syntax error.
        Refusal(statement(#"{"Effect":"Allow","Action":"*","Resource":"*","Resource":"*"}"#), syntax, "twice"),
        Refusal(statement(#"{"Efect":"Allow"}"#), syntax, "Statement[0] has an unknown element 'Efect'"),
        Refusal(statement(#"{"Action":"*","Resource":"*"}"#), syntax, "Statement[0].Effect"),
        Refusal(statement(#"{"Effect":"Maybe","Action":"*","Resource":"*"}"#), syntax, "not 'Maybe'"),
        Refusal(statement(#"{"Effect":"allow","Action":"*","Resource":"*"}"#), legacy, "Statement[0].Effect"),
        Refusal(statement(#"{"Effect":"Allow","Action":["s3:a",1],"Resource":"*"}"#), syntax, "Statement[0].Action[1]"),
        Refusal(statement(#"{"Effect":"Allow","Action":"*","NotAction":"*","Resource":"*"}"#), syntax, "NotAction"),
        Refusal(
            statement(allowAll).replacing(#"{"Effect""#, with: #"{"Principal":"*","Effect""#),
            "Policy document should not specify a principal.", "Statement[0].Principal"),
        Refusal(statement(#"{"Effect":"Allow","Resource":"*"}"#), "Policy statement must contain actions.", "Statement[0]"),
        Refusal(statement(#"{"Effect":"Allow","Action":[],"Resource":"*"}"#), "Policy statement must contain actions.", "[0]"),
        Refusal(statement(#"{"Effect":"Allow","Action":"*"}"#), "Policy statement must contain resources.", "Statement[0]"),
        Refusal(
            statement(#"{"Effect":"Allow","Action":"invalid","Resource":"*"}"#),
            "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.", "'invalid'"),
        // Actions are checked before missing resources: observed on AWS by moto's policy tests.
        Refusal(
            statement(#"{"Effect":"Allow","Action":"invalid"}"#),
            "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.", "'invalid'"),
        Refusal(
            statement(#"{"Effect":"Allow","Action":"a:b:c","Resource":"*"}"#),
            "Actions/Condition can contain only one colon.", "a:b:c"),
        Refusal(statement(#"{"Effect":"Allow","Action":"a b:c","Resource":"*"}"#), "Vendor a b is not valid", "a b:c"),
        Refusal(
            statement(#"{"Effect":"Allow","Action":"s3:a","Resource":"bucket"}"#),
            #"Resource bucket must be in ARN format or "*"."#, "Statement[0].Resource"),
        Refusal(
            statement(#"{"Effect":"Allow","Action":"s3:a","Resource":"arn:bad:s3:::bucket"}"#),
            #"Partition "bad" is not valid for resource "arn:bad:s3:::bucket"."#, "Resource"),
        Refusal(statement(#"{"Effect":"Allow","Action":"s3:a","Resource":"arn:aws:s3::bucket"}"#), legacy, "arn:partition"),
        Refusal(
            statement(#"{"Effect":"Allow","Action":"s3:a","Resource":"arn:aws:s3:us-east-1::b"}"#),
            "Resource arn:aws:s3:us-east-1::b can not contain region information.", "Resource"),
        Refusal(
            statement(
                #"{"Sid":"A","Effect":"Allow","Action":"*","Resource":"*"},{"Sid":"A","Effect":"Deny","Action":"*","Resource":"*"}"#
            ),
            "Statement IDs (SID) in a single policy must be unique.", "Statement[1]"),
        Refusal(
            statement(#"{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"StringIs":{"aws:x":"y"}}}"#), syntax,
            "Condition.StringIs"),
        Refusal(
            statement(
                #"{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"DateLessThan":{"aws:CurrentTime":"soon"}}}"#),
            legacy, "'soon'"),
        Refusal(statement(#"{"Effect":"Allow","Action":"*","Resource":"*","Condition":[]}"#), syntax, "Condition"),
    ])
    func invalidIdentityPolicyIsRejectedWithPosition(_ refusal: Refusal) throws {
        let error = try #require(throws: PolicySyntaxError.self) { try PolicyDocument(parsing: refusal.document) }
        #expect(error.message == refusal.message)
        #expect(error.explanation.contains(refusal.place), "\(error.explanation)")
    }

    /// From moto's policy tests, which were observed on AWS, and the S3 guide.
    @Test(arguments: [
        #"{"Effect":"Allow","Action":"s3:a","Resource":"arn:aws:fdsasf"}"#,
        #"{"Effect":"Allow","Action":"s3:a","Resource":"arn:aws:s3:us-west-2:123456789012:accesspoint/one/object/*"}"#,
        #"{"Effect":"Allow","Action":"s3:a","Resource":"*","Condition":{"StringEquals":{"a":"b"}}}"#,
        #"{"Effect":"Allow","Action":"s3:a","Resource":"*","Condition":{"DateGreaterThan":{"a":"01T"}}}"#,
        #"{"Effect":"Allow","Action":"s3:a","Resource":"*","Condition":{"DateGreaterThan":{"a":[]}}}"#,
        #"{"Effect":"Allow","Action":"s3:a","Resource":"*","Condition":{"DateLessThan":{"a":"-292275054"}}}"#,
        #"{"Effect":"Allow","Action":"s3:a","Resource":"*","Condition":{"DateLessThanEquals":{"a":"2016-12-13t2:00:00.593194+23"}}}"#,
        #"{"Effect":"Allow","Action":"s3:a","Resource":"*","Condition":{"DateLessThanEquals":{"a":"2016-12-13T21:20:37.593194+00:00"}}}"#,
        #"{"Effect":"Allow","Action":"s3:a","Resource":"*","Condition":{"x":{},"y":{}}}"#,
    ])
    func unusualIdentityPolicyIsAccepted(_ text: String) throws {
        _ = try PolicyDocument(parsing: Self.statement(text))
    }

    @Test(arguments: [
        "soon", "2016-13-01", "2016-12-32", "2016-12-13T24", "2016-12-13T10:60", "2016-1-1-1", "-5t", "1.5t",
        "99999999999999999999", "2016-12-13t2:00:00.593194+1", "2016-12-13t2:00:00.1999999999+10:59",
    ])
    func invalidDateConditionsAreRejected(_ text: String) {
        let policy =
            #"{"Effect":"Allow","Action":"s3:a","Resource":"*","Condition":{"DateLessThan":{"aws:CurrentTime":"\#(text)"}}}"#
        let isTaken = (try? PolicyDocument(parsing: Self.statement(policy))) != nil
        // A negative year is valid.
        #expect(isTaken == (text == "-5t"))
    }

    @Test func resourcePolicyAllowsDuplicateStatementIds() throws {
        let allow = #"{"Sid":"A","Effect":"Allow","Principal":"*","Action":"ecr:BatchGetImage"}"#
        let text = #"{"Version":"2012-10-17","Statement":[\#(allow),\#(allow)]}"#
        #expect(try PolicyDocument(parsing: text, as: .resource).statements.count == 2)
    }

    @Test(arguments: [
        // Assumed: the message for a principal without a type.
        (#"{"Effect":"Allow","Principal":"you","Action":"sts:AssumeRole"}"#, #"Invalid principal in policy: "you""#),
        (
            #"{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::1:root"},"Action":"sts:AssumeRole"}"#,
            #"Invalid principal in policy: "AWS":"arn:aws:iam::1:root""#
        ),
        (
            #"{"Effect":"Allow","Principal":{"Service":"ec2"},"Action":"sts:AssumeRole"}"#,
            #"Invalid principal in policy: "SERVICE":"ec2""#
        ),
        (#"{"Effect":"Allow","Principal":"*","Action":"sts:AssumeRole","Resource":"*"}"#, "Has prohibited field Resource"),
        (#"{"Effect":"Allow","Action":"sts:AssumeRole"}"#, "Missing required field Principal"),
        (
            #"{"Effect":"Allow","Principal":"*","Action":"ecr:PutImage"}"#,
            "AssumeRole policy may only specify STS AssumeRole actions."
        ),
    ])
    func invalidTrustPolicyIsRejected(_ statement: String, _ message: String) throws {
        let error = try #require(throws: PolicySyntaxError.self) { try policy(statement, as: .trust) }
        #expect(error.message == message)
    }

    @Test func deeplyNestedPolicyIsRejected() {
        let bomb = String(repeating: "[", count: 100_000)
        #expect(throws: PolicySyntaxError.self) { try PolicyDocument(parsing: bomb) }
    }

    @Test func resourcePolicyDefaultsToOlderVersion() throws {
        let text = #"{"Statement":{"Effect":"Allow","Principal":"*","Action":"ecr:*"}}"#
        #expect(try PolicyDocument(parsing: text, as: .resource).version == "2008-10-17")
        #expect(throws: PolicySyntaxError.self) {
            try PolicyDocument(parsing: #"{"Statement":{"Effect":"Allow","Action":"ecr:*"}}"#, as: .resource)
        }
    }
}
