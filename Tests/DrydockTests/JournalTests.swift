import DrydockTesting
import HTTPTypes
import Testing

/// Journal entries in CloudTrail's format.
@Suite(.simulator) struct JournalTests {
    var aws: AWS { AWS.current }

    private func last() throws -> Node { aws.simulator.event(of: try #require(aws.journal.last)) }

    private func text(_ node: Node?) -> String { String(decoding: JSON.write(node ?? .null), as: UTF8.self) }

    private func worker() async throws -> AWS.Clients {
        _ = try await aws.iam.createUser(.init(userName: "Worker"))
        let key = try #require(try await aws.iam.createAccessKey(.init(userName: "Worker")).accessKey)
        return aws.acting(
            as: Credentials(
                accessKeyId: try #require(key.accessKeyId), secretAccessKey: try #require(key.secretAccessKey)))
    }

    @Test func journalEventHasCloudTrailMembers() async throws {
        _ = try await aws.ecr.createRepository(.init(repositoryName: "app"))
        let event = try last()
        #expect(
            event.fields?.map(\.name) == [
                "eventVersion", "userIdentity", "eventTime", "eventSource", "eventName", "awsRegion", "sourceIPAddress",
                "userAgent", "requestParameters", "responseElements", "requestID", "eventID", "readOnly", "eventType",
                "managementEvent", "recipientAccountId", "eventCategory", "_drydock",
            ])
        #expect(event["eventSource"]?.string == "ecr.amazonaws.com")
        #expect(event["eventName"]?.string == "CreateRepository")
        #expect(event["eventTime"]?.string == "2023-12-17T09:00:00Z")
        #expect(event["readOnly"] == .bool(false))
        #expect(
            text(event["userIdentity"])
                == #"{"type":"Root","principalId":"123456789012","arn":"arn:aws:iam::123456789012:root","accountId":"123456789012","accessKeyId":"test"}"#
        )
        #expect(text(event["requestParameters"]) == #"{"repositoryName":"app"}"#)
        #expect(event["responseElements"]?["repository"]?["createdAt"]?.string == "2023-12-17T09:00:00Z")
        #expect(event["_drydock"]?["authorization"]?.string == "allowed to root")
        #expect(event["requestID"]?.string == aws.journal.last?.requestId)
    }

    /// As in CloudTrail records of real calls: lists are `items`, names begin with a lower-case letter, times are milliseconds.
    @Test func ec2EventsUseCloudTrailForm() async throws {
        let group = try await aws.ec2.createSecurityGroup(.init(description: "ssh", groupName: "web"))
        #expect(text(try last()["requestParameters"]) == #"{"groupDescription":"ssh","groupName":"web"}"#)
        _ = try await aws.ec2.authorizeSecurityGroupIngress(
            .init(
                groupId: group.groupId,
                ipPermissions: [.init(ipProtocol: "tcp", fromPort: 22, toPort: 22, ipRanges: [.init(cidrIp: "0.0.0.0/0")])]))
        let permission = try last()["requestParameters"]?["ipPermissions"]?["items"]?.elements?.first
        #expect(permission?["fromPort"] == .integer(22))
        #expect(permission?["ipRanges"]?["items"]?.elements?.first?["cidrIp"]?.string == "0.0.0.0/0")
        #expect(try last()["responseElements"]?["_return"] == .bool(true))

        let image = try await aws.ec2.describeImages(.init(owners: ["amazon"], maxResults: 5)).images?.first?.imageId
        #expect(try last()["responseElements"] == .null)
        let run = try await aws.ec2.runInstances(.init(imageId: image, instanceType: "m5.large", maxCount: 1, minCount: 1))
        let instance = try last()["responseElements"]?["instancesSet"]?["items"]?.elements?.first
        #expect(instance?["launchTime"] == .integer(1_702_803_600_000))
        let id = try #require(run.instances?.first?.instanceId)
        _ = try await aws.ec2.stopInstances(.init(instanceIds: [id]))
        #expect(
            text(try last()["requestParameters"])
                == #"{"instancesSet":{"items":[{"instanceId":"\#(id)"}]},"force":false}"#)
        #expect(
            try last()["responseElements"]?["instancesSet"]?["items"]?.elements?.first?["previousState"]?["code"]
                == .integer(16))
        _ = try? await aws.ec2.deleteVpc(.init(vpcId: "vpc-00000000000000000"))
        #expect(try last()["errorCode"]?.string == "Client.InvalidVpcID.NotFound")
    }

    /// EC2's request parameters as in CloudTrail records of real calls: lists are wrapped and have names used nowhere else.
    @Test func ec2RequestParametersUseCloudTrailNames() async throws {
        func asked(_ body: () async throws -> Void) async throws -> String {
            _ = try? await body()
            return text(try last()["requestParameters"])
        }
        let image = try #require(
            try await aws.ec2.describeImages(.init(owners: ["amazon"], maxResults: 5)).images?.first?.imageId)
        #expect(text(try last()["requestParameters"]) == #"{"ownersSet":{"items":[{"owner":"amazon"}]},"maxResults":5}"#)
        let run = try await asked {
            _ = try await aws.ec2.runInstances(
                .init(
                    imageId: image, instanceType: "t2.micro", maxCount: 1, minCount: 1,
                    tagSpecifications: [.init(resourceType: "instance", tags: [.init(key: "Name", value: "x")])],
                    clientToken: "t"))
        }
        #expect(
            run == #"{"instancesSet":{"items":[{"imageId":"\#(image)","maxCount":1,"minCount":1}]},"instanceType":"t2.micro","#
                + #""tagSpecificationSet":{"items":[{"resourceType":"instance","tags":[{"key":"Name","value":"x"}]}]},"#
                + #""clientToken":"t","groupSet":{},"blockDeviceMapping":{},"monitoring":{"enabled":false},"#
                + #""disableApiTermination":false}"#)
        let filtered = try await asked {
            _ = try await aws.ec2.describeInstances(
                .init(instanceIds: ["i-1"], filters: [.init(name: "vpc-id", values: ["vpc-1", "vpc-2"])]))
        }
        #expect(
            filtered == #"{"instancesSet":{"items":[{"instanceId":"i-1"}]},"filterSet":{"items":[{"name":"vpc-id","#
                + #""valueSet":{"items":[{"value":"vpc-1"},{"value":"vpc-2"}]}}]}}"#)
        let stopped = try await asked { _ = try await aws.ec2.stopInstances(.init(instanceIds: ["i-1"])) }
        #expect(stopped == #"{"instancesSet":{"items":[{"instanceId":"i-1"}]},"force":false}"#)
        let tagged = try await asked {
            _ = try await aws.ec2.deleteTags(.init(resources: ["i-1"], tags: [.init(key: "k", value: "v")]))
        }
        #expect(
            tagged
                == #"{"resourcesSet":{"items":[{"resourceId":"i-1"}]},"tagSet":{"items":[{"key":"k","value":"v"}]}}"#)
        let revoked = try await asked {
            _ = try await aws.ec2.revokeSecurityGroupIngress(
                .init(
                    groupId: "sg-1",
                    ipPermissions: [.init(ipProtocol: "6", fromPort: 22, toPort: 22, ipRanges: [.init(cidrIp: "0.0.0.0/0")])]))
        }
        #expect(
            try JSON.parse(revoked)["ipPermissions"]?["items"]?.elements?.first?.fields?.map(\.name).sorted()
                == ["fromPort", "groups", "ipProtocol", "ipRanges", "ipv6Ranges", "prefixListIds", "toPort"])
        let groups = try await asked { _ = try await aws.ec2.describeSecurityGroups(.init(groupIds: ["sg-1"])) }
        #expect(groups == #"{"securityGroupIdSet":{"items":[{"groupId":"sg-1"}]}}"#)
        let named = try await asked { _ = try await aws.ec2.describeSecurityGroups(.init(groupNames: ["web"])) }
        #expect(named == #"{"securityGroupSet":{"items":[{"groupName":"web"}]}}"#)
        // Newer operations keep the names of the API, in one `…Request` member.
        let later = try await asked {
            _ = try await aws.ec2.describeInstanceTypes(.init(instanceTypes: ["t2.micro"]))
        }
        #expect(later == #"{"DescribeInstanceTypesRequest":{"InstanceTypes":["t2.micro"]}}"#)
    }

    @Test func journalExplainsAuthorizationDecision() async throws {
        let worker = try await worker()
        _ = try? await worker.ecr.describeRepositories(.init())
        let refused = try last()
        #expect(refused["errorCode"]?.string == "AccessDeniedException")
        #expect(refused["_drydock"]?["authorization"]?.string == "not allowed by any identity-based policy")
        #expect(refused["_drydock"]?["explanation"]?.string?.isEmpty == false)
        #expect(refused["userIdentity"]?["type"]?.string == "IAMUser")
        #expect(refused["userIdentity"]?["userName"]?.string == "Worker")
        let policy = #"{"Version":"2012-10-17","Statement":[{"Sid":"Look","Effect":"Allow","Action":"ecr:*","Resource":"*"}]}"#
        _ = try await aws.iam.putUserPolicy(.init(userName: "Worker", policyName: "Push", policyDocument: policy))
        _ = try await worker.ecr.describeRepositories(.init())
        #expect(
            try last()["_drydock"]?["authorization"]?.string
                == "allowed by statement 'Look' of the inline policy 'Push' of user 'Worker'")
    }

    /// No event contains a secret that a caller sent or received.
    @Test func journalContainsNoSecrets() async throws {
        var secrets: [String] = []
        _ = try await aws.iam.createUser(.init(userName: "Worker"))
        let key = try await aws.iam.createAccessKey(.init(userName: "Worker")).accessKey
        secrets.append(try #require(key?.secretAccessKey))
        let trust =
            #"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"*"},"Action":"sts:AssumeRole"}]}"#
        let role = try await aws.iam.createRole(.init(roleName: "Deploy", assumeRolePolicyDocument: trust)).role
        _ = try await aws.iam.putUserPolicy(
            .init(
                userName: "Worker", policyName: "Assume",
                policyDocument: #"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}"#))
        let worker = aws.acting(
            as: Credentials(accessKeyId: try #require(key?.accessKeyId), secretAccessKey: secrets[0]))
        let session = try await worker.sts.assumeRole(
            .init(roleArn: try #require(role?.arn), roleSessionName: "session")
        ).credentials
        secrets += [try #require(session?.secretAccessKey), try #require(session?.sessionToken)]
        let pair = try await aws.ec2.createKeyPair(.init(keyName: "k"))
        secrets.append(try #require(pair.keyMaterial?.split(separator: "\n").dropFirst().first.map(String.init)))
        let token = try await aws.ecr.getAuthorizationToken(.init()).authorizationData?.first?.authorizationToken
        secrets.append(try #require(token))
        let image = try await aws.ec2.describeImages(.init(owners: ["amazon"], maxResults: 5)).images?.first?.imageId
        _ = try await aws.ec2.runInstances(
            .init(
                imageId: image, instanceType: "m5.large", maxCount: 1, minCount: 1, userData: "c3VwZXJzZWNyZXRwYXNzd29yZA=="))
        secrets.append("c3VwZXJzZWNyZXRwYXNzd29yZA==")

        let events = aws.journal.map { text(aws.simulator.event(of: $0)) }
        #expect(events.count >= 9)
        for secret in secrets { #expect(!events.contains { $0.contains(secret) }, "\(secret.prefix(6))…") }
        #expect(events.contains { $0.contains("HIDDEN_DUE_TO_SECURITY_REASONS") })
    }

    @Test func journalEventOfRoleSessionNamesItsRole() async throws {
        let trust =
            #"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"*"},"Action":"sts:AssumeRole"}]}"#
        let role = try #require(try await aws.iam.createRole(.init(roleName: "Deploy", assumeRolePolicyDocument: trust)).role)
        let worker = try await worker()
        _ = try await aws.iam.putUserPolicy(
            .init(
                userName: "Worker", policyName: "Assume",
                policyDocument: #"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}"#))
        let arn = try #require(role.arn)
        let session = try #require(try await worker.sts.assumeRole(.init(roleArn: arn, roleSessionName: "session")).credentials)
        let acting = aws.acting(
            as: Credentials(
                accessKeyId: try #require(session.accessKeyId), secretAccessKey: try #require(session.secretAccessKey),
                sessionToken: session.sessionToken))
        _ = try await acting.sts.getCallerIdentity(.init())
        let identity = try last()["userIdentity"]
        #expect(identity?["type"]?.string == "AssumedRole")
        #expect(identity?["sessionContext"]?["sessionIssuer"]?["arn"]?.string == role.arn)
        #expect(identity?["sessionContext"]?["sessionIssuer"]?["principalId"]?.string == role.roleId)
    }

    /// Registry requests are recorded under the actions that they require, with the policy decision.
    @Test func registryEventExplainsAuthorizationDecision() async throws {
        _ = try await aws.ecr.createRepository(.init(repositoryName: "app"))
        let worker = try await worker()
        func policy(_ actions: String) async throws {
            let text =
                #"{"Version":"2012-10-17","Statement":[{"Sid":"S","Effect":"Allow","Action":\#(actions),"Resource":"*"}]}"#
            _ = try await aws.iam.putUserPolicy(.init(userName: "Worker", policyName: "Pull", policyDocument: text))
        }
        try await policy(#""ecr:GetAuthorizationToken""#)
        let token = try await worker.ecr.getAuthorizationToken(.init()).authorizationData?.first?.authorizationToken
        var request = HTTPRequest(
            method: .get, scheme: "https", authority: "123456789012.dkr.ecr.us-east-1.amazonaws.com",
            path: "/v2/app/tags/list")
        request.headerFields[.authorization] = "Basic \(try #require(token))"
        #expect(await aws.simulator.respond(to: request, body: .empty).response.status.code == 403)
        let refused = try last()
        #expect(refused["eventName"]?.string == "ListImages" && refused["errorCode"]?.string == "AccessDeniedException")
        #expect(refused["_drydock"]?["authorization"]?.string == "not allowed by any identity-based policy")
        #expect(refused["_drydock"]?["explanation"]?.string?.isEmpty == false)
        try await policy(#"["ecr:GetAuthorizationToken","ecr:ListImages"]"#)
        #expect(await aws.simulator.respond(to: request, body: .empty).response.status.code == 200)
        #expect(
            try last()["_drydock"]?["authorization"]?.string
                == "allowed by statement 'S' of the inline policy 'Pull' of user 'Worker'")
    }

    @Test func journalWaitReturnsNextEntry() async throws {
        let journal = aws.simulator.journal
        let next = journal.end
        #expect(next == 0)
        let start = ContinuousClock.now
        async let waiting: Void = journal.wait(for: next, atMost: .seconds(60))
        while journal.followerCount == 0 { await Task.yield() }
        _ = try await aws.sts.getCallerIdentity(.init())
        await waiting
        #expect(start.duration(to: .now) < .seconds(30), "the entry did not end the wait")
        #expect(journal.entries(from: next).entries.map(\.operation) == ["GetCallerIdentity"])
    }
}
