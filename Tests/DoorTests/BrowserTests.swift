import AWSCore
import Drydock
import DrydockServer
import DrydockTesting
import Foundation
import HTTPTypes
import Subprocess
import Testing

/// A page from another port in a real browser. It tries to reset the simulator, to create VPCs and to read.
@Suite(.enabled(if: Program.browser != nil, "Chromium is missing: apt-get install chromium, or run tools/test, which does"))
struct Browser {
    /// Serves one page.
    private struct Page: HTTPTransport {
        let text: String

        func send(_ request: HTTPRequest, body: HTTPBody, timeout: Duration) async throws -> HTTPReply {
            var reply = HTTPReply(HTTPResponse(status: .ok), .bytes(Bytes(text.utf8)))
            reply.response.headerFields[.contentType] = "text/html; charset=utf-8"
            return reply
        }
    }

    private static func page(_ server: String) -> Page {
        Page(
            text: """
                <!DOCTYPE html><body><script>
                const server = "\(server)", found = [];
                const run = "/?Action=CreateVpc&Version=2016-11-15&CidrBlock=10.";
                const image = url => new Promise(done => { const i = new Image(); i.onload = i.onerror = done; i.src = url; });
                const frame = url => new Promise(done => {
                  const f = document.createElement("iframe"); f.onload = done; f.src = url; document.body.append(f); });
                const form = url => new Promise(done => {
                  const target = document.createElement("iframe"); target.name = "target"; target.onload = done;
                  document.body.append(target);
                  const f = document.createElement("form"); f.method = "POST"; f.action = url; f.target = "target";
                  document.body.append(f); f.submit(); });
                (async () => {
                  try { found.push("read " + (await (await fetch(server + "/_drydock/health")).json()).status); }
                  catch (error) { found.push("not read"); }
                  await image(server + run + "1.0.0/16");
                  await frame(server + run + "2.0.0/16");
                  await form(server + run + "3.0.0/16");
                  try { await fetch(server + "/", {method: "POST", mode: "no-cors", body: "x"}); } catch (error) {}
                  try {
                    await fetch(server + "/_drydock/seed", {
                      method: "POST", headers: {"Content-Type": "application/json"}, body: '{"seed": 7}'});
                    found.push("asked");
                  } catch (error) { found.push("not asked"); }
                  try { await fetch(server + "/_drydock/reset", {method: "POST", mode: "no-cors"}); } catch (error) {}
                  document.body.innerHTML = "<pre>" + found.join(", ") + "</pre>";
                })();
                </script></body>
                """)
    }

    /// Returns the page's final DOM.
    private func open(_ url: String) async throws -> String {
        let program = try #require(Program.browser)
        let folder = FileManager.default.temporaryDirectory.path + "/drydock-browser-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let result = try await Subprocess.run(
            .name(program),
            arguments: [
                "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
                "--user-data-dir=\(folder)", "--timeout=60000", "--virtual-time-budget=10000", "--dump-dom", url,
            ], output: .string(limit: 1 << 20), error: .discarded)
        return result.standardOutput
    }

    @Test func crossOriginPageIsRejected() async throws {
        try await ServedSimulator.run { served in
            let aws = AWS(served.simulator)
            _ = try await aws.ec2.createVpc(.init(cidrBlock: "10.200.0.0/16"))
            let before = aws.journal.count
            try await TransportServer(Self.page(served.url), .init(port: 0)).serving { port in
                let shown = try await open("http://127.0.0.1:\(port)/")
                #expect(shown.contains("<pre>not read, not asked</pre>"), "\(shown)")
            }
            #expect(aws.journal.count == before)
            #expect(served.simulator.seed == 1)
            #expect(try await aws.ec2.describeVpcs(.init()).vpcs?.count == 2)
        }
    }

    /// The same page works from an allowed origin; without this, the test above would pass for a page that does nothing.
    @Test func allowedOriginPageIsServed() async throws {
        let free = try await Server.freePort(on: "127.0.0.1")
        try await ServedSimulator.run(allowing: "http://127.0.0.1:\(free)") { served in
            let aws = AWS(served.simulator)
            try await TransportServer(Self.page(served.url), .init(port: free)).serving { port in
                let shown = try await open("http://127.0.0.1:\(port)/")
                #expect(shown.contains("<pre>read ok, asked</pre>"), "\(shown)")
            }
            #expect(served.simulator.seed == 7)
            #expect(aws.journal.isEmpty, "the page's reset was the last that it did")
        }
    }
}
