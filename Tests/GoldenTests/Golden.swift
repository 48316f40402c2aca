import AWSClient
import AWSCore
import AWSModels
import Contract
import EC2API
import ECRAPI
import Foundation
import HTTPTypes
import IAMAPI
import SSMAPI
import STSAPI
import Synchronization
import Testing

/// The inputs in golden/inputs, and the requests that our client makes from them at botocore's frozen time.
enum Golden {
    struct Case: Sendable, CustomTestStringConvertible {
        let name: String
        let operation: String
        let input: Node
        var testDescription: String { name }
    }

    static let root =
        URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().path + "/golden"
    static let folder = GoldenFolder(root + "/requests")

    static let operations: [String: UntypedOperation] = Dictionary(
        (EC2.untypedOperations + ECR.untypedOperations + IAM.untypedOperations + SSM.untypedOperations + STS.untypedOperations)
            .map { ("\($0.service.id).\($0.name)", $0) }, uniquingKeysWith: { first, _ in first })

    static let cases: [Case] = ["ec2", "ecr", "iam", "ssm", "sts"].flatMap(inputs(of:)) + course

    private static func inputs(of service: String) -> [Case] {
        (read("\(service).json").fields ?? []).map { field in
            let operation = field.name.split(separator: "-")[0]
            return Case(name: "\(service)/\(field.name)", operation: "\(service).\(operation)", input: field.value)
        }
    }

    private static var course: [Case] {
        (read("course.json").elements ?? []).enumerated().map { index, call in
            let operation = call["operation"]?.string ?? ""
            let number = index + 1 < 10 ? "0\(index + 1)" : "\(index + 1)"
            return Case(name: "course/\(number)-\(operation)", operation: operation, input: call["input"] ?? .object([]))
        }
    }

    private static func read(_ name: String) -> Node {
        guard let data = FileManager.default.contents(atPath: "\(root)/inputs/\(name)") else { return .null }
        return (try? JSON.parse(Bytes(data))) ?? .null
    }

    /// Returns the request that the client passes to its transport, built from the operation's types or the service's table.
    static func message(_ golden: Case, withTypes: Bool = true) async throws -> RequestMessage {
        let name = golden.operation.split(separator: ".").map(String.init)
        let untyped = ModelTable.named(name[0])?.untypedOperation(name[1])
        guard let operation = withTypes ? operations[golden.operation] : untyped else {
            throw UnknownOperation(name: golden.operation)
        }
        let transport = Tap()
        var configuration = AWSClient.Configuration(
            region: "us-east-1",
            credentials: Credentials(
                accessKeyId: "AKIAIOSFODNN7EXAMPLE", secretAccessKey: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"),
            transport: transport)
        configuration.clock = { Instant(seconds: Int64(1_702_805_410)) }
        configuration.idempotencyToken = { "00000000-0000-4000-8000-000000000000" }
        do { _ = try await operation(AWSClient(configuration), golden.input) } catch is Taken {}
        guard let message = transport.message else { throw UnknownOperation(name: golden.operation) }
        return message
    }

    struct UnknownOperation: Error { let name: String }
    private struct Taken: Error {}

    /// Keeps the first request and sends nothing.
    private final class Tap: HTTPTransport {
        private let taken = Mutex<RequestMessage?>(nil)
        var message: RequestMessage? { taken.withLock { $0 } }

        func send(_ request: HTTPRequest, body: HTTPBody, timeout: Duration) async throws -> HTTPReply {
            guard case .bytes(let bytes) = body else { throw Taken() }
            taken.withLock { $0 = RequestMessage(request, body: bytes) }
            throw Taken()
        }
    }
}
