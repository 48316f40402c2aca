import Benchmark
import DrydockTesting

// One subject for each benchmark. Compare figures only within one run; no test has a limit for them.

let benchmarks: @Sendable () -> Void = {
    Benchmark.defaultConfiguration = .init(
        metrics: [.wallClock, .cpuTotal, .throughput, .peakMemoryResident], warmupIterations: 3, maxDuration: .seconds(3))

    // A thousand iterations for each setup: the first one also fills caches.
    let many = Benchmark.Configuration(
        metrics: Benchmark.defaultConfiguration.metrics, warmupIterations: 1, scalingFactor: .kilo, maxDuration: .seconds(5))

    Benchmark("a fresh simulator") { benchmark in
        for _ in benchmark.scaledIterations { blackHole(try AWS()) }
    }

    Benchmark("ECR DescribeRepositories, client to store and back", configuration: many) { benchmark in
        let aws = try AWS()
        _ = try await aws.ecr.createRepository(.init(repositoryName: "repository_test1"))
        benchmark.startMeasurement()
        for _ in benchmark.scaledIterations { blackHole(try await aws.ecr.describeRepositories()) }
    }

    // The difference between the two is the cost of authorization: under 20 us. It does not include loading the managed policies.
    for (caller, policies) in [("the root user", 0), ("a user with ten policies of ten statements", 10)] {
        Benchmark("ECR DescribeRepositories by \(caller)", configuration: many) { benchmark in
            let aws = try AWS()
            _ = try await aws.ecr.createRepository(.init(repositoryName: "repository_test1"))
            let caller = try await aws.acting(policies: policies)
            benchmark.startMeasurement()
            for _ in benchmark.scaledIterations { blackHole(try await caller.ecr.describeRepositories()) }
        }
    }

    Benchmark("EC2 DescribeSecurityGroups, client to store and back", configuration: many) { benchmark in
        let aws = try AWS()
        _ = try await aws.ec2.describeVpcs()
        benchmark.startMeasurement()
        for _ in benchmark.scaledIterations { blackHole(try await aws.ec2.describeSecurityGroups()) }
    }

    Benchmark("RunInstances of 1,000") { benchmark in
        for _ in benchmark.scaledIterations {
            let aws = try AWS()
            let image = try await aws.ec2.firstImage()
            benchmark.startMeasurement()
            blackHole(
                try await aws.ec2.runInstances(.init(imageId: image, instanceType: "t3.micro", maxCount: 1000, minCount: 1000)))
            benchmark.stopMeasurement()
        }
    }

    Benchmark("DescribeInstances of 1,000") { benchmark in
        let aws = try AWS()
        let image = try await aws.ec2.firstImage()
        _ = try await aws.ec2.runInstances(.init(imageId: image, instanceType: "t3.micro", maxCount: 1000, minCount: 1000))
        benchmark.startMeasurement()
        for _ in benchmark.scaledIterations { blackHole(try await aws.ec2.describeInstances()) }
    }

    // Layers would not change the result: a fork shares them and copies none.
    Benchmark("a fork of 10,000 repositories") { benchmark in
        let aws = try AWS()
        for number in 0..<10_000 { _ = try await aws.ecr.createRepository(.init(repositoryName: "repository/\(number)")) }
        benchmark.startMeasurement()
        for _ in benchmark.scaledIterations { blackHole(try aws.simulator.fork()) }
    }

    Benchmark("sign and verify a request", configuration: many) { benchmark in
        let credentials = Credentials(accessKeyId: "AKIAIOSFODNN7EXAMPLE", secretAccessKey: "secret")
        let signer = SigV4Signer(credentials: credentials, region: "us-east-1", service: "ecr")
        let body = Bytes("{\"repositoryNames\":[\"repository_test1\"]}".utf8)
        let now = Instant(milliseconds: 1_702_803_600_000)
        benchmark.startMeasurement()
        for _ in benchmark.scaledIterations {
            var (request, _) = ECR.model.request(
                "DescribeRepositories", DescribeRepositoriesRequest(), endpoint: Endpoint(authority: "localhost"))
            signer.sign(&request, body: body, at: now)
            let authorization = try SigV4Authorization.parse(request)
            try authorization?.verify(
                request, payloadHash: SigV4.payloadHash(body), secretAccessKey: credentials.secretAccessKey)
        }
    }
}

extension AWS {
    /// Returns this account with a new key: the root user's if `policies` is 0, else that of a user with so many policies of ten
    /// statements. Only the last statement allows the call.
    func acting(policies: Int) async throws -> Acting {
        let user = policies == 0 ? nil : "worker"
        if let user { _ = try await iam.createUser(.init(userName: user)) }
        for number in 0..<policies {
            var statements = (0..<9).map { statement in
                """
                {"Effect":"Allow","Action":["ecr:Put*","ecr:Describe*"],"Resource":"arn:aws:ecr:*:*:repository/team\(number)/\(statement)*",\
                "Condition":{"StringEquals":{"aws:PrincipalTag/team":"\(number)"},"IpAddress":{"aws:SourceIp":"203.0.113.0/24"}}}
                """
            }
            statements.append(
                number == policies - 1
                    ? #"{"Effect":"Allow","Action":"ecr:DescribeRepositories","Resource":"*"}"#
                    : #"{"Effect":"Deny","Action":"ecr:Delete*","Resource":"*"}"#)
            let document = #"{"Version":"2012-10-17","Statement":[\#(statements.joined(separator: ","))]}"#
            let made = try await iam.createPolicy(.init(policyName: "Policy\(number)", policyDocument: document))
            guard let user, let arn = made.policy?.arn else { continue }
            _ = try await iam.attachUserPolicy(.init(userName: user, policyArn: arn))
        }
        let key = try await iam.createAccessKey(.init(userName: user)).accessKey
        guard let id = key?.accessKeyId, let secret = key?.secretAccessKey else {
            throw AWSError("NoKey", "IAM gave no key.")
        }
        return acting(as: Credentials(accessKeyId: id, secretAccessKey: secret))
    }
}

extension EC2Client {
    /// Returns an image that a t3 instance can boot.
    func firstImage() async throws -> String {
        let images = try await describeImages(
            .init(owners: ["099720109477"], filters: [.init(name: "architecture", values: ["x86_64"])]))
        guard let id = images.images?.first?.imageId else { throw AWSError("NoImage", "The catalogue has no image.") }
        return id
    }
}
