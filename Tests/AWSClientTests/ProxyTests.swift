import AWSCore
import Certificates
import Foundation
import HTTPTypes
import Testing

@testable import AWSClient

@Suite struct Proxies {
    private func proxy(_ variables: [String: String], _ url: String) throws -> Proxy? {
        let parts = url.split(separator: "://")
        return try ProxySettings(ProcessEnvironment(variables: variables)).proxy(for: String(parts[0]), String(parts[1]))
    }

    @Test func proxyIsChosenByScheme() throws {
        let both = ["HTTP_PROXY": "http://plain:3128", "HTTPS_PROXY": "secure:8080"]
        #expect(try proxy(both, "http://example.com") == Proxy("http://plain:3128"))
        #expect(try proxy(both, "https://example.com") == Proxy("http://secure:8080/"))
        #expect(try proxy(["ALL_PROXY": "p"], "https://example.com")?.port == 80)
        #expect(try proxy(["HTTP_PROXY": "p"], "https://example.com") == nil)
        // Lower case takes precedence. In a CGI program, a client's header can set HTTP_PROXY.
        #expect(try proxy(["HTTP_PROXY": "big", "http_proxy": "small"], "http://example.com")?.host == "small")
        #expect(try proxy(["HTTP_PROXY": "p", "REQUEST_METHOD": "GET"], "http://example.com") == nil)
        let named = try proxy(["HTTPS_PROXY": "http://me%40x:pa%3Ass@p:1"], "https://example.com")
        #expect(named?.user == "me@x" && named?.password == "pa:ss" && named?.host == "p" && named?.port == 1)
    }

    @Test(arguments: ["https://p:1", "socks5://p:1", "http://", "http://p:port", "http://a b"])
    func invalidProxiesAreRejectedWhenUsed(_ url: String) throws {
        #expect(throws: ConfigurationError.self) { try proxy(["HTTPS_PROXY": url], "https://example.com") }
        #expect(try proxy(["HTTPS_PROXY": url], "http://example.com") == nil)
    }

    @Test(arguments: [
        ("*", "http://example.com", false), ("example.com", "http://example.com", false),
        ("example.com", "http://api.example.com:8080", false), (".example.com", "http://api.example.com", false),
        (".example.com", "http://example.com", false), ("*.example.com", "http://api.example.com", false),
        ("EXAMPLE.com", "http://example.COM", false), ("example.com", "http://notexample.com", true),
        ("a.org, example.com", "http://example.com", false), ("example.com:80", "http://example.com", false),
        ("example.com:8080", "http://example.com", true), ("example.com:443", "http://example.com", true),
        ("10.1.2.3", "http://10.1.2.3:80", false), ("10.1.2.3", "http://10.1.2.30", true),
        ("10.0.0.0/8", "http://10.200.0.1", false), ("10.0.0.0/8", "http://11.0.0.1", true),
        ("192.168.128.0/17", "http://192.168.127.255", true), ("192.168.128.0/17", "http://192.168.129.0", false),
        ("fd00::/8", "http://[fd00:ec2::254]", false), ("fd00::/8", "http://[fe80::1]", true),
        ("0.0.0.0/0", "http://example.com", true), ("169.254.169.254", "http://169.254.169.254", false),
        ("", "http://example.com", true), (",.", "http://example.com", true), ("10.0.0.0/33", "http://10.0.0.1", true),
        ("", "http://localhost:4566", false), ("", "http://127.0.0.9", false), ("", "http://[::1]:80", false),
        ("", "http://api.localhost", false),
    ]) func noProxyAndLoopbackHostsBypassProxy(_ list: String, _ url: String, _ isProxied: Bool) throws {
        let found = try proxy(["HTTP_PROXY": "p", "NO_PROXY": list], url)
        #expect((found != nil) == isProxied)
    }

    private func send(_ url: String, _ variables: [String: String]) async throws -> String {
        let transport = NetworkTransport(
            connectTimeout: patience, proxies: ProxySettings(ProcessEnvironment(variables: variables)))
        let parts = url.split(separator: "://")
        let request = HTTPRequest(
            method: .get, scheme: String(parts[0]), authority: String(parts[1]), path: "/path?x=1")
        let result: Result<String, any Error>
        do {
            let reply = try await transport.send(request, body: .empty, timeout: patience)
            result = .success(String(decoding: try await reply.body.collect(upTo: 1 << 16), as: UTF8.self))
        } catch { result = .failure(error) }
        try await transport.close()
        return try result.get()
    }

    /// The client opens a tunnel to an AWS host name without resolving it. TLS runs between the client and the far server.
    @Test func httpsRequestsTunnelThroughProxy() async throws {
        let authority = try CertificateAuthority()
        let path = NSTemporaryDirectory() + "drydock-ca-\(UUID().uuidString).pem"
        try authority.certificatePEM.write(toFile: path, atomically: true, encoding: .utf8)
        defer { try? FileManager.default.removeItem(atPath: path) }
        let answer: LoopbackServer.Answer = { asked, _ in (200, asked.request.authority ?? "") }
        try await LoopbackServer.serving(tls: ServerCertificates(authority).context, answer) { (far) async throws in
            let proxy = try TunnelProxy(to: far.port)
            let settings = ProxySettings(
                ProcessEnvironment(variables: ["HTTPS_PROXY": "http://me:se%3Acret@127.0.0.1:\(proxy.port)"]))
            let transport = NetworkTransport(connectTimeout: patience, trusting: [path], proxies: settings)
            let request = HTTPRequest(method: .get, scheme: "https", authority: "ec2.eu-west-1.amazonaws.com", path: "/")
            let result: Result<String, any Error>
            do {
                let reply = try await transport.send(request, body: .empty, timeout: patience)
                result = .success(String(decoding: try await reply.body.collect(upTo: 1 << 16), as: UTF8.self))
            } catch { result = .failure(error) }
            try await transport.close()
            proxy.close()
            #expect(try result.get() == "ec2.eu-west-1.amazonaws.com")
            #expect(proxy.head.hasPrefix("CONNECT ec2.eu-west-1.amazonaws.com:443 HTTP/1.1\r\n"))
            // The output of `printf me:se:cret | base64`, in lower case.
            #expect(proxy.head.lowercased().contains("proxy-authorization: basic bwu6c2u6y3jlda=="))
        }
    }

    @Test func unreachableProxyIsNamedInError() async throws {
        for scheme in ["http", "https"] {
            let error = await #expect(throws: TransportError.self) {
                try await send("\(scheme)://ec2.eu-west-1.amazonaws.com", ["ALL_PROXY": "127.0.0.1:1"])
            }
            #expect("\(error as Any)".contains("the proxy 127.0.0.1:1: Connection refused"))
        }
    }

    @Test func proxyRefusingTunnelIsNamedInError() async throws {
        try await LoopbackServer.serving({ _, _ in (407, "who are you?") }) { (server) async throws in
            let error = await #expect(throws: TransportError.self) {
                try await send("https://ec2.eu-west-1.amazonaws.com", ["HTTPS_PROXY": "127.0.0.1:\(server.port)"])
            }
            guard case .unreachable(host: "ec2.eu-west-1.amazonaws.com", let reason) = error else {
                Issue.record("\(error as Any)")
                return
            }
            #expect(reason.hasPrefix("the proxy 127.0.0.1:\(server.port): "))
        }
    }
}
