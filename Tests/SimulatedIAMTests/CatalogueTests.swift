import DrydockTesting
import Testing

@testable import SimulatedIAM
@testable import SimulatorCore

/// The AWS managed policies embedded in the program.
@Suite(.simulator) struct ManagedPolicyCatalogue {
    private let aws = AWS.current

    @Test func everyManagedPolicyDocumentParses() throws {
        let all = AWSManagedPolicy.all
        #expect(all.count > 1400)
        #expect(Set(all.map { $0.path + $0.name }).count == all.count)
        #expect(Set(all.map(\.id)).count == all.count)
        var wrong: [String] = []
        for policy in all {
            do { _ = try PolicyDocument(parsing: policy.document) } catch { wrong.append("\(policy.name): \(error)") }
        }
        #expect(wrong == [])
    }

    /// From AWS's managed policy reference.
    @Test func managedPolicyHasAWSPathVersionAndDate() async throws {
        let arn = "arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy"
        let policy = try #require(try await aws.iam.getPolicy(.init(policyArn: arn)).policy)
        #expect(policy.path == "/service-role/" && policy.isAttachable == true)
        #expect(policy.createDate == Instant(parsing: "2017-11-16T18:48:22Z"))
        #expect(policy.policyId?.wholeMatch(of: /ANPA[A-Z2-7]{17}/) != nil)
        let version = try #require(policy.defaultVersionId)
        let document = try await aws.iam.getPolicyVersion(.init(policyArn: arn, versionId: version)).policyVersion?.document
        #expect(document?.contains("ecr%3AGetAuthorizationToken") == true)
    }

    @Test func unknownManagedPolicyIsReportedAsNotInCatalogue() async throws {
        let arn = "arn:aws:iam::aws:policy/AmazonPolicyOfNextYear"
        try await aws.iam.createUser(.init(userName: "Worker"))
        await refused(
            "NoSuchEntity", "Policy \(arn) is not in Drydock's catalogue.", status: 404,
            explanation: "tools/catalogue/managed-policies"
        ) { try await aws.iam.attachUserPolicy(.init(userName: "Worker", policyArn: arn)) }
    }
}
