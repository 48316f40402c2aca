import AWSCore
import Contract
import Foundation
import Testing

@Suite struct HARFiles {
    private let folder: TemporaryFolder
    init() throws { folder = try TemporaryFolder() }

    private func exchange(_ body: Bytes, type: String = "application/octet-stream") -> RecordedExchange {
        RecordedExchange(
            started: Instant(milliseconds: 1_702_805_410_123), milliseconds: 7,
            request: .init(
                url: "https://ec2.us-east-1.amazonaws.com/", headers: [.init("Content-Type", type)], body: body),
            response: .init(status: 200, reason: "OK", headers: [.init("Content-Type", type)], body: body))
    }

    @Test(arguments: [Bytes("text \"quoted\" \\ \n ünï".utf8), [0, 1, 2, 255, 254], []])
    func harBodiesRoundTrip(_ body: Bytes) throws {
        let path = folder.path + "/a.har"
        let writer = try HARWriter(path: path)
        try writer.write(exchange(body))
        try writer.write(exchange(body))
        try writer.close()
        let read = try HARReader(path: path).exchanges()
        #expect(read.count == 2)
        #expect(read.allSatisfy { $0.request.body == body && $0.response.body == body })
        #expect(read.first?.started == Instant(milliseconds: 1_702_805_410_123))
        #expect(read.first?.request.headers == [.init("Content-Type", "application/octet-stream")])
    }

    @Test func harFileIsValidAfterEachEntry() throws {
        let path = folder.path + "/a.har"
        let writer = try HARWriter(path: path)
        #expect(try HARReader(path: path).exchanges().isEmpty)
        try writer.write(exchange([1]))
        #expect(try HARReader(path: path).exchanges().count == 1)
    }

    @Test func harFileIsReadableByOwnerOnly() throws {
        _ = try HARWriter(path: folder.path + "/a.har")
        let attributes = try FileManager.default.attributesOfItem(atPath: folder.path + "/a.har")
        #expect(attributes[.posixPermissions] as? Int == 0o600)
    }

    @Test func browserHARFileIsRead() throws {
        let path = try folder.write(
            "b.har",
            #"""
            {"log": {"version": "1.2", "creator": {"name": "browser"}, "pages": [{"id": "}]"}], "entries": [
              {"startedDateTime": "2024-01-01T00:00:00.000Z", "time": 1.5, "_initiator": {"type": "other"},
               "request": {"method": "POST", "url": "https://sts.amazonaws.com/", "headers": [],
                 "postData": {"mimeType": "application/x-www-form-urlencoded", "params": [
                   {"name": "Action", "value": "GetCallerIdentity"}, {"name": "Version", "value": "2011-06-15"}]}},
               "response": {"status": 200, "headers": [], "content": {"text": "aGk=", "encoding": "base64"}}}],
             "comment": "x"}}
            """#)
        let read = try HARReader(path: path).exchanges()
        #expect(read.count == 1)
        #expect(read.first?.response.body == Bytes("hi".utf8))
        let request = try #require(read.first.map(DecodedRequest.init))
        #expect(request.name == "sts GetCallerIdentity")
    }

    @Test(arguments: [
        (#"{"log": {"version": "1.2", "entries": [{"request": {"#, "the file is cut off"),
        (#"{"log": {"version": "1.2", "entries": []"#, "the file is cut off"),
        ("", "the file is empty"),
        (#"{"log": {"version": "2.0", "entries": []}}"#, "HAR version 2.0 is not supported"),
        (#"{"log": {"entries": []}}"#, "has no version"),
        (#"{"log": {"version": "1.2"}}"#, "has no entries"),
        (#"{"other": 1}"#, "not a HAR file"),
        ("[1]", "not a HAR file"),
        ("hello", "not a HAR file"),
        (#"{"log": {"version": "1.2", "entries": [{"request": {"method": "GET", "url": "http://x/"}}]}}"#, "has no response"),
        (#"{"log": {"version": "1.2", "entries": [{"time": 1}]}}"#, "entry 1: an entry without a request"),
        (#"{"log": {"version": "1.2", "entries": [{"time": x}]}}"#, "entry 1 is not JSON"),
        (
            #"{"log": {"version": "1.2", "entries": [{"request": {"method": "GET", "url": "http://x/"}, "response": {"status": 200, "content": {"text": "?", "encoding": "base64"}}}]}}"#,
            "is not valid base64"
        ),
        (#"{"log": {"version": "1.2", "entries": []}} x"#, "expected the end"),
    ])
    func invalidHARFileIsRejectedWithReason(_ text: String, _ reason: String) throws {
        let path = try folder.write("broken.har", text)
        let error = #expect(throws: RecordingError.self) { try HARReader(path: path).exchanges() }
        #expect(error?.description.contains(reason) == true, "\(error?.description ?? "")")
        #expect(error?.description.hasPrefix(path) == true)
    }

    @Test func harReaderAcceptsByteOrderMark() throws {
        let path = try folder.write("marked.har", "\u{FEFF}" + #"{"log": {"version": "1.2", "entries": []}}"#)
        #expect(try HARReader(path: path).exchanges().isEmpty)
    }

    @Test func harReaderRejectsFolder() {
        let error = #expect(throws: RecordingError.self) { try HARReader(path: folder.path).exchanges() }
        #expect(error?.description.contains("is it a folder?") == true)
    }

    @Test func harReaderStreamsEntriesBeforeTruncation() throws {
        let path = folder.path + "/a.har"
        let writer = try HARWriter(path: path)
        try writer.write(exchange([1]))
        try writer.write(exchange([2]))
        try writer.close()
        let whole = try folder.text("a.har")
        let cut = try folder.write("cut.har", String(whole.dropLast(40)))
        let entries = try HARReader(path: cut).entries()
        #expect(try entries.next()?.request.body == [1])
        let error = #expect(throws: RecordingError.self) { try entries.next() }
        #expect(error?.description.contains("cut off") == true)
    }

    @Test func harReaderAndWriterRejectMissingFolder() {
        let unread = #expect(throws: RecordingError.self) { try HARReader(path: "/nowhere/x.har").exchanges() }
        #expect(unread?.description == "/nowhere/x.har: the file does not exist, or cannot be read")
        let unwritten = #expect(throws: RecordingError.self) { try HARWriter(path: "/nowhere/x.har") }
        #expect(
            unwritten?.description == "/nowhere/x.har: the file cannot be written; is its folder there, and writable?")
    }
}
