import AWSCore
import Drydock
import DrydockServer
import Foundation
import HTTPTypes
import TestSockets
import Testing

/// Requests from pages of other origins, with the headers that browsers send.
@Suite struct CrossOriginRequests {
    /// A request that a page can send without a CORS preflight.
    struct Door: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let line: String
        var body = ""
        var type = "text/plain;charset=UTF-8"
    }

    static let doors = [
        Door(testDescription: "reset", line: "POST /_drydock/reset"),
        Door(testDescription: "fork", line: "POST /_drydock/fork"),
        Door(testDescription: "snapshot", line: "POST /_drydock/snapshot", body: #"{"name":"stolen"}"#),
        Door(testDescription: "clock", line: "POST /_drydock/clock", body: #"{"advance":"9h"}"#),
        Door(testDescription: "journal", line: "GET /_drydock/journal"),
        Door(testDescription: "moto's reset", line: "POST /moto-api/reset"),
        Door(testDescription: "LocalStack's reset", line: "POST /_localstack/state/reset"),
        Door(
            testDescription: "an API by a form", line: "POST /",
            body: "Action=CreateVpc&Version=2016-11-15&CidrBlock=10.9.0.0/16",
            type: "application/x-www-form-urlencoded"),
        Door(testDescription: "an API by an image", line: "GET /?Action=CreateVpc&Version=2016-11-15&CidrBlock=10.9.0.0/16"),
        Door(testDescription: "the registry", line: "POST /v2/app/blobs/uploads/"),
        Door(testDescription: "a registry's page", line: "GET /v2/"),
        Door(testDescription: "the Hub", line: "POST /_drydock/hub", body: #"{"users":[{"name":"a","password":"b"}]}"#),
        Door(testDescription: "storage", line: "GET /prod-us-east-1-starport-layer-bucket/1234/sha256-00"),
    ]

    /// The headers by which browsers mark cross-origin requests. PORT is the server's.
    static let pages: [(name: String, headers: [String])] = [
        (
            "Chromium, fetch",
            ["Host: localhost:PORT", "Origin: https://evil.example", "Sec-Fetch-Site: cross-site", "Sec-Fetch-Mode: no-cors"]
        ),
        (
            "Chromium, another port",
            ["Host: localhost:PORT", "Origin: http://localhost:3000", "Sec-Fetch-Site: same-site", "Sec-Fetch-Mode: cors"]
        ),
        (
            "Chromium, a sandboxed frame",
            ["Host: 127.0.0.1:PORT", "Origin: null", "Sec-Fetch-Site: cross-site", "Sec-Fetch-Mode: no-cors"]
        ),
        (
            "Firefox, an image",
            [
                "Host: localhost:PORT", "Referer: https://evil.example/page", "Sec-Fetch-Dest: image",
                "Sec-Fetch-Mode: no-cors", "Sec-Fetch-Site: cross-site",
            ]
        ),
        (
            "Firefox, without a referrer",
            ["Host: localhost:PORT", "Sec-Fetch-Dest: empty", "Sec-Fetch-Mode: no-cors", "Sec-Fetch-Site: same-site"]
        ),
        (
            "a frame",
            ["Host: localhost:PORT", "Sec-Fetch-Dest: iframe", "Sec-Fetch-Mode: navigate", "Sec-Fetch-Site: cross-site"]
        ),
        ("an old browser", ["Host: localhost:PORT", "Referer: http://evil.example/page"]),
        ("an old browser, another port", ["Host: 127.0.0.1:PORT", "Referer: http://127.0.0.1:3000/"]),
        (
            "a name that was bound anew",
            ["Host: evil.example:PORT", "Origin: http://evil.example:PORT", "Sec-Fetch-Site: same-origin"]
        ),
        ("a name that was bound anew, GET", ["Host: evil.example:PORT", "Sec-Fetch-Site: same-origin"]),
        ("a name that was bound anew, old browser", ["Host: 127.0.0.1.evil.example"]),
        ("two origins", ["Host: localhost:PORT", "Origin: http://localhost:PORT", "Origin: https://evil.example"]),
    ]

    @Test(arguments: doors) func crossOriginRequestsAreRejected(_ door: Door) async throws {
        try await Served.run { served in
            let before = try await served.vpcs()
            let requests = served.simulator.journal.entries.count
            for page in Self.pages {
                let (head, body) = try await served.ask(door.line, page.headers, door.body, type: door.type)
                #expect(head.hasPrefix("HTTP/1.1 403 Forbidden\r\n"), "\(page.name): \(head)")
                #expect(body.contains("--allow-origin") || body.contains("--allow-host"), "\(page.name): \(body)")
                #expect(!head.lowercased().contains("access-control-"), "\(page.name): \(head)")
            }
            #expect(served.simulator.journal.entries.count == requests)
            #expect(try await served.vpcs() == before)
            let (_, forks) = try await served.ask("GET /_drydock/forks", ["Host: localhost"])
            #expect(forks == "{\"forks\":[]}\n")
        }
    }

    @Test func forkRejectsCrossOriginRequests() async throws {
        try await Served.run { served in
            let (_, answer) = try await served.ask("POST /_drydock/fork", ["Host: localhost"])
            let fork = try #require(Int(answer.split(separator: ":").last?.prefix { $0.isNumber } ?? ""))
            for page in Self.pages {
                let (head, _) = try await served.ask("POST /_drydock/reset", page.headers, port: fork)
                #expect(head.hasPrefix("HTTP/1.1 403 "), "\(page.name): \(head)")
            }
            let (head, _) = try await served.ask("GET /_drydock/health", ["Host: localhost"], port: fork)
            #expect(head.hasPrefix("HTTP/1.1 200 "))
        }
    }

    /// A recording proxy signs requests with real credentials, so it rejects the same requests.
    @Test func recordingProxyRejectsCrossOriginRequests() async throws {
        struct Unreachable: HTTPTransport {
            func send(_ request: HTTPRequest, body: HTTPBody, timeout: Duration) async throws -> HTTPReply {
                HTTPReply(HTTPResponse(status: .ok), .bytes(Bytes("sent".utf8)))
            }
        }
        try await TransportServer(Unreachable(), .init(port: 0)).serving { port in
            for page in Self.pages {
                let (head, body) = try await Served.ask("GET /?Action=RunInstances", page.headers, port: port)
                #expect(head.hasPrefix("HTTP/1.1 403 ") && !body.contains("sent"), "\(page.name): \(head)")
            }
            let (_, body) = try await Served.ask("GET /?Action=RunInstances", ["Host: localhost"], port: port)
            #expect(body == "sent")
        }
    }

    @Test func rejectedOriginErrorNamesTheOption() async throws {
        try await Served.run { served in
            let (_, page) = try await served.ask(
                "POST /_drydock/reset", ["Host: localhost", "Origin: https://app.example:8443"])
            #expect(page.contains("--allow-origin https://app.example:8443"), "\(page)")
            let (_, name) = try await served.ask("GET /v2/", ["Host: drydock.example:4566"])
            #expect(
                name.hasPrefix(#"{"errors":[{"code":"DENIED""#) && name.contains("--allow-host drydock.example."), "\(name)")
            let (_, xml) = try await served.ask("GET /?Action=DescribeVpcs", ["Host: a.example"])
            #expect(xml.contains("<Message>This server does not answer to the name 'a.example'"), "\(xml)")
        }
    }

    @Test func allowedOriginsMayReadAndPreflight() async throws {
        let options = try Server.Options(port: 0, allowing: ["http://localhost:3000", "https://app.example"])
        try await Served.run(options) { served in
            for origin in ["http://localhost:3000", "https://app.example", "HTTPS://APP.example:443"] {
                // An allowed Origin takes precedence over Sec-Fetch-Site.
                let headers = ["Host: localhost:PORT", "Origin: \(origin)", "Sec-Fetch-Site: cross-site"]
                let (head, body) = try await served.ask("GET /_drydock/health", headers)
                #expect(head.hasPrefix("HTTP/1.1 200 ") && body.contains("\"status\""), "\(head)")
                #expect(head.contains("\r\nAccess-Control-Allow-Origin: \(origin)\r\n"), "\(head)")
                #expect(head.contains("\r\nVary: Origin\r\n"))
                let (preflight, _) = try await served.ask(
                    "OPTIONS /",
                    headers + [
                        "Access-Control-Request-Method: POST", "Access-Control-Request-Headers: authorization,x-amz-target",
                        "Access-Control-Request-Private-Network: true",
                    ])
                #expect(preflight.hasPrefix("HTTP/1.1 204 "), "\(preflight)")
                #expect(preflight.contains("\r\nAccess-Control-Allow-Origin: \(origin)\r\n"))
                #expect(preflight.contains("\r\nAccess-Control-Allow-Headers: authorization,x-amz-target\r\n"))
                #expect(preflight.contains("\r\nAccess-Control-Allow-Methods: GET, HEAD, POST, PUT, PATCH, DELETE\r\n"))
                #expect(preflight.contains("\r\nAccess-Control-Allow-Private-Network: true\r\n"))
            }
            let (foreign, _) = try await served.ask(
                "OPTIONS /", ["Host: localhost", "Origin: http://localhost:3001", "Access-Control-Request-Method: POST"])
            #expect(foreign.hasPrefix("HTTP/1.1 403 ") && !foreign.contains("Access-Control-Allow"), "\(foreign)")
        }
    }

    /// A link from another site may open pages that only read. The linking page cannot see the response.
    @Test func crossSiteLinksOpenOnlyReadOnlyPages() async throws {
        let link = [
            "Host: localhost:PORT", "Referer: https://docs.example/", "Sec-Fetch-Site: cross-site", "Sec-Fetch-Mode: navigate",
        ]
        try await Served.run { served in
            let document = link + ["Sec-Fetch-Dest: document"]
            for path in ["/_drydock/health", "/_drydock/journal", "/_localstack/health"] {
                let (head, _) = try await served.ask("GET \(path)", document)
                #expect(head.hasPrefix("HTTP/1.1 200 "), "\(path): \(head)")
            }
            for line in ["GET /?Action=CreateVpc&Version=2016-11-15", "POST /_drydock/reset", "GET /v2/app/tags/list"] {
                let (head, _) = try await served.ask(line, document)
                #expect(head.hasPrefix("HTTP/1.1 403 "), "\(line): \(head)")
            }
            let (typed, _) = try await served.ask(
                "GET /_drydock/health", ["Host: localhost:PORT", "Sec-Fetch-Site: none", "Sec-Fetch-Mode: navigate"])
            #expect(typed.hasPrefix("HTTP/1.1 200 "))
        }
    }

    /// Opening the address in a browser shows a page about Drydock; an EC2 call with GET still works.
    @Test func browsersGetTheWelcomePage() async throws {
        try await Served.run { served in
            let browser = ["Host: localhost:PORT", "Accept: text/html,application/xhtml+xml,*/*;q=0.8"]
            let (head, page) = try await served.ask("GET /", browser)
            #expect(head.hasPrefix("HTTP/1.1 200 ") && head.contains("Content-Type: text/html; charset=utf-8"), "\(head)")
            #expect(page.contains("simulator of AWS") && page.contains("export AWS_ENDPOINT_URL=http://localhost:"), "\(page)")
            let (link, _) = try await served.ask(
                "GET /",
                browser + [
                    "Referer: https://docs.example/", "Sec-Fetch-Site: cross-site", "Sec-Fetch-Mode: navigate",
                    "Sec-Fetch-Dest: document",
                ])
            #expect(link.hasPrefix("HTTP/1.1 200 "), "\(link)")
            let (_, call) = try await served.ask("GET /?Action=DescribeVpcs&Version=2016-11-15", browser)
            #expect(!call.contains("<html"))
            let (_, client) = try await served.ask("GET /", ["Host: localhost:PORT", "Accept: */*"])
            #expect(!client.contains("<html"))
        }
    }

    @Test(arguments: [
        "localhost", "localhost:PORT", "127.0.0.1:PORT", "10.1.2.3", "[::1]:PORT", "drydock:4566", "app.localhost", "LOCALHOST",
        "localhost.", "host.docker.internal:4566", "ec2.us-east-1.amazonaws.com", "ecr.cn-north-1.amazonaws.com.cn",
        "ec2.us-east-1.api.aws", "123456789012.dkr.ecr.us-east-1.amazonaws.com", "registry-1.docker.io", "hub.docker.com",
        "registry.example:5000", "named.example", "a.below.example",
    ])
    func serverHostNamesAreAccepted(_ host: String) async throws {
        var options = Server.Options(port: 0)
        options.allowedHosts = ["named.example", "*.below.example"]
        try await Served.run(options, registry: "registry.example:5000") { served in
            let (head, _) = try await served.ask("GET /_drydock/health", ["Host: \(host)"])
            #expect(head.hasPrefix("HTTP/1.1 200 "), "\(head)")
        }
    }

    @Test(arguments: [
        "evil.example", "localhost.evil.example", "amazonaws.com.evil.example", "evilamazonaws.com", "docker.io.evil.example",
        "127.0.0.1.nip.io", "below.example", "host.docker.internal.evil.example",
    ])
    func foreignHostNamesAreRejected(_ host: String) async throws {
        var options = Server.Options(port: 0)
        options.allowedHosts = ["named.example", "*.below.example"]
        try await Served.run(options) { served in
            let (head, _) = try await served.ask("GET /_drydock/health", ["Host: \(host)"])
            #expect(head.hasPrefix("HTTP/1.1 403 "), "\(head)")
        }
    }

    /// When docker and skopeo pull a layer, Go's HTTP client sends the redirecting page as the Referer.
    @Test(arguments: [
        ["Host: localhost:PORT", "Referer: http://localhost:PORT/v2/app/blobs/sha256:00"],
        ["Host: localhost:PORT", "Referer: http://127.0.0.1:PORT/v2/app/blobs/sha256:00"],
        [
            "Host: prod-us-east-1-starport-layer-bucket.s3.us-east-1.amazonaws.com",
            "Referer: https://123456789012.dkr.ecr.us-east-1.amazonaws.com/v2/app/blobs/sha256:00",
        ],
        ["Host: localhost:PORT", "Origin: http://localhost:PORT", "Sec-Fetch-Site: same-origin"],
        ["Host: localhost:PORT", "Sec-Fetch-Site: none"],
    ])
    func sameOriginPagesAndRedirectsAreAccepted(_ headers: [String]) async throws {
        try await Served.run { served in
            let (head, _) = try await served.ask("GET /_drydock/health", headers)
            #expect(head.hasPrefix("HTTP/1.1 200 "), "\(head)")
        }
    }

    @Test(arguments: ["localhost:3000", "http://", "http://a/b", "http://a?b", "://a", "http://a b", "1a://b", ""])
    func invalidOriginsAreRejected(_ text: String) {
        #expect(throws: WebOriginError.self) { try WebOrigin(parsing: text) }
    }
}

extension Server.Options {
    init(port: Int, allowing origins: [String]) throws {
        self.init(port: port)
        allowedOrigins = try origins.map { try WebOrigin(parsing: $0) }
    }
}
