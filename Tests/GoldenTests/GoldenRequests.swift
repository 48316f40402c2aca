import AWSClient
import AWSCore
import Contract
import EC2API
import ECRAPI
import Foundation
import HTTPTypes
import IAMAPI
import STSAPI
import Synchronization
import Testing

/// Compares the client's requests with golden/requests, which tools/goldens writes with botocore's serializer and signer.
/// `DRYDOCK_RECORD=failed swift test --filter GoldenTests` accepts the current requests; tools/goldens restores botocore's.
@Suite struct GoldenRequests {
    @Test(arguments: Golden.cases)
    func clientRequestMatchesBotocore(_ golden: Golden.Case) async throws {
        let message = try await Golden.message(golden)
        switch try Golden.folder.compare(message, golden.name) {
        case .same: break
        case .recorded:
            Issue.record("golden/requests/\(golden.name).http was recorded; tools/goldens --check tells if botocore agrees")
        case .missing: Issue.record("golden/requests/\(golden.name).http is missing; tools/goldens writes it")
        case .different(let differences):
            Issue.record("golden/requests/\(golden.name).http: \(differences.map(\.description).joined(separator: "\n"))")
        }
    }

    @Test(arguments: Golden.cases)
    func untypedCallSendsGoldenRequest(_ golden: Golden.Case) async throws {
        let typed = try await Golden.message(golden), untyped = try await Golden.message(golden, withTypes: false)
        #expect(untyped.text == typed.text)
    }

    @Test func everyClientOperationHasGolden() {
        let names = Set(Golden.folder.names)
        let missing = Golden.operations.values.map { "\($0.service.id)/\($0.name)" }.filter { !names.contains($0) }
        #expect(missing.isEmpty)
        #expect(Golden.operations.count > 150)
    }

    @Test func everyGoldenHasInput() {
        #expect(Set(Golden.folder.names) == Set(Golden.cases.map(\.name)))
    }

    @Test func goldenFileRoundTrips() throws {
        for name in Golden.folder.names {
            let text = try String(contentsOfFile: "\(Golden.folder.path)/\(name).http", encoding: .utf8)
            #expect(try RequestMessage(parsing: text).text == text)
        }
    }
}

@Suite struct RequestDifferences {
    @Test func requestDifferencesAreListedByField() throws {
        let expected = try RequestMessage(
            parsing: """
                POST / HTTP/1.1
                content-type: application/x-www-form-urlencoded; charset=utf-8
                host: ec2.us-east-1.amazonaws.com

                Action=StopInstances
                &InstanceId.1=i-1
                &Force=true

                """)
        var actual = expected
        actual.headers[1].value = "ec2.eu-west-1.amazonaws.com"
        actual.body = .form(["Action=StopInstances", "Hibernate=true", "InstanceId.1=i-2"])
        #expect(
            actual.differences(from: expected).map(\.description) == [
                "header host: expected ec2.us-east-1.amazonaws.com, got ec2.eu-west-1.amazonaws.com",
                "parameter InstanceId.1: expected i-1, got i-2", "parameter Force: missing, expected true",
                "parameter Hibernate: not expected, got true",
            ])
    }

    @Test func requestDifferencesIgnoreParameterOrder() throws {
        let head = "POST / HTTP/1.1\ncontent-type: application/x-www-form-urlencoded\nhost: a\n\n"
        let expected = try RequestMessage(parsing: head + "A=1\n&B=2\n")
        #expect(try RequestMessage(parsing: head + "B=2\n&A=1\n").differences(from: expected).isEmpty)
    }
}
