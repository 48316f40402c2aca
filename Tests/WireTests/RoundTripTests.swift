import AWSCore
import EC2API
import ECRAPI
import HTTPTypes
import IAMAPI
import STSAPI
import Testing

/// The server reads back the values that our client writes, and the client those that the server writes.
@Suite struct RoundTrips {
    private let endpoint = Endpoint(authority: "example.com")

    private func received<I: Shape, O: Shape>(_ operation: Operation<I, O>, _ input: I) throws -> (I, [Violation]) {
        let (_, body) = operation.service.request(operation.name, input, endpoint: endpoint)
        let node: Node
        let layout: WireLayout
        switch operation.service.wire {
        case .awsJson1_1: (node, layout) = (try JSON.parse(body), .json)
        case .awsQuery, .ec2Query:
            let pairs = try QueryString.pairs(body).filter { $0.name != "Action" && $0.name != "Version" }
            (node, layout) = (try QueryString.tree(pairs), operation.service.wire == .ec2Query ? .ec2Query : .awsQuery)
        }
        let report = ShapeReader.Report()
        return (I(from: ShapeReader(node, schema: I.schema, layout: layout, report: report)), report.violations)
    }

    private func answered<I: Shape, O: Shape>(_ operation: Operation<I, O>, _ output: O) throws -> O {
        let (response, body) = operation.service.response(
            operation.name, output, outputSchema: O.schema, resultWrapper: operation.resultWrapper, requestId: "id-1")
        return try operation.service.output(operation, response, body)
    }

    private func json<S: Shape>(_ shape: S) -> String {
        var writer = ShapeWriter(schema: S.schema, layout: .json)
        writer.structure(shape)
        return String(decoding: writer.bytes, as: UTF8.self)
    }

    private func expectSame<I: Shape, O: Shape>(
        _ operation: Operation<I, O>, _ input: I, _ output: O, sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        let (read, violations) = try received(operation, input)
        #expect(violations.isEmpty, sourceLocation: sourceLocation)
        #expect(json(read) == json(input), sourceLocation: sourceLocation)
        #expect(json(try answered(operation, output)) == json(output), sourceLocation: sourceLocation)
    }

    @Test func runInstancesRoundTrips() throws {
        let mapping = BlockDeviceMapping(ebs: EbsBlockDevice(deleteOnTermination: true, volumeSize: 8), deviceName: "/dev/sda1")
        try expectSame(
            EC2.Operations.runInstances,
            RunInstancesRequest(
                blockDeviceMappings: [mapping], imageId: "ami-1", instanceType: "t2.micro", keyName: "ünïversal & <more>",
                maxCount: 2, minCount: 1, securityGroupIds: ["sg-1", "sg-2"],
                tagSpecifications: [.init(resourceType: "instance", tags: [.init(key: "Name", value: "a=b&c+d e%")])]),
            Reservation(
                reservationId: "r-1", ownerId: "123456789012",
                instances: [
                    Instance(
                        securityGroups: [], tags: [.init(key: "k", value: "<&>\"'\r\n\t]]>")], instanceId: "i-1",
                        state: .init(code: 16, name: .running), launchTime: Instant(milliseconds: 1_702_805_410_000))
                ]))
    }

    @Test func ec2QueryUsesWireNames() throws {
        let (_, body) = EC2.model.request(
            "AuthorizeSecurityGroupIngress",
            AuthorizeSecurityGroupIngressRequest(
                groupId: "sg-1",
                ipPermissions: [.init(ipProtocol: "tcp", fromPort: 22, toPort: 22, ipRanges: [.init(cidrIp: "0.0.0.0/0")])]),
            endpoint: endpoint)
        #expect(
            Set(try QueryString.pairs(body).map { "\($0.name)=\($0.value)" }) == [
                "Action=AuthorizeSecurityGroupIngress", "Version=2016-11-15", "GroupId=sg-1", "IpPermissions.1.IpProtocol=tcp",
                "IpPermissions.1.FromPort=22", "IpPermissions.1.ToPort=22", "IpPermissions.1.IpRanges.1.CidrIp=0.0.0.0/0",
            ])
    }

    @Test func ec2EmptyOutputReturnsTrue() throws {
        let (_, body) = EC2.model.response(
            "CreateTags", EmptyShape(), outputSchema: EmptyShape.schema, resultWrapper: nil, requestId: "id-1")
        #expect(try XML.parse(body).content["return"] == .string("true"))
    }

    @Test func ecrImageShapesRoundTrip() throws {
        try expectSame(
            ECR.Operations.batchGetImage,
            BatchGetImageRequest(
                repositoryName: "a/b", imageIds: [.init(imageTag: "latest"), .init(imageDigest: "sha256:ab")]),
            BatchGetImageResponse(
                images: [
                    .init(registryId: "123456789012", repositoryName: "a/b", imageManifest: "{\"schemaVersion\": 2}\u{1}")
                ],
                failures: []))
        try expectSame(
            ECR.Operations.uploadLayerPart,
            UploadLayerPartRequest(
                repositoryName: "a/b", uploadId: "01234567-89ab-cdef-0123-456789abcdef", partFirstByte: 0, partLastByte: 2,
                layerPartBlob: [0, 255, 128]),
            UploadLayerPartResponse(lastByteReceived: 2))
        try expectSame(
            ECR.Operations.describeImageScanFindings, .init(repositoryName: "a/b", imageId: .init(imageTag: "1")),
            .init(
                imageScanFindings: .init(
                    imageScanCompletedAt: Instant(milliseconds: -1_500), findingSeverityCounts: ["HIGH": 3, "LOW": 0])))
    }

    @Test func iamUserShapesRoundTrip() throws {
        let created = Instant(seconds: 1_700_000_000 as Int64)
        try expectSame(
            IAM.Operations.createUser, CreateUserRequest(userName: "Worker", tags: [.init(key: "a", value: "")]),
            CreateUserResponse(
                user: User(
                    path: "/", userName: "Worker", userId: "AIDA", arn: "arn:aws:iam::1:user/Worker", createDate: created)))
        try expectSame(
            IAM.Operations.untagUser, UntagUserRequest(userName: "Worker", tagKeys: ["a", "b"]), EmptyShape())
        let document = #"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"ecr:*","Resource":"*"}]}"#
        try expectSame(
            IAM.Operations.putUserPolicy,
            PutUserPolicyRequest(userName: "Worker", policyName: "P+1", policyDocument: document), EmptyShape())
        try expectSame(
            IAM.Operations.getUserPolicy, GetUserPolicyRequest(userName: "Worker", policyName: "P+1"),
            GetUserPolicyResponse(userName: "Worker", policyName: "P+1", policyDocument: document))
    }

    @Test func assumeRoleRoundTrips() throws {
        try expectSame(
            STS.Operations.assumeRole,
            AssumeRoleRequest(
                roleArn: "arn:aws:iam::123456789012:role/x", roleSessionName: "me", durationSeconds: 900,
                transitiveTagKeys: ["k"]),
            AssumeRoleResponse(
                credentials: .init(
                    accessKeyId: "ASIA", secretAccessKey: "s/+=", sessionToken: "t",
                    expiration: Instant(seconds: 1_700_000_000 as Int64)), packedPolicySize: 6))
    }

    @Test func violationsNameTheirPath() throws {
        let (_, json) = try received(
            ECR.Operations.createRepository,
            CreateRepositoryRequest(repositoryName: "UPPER", tags: [.init(key: "k"), .init()], imageTagMutability: "SOMETIMES"))
        #expect(
            json.map(\.path) == [
                "repositoryName", "tags.1.member.Value", "tags.2.member.Key", "tags.2.member.Value", "imageTagMutability",
            ])
        let (_, iam) = try received(
            IAM.Operations.createUser, CreateUserRequest(userName: "a b", tags: [.init(key: "", value: "v")]))
        // An empty key is too short and does not match its pattern.
        #expect(iam.map(\.path) == ["userName", "tags.1.member.key", "tags.1.member.key"])
        let (_, ec2) = try received(EC2.Operations.deleteTags, DeleteTagsRequest(resources: []))
        #expect(ec2.map(\.path) == ["ResourceId"] && ec2.map(\.kind) == [.missing])
    }
}

@Suite struct WaitersAndPaginators {
    private func instances(_ states: InstanceStateName...) -> Result<DescribeInstancesResult, AWSError> {
        .success(.init(reservations: [.init(instances: states.map { Instance(state: .init(name: $0)) })]))
    }

    @Test func instanceRunningWaiterRequiresEveryInstance() {
        let waiter = EC2.Waiters.instanceRunning
        #expect(waiter.delay == .seconds(15) && waiter.maxAttempts == 40)
        #expect(waiter.state(after: instances(.running, .running)) == .success)
        #expect(waiter.state(after: instances(.running, .pending)) == .retry)
        #expect(waiter.state(after: instances(.running, .terminated)) == .failure)
        #expect(waiter.state(after: instances()) == .retry)
        #expect(waiter.state(after: .failure(AWSError("InvalidInstanceID.NotFound", ""))) == .retry)
        #expect(waiter.state(after: .failure(AWSError("UnauthorizedOperation", status: 403, ""))) == .failure)
    }

    @Test func existenceWaitersCheckStatusOrContent() {
        #expect(IAM.Waiters.userExists.state(after: .success(.init())) == .success)
        #expect(IAM.Waiters.userExists.state(after: .failure(AWSError("NoSuchEntity", status: 404, ""))) == .retry)
        #expect(EC2.Waiters.keyPairExists.state(after: .success(.init(keyPairs: [.init(keyName: "a")]))) == .success)
        #expect(EC2.Waiters.keyPairExists.state(after: .success(.init(keyPairs: [.init()]))) == .retry)
        #expect(EC2.Waiters.passwordDataAvailable.state(after: .success(.init(passwordData: ""))) == .retry)
    }

    @Test func paginatorAppendsPages() {
        let pages = IAM.Paginators.listUsers
        let first = ListUsersResponse(users: [User(userName: "a")], isTruncated: true, marker: "m")
        let last = ListUsersResponse(users: [User(userName: "b")], isTruncated: false, marker: "stale")
        #expect(pages.nextToken(after: first) == "m" && pages.nextToken(after: last) == nil)
        var all = first, input = ListUsersRequest()
        pages.append(&all, last)
        pages.setToken(&input, "m")
        pages.setLimit?(&input, 5)
        #expect(all.users?.map(\.userName) == ["a", "b"] && input.marker == "m" && input.maxItems == 5)
        #expect(EC2.Paginators.describeInstances.nextToken(after: .init(nextToken: "")) == nil)
    }
}
