import AWSCore
public import SimulatorCore

// The rules specific to EC2's entries in CloudTrail.
// https://docs.aws.amazon.com/AWSEC2/latest/APIReference/using-cloudtrail.html

extension EC2Simulation {
    public var trailStyle: TrailStyle { .ec2 }
}

extension TrailStyle {
    static let ec2: TrailStyle = {
        var style = TrailStyle()
        style.listsHaveItems = true
        style.lists = [
            "instanceId": List("instancesSet", of: "instanceId"), "resourceId": List("resourcesSet", of: "resourceId"),
            "tag": List("tagSet"), "groupId": List("groupSet", of: "groupId"),
            "groupName": List("groupSet", of: "groupName"), "securityGroupId": List("groupSet", of: "groupId"),
            "volumeId": List("volumeSet", of: "volumeId"), "imageId": List("imagesSet", of: "imageId"),
            "filter": List("filterSet", elements: .asRequest), "vpcId": List("vpcSet", of: "vpcId"),
            "subnetId": List("subnetSet", of: "subnetId"), "keyName": List("keySet", of: "keyName"),
            "keyPairId": List("keyPairIdSet", of: "keyPairId"), "owner": List("ownersSet", of: "owner"),
            "executableBy": List("executableBySet", of: "user"), "publicIp": List("publicIpsSet", of: "publicIp"),
            "allocationId": List("allocationIdsSet", of: "allocationId"),
            "zoneName": List("availabilityZoneSet", of: "zoneName"), "regionName": List("regionSet", of: "regionName"),
            "dhcpOptionsId": List("dhcpOptionsSet", of: "dhcpOptionsId"),
            "routeTableId": List("routeTableIdSet", of: "routeTableId"),
            "networkAclId": List("networkAclIdSet", of: "networkAclId"),
            "attributeName": List("accountAttributeNameSet", of: "attributeName"),
            "internetGatewayId": List("internetGatewayIdSet", of: "internetGatewayId"),
            "securityGroup": List("groupSet", of: "groupName"),
            "networkInterfaceId": List("networkInterfaceIdSet", of: "networkInterfaceId"),
            "value": List("valueSet", of: "value"),
            "tagSpecification": List("tagSpecificationSet", elements: .withPlainList("tags")),
        ]
        style.completeElements = ["ipPermissions": ["groups", "ipRanges", "ipv6Ranges", "prefixListIds"]]
        style.timesAreMilliseconds = true
        style.mask = "<sensitiveDataRemoved>"
        style.namesFault = true
        style.emptyResponse = .object([.init("_return", .bool(true))])
        style.namesRequest = true
        style.verbatim = verbatimInEC2
        style.namespace = "http://ec2.amazonaws.com/doc/2016-11-15/"
        style.complete = { completeEC2(&$0, $1) }
        return style
    }()

    /// The operations that EC2 added after it stopped giving each request its own form. CloudTrail records their requests
    /// unchanged.
    private static let verbatimInEC2: Set<String> = [
        "AssociateIamInstanceProfile", "CreateDefaultVpc", "DescribeAddressesAttribute",
        "DescribeIamInstanceProfileAssociations",
        "DescribeInstanceCreditSpecifications", "DescribeInstanceTypeOfferings", "DescribeInstanceTypes",
        "DescribeSecurityGroupRules", "DisassociateIamInstanceProfile", "ModifySecurityGroupRules",
        "ReplaceIamInstanceProfileAssociation",
    ]

    private static func completeEC2(_ fields: inout [Node.Field], _ operation: String) {
        func complete(_ name: String, _ value: Node) {
            if !fields.contains(where: { $0.name == name }) { fields.append(.init(name, value)) }
        }
        switch operation {
        case "RunInstances":
            let own: Set<String> = ["imageId", "minCount", "maxCount", "keyName"]
            let item = fields.filter { own.contains($0.name) }
            fields.removeAll { own.contains($0.name) }
            fields.insert(.init("instancesSet", .object([.init("items", .list([.object(item)]))])), at: 0)
            complete("groupSet", .object([]))
            complete("blockDeviceMapping", .object([]))
            complete("monitoring", .object([.init("enabled", .bool(false))]))
            complete("disableApiTermination", .bool(false))
        case "StopInstances": complete("force", .bool(false))
        case "DescribeSecurityGroups":
            for index in fields.indices where fields[index].name == "groupSet" {
                let isByName = fields[index].value["items"]?.elements?.first?["groupName"] != nil
                fields[index].name = isByName ? "securityGroupSet" : "securityGroupIdSet"
            }
        default: break
        }
    }
}
