import DrydockTesting
import Testing

@Suite(.simulator) struct EC2Permissions {
    private let aws = AWS.current

    private func worker(_ policy: String) async throws -> AWS.Clients {
        try await aws.iam.createUser(.init(userName: "Worker"))
        try await aws.iam.putUserPolicy(.init(userName: "Worker", policyName: "Work", policyDocument: policy))
        let key = try #require(try await aws.iam.createAccessKey(.init(userName: "Worker")).accessKey)
        return aws.acting(as: Credentials(accessKeyId: key.accessKeyId ?? "", secretAccessKey: key.secretAccessKey ?? ""))
    }

    @Test func describePolicyAllowsDescribeVpcsOnly() async throws {
        let worker = try await worker(
            #"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"ec2:Describe*","Resource":"*"}}"#)
        #expect(try await worker.ec2.describeVpcs().vpcs?.count == 1)
        await refused("UnauthorizedOperation", status: 403) { try await worker.ec2.createVpc(.init(cidrBlock: "10.0.0.0/16")) }
    }

    @Test func resourceTagConditionAllowsDeleteSecurityGroup() async throws {
        let mine = try await aws.group("mine"), other = try await aws.group("other")
        try await aws.ec2.createTags(.init(resources: [mine], tags: [Tag(key: "Owner", value: "Worker")]))
        let worker = try await worker(
            #"""
            {"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"ec2:DeleteSecurityGroup","Resource":"*",
             "Condition":{"StringEquals":{"aws:ResourceTag/Owner":"Worker","ec2:Region":"us-east-1"}}}}
            """#)
        await refused("UnauthorizedOperation") { try await worker.ec2.deleteSecurityGroup(.init(groupId: other)) }
        try await worker.ec2.deleteSecurityGroup(.init(groupId: mine))
    }

    @Test func copyVolumesIsDeniedForDeniedSourceVolume() async throws {
        let allowed = try await aws.volume(), other = try await aws.volume()
        let worker = try await worker(
            #"""
            {"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"ec2:CopyVolumes","Resource":
             ["arn:aws:ec2:us-east-1:123456789012:volume/*"],"Condition":{"StringNotEquals":{"ec2:VolumeSize":"9"}}}}
            """#)
        _ = try await worker.ec2.copyVolumes(.init(sourceVolumeId: allowed))
        try await aws.iam.putUserPolicy(
            .init(
                userName: "Worker", policyName: "Work",
                policyDocument: #"""
                    {"Version":"2012-10-17","Statement":[
                     {"Effect":"Allow","Action":"ec2:CopyVolumes","Resource":"arn:aws:ec2:us-east-1:123456789012:volume/*"},
                     {"Effect":"Deny","Action":"ec2:CopyVolumes","Resource":"arn:aws:ec2:us-east-1:123456789012:volume/\#(other)"}]}
                    """#))
        _ = try await worker.ec2.copyVolumes(.init(sourceVolumeId: allowed))
        await refused("UnauthorizedOperation") { try await worker.ec2.copyVolumes(.init(sourceVolumeId: other)) }
        // A permission for the source alone does not permit the new volume.
        try await aws.iam.putUserPolicy(
            .init(
                userName: "Worker", policyName: "Work",
                policyDocument: #"""
                    {"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"ec2:CopyVolumes",
                     "Resource":"arn:aws:ec2:us-east-1:123456789012:volume/\#(allowed)"}}
                    """#))
        await refused("UnauthorizedOperation") { try await worker.ec2.copyVolumes(.init(sourceVolumeId: allowed)) }
    }

    @Test func createVpcWithTagsNeedsCreateTagsPermission() async throws {
        let worker = try await worker(
            #"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"ec2:CreateVpc","Resource":"*"}}"#)
        try await worker.ec2.createVpc(.init(cidrBlock: "10.0.0.0/16"))
        await refused("UnauthorizedOperation") {
            try await worker.ec2.createVpc(
                .init(
                    cidrBlock: "10.0.0.0/16",
                    tagSpecifications: [TagSpecification(resourceType: "vpc", tags: [Tag(key: "a", value: "b")])]))
        }
    }
}
