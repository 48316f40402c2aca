import AWSClient
import AWSCore
import Contract
import Drydock
import EC2API
import ECRAPI
import Foundation
import HTTPTypes
import STSAPI
import Subprocess
import Testing

/// `drydock record`, `replay`, `verify` and `goldens` as programs, with stock clients.
@Suite struct Recordings {
    private let folder = FileManager.default.temporaryDirectory.path + "/recordings-\(UUID().uuidString)"
    private static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("../..")
        .standardized
        .path

    init() throws { try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true) }

    private func run(_ arguments: [String]) async throws -> (output: String, code: Int32) {
        let (output, status) = try await ServeCommand.run(arguments)
        if case .exited(let code) = status { return (output, code) }
        return (output, -1)
    }

    private func python(_ program: String, _ arguments: [String]) async throws -> (output: String, isSuccess: Bool) {
        let result = try await Subprocess.run(
            .name("python3"), arguments: Arguments([Program.path("\(program).py")] + arguments),
            output: .string(limit: 1 << 20), error: .combinedWithOutput)
        return (result.standardOutput, result.terminationStatus.isSuccess)
    }

    private static let hasMoto = Program.hasBoto3 && Program.exists("moto_server")

    /// The program prints the same when its recording of moto's server is replayed without moto.
    @Test(
        .enabled(if: hasMoto, "moto's server is missing: pip install 'moto[server]' boto3"))
    func replayReproducesMotoRecording() async throws {
        let drydock = try #require(ServeCommand.program)
        let outcome = try await python("replayed", [drydock, "python3", Program.path("recorded_calls.py")])
        #expect(outcome.isSuccess, "\(outcome.output)")
    }

    @Test(
        .enabled(if: hasMoto, "moto's server is missing: pip install 'moto[server]' boto3"),
        .enabled(if: Program.exists("aws"), "the AWS CLI is missing: pip install awscli, or run tools/test, which does"))
    func replayAnswersCallsOfAWSCLI() async throws {
        let drydock = try #require(ServeCommand.program)
        let outcome = try await python("replayed", [drydock, "sh", Program.path("recorded_calls.sh")])
        #expect(outcome.isSuccess, "\(outcome.output)")
    }

    @Test(
        .enabled(if: hasMoto, "moto's server is missing: pip install 'moto[server]' boto3"),
        .enabled(if: Program.exists("terraform"), "terraform is missing: install it from HashiCorp's releases"),
        .enabled(
            if: ProcessInfo.processInfo.environment["DRYDOCK_TERRAFORM_PLUGINS"] != nil,
            """
            Terraform's AWS provider is missing: run `terraform providers mirror FOLDER` where a configuration requires hashicorp/aws, \
            and set DRYDOCK_TERRAFORM_PLUGINS to FOLDER
            """))
    func replayReproducesTerraformRecording() async throws {
        let drydock = try #require(ServeCommand.program)
        let outcome = try await python("replayed", [drydock, "python3", Program.path("recorded_terraform.py")])
        #expect(outcome.isSuccess, "\(outcome.output)")
    }

    @Test(arguments: [(["exit 7"], 7), (["kill -9 $$"], 137), ([], 127)] as [([String], Int32)])
    func recordReturnsExitCodeOfProgram(_ script: [String], _ code: Int32) async throws {
        let command = script.isEmpty ? ["no-such-program"] : ["sh", "-c"] + script
        let outcome = try await run(["record", "--target", "simulator", "--out", "\(folder)/a.har", "--"] + command)
        #expect(outcome.code == code, "\(outcome.output)")
        #expect(try HARReader(path: "\(folder)/a.har").exchanges().isEmpty)
    }

    @Test(.enabled(if: Program.hasBoto3, "boto3 is missing: pip install boto3, or run tools/test, which does"))
    func killedRecordingIsReadableAndSignalsAreForwarded() async throws {
        let drydock = try #require(ServeCommand.program)
        let outcome = try await python("record_killed", [drydock])
        #expect(outcome.isSuccess, "\(outcome.output)")
    }

    @Test(.enabled(if: Program.hasBoto3, "boto3 is missing: pip install boto3, or run tools/test, which does"))
    func longRecordingsTakeNoMoreMemory() async throws {
        let drydock = try #require(ServeCommand.program)
        let outcome = try await python("long_recording", [drydock])
        #expect(outcome.isSuccess, "\(outcome.output)")
    }

    @Test func verifyAndReplayReportUnreadableRecordings() async throws {
        try Data(#"{"log": {"version": "1.2", "entries": [{"#.utf8).write(to: URL(fileURLWithPath: "\(folder)/cut.har"))
        for command in [["verify", "\(folder)/cut.har"], ["replay", "\(folder)/cut.har"]] {
            let outcome = try await run(command)
            #expect(outcome.code != 0 && outcome.output.contains("cut.har: the file is cut off"), "\(outcome.output)")
        }
        let outcome = try await run(["verify", "\(folder)/none.har", "--target", "simulator"])
        #expect(outcome.code == 2 && outcome.output.contains("none.har: the file does not exist"))
    }

    // MARK: What the simulator covers

    /// The scenario that prepares the simulator runs unchanged, and a recording without requests is compared with its responses.
    @Test func verifyPrepareComparesRequestlessRecording() async throws {
        let har = "\(folder)/a.har"
        let writer = try HARWriter(path: har)
        var exchange = RecordedExchange(
            request: .init(url: "https://ec2.amazonaws.com/"),
            response: .init(
                status: 200, body: Bytes(#"{"Vpcs": [{"VpcId": "vpc-1", "BlockPublicAccessStates": {}, "Unheard": 1}]}"#.utf8)),
            notes: .init(service: "ec2", operation: "DescribeVpcs"))
        exchange.notes.encoding = .parsed
        exchange.notes.hasRequest = false
        try writer.write(exchange)
        try writer.close()
        let prepare = "\(Self.root)/golden/recordings/everything.yaml"
        let outcome = try await run(["verify", har, "--target", "simulator", "--prepare", prepare, "--json"])
        #expect(outcome.code == 1, "\(outcome.output)")
        let report = try JSON.parse(outcome.output)
        #expect(report["operations"]?.elements?.first?["covered"] == .integer(3))
        #expect(report["differences"]?.elements?.first?["differences"]?.elements?.first?["path"]?.string == "Vpcs.Unheard")
    }

    /// Needs the recorded responses of AWS: DRYDOCK_RECORDED, or `../shared/recorded` beside the checkout.
    private static let recorded: String? = {
        let path = ProcessInfo.processInfo.environment["DRYDOCK_RECORDED"] ?? "\(root)/../shared/recorded"
        return FileManager.default.fileExists(atPath: path + "/c7n-placebo") ? path : nil
    }()

    @Test(.enabled(if: recorded != nil, "the recorded responses of AWS are not there; set DRYDOCK_RECORDED to their folder"))
    func preparedSimulatorCoversAWSRecordings() async throws {
        let har = "\(folder)/placebo.har", recorded = try #require(Self.recorded)
        let imported = try await run(["import", "--format", "placebo", "\(recorded)/c7n-placebo", "--out", har])
        #expect(imported.code == 0, "\(imported.output)")
        let prepare = "\(Self.root)/golden/recordings/everything.yaml", page = "\(folder)/report.html"
        let arguments = ["--target", "simulator", "--prepare", prepare, "--report", page]
        let outcome = try await run(["verify", har] + arguments)
        let line = outcome.output.split(separator: "\n").last ?? ""
        // Two of the recordings were edited by hand.
        #expect(line.hasPrefix("948 recorded, 948 compared, 946 agree, 0 skipped"), "\(line)")
        let share = line.split(separator: " ").compactMap { $0.hasSuffix("%") ? Double($0.dropLast()) : nil }.first
        #expect(try #require(share) >= 98, "\(line)")
        #expect(FileManager.default.fileExists(atPath: page))
    }

    // MARK: Goldens

    private static let golden = "\(root)/golden/programs/course"

    /// The course's calls, through this project's client.
    private func course(_ client: AWSClient) async throws {
        let ecr = ECRClient(client), ec2 = EC2Client(client)
        _ = try await STSClient(client).getCallerIdentity()
        _ = try await ecr.createRepository(.init(repositoryName: "repository_test1"))
        _ = try await ecr.describeRepositories(.init(repositoryNames: ["repository_test1"]))
        _ = try await ecr.getAuthorizationToken()
        let name = "ubuntu/images/hvm-ssd/ubuntu-jammy-22.04-amd64-server-20231207"
        let image = try await ec2.describeImages(
            .init(owners: ["099720109477"], filters: [.init(name: "name", values: [name])])
        ).images?.first?.imageId
        let group = try await ec2.describeSecurityGroups(.init(groupNames: ["default"])).securityGroups?.first?.groupId
        _ = try await ec2.createKeyPair(.init(keyName: "keyPairUniversal"))
        let tags = TagSpecification(resourceType: .init("instance"), tags: [.init(key: "Name", value: "ec2Test1")])
        let instance = try #require(
            try await ec2.runInstances(
                .init(
                    imageId: image, instanceType: .init("t2.micro"), keyName: "keyPairUniversal", maxCount: 1, minCount: 1,
                    userData: Base64.encode(Bytes("#!/bin/bash\napt-get update -y\n".utf8)), tagSpecifications: [tags])
            ).instances?.first?.instanceId)
        _ = try await ec2.describeInstances(.init(instanceIds: [instance]))
        _ = try await ec2.describeInstances(.init(filters: [.init(name: "tag:Name", values: ["ec2Test1"])]))
        let port = IpPermission(ipProtocol: "tcp", fromPort: 22, toPort: 22, ipRanges: [.init(cidrIp: "0.0.0.0/0")])
        _ = try await ec2.authorizeSecurityGroupIngress(.init(groupId: group, ipPermissions: [port]))
        _ = try await ec2.revokeSecurityGroupIngress(.init(groupId: group, ipPermissions: [port]))
        _ = try await ec2.terminateInstances(.init(instanceIds: [instance]))
        _ = try await ec2.describeInstances(.init(instanceIds: [instance]))
        _ = try await ecr.batchDeleteImage(.init(repositoryName: "repository_test1", imageIds: [.init(imageTag: "v1")]))
        _ = try await ecr.deleteRepository(.init(repositoryName: "repository_test1", force: true))
    }

    @Test func swiftClientRequestsMatchGolden() async throws {
        let simulator = try Simulator.drydock(Configuration(transitions: .instant))
        let log = RequestLog()
        var configuration = simulator.client().configuration
        configuration.transport = log.transport(over: InProcessTransport(simulator))
        try await course(AWSClient(configuration))
        #expect(try ProgramGolden(folder: Self.golden).check(log) == .same(requests: 16))
    }

    private func check(_ folder: String, _ command: [String]) async throws -> (output: String, code: Int32) {
        try await run(["goldens", "check", folder, "--transitions", "instant", "--"] + command)
    }

    @Test(.enabled(if: Program.hasBoto3, "boto3 is missing: pip install boto3, or run tools/test, which does"))
    func boto3RequestsMatchGolden() async throws {
        let outcome = try await check(Self.golden, ["python3", Program.path("course.py")])
        #expect(outcome.code == 0, "\(outcome.output)")
    }

    @Test(.enabled(if: Program.exists("aws"), "the AWS CLI is missing: pip install awscli, or run tools/test, which does"))
    func awsCLIRequestsMatchGolden() async throws {
        let outcome = try await check(Self.golden, ["sh", Program.path("course.sh")])
        #expect(outcome.code == 0, "\(outcome.output)")
    }

    @Test(.enabled(if: Program.hasBoto3, "boto3 is missing: pip install boto3, or run tools/test, which does"))
    func goldensCheckReportsDifferingPrograms() async throws {
        let other = "import boto3; boto3.client('ecr').create_repository(repositoryName='other')"
        let one = "import boto3; boto3.client('ecr').create_repository(repositoryName='one')"
        #expect(try await check(folder, ["python3", "-c", one]).code == 2)
        let written = try await run(["goldens", "update", folder, "--", "python3", "-c", one])
        #expect(written.code == 0 && written.output.contains("1 requests written"), "\(written.output)")
        #expect(try await check(folder, ["python3", "-c", one]).code == 0)
        let outcome = try await check(folder, ["python3", "-c", other])
        #expect(outcome.code == 1)
        #expect(
            outcome.output.contains("-   repositoryName: \"one\"") && outcome.output.contains("+   repositoryName: \"other\""))
        let failed = try await check(folder, ["python3", "-c", "raise SystemExit(5)"])
        #expect(failed.code == 2 && failed.output.contains("failed with exit code 5"), "\(failed.output)")
    }

    // MARK: Secrets

    @Test(.enabled(if: Program.hasBoto3, "boto3 is missing: pip install boto3, or run tools/test, which does"))
    func writtenFilesContainNoSecrets() async throws {
        let drydock = try #require(ServeCommand.program)
        let outcome = try await python("no_secrets", [drydock])
        #expect(outcome.isSuccess, "\(outcome.output)")
    }

    /// The recording of a scenario's responses contains no key, token or password.
    @Test func recordedScenarioContainsNoSecrets() async throws {
        let har = "\(folder)/course.har"
        let outcome = try await run(["run", "\(Self.root)/Scenarios/ecr-course.yaml", "--yes", "--record", har])
        #expect(outcome.code == 0, "\(outcome.output)")
        let text = String(decoding: try Data(contentsOf: URL(fileURLWithPath: har)), as: UTF8.self)
        let exchanges = try HARReader(path: har).exchanges()
        #expect(exchanges.contains { $0.notes.operation == "CreateKeyPair" || $0.notes.operation == "GetAuthorizationToken" })
        #expect(exchanges.contains { $0.request.url.contains("/v2/") })
        for exchange in exchanges {
            if let header = exchange.request.headers["Authorization"] { #expect(header.contains("REDACTED"), "\(header)") }
        }
        for secret in ["PRIVATE KEY-----\\n", "AWS:ey", "X-Amz-Signature=0", "FwoGZXIvYXdz"] {
            #expect(!text.contains(secret), "\(secret)")
        }
        let recorded = try RecordedTransport(file: har)
        #expect(recorded.count == exchanges.count)
        for exchange in exchanges where exchange.request.omitted == nil && exchange.response.omitted == nil {
            let url = try #require(URLComponents(string: exchange.request.url))
            let path = url.percentEncodedPath + (url.percentEncodedQuery.map { "?" + $0 } ?? "")
            var request = HTTPRequest(
                method: try #require(.init(rawValue: exchange.request.method)), scheme: url.scheme,
                authority: (url.host ?? "") + (url.port.map { ":\($0)" } ?? ""), path: path)
            for header in exchange.request.headers {
                request.headerFields.append(.init(name: try #require(.init(header.name)), value: header.value))
            }
            let reply = try await recorded.send(request, body: .bytes(exchange.request.body), timeout: .seconds(10))
            #expect(reply.response.status.code == exchange.response.status, "\(exchange.request.url)")
            #expect(try await reply.body.collect(upTo: 1 << 24) == exchange.response.body, "\(exchange.request.url)")
        }
    }
}
