import DrydockTesting
import Testing

@Suite(.simulator) struct PublicParameters {
    let aws = AWS.current

    private func value(_ name: String, _ client: SSMClient? = nil) async throws -> String {
        try #require(try await (client ?? aws.ssm).getParameter(.init(name: name)).parameter?.value, "\(name)")
    }

    @Test(arguments: [
        ("ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64", "al2023-ami-2023*-kernel-6.18-x86_64"),
        ("ami-amazon-linux-latest/al2023-ami-kernel-6.1-arm64", "al2023-ami-2023*-kernel-6.1-arm64"),
        ("ami-amazon-linux-latest/amzn2-ami-hvm-x86_64-gp2", "amzn2-ami-hvm-2.0.*-x86_64-gp2"),
        ("ami-amazon-linux-latest/amzn2-ami-kernel-5.10-hvm-arm64-gp2", "amzn2-ami-kernel-5.10-hvm-2.0.*-arm64-gp2"),
        ("ami-amazon-linux-latest/amzn-ami-hvm-x86_64-ebs", "amzn-ami-hvm-2018.03.0.*-x86_64-ebs"),
        (
            "canonical/ubuntu/server/22.04/stable/current/amd64/hvm/ebs-gp2/ami-id",
            "ubuntu/images/hvm-ssd/ubuntu-jammy-22.04-amd64-server-*"
        ),
        (
            "canonical/ubuntu/server/noble/stable/current/arm64/hvm/ebs-gp3/ami-id",
            "ubuntu/images/hvm-ssd-gp3/ubuntu-noble-24.04-arm64-server-*"
        ),
        ("canonical/ubuntu/server/14.04/stable/current/amd64/hvm/ebs-gp2/ami-id", "*/ubuntu-trusty-14.04-amd64-server-*"),
        ("debian/release/bookworm/latest/amd64", "debian-12-amd64-*"), ("debian/release/13/latest/arm64", "debian-13-arm64-*"),
        ("ecs/optimized-ami/amazon-linux-2/recommended/image_id", "amzn2-ami-ecs-hvm-2.0.*-x86_64-ebs"),
        ("ecs/optimized-ami/amazon-linux-2023/arm64/recommended/image_id", "al2023-ami-ecs-hvm-*-arm64"),
        ("eks/optimized-ami/1.31/amazon-linux-2/recommended/image_id", "amazon-eks-node-1.31-v*"),
        (
            "eks/optimized-ami/1.33/amazon-linux-2023/x86_64/standard/recommended/image_id",
            "amazon-eks-node-al2023-x86_64-standard-1.33-v*"
        ),
        ("bottlerocket/aws-k8s-1.33/arm64/latest/image_id", "bottlerocket-aws-k8s-1.33-aarch64-v*"),
        ("bottlerocket/aws-ecs-2/x86_64/latest/image_id", "bottlerocket-aws-ecs-2-x86_64-v*"),
        ("ami-windows-latest/Windows_Server-2022-English-Full-Base", "Windows_Server-2022-English-Full-Base-*"),
        (
            "ami-windows-latest/Windows_Server-2022-English-Core-EKS_Optimized-1.33/image_id",
            "Windows_Server-2022-English-Core-EKS_Optimized-1.33-*"
        ),
    ])
    func publicParameterReturnsNewestImage(_ name: String, _ image: String) async throws {
        let parameter = try #require(try await aws.ssm.getParameter(.init(name: "/aws/service/\(name)")).parameter)
        let id = try #require(parameter.value)
        let found = try #require(try await aws.ec2.describeImages(.init(imageIds: [id])).images?.first)
        let all = try await aws.ec2.describeImages(.init(filters: [.init(name: "name", values: [image])])).images ?? []
        let newest = all.max { ($0.creationDate ?? "") < ($1.creationDate ?? "") }
        #expect(found.name == newest?.name && newest != nil)
        #expect(parameter.arn == "arn:aws:ssm:us-east-1::parameter/aws/service/\(name)" && parameter.type == "String")
        #expect(parameter.version ?? 0 >= 1)
        let named = try await aws.ec2.describeImages(
            .init(filters: [.init(name: "public-ssm-parameter-name", values: ["/aws/service/\(name)"])])
        ).images?.map(\.imageId)
        #expect(named == [id])
    }

    @Test func publicParameterValuesAreRegional() async throws {
        let name = "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64"
        let there = aws.acting(as: Credentials(accessKeyId: "test", secretAccessKey: "test"), region: "eu-west-1")
        let one = try await value(name), other = try await value(name, there.ssm)
        #expect(one != other)
        #expect(try await there.ec2.describeImages(.init(imageIds: [other])).images?.count == 1)
        // An ARN of another region reads that region's parameter.
        #expect(try await value("arn:aws:ssm:eu-west-1::parameter\(name)") == other)
    }

    @Test func publicJSONParameterMembersAreParameters() async throws {
        let folder = "/aws/service/ecs/optimized-ami/amazon-linux-2/recommended"
        let whole = try JSON.parse(Bytes(try await value(folder).utf8))
        for member in ["image_id", "image_name", "image_version", "ecs_agent_version", "os", "schema_version"] {
            #expect(try await value("\(folder)/\(member)") == whole[member]?.string, "\(member)")
        }
        let name = try #require(whole["image_name"]?.string)
        #expect(try await value("/aws/service/ecs/optimized-ami/amazon-linux-2/\(name)/image_id") == whole["image_id"]?.string)
        let eks = try JSON.parse(
            Bytes(try await value("/aws/service/eks/optimized-ami/1.32/amazon-linux-2023/arm64/standard/recommended").utf8))
        #expect(eks["release_version"]?.string?.hasPrefix("1.32.0-2") == true && eks["schema_version"]?.string == "2")
    }

    @Test func publicParametersAreListedByPath() async throws {
        var names: [String] = [], token: String?
        repeat {
            let page = try await aws.ssm.getParametersByPath(
                .init(path: "/aws/service/ami-amazon-linux-latest", nextToken: token))
            names += page.parameters?.compactMap(\.name) ?? []
            token = page.nextToken
        } while token != nil
        #expect(names.count > 30 && names == names.sorted())
        #expect(names.contains("/aws/service/ami-amazon-linux-latest/amzn2-ami-hvm-x86_64-gp2"))
        let shallow = try await aws.ssm.getParametersByPath(.init(path: "/aws/service/ecs/optimized-ami")).parameters
        #expect(shallow?.isEmpty == true)
        // They belong to no account.
        #expect(try await aws.ssm.describeParameters(.init()).parameters?.isEmpty == true)
        let history = await refusal { try await aws.ssm.getParameterHistory(.init(name: names[0])) }
        #expect(history?.code == "AccessDeniedException")
        #expect(await refusal { _ = try await value("/aws/service/nothing") }?.code == "ParameterNotFound")
        #expect(await refusal { _ = try await value(names[0] + ":999") }?.code == "ParameterVersionNotFound")
    }

    @Test func publicParametersListRegionsAndZones() async throws {
        let folder = "/aws/service/global-infrastructure/regions"
        var regions: [String] = [], token: String?
        repeat {
            let page = try await aws.ssm.getParametersByPath(.init(path: folder, nextToken: token))
            regions += page.parameters?.compactMap(\.value) ?? []
            token = page.nextToken
        } while token != nil
        let known = try await aws.ec2.describeRegions(.init(allRegions: true)).regions?.compactMap(\.regionName) ?? []
        #expect(Set(known).isSubset(of: regions))
        #expect(try await value("\(folder)/eu-west-1/longName") == "Europe (Ireland)")
        #expect(try await value("\(folder)/eu-west-1/geolocationCountry") == "IE")
        let zones = try await aws.ssm.getParametersByPath(.init(path: "\(folder)/us-east-1/availability-zones")).parameters
        let ids = try await aws.ec2.describeAvailabilityZones(.init()).availabilityZones?.compactMap(\.zoneId)
        #expect(zones?.compactMap(\.value) == ids?.sorted())
    }

    // MARK: Launches

    @Test func runInstancesResolvesImageParameter() async throws {
        let name = "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64"
        let image = try await value(name)
        func launch(_ imageId: String) async throws -> String? {
            var request = RunInstancesRequest(imageId: imageId, maxCount: 1, minCount: 1)
            request.instanceType = "t3.micro"
            return try await aws.ec2.runInstances(request).instances?.first?.imageId
        }
        #expect(try await launch("resolve:ssm:\(name)") == image)
        try await aws.ssm.putParameter(.init(name: "golden", value: image, type: "String", dataType: "aws:ec2:image"))
        try await aws.ssm.putParameter(.init(name: "golden", value: "ami-0123456789abcdef0", overwrite: true, dataType: "text"))
        _ = try await aws.ssm.labelParameterVersion(.init(name: "golden", parameterVersion: 1, labels: ["prod"]))
        #expect(try await launch("resolve:ssm:golden:1") == image)
        #expect(try await launch("resolve:ssm:golden:prod") == image)
        #expect(try await launch("resolve:ssm:arn:aws:ssm:us-east-1:123456789012:parameter/golden:1") == image)
        #expect(await refusal { _ = try await launch("resolve:ssm:golden") }?.code == "InvalidAMIID.NotFound")
        // Assumed: the code for a missing parameter.
        #expect(await refusal { _ = try await launch("resolve:ssm:absent") }?.code == "InvalidParameterValue")
        #expect(await refusal { _ = try await launch("resolve:ssm:golden:9") }?.code == "InvalidParameterValue")
    }

    @Test func launchTemplateKeepsAndResolvesImageAlias() async throws {
        let name = "/aws/service/canonical/ubuntu/server/24.04/stable/current/amd64/hvm/ebs-gp3/ami-id"
        let image = try await value(name)
        try await aws.ec2.createLaunchTemplate(
            .init(
                launchTemplateName: "tmpl", launchTemplateData: .init(imageId: "resolve:ssm:\(name)", instanceType: "t3.micro"))
        )
        func shown(_ resolves: Bool?) async throws -> String? {
            try await aws.ec2.describeLaunchTemplateVersions(.init(launchTemplateName: "tmpl", resolveAlias: resolves))
                .launchTemplateVersions?.first?.launchTemplateData?.imageId
        }
        #expect(try await shown(nil) == "resolve:ssm:\(name)")
        #expect(try await shown(true) == image)
        var request = RunInstancesRequest(maxCount: 1, minCount: 1)
        request.launchTemplate = .init(launchTemplateName: "tmpl")
        #expect(try await aws.ec2.runInstances(request).instances?.first?.imageId == image)
    }

    @Test func runInstancesByParameterNeedsGetParameters() async throws {
        let name = "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64"
        try await aws.iam.createUser(.init(userName: "Launcher"))
        func allow(_ actions: String) async throws {
            try await aws.iam.putUserPolicy(
                .init(
                    userName: "Launcher", policyName: "p",
                    policyDocument:
                        #"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":[\#(actions)],"Resource":"*"}]}"#))
        }
        let key = try #require(try await aws.iam.createAccessKey(.init(userName: "Launcher")).accessKey)
        let launcher = aws.acting(
            as: Credentials(accessKeyId: key.accessKeyId ?? "", secretAccessKey: key.secretAccessKey ?? ""))
        var request = RunInstancesRequest(imageId: "resolve:ssm:\(name)", maxCount: 1, minCount: 1)
        request.instanceType = "t3.micro"
        try await allow(#""ec2:RunInstances""#)
        let refused = await refusal { try await launcher.ec2.runInstances(request) }
        #expect(refused?.code == "UnauthorizedOperation")
        #expect(refused?.message.contains("ssm:GetParameters on resource: arn:aws:ssm:us-east-1::parameter\(name)") == true)
        try await allow(#""ec2:RunInstances","ssm:GetParameters""#)
        _ = try await launcher.ec2.runInstances(request)
    }
}
