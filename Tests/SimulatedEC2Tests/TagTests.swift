import DrydockTesting
import Testing

@testable import SimulatedEC2

@Suite(.simulator) struct ResourceTags {
    private let aws = AWS.current

    @Test func tagsAreSetReplacedFilteredAndRemoved() async throws {
        let vpc = try #require(try await aws.defaultVpc().vpcId)
        let subnet = try #require(try await aws.ec2.describeSubnets().subnets?.first?.subnetId)
        try await aws.ec2.createTags(.init(resources: [vpc, subnet], tags: [Tag(key: "Name", value: "a"), Tag(key: "Team")]))
        try await aws.ec2.createTags(.init(resources: [vpc], tags: [Tag(key: "Name", value: "b")]))
        let all = try await aws.ec2.describeTags().tags ?? []
        #expect(all.map(\.resourceId) == [subnet, subnet, vpc, vpc])
        #expect(all.map(\.resourceType) == ["subnet", "subnet", "vpc", "vpc"])
        #expect(all.map(\.value) == ["a", "", "b", ""])
        func count(_ name: String, _ value: String) async throws -> Int? {
            try await aws.ec2.describeVpcs(.init(filters: [Filter(name: name, values: [value])])).vpcs?.count
        }
        #expect(try await count("tag:Name", "b") == 1)
        #expect(try await count("tag:Name", "a") == 0)
        #expect(try await count("tag-key", "Te*") == 1)
        let found = try await aws.ec2.describeTags(.init(filters: [Filter(name: "resource-type", values: ["vpc"])])).tags
        #expect(found?.count == 2)
        // A tag is deleted only if the given value matches.
        try await aws.ec2.deleteTags(.init(resources: [vpc], tags: [Tag(key: "Name", value: "a")]))
        #expect(try await count("tag:Name", "b") == 1)
        try await aws.ec2.deleteTags(.init(resources: [vpc], tags: [Tag(key: "Name")]))
        #expect(try await count("tag-key", "Name") == 0)
        try await aws.ec2.deleteTags(.init(resources: [vpc, subnet]))
        #expect(try await aws.ec2.describeTags().tags?.isEmpty == true)
    }

    @Test(arguments: [
        (EC2API.Tag(key: "aws:mine", value: ""), "Tag keys starting with 'aws:' are reserved for internal use"),
        (
            // Assumed: the message for a key, modelled on the one for a value.
            EC2API.Tag(key: String(repeating: "k", count: 129), value: ""),
            "Tag key exceeds the maximum length of 128 characters"
        ),
        (
            EC2API.Tag(key: "k", value: String(repeating: "v", count: 257)),
            "Tag value exceeds the maximum length of 256 characters"
        ),
    ])
    func createTagsRejectsInvalidTags(tag: EC2API.Tag, message: String) async throws {
        let vpc = try #require(try await aws.defaultVpc().vpcId)
        await refused("InvalidParameterValue", message) { try await aws.ec2.createTags(.init(resources: [vpc], tags: [tag])) }
    }

    @Test func tagLimitPerResourceIsFifty() async throws {
        let vpc = try #require(try await aws.defaultVpc().vpcId)
        try await aws.ec2.createTags(.init(resources: [vpc], tags: (1...50).map { Tag(key: "k\($0)", value: "") }))
        try await aws.ec2.createTags(.init(resources: [vpc], tags: [Tag(key: "k50", value: "again")]))
        await refused("TagLimitExceeded") { try await aws.ec2.createTags(.init(resources: [vpc], tags: [Tag(key: "k51")])) }
    }

    @Test func createTagsRejectsUnknownResources() async throws {
        let vpc = try #require(try await aws.defaultVpc().vpcId)
        await refused("InvalidID", "The ID 'nothing' is not valid") {
            try await aws.ec2.createTags(.init(resources: [vpc, "nothing"], tags: [Tag(key: "a", value: "b")]))
        }
        await refused("InvalidVpcID.NotFound") {
            try await aws.ec2.createTags(.init(resources: [vpc, "vpc-0123456789abcdef0"], tags: [Tag(key: "a", value: "b")]))
        }
        #expect(try await aws.ec2.describeTags().tags?.isEmpty == true)
    }

    @Test func tagSpecificationsRejectOtherResourceTypes() async throws {
        await refused("InvalidParameterValue", "'subnet' is not a valid taggable resource type for this operation.") {
            try await aws.ec2.createVpc(
                .init(
                    cidrBlock: "10.0.0.0/16",
                    tagSpecifications: [TagSpecification(resourceType: "subnet", tags: [Tag(key: "a", value: "b")])]))
        }
    }
}
