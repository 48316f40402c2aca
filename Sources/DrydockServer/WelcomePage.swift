import AWSCore
import HTTPTypes
import SimulatorCore

/// The page for a user who opens the server's address in a browser.
enum WelcomePage {
    /// Whether a request is for this page. A browser's Accept header includes HTML, an AWS client's does not. A request with a
    /// query is an EC2 call.
    static func isRequested(by request: HTTPRequest) -> Bool {
        (request.method == .get || request.method == .head) && request.path == "/"
            && request.headerFields[.authorization] == nil && request.headerFields[.accept]?.contains("text/html") == true
    }

    static func reply(to request: HTTPRequest, of simulator: Simulator) -> HTTPReply {
        let configuration = simulator.configuration
        let endpoint = escaped("\(request.scheme ?? "http")://\(request.authority ?? "localhost:4566")")
        let services = simulator.services.map { "<code>\(escaped($0.model.id))</code>" }.joined(separator: ", ")
        let page = """
            <!DOCTYPE html>
            <html lang="en"><head><meta charset="utf-8"><title>Drydock</title>
            <style>body{font:16px/1.5 sans-serif;max-width:46rem;margin:3rem auto;padding:0 1rem}code,pre{background:#eee;padding:.1rem .3rem}
            pre{padding:.6rem;overflow:auto}</style></head><body>
            <h1>Drydock</h1>
            <p>This is a simulator of AWS. AWS's clients reach it at <code>\(endpoint)</code>, account \
            <code>\(escaped(configuration.account))</code> in <code>\(escaped(configuration.region))</code>.</p>
            <pre>export AWS_ENDPOINT_URL=\(endpoint) AWS_ACCESS_KEY_ID=test AWS_SECRET_ACCESS_KEY=test AWS_DEFAULT_REGION=\(escaped(configuration.region))
            aws ecr create-repository --repository-name app
            aws ec2 describe-instances</pre>
            <p>It simulates \(services); <code>drydock coverage</code> lists their operations.</p>
            <p><a href="/_drydock/health">/_drydock/health</a> shows the settings of this server, and \
            <code>drydock journal --follow</code> its requests. The README and the folder <code>docs</code> of Drydock describe \
            everything else.</p>
            </body></html>

            """
        var response = HTTPResponse(status: .ok)
        response.headerFields[.contentType] = "text/html; charset=utf-8"
        response.headerFields[.contentSecurityPolicy] = "default-src 'none'; style-src 'unsafe-inline'"
        return HTTPReply(response, .bytes(Bytes(page.utf8)))
    }

    private static func escaped(_ text: String) -> String {
        text.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;").replacing(
            "\"", with: "&quot;")
    }
}
