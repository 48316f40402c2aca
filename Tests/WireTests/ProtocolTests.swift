import AWSCore
import HTTPTypes
import Testing

/// One of botocore's protocol test cases: a tiny model and a message, decoded and serialized.
struct ProtocolCase: CustomTestStringConvertible {
    let file: String
    let model: TestModel
    let service: ServiceModel
    let given, content: Node

    init(_ file: String) throws {
        self.file = file
        let suite = try JSON.parse(try Recorded.bytes(file))
        let metadata = suite["metadata"] ?? .null
        let wire = WireProtocol(rawValue: metadata["protocol"]?.string ?? "") ?? .awsJson1_1
        model = TestModel(shapes: suite["shapes"] ?? .null, isEC2: wire == .ec2Query)
        service = ServiceModel(
            id: "test", signingName: "test", endpointPrefix: "test", serviceId: "Test",
            apiVersion: metadata["apiVersion"]?.string ?? "2014-01-01", wire: wire,
            targetPrefix: metadata["targetPrefix"]?.string ?? "", xmlNamespace: "https://example.com/", operationNames: "")
        content = suite["cases"]?.elements?.first ?? .null
        given = content["given"] ?? .null
    }

    var testDescription: String { file }
    var name: String { given["name"]?.string ?? "" }
    var input: String? { given["input"]?["shape"]?.string }
    var output: String? { given["output"]?["shape"]?.string }
    var isInput: Bool { content["serialized"] != nil }
    var isError: Bool { content["errorCode"] != nil }

    var messageLayout: WireLayout {
        switch service.wire {
        case .awsJson1_1: .json
        case .awsQuery: isInput ? .awsQuery : .xml
        case .ec2Query: isInput ? .ec2Query : .xml
        }
    }

    /// The element around IAM's and STS's results. The newer cases do not state it.
    var resultWrapper: String? {
        guard service.wire == .awsQuery else { return nil }
        return given["output"]?["resultWrapper"]?.string ?? (file.contains("/output/") ? "\(name)Result" : nil)
    }

    static func all(where isWanted: (ProtocolCase) -> Bool) -> [String] {
        ["ec2", "query", "json"].flatMap { wire in
            ["input", "output", "legacy"].flatMap { Recorded.files("botocore-protocol-tests/\($0)/\(wire)") }
        }.filter { file in (try? ProtocolCase(file)).map(isWanted) ?? true }
    }

    static func supported(where isWanted: (ProtocolCase) -> Bool) -> [String] {
        all(where: isWanted).filter { file in unsupported.allSatisfy { !file.hasSuffix($0.key) } }
    }

    /// Cases that use features of no generated service model, with the reason for each.
    static let unsupported = [
        "input/json/001-AwsJson11EndpointTrait.json": "host prefixes",
        "input/json/007-serializes_list_of_map_shapes.json": "lists of maps",
        "input/json/010-PutAndGetInlineDocumentsInput.json": "documents",
        "input/query/007-SDKAppendsGzipAndIgnoresHttpProvidedEncoding_awsQuery.json": "compressed requests",
        "input/query/007-SDKAppliedContentEncoding_awsQuery.json": "compressed requests",
        "legacy/json/008-8-2.json": "documents", "legacy/json/008-8-4.json": "documents",
        "legacy/json/009-9-0.json": "documents", "legacy/json/009-9-1.json": "documents",
        "legacy/json/009-9-3.json": "documents", "legacy/json/011-11-1.json": "documents",
        "output/json/009-parses_list_of_list_shapes.json": "lists of lists",
        "output/json/009-parses_list_of_map_shapes.json": "lists of maps",
        "output/json/011-PutAndGetInlineDocumentsInput.json": "documents",
    ]
}

/// Needs botocore's protocol cases among the recorded data (`../shared/recorded`, or DRYDOCK_RECORDED).
@Suite(.enabled(if: Recorded.has("botocore-protocol-tests"), "botocore-protocol-tests is not among the recorded data"))
struct ProtocolCases {
    @Test func protocolCasesAreFound() {
        #expect(ProtocolCase.all { $0.isInput }.count == 71)
        #expect(ProtocolCase.all { !$0.isInput }.count == 89)
        #expect(ProtocolCase.supported { _ in true }.count == 160 - ProtocolCase.unsupported.count)
    }

    // MARK: Requests

    @Test(arguments: ProtocolCase.supported { $0.isInput })
    func clientRequestMatchesProtocolCase(_ file: String) throws {
        let test = try ProtocolCase(file), serialized = test.content["serialized"] ?? .null
        let host = serialized["host"]?.string
        let path = serialized["uri"]?.string ?? "/"
        let (request, empty) = test.service.request(
            test.name, EmptyShape(), endpoint: Endpoint(authority: host ?? "example.com", path: path))
        #expect(request.method == .post && request.path == path)
        for header in serialized["headers"]?.fields ?? [] {
            let name = try #require(HTTPField.Name(header.name)), value = request.headerFields[name]
            #expect(value?.hasPrefix(header.value.string ?? "") == true, "\(header.name)")
        }
        guard let expected = serialized["body"]?.string else {
            // Every case without a body says more about the request.
            #expect(host != nil || serialized["headers"] != nil || serialized["uri"] != nil, "the case tests nothing")
            return
        }
        #expect(try meaning(body(test, orEmpty: empty), test) == meaning(Bytes(expected.utf8), test))
    }

    private func body(_ test: ProtocolCase, orEmpty empty: Bytes) throws -> Bytes {
        guard let input = test.input else { return empty }
        var writer = ShapeWriter(schema: try test.model.schema(input), layout: test.messageLayout)
        writer.idempotencyToken = { Self.token }
        if test.messageLayout != .json { writer.raw("Action=\(test.name)&Version=\(test.service.apiVersion)") }
        var failure: (any Error)?
        writer.structure(try test.model.schema(input)) { writer in
            do { try test.model.write(input, test.content["params"] ?? .null, to: &writer) } catch { failure = error }
        }
        if let failure { throw failure }
        return writer.bytes
    }

    /// The idempotency token that the cases expect where a client generates one.
    private static let token = "00000000-0000-4000-8000-000000000000"

    private func meaning(_ body: Bytes, _ test: ProtocolCase) throws -> Node {
        if test.messageLayout == .json { return try JSON.parse(body).canonical }
        return .object(try QueryString.pairs(body).map { .init($0.name, .string($0.value)) }).canonical
    }

    @Test(arguments: ProtocolCase.supported { $0.isInput && $0.input != nil })
    func serverReadsProtocolCaseRequest(_ file: String) throws {
        let test = try ProtocolCase(file), input = try #require(test.input)
        let body = Bytes((test.content["serialized"]?["body"]?.string ?? "").utf8)
        let node: Node
        if test.messageLayout == .json {
            node = try JSON.parse(body)
        } else {
            node = try QueryString.tree(QueryString.pairs(body).filter { !["Action", "Version"].contains($0.name) })
        }
        let report = ShapeReader.Report()
        let reader = ShapeReader(node, schema: try test.model.schema(input), layout: test.messageLayout, report: report)
        let read = try test.model.read(input, reader)
        #expect(report.violations.isEmpty)
        var expected = test.content["params"] ?? .null
        if case .object(let fields) = expected, test.messageLayout != .json {
            // A query string cannot represent an empty map or list.
            expected = .object(fields.filter { $0.value != .object([]) && $0.value != .list([]) })
        }
        if case .object(var fields) = expected {
            for member in test.model.shapes[input]?["members"]?.fields ?? []
            where member.value["idempotencyToken"] == .bool(true) && expected[member.name] == nil {
                fields.append(.init(member.name, .string(Self.token)))
            }
            expected = .object(fields)
        }
        #expect(read.canonical == expected.canonical)
    }

    // MARK: Responses

    @Test(arguments: ProtocolCase.supported { !$0.isInput && !$0.isError })
    func clientReadsProtocolCaseResponse(_ file: String) throws {
        let test = try ProtocolCase(file)
        let body = Bytes((test.content["response"]?["body"]?.string ?? "").utf8)
        guard let output = test.output else {
            let result = test.content["result"] ?? Node.null
            #expect(result == Node.null || result == Node.object([]))
            return
        }
        #expect(try read(body, output, test).canonical == (test.content["result"] ?? .null).canonical)
    }

    private func read(_ body: Bytes, _ output: String, _ test: ProtocolCase) throws -> Node {
        var node = Node.object([])
        if test.messageLayout == .json {
            if !body.isEmpty { node = try JSON.parse(body) }
        } else {
            node = try XML.parse(body).content
            if let wrapper = test.resultWrapper { node = node[wrapper] ?? .object([]) }
        }
        let reader = ShapeReader(node, schema: try test.model.schema(output), layout: test.messageLayout)
        return try test.model.read(output, reader)
    }

    @Test(arguments: ProtocolCase.supported { !$0.isInput && !$0.isError && $0.output != nil })
    func serverResponseRoundTripsThroughClient(_ file: String) throws {
        let test = try ProtocolCase(file), output = try #require(test.output), result = test.content["result"] ?? .null
        var writer = ShapeWriter(schema: try test.model.schema(output), layout: test.messageLayout)
        if test.messageLayout == .xml { writer.raw("<Response>\(test.resultWrapper.map { "<\($0)>" } ?? "")") }
        var failure: (any Error)?
        writer.structure(try test.model.schema(output)) { writer in
            do { try test.model.write(output, result, to: &writer) } catch { failure = error }
        }
        if let failure { throw failure }
        if test.messageLayout == .xml { writer.raw("\(test.resultWrapper.map { "</\($0)>" } ?? "")</Response>") }
        #expect(try read(writer.bytes, output, test).canonical == result.canonical)
    }

    // MARK: Errors

    @Test(arguments: ProtocolCase.supported { $0.isError })
    func clientReadsProtocolCaseError(_ file: String) throws {
        let test = try ProtocolCase(file), message = test.content["response"] ?? .null
        var response = HTTPResponse(status: .init(code: Int(message["status_code"]?.number ?? 500)))
        for header in message["headers"]?.fields ?? [] {
            response.headerFields[try #require(HTTPField.Name(header.name))] = header.value.string
        }
        let error = test.service.error(response, Bytes((message["body"]?.string ?? "").utf8))
        #expect(error.code == test.content["errorCode"]?.string)
        #expect(error.status == response.status.code)
        if let text = test.content["errorMessage"]?.string { #expect(error.message == text) }
        // The client can read this error as our server writes it.
        let (written, body) = test.service.response(error, requestId: "id-1")
        let again = test.service.error(written, body)
        #expect(again.code == error.code && again.message == error.message && again.requestId == "id-1")
    }
}
