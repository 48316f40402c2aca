import AWSModels
import Testing

@Suite struct PermissionTables {
    @Test func permissionRowListsResourcesAndConditionKeys() throws {
        let row = try #require(PermissionTable.ec2.permission(for: "CreateSubnet"))
        #expect(row.action == "ec2:CreateSubnet" && row.access == .write)
        #expect(row.conditionKeys == ["ec2:Region"] && row.dependentActions == ["ec2:CreateTags"])
        #expect(row.resources.map(\.type) == ["subnet", "vpc", "ipam-pool"])
        let subnet = try #require(row.resource("subnet")), vpc = try #require(row.resource("vpc"))
        #expect(subnet.isMade && subnet.isRequired && subnet.members.isEmpty)
        #expect(subnet.conditionKeys.starts(with: ["aws:RequestTag/${TagKey}", "aws:TagKeys"]))
        #expect(!vpc.isMade && vpc.isRequired && vpc.members == ["VpcId"])
        #expect(vpc.conditionKeys.contains("ec2:ResourceTag/${TagKey}") && vpc.conditionKeys.contains("ec2:VpcID"))
        #expect(row.resource("ipam-pool")?.isRequired == false)
    }

    @Test(arguments: [
        ("RunInstances", "volume", [], true), ("RunInstances", "subnet", ["SubnetId", "NetworkInterfaces.SubnetId"], false),
        ("RunInstances", "network-interface", ["NetworkInterfaces.NetworkInterfaceId"], true),
        ("AuthorizeSecurityGroupIngress", "security-group-rule", [], true),
        ("AuthorizeSecurityGroupIngress", "security-group", ["GroupId"], false),
        ("ModifySecurityGroupRules", "security-group-rule", ["SecurityGroupRules.SecurityGroupRuleId"], false),
        ("CreateKeyPair", "key-pair", ["KeyName"], true), ("DeleteKeyPair", "key-pair", ["KeyName", "KeyPairId"], false),
        ("CreateLaunchTemplate", "launch-template", [], true),
        ("DisassociateAddress", "elastic-ip", ["AssociationId", "PublicIp"], false),
        ("DisassociateIamInstanceProfile", "instance", ["AssociationId"], false),
        ("CreateTags", "natgateway", ["Resources"], false), ("CopySnapshot", "snapshot", [], true),
    ])
    func resourceMembersAreInferredOrPatched(_ operation: String, _ type: String, _ members: [String], _ isMade: Bool) throws {
        let use = try #require(PermissionTable.ec2.permission(for: operation)?.resource(type))
        #expect(use.members == members)
        #expect(use.isMade == isMade)
    }

    @Test func operationMayUseAnotherOperationsPermission() {
        #expect(PermissionTable.ecr.permission(for: "ListImageReferrers")?.action == "ecr:BatchGetImage")
        #expect(PermissionTable.ec2.permission(for: "NoSuchOperation") == nil)
    }

    @Test(arguments: ["ec2", "ecr", "iam", "ssm", "sts", "ec2-instance-connect"])
    func everyPermissionRowParses(_ service: String) throws {
        let table = try #require(PermissionTable.named(service))
        #expect(!table.operations.isEmpty && table.operations == table.operations.sorted())
        let types = Set(table.resourceTypes)
        for operation in table.operations {
            let row = try #require(table.permission(for: operation))
            #expect(types.isSuperset(of: row.resources.map(\.type)), "\(operation)")
            let keys = row.conditionKeys + row.resources.flatMap(\.conditionKeys)
            #expect(keys.allSatisfy { $0.utf8.contains(58) && !$0.utf8.contains(42) && !$0.utf8.contains(40) })
            #expect(row.dependentActions.allSatisfy { $0.contains(":") })
        }
    }

    @Test func resourceTypesHaveARNFormats() {
        let type = PermissionTable.ec2.resourceType("natgateway")
        #expect(type?.arnFormat == "arn:${Partition}:ec2:${Region}:${Account}:natgateway/${NatGatewayId}")
        #expect(type?.conditionKeys.contains("ec2:ResourceTag/${TagKey}") == true)
        #expect(PermissionTable.ec2.resourceType("spaceship") == nil)
        #expect(
            PermissionTable.ec2InstanceConnect.permission(for: "SendSSHPublicKey")?.resource("instance")?.members == [
                "InstanceId"
            ])
    }
}
