import DrydockTesting
import Testing

@Suite(.simulator) struct InstanceProfileTests {
    private let aws = AWS.current
    private static let trusting =
        #"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"ec2.amazonaws.com"},"Action":"sts:AssumeRole"}]}"#

    private func makeProfile(_ name: String, role: String? = nil) async throws {
        try await aws.iam.createInstanceProfile(.init(instanceProfileName: name))
        guard let role else { return }
        try await aws.iam.createRole(.init(roleName: role, assumeRolePolicyDocument: Self.trusting))
        try await aws.iam.addRoleToInstanceProfile(.init(instanceProfileName: name, roleName: role))
    }

    @Test func runInstancesNeedsExistingInstanceProfileWithRole() async throws {
        await refused(
            "InvalidParameterValue",
            "Value (Web) for parameter iamInstanceProfile.name is invalid. Invalid IAM Instance Profile name"
        ) { try await aws.run { $0.iamInstanceProfile = .init(name: "Web") } }
        let arn = "arn:aws:iam::123456789012:instance-profile/Web"
        await refused(
            "InvalidParameterValue",
            "Value (\(arn)) for parameter iamInstanceProfile.arn is invalid. Invalid IAM Instance Profile ARN"
        ) { try await aws.run { $0.iamInstanceProfile = .init(arn: arn) } }
        try await makeProfile("Web")
        await refused("InvalidParameterValue", "IAM Instance Profile \"\(arn)\" has no associated IAM Roles") {
            try await aws.run { $0.iamInstanceProfile = .init(name: "Web") }
        }
    }

    @Test func describeInstancesReportsInstanceProfile() async throws {
        try await makeProfile("Web", role: "Reader")
        let id = try await aws.run { $0.iamInstanceProfile = .init(name: "Web") }.first?.instanceId
        let profile = try await aws.describe(id)?.iamInstanceProfile
        let known = try await aws.iam.getInstanceProfile(.init(instanceProfileName: "Web")).instanceProfile
        #expect(profile?.arn == known?.arn && profile?.id == known?.instanceProfileId)
    }

    @Test func instanceProfileAssociationIsCreatedReplacedAndDeleted() async throws {
        try await makeProfile("Web", role: "Reader")
        try await makeProfile("Other", role: "Writer")
        let id = try await aws.run().first?.instanceId ?? ""
        let made = try await aws.ec2.associateIamInstanceProfile(
            .init(iamInstanceProfile: .init(name: "Web"), instanceId: id)
        ).iamInstanceProfileAssociation
        #expect(made?.state == "associating" && made?.associationId?.hasPrefix("iip-assoc-") == true)
        await refused("IncorrectState", "There is an existing association for instance \(id)") {
            try await aws.ec2.associateIamInstanceProfile(
                .init(iamInstanceProfile: .init(name: "Other"), instanceId: id))
        }
        await refused("InvalidParameterValue", "Invalid value for associationId.") {
            try await aws.ec2.replaceIamInstanceProfileAssociation(
                .init(iamInstanceProfile: .init(name: "Other"), associationId: id))
        }
        let replaced = try await aws.ec2.replaceIamInstanceProfileAssociation(
            .init(iamInstanceProfile: .init(name: "Other"), associationId: made?.associationId ?? "")
        ).iamInstanceProfileAssociation
        #expect(try await aws.describe(id)?.iamInstanceProfile?.arn?.hasSuffix("/Other") == true)
        let listed = try await aws.ec2.describeIamInstanceProfileAssociations(
            .init(filters: [.init(name: "instance-id", values: [id])])
        ).iamInstanceProfileAssociations
        #expect(listed?.map(\.associationId) == [replaced?.associationId])
        #expect(listed?.first?.state == "associated")
        _ = try await aws.ec2.disassociateIamInstanceProfile(.init(associationId: replaced?.associationId ?? ""))
        #expect(try await aws.describe(id)?.iamInstanceProfile == nil)
        await refused("NoSuchAssociation") {
            try await aws.ec2.disassociateIamInstanceProfile(.init(associationId: replaced?.associationId ?? ""))
        }
    }

    /// A caller who may launch instances but not pass the role cannot launch one with the profile.
    @Test func launchWithInstanceProfileNeedsPassRole() async throws {
        try await makeProfile("Web", role: "Reader")
        try await aws.iam.createUser(.init(userName: "Worker"))
        try await aws.iam.attachUserPolicy(
            .init(userName: "Worker", policyArn: "arn:aws:iam::aws:policy/AmazonEC2FullAccess"))
        let key = try await aws.iam.createAccessKey(.init(userName: "Worker")).accessKey
        let worker = aws.acting(
            as: Credentials(accessKeyId: key?.accessKeyId ?? "", secretAccessKey: key?.secretAccessKey ?? ""))
        let image = try await aws.run().first?.imageId
        let plain = RunInstancesRequest(imageId: image, instanceType: "t2.micro", maxCount: 1, minCount: 1)
        _ = try await worker.ec2.runInstances(plain)
        var launch = plain
        launch.iamInstanceProfile = .init(name: "Web")
        await refused("UnauthorizedOperation") { _ = try await worker.ec2.runInstances(launch) }
        let policy =
            #"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"iam:PassRole","Resource":"*","Condition":{"StringEquals":{"iam:PassedToService":"ec2.amazonaws.com"}}}]}"#
        try await aws.iam.putUserPolicy(.init(userName: "Worker", policyName: "Pass", policyDocument: policy))
        _ = try await worker.ec2.runInstances(launch)
    }
}
