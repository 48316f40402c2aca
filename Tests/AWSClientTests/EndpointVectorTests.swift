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

    @Test func casesAreFound() { #expect(Self.cases.count > 80) }

    @Test(arguments: cases) func endpoint(_ path: String) throws {
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
