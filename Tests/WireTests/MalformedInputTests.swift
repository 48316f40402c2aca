import AWSCore
import EC2API
import ECRAPI
import Testing

/// Unreadable input is rejected with an error or reported as a violation; it never crashes the process.
@Suite struct MalformedInput {
    @Test(arguments: [
        "", " ", "{", "}", "{\"a\"}", "{\"a\":}", "{\"a\":1,}", "[1,]", "[1 2]", "nul", "tru", "\"", "\"\\", "\"\\x\"",
        "\"\\u12\"",
        "\"\\ud800\"", "\"\\ud800\\u0041\"", "\"\u{1}\"", "01", "-", "1.", "1e", "1e999", "{} {}", "'a'", "NaN", "\u{feff}{}",
        String(repeating: "[", count: 100_000), String(repeating: "{\"a\":", count: 100_000),
    ])
    func malformedJSONIsRejected(_ text: String) {
        #expect(throws: MalformedMessage.self) { try JSON.parse(text) }
    }

    @Test func nonUTF8JSONIsRejected() {
        #expect(throws: MalformedMessage.self) { try JSON.parse([34, 0xC3, 0x28, 34]) }
        #expect(throws: MalformedMessage.self) { try JSON.parse([0xFF, 0xFE, 0x7B, 0x00]) }
    }

    @Test(arguments: [
        "", "<", "<a", "<a>", "<a></b>", "<a/><b/>", "text", "<a>&undefined;</a>", "<a b=\"1\" b=\"2\"/>", "<a>\u{1}</a>",
        "<!DOCTYPE a [<!ENTITY x \"y\">]><a>&x;</a>", "<!DOCTYPE a SYSTEM \"file:///etc/passwd\"><a/>",
        "<!DOCTYPE a [<!ENTITY x SYSTEM \"file:///etc/passwd\">]><a>&x;</a>",
        "<!DOCTYPE l [<!ENTITY a \"aa\"><!ENTITY b \"&a;&a;&a;\"><!ENTITY c \"&b;&b;&b;\">]><l>&c;</l>",
        String(repeating: "<a>", count: 100_000),
    ])
    func malformedXMLIsRejected(_ text: String) {
        #expect(throws: MalformedMessage.self) { try XML.parse(Bytes(text.utf8)) }
    }

    @Test func nonUTF8XMLIsRejected() {
        #expect(throws: MalformedMessage.self) { try XML.parse(Bytes("<a>".utf8) + [0xC3, 0x28] + Bytes("</a>".utf8)) }
    }

    @Test(arguments: ["a=%", "a=%4", "a=%zz", "%=1", "a=%ff", "a=%C3%28"])
    func malformedQueryStringsAreRejected(_ text: String) {
        #expect(throws: MalformedMessage.self) { try QueryString.pairs(text.utf8) }
    }

    @Test(arguments: ["a=1&a.b=2", "a.b=2&a=1", String(repeating: "a.", count: 100) + "a=1"])
    func conflictingQueryTreesAreRejected(_ text: String) throws {
        let pairs = try QueryString.pairs(text.utf8)
        #expect(throws: MalformedMessage.self) { try QueryString.tree(pairs) }
    }

    private func violations<S: Shape>(_: S.Type, json text: String) throws -> [Violation] {
        let report = ShapeReader.Report()
        _ = S(from: ShapeReader(try JSON.parse(text), schema: S.schema, layout: .json, report: report))
        return report.violations
    }

    @Test(arguments: [
        ("{\"repositoryName\": 5}", "repositoryName", "String"), ("{\"repositoryName\": {}}", "repositoryName", "String"),
        ("{\"repositoryName\": \"ab\", \"tags\": \"x\"}", "tags", "List"),
        ("{\"repositoryName\": \"ab\", \"tags\": [\"x\"]}", "tags.1.member", "Structure"),
        ("{\"repositoryName\": \"ab\", \"tags\": [{\"Key\": [], \"Value\": \"v\"}]}", "tags.1.member.Key", "String"),
        ("{\"repositoryName\": \"ab\", \"imageScanningConfiguration\": []}", "imageScanningConfiguration", "Structure"),
        (
            "{\"repositoryName\": \"ab\", \"imageScanningConfiguration\": {\"scanOnPush\": \"true\"}}",
            "imageScanningConfiguration.scanOnPush", "Boolean"
        ),
    ])
    func wrongJSONTypesAreReportedWithPath(_ text: String, _ path: String, _ type: String) throws {
        let found = try violations(CreateRepositoryRequest.self, json: text)
        #expect(found.map(\.path) == [path])
        #expect(found.map(\.kind) == [.wrongType(expected: type)])
    }

    @Test(arguments: ["[]", "1", "\"x\"", "null"])
    func nonObjectJSONReportsMissingMembers(_ text: String) throws {
        let found = try violations(CreateRepositoryRequest.self, json: text)
        #expect(found.map(\.kind) == [.missing] && found.map(\.path) == ["repositoryName"])
    }

    private func violations<S: Shape>(_: S.Type, query text: String) throws -> [Violation] {
        let report = ShapeReader.Report()
        let tree = try QueryString.tree(QueryString.pairs(text.utf8))
        _ = S(from: ShapeReader(tree, schema: S.schema, layout: .ec2Query, report: report))
        return report.violations
    }

    @Test(
        arguments: [
            ("MinCount=1&MaxCount=x", "MaxCount", .wrongType(expected: "Integer")),
            ("MinCount=1&MaxCount=99999999999999999999", "MaxCount", .wrongType(expected: "Integer")),
            ("MinCount=1&MaxCount=1&DryRun=maybe", "DryRun", .wrongType(expected: "Boolean")),
            ("MinCount=1&MaxCount=1&ImageId.1=x", "ImageId", .wrongType(expected: "String")),
            ("MinCount=1&MaxCount=1&Nonsense=x", "Nonsense", .unknown),
            // Invalid list indices. They would otherwise be ignored (assumed).
            ("MinCount=1&MaxCount=1&SecurityGroupId.x=sg-1", "SecurityGroupId.x", .unknown),
            (
                "MinCount=1&MaxCount=1&SecurityGroupId.99999999999999999999=sg-1", "SecurityGroupId.99999999999999999999",
                .unknown
            ),
            ("MinCount=1&MaxCount=1&SecurityGroupId=sg-1", "SecurityGroupId", .unknown),
            ("MinCount=1&MaxCount=1&BlockDeviceMapping.1.Ebs.Nonsense=x", "BlockDeviceMapping.1.Ebs.Nonsense", .unknown),
            ("MinCount=1&MaxCount=1&BlockDeviceMapping.1=x", "BlockDeviceMapping.1", .wrongType(expected: "Structure")),
            ("MinCount=1", "MaxCount", .missing),
        ] as [(String, String, Violation.Kind)])
    func invalidQueryParametersAreReportedWithPath(_ text: String, _ path: String, _ kind: Violation.Kind) throws {
        let found = try violations(RunInstancesRequest.self, query: text)
        #expect(found.map(\.path) == [path])
        #expect(found.map(\.kind) == [kind])
    }

    @Test func outOfRangeValuesAreReported() throws {
        let part = try violations(
            UploadLayerPartRequest.self,
            json:
                "{\"repositoryName\":\"ab\",\"uploadId\":\"u\",\"partFirstByte\":1e30,\"partLastByte\":-1,\"layerPartBlob\":\"%\"}"
        )
        #expect(Set(part.map(\.path)) == ["uploadId", "partFirstByte", "partLastByte", "layerPartBlob"])
        #expect(Instant(parsing: "99999-01-01T00:00:00Z") == nil && Instant(parsing: "2023-02-29T00:00:00Z") == nil)
        #expect(Instant(parsing: "nan") == nil && Instant(parsing: "1e300") == nil)
    }

    /// Every prefix of a valid message, and every message with one changed byte, is read or rejected.
    @Test func damagedMessagesDoNotCrashParsers() {
        let json = Bytes(
            "{\"repositoryName\":\"a\\u00e9\\n\",\"tags\":[{\"Key\":\"k\",\"Value\":1.5e3}],\"x\":[true,null,-0]}".utf8)
        let xml = Bytes("<?xml version=\"1.0\"?><a xmlns=\"u\"><b>&lt;&#65;</b><c/><d><![CDATA[x]]></d></a>".utf8)
        let query = Bytes("Action=A&Tag.1.Key=%C3%A9+b&Tag.2.Key=&Tag..x&=1&&b".utf8)
        for position in json.indices { #expect(throws: (any Error).self) { try JSON.parse(Bytes(json[..<position])) } }
        for position in xml.indices { #expect(throws: (any Error).self) { try XML.parse(Bytes(xml[..<position])) } }
        for message in [json, xml, query] {
            for position in message.indices {
                for damaged in [
                    Bytes(message[..<position]), message.replacing(position, with: 0), message.replacing(position, with: 0xFF),
                    message.replacing(position, with: 0x22), message.replacing(position, with: 0x3C),
                ] {
                    if let node = try? JSON.parse(damaged) {
                        let written = JSON.write(node)
                        #expect((try? JSON.parse(written)).map { JSON.write($0) } == written)
                        let report = ShapeReader.Report()
                        _ = CreateRepositoryRequest(
                            from: ShapeReader(node, schema: CreateRepositoryRequest.schema, layout: .json, report: report))
                    }
                    _ = try? XML.parse(damaged)
                    _ = (try? QueryString.pairs(damaged)).map { try? QueryString.tree($0) }
                }
            }
        }
    }
}

extension Bytes {
    fileprivate func replacing(_ position: Int, with byte: UInt8) -> Bytes {
        var copy = self
        copy[position] = byte
        return copy
    }
}
