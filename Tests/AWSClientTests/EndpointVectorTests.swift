import AWSClient
import AWSCore
import EC2API
import ECRAPI
import Foundation
import IAMAPI
import STSAPI
import Testing

private let folder =
    (ProcessInfo.processInfo.environment["DRYDOCK_RECORDED"]
        ?? URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("../../../shared/recorded")
        .standardizedFileURL.path) + "/botocore-endpoint-tests"

/// Needs the recorded data beside the checkout (`../shared/recorded`, or DRYDOCK_RECORDED).
@Suite(.enabled(if: FileManager.default.fileExists(atPath: folder), "botocore-endpoint-tests is not among the recorded data"))
struct EndpointVectors {
    static let services = ["ec2": EC2.model, "ecr": ECR.model, "iam": IAM.model, "sts": STS.model]
    static let cases = services.keys.sorted().flatMap { service in
        ((try? FileManager.default.contentsOfDirectory(atPath: "\(folder)/\(service)")) ?? []).sorted().map {
            "\(service)/\($0)"
        }
    }

    @Test func endpointVectorsAreFound() { #expect(Self.cases.count > 80) }

    @Test(arguments: cases) func endpointMatchesBotocoreVector(_ path: String) throws {
        let data = try #require(FileManager.default.contents(atPath: "\(folder)/\(path)"))
        let vector = try JSON.parse(Bytes(data))
        let parameters = vector["params"], service = try #require(Self.services[String(path.prefix(3))])
        var resolver = EndpointResolver(parameters?["Endpoint"]?.string.flatMap { Endpoint(url: $0) })
        if case .bool(true)? = parameters?["UseFIPS"] { resolver.fips = true }
        if case .bool(true)? = parameters?["UseDualStack"] { resolver.dualStack = true }
        if case .bool(true)? = parameters?["UseGlobalEndpoint"] { resolver.globalSTS = true }
        let region = parameters?["Region"]?.string
        if let error = vector["expect"]?["error"]?.string {
            #expect(throws: ConfigurationError(error)) { try resolver.resolve(service, region: region) }
            return
        }
        let expected = try #require(vector["expect"]?["endpoint"])
        let resolved = try resolver.resolve(service, region: region)
        #expect(resolved.endpoint.url == expected["url"]?.string)
        let signingRegion = expected["properties"]?["authSchemes"]?.elements?.first?["signingRegion"]?.string
        #expect(resolved.signingRegion == signingRegion ?? region ?? "us-east-1")
    }
}

/// Rules of AWS that its recorded test cases do not cover; only some of the cases are recorded.
@Suite struct Partitions {
    private func url(_ region: String, fips: Bool = false, dualStack: Bool = false, _ more: [Partition] = []) throws -> String {
        var resolver = EndpointResolver()
        (resolver.fips, resolver.dualStack) = (fips, dualStack)
        resolver.partitions += more
        return try resolver.resolve(EC2.model, region: region).endpoint.url
    }

    /// The domains of botocore's partitions.json.
    @Test(arguments: [
        ("us-east-1", "amazonaws.com", "api.aws"), ("xx-new-1", "amazonaws.com", "api.aws"),
        ("cn-north-1", "amazonaws.com.cn", "api.amazonwebservices.com.cn"), ("us-gov-east-1", "amazonaws.com", "api.aws"),
        ("us-iso-west-1", "c2s.ic.gov", "api.aws.ic.gov"), ("us-isob-east-1", "sc2s.sgov.gov", "api.aws.scloud"),
        ("us-isof-east-1", "csp.hci.ic.gov", "api.aws.hci.ic.gov"),
        ("eu-isoe-west-1", "cloud.adc-e.uk", "api.cloud-aws.adc-e.uk"),
        ("eusc-de-east-1", "amazonaws.eu", "api.amazonwebservices.eu"),
    ]) func partitionsResolveToTheirDomains(_ region: String, _ domain: String, _ dualStackDomain: String) throws {
        #expect(try url(region) == "https://ec2.\(region).\(domain)")
        #expect(try url(region, dualStack: true) == "https://ec2.\(region).\(dualStackDomain)")
        #expect(try url(region, fips: true, dualStack: true) == "https://ec2-fips.\(region).\(dualStackDomain)")
    }

    private static let lab = Partition(
        id: "aws-lab", regionPrefix: "lab-", domain: "aws.lab", dualStackDomain: "six.aws.lab", globalRegion: "lab-1",
        supportsFIPS: false, supportsDualStack: false)

    @Test func customPartitionResolves() throws {
        #expect(try url("lab-1", [Self.lab]) == "https://ec2.lab-1.aws.lab")
        #expect(try url("lab-1") == "https://ec2.lab-1.amazonaws.com")
        var iam = EndpointResolver()
        iam.partitions += [Self.lab]
        let global = try iam.resolve(IAM.model, region: "aws-lab-global")
        #expect(global.endpoint.url == "https://iam.lab-1.aws.lab" && global.signingRegion == "lab-1")
    }

    /// The error messages of AWS's endpoint rules.
    @Test func partitionRejectsUnsupportedFIPSAndDualStack() throws {
        #expect(throws: ConfigurationError("FIPS is enabled but this partition does not support FIPS")) {
            try url("lab-1", fips: true, [Self.lab])
        }
        #expect(throws: ConfigurationError("DualStack is enabled but this partition does not support DualStack")) {
            try url("lab-1", dualStack: true, [Self.lab])
        }
        #expect(throws: ConfigurationError("FIPS and DualStack are enabled, but this partition does not support one or both")) {
            try url("lab-1", fips: true, dualStack: true, [Self.lab])
        }
    }
}
