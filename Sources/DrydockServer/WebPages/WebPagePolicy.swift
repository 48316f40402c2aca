import AWSCore
import HTTPTypes

/// Decides which requests of web pages a server accepts.
///
/// Any page in a browser can send requests to a server on this machine: forms and images directly, others after a preflight.
/// Browsers report a request's source in headers that pages cannot set. Clients such as boto3, docker and curl do not send these.
struct WebPagePolicy: Sendable {
    enum Verdict: Equatable {
        case passes
        /// From a page of an allowed origin, which may read the response.
        case passesPage(origin: String)
        /// A browser's preflight for a page of an allowed origin.
        case preflight(origin: String)
        case refused(String)
    }

    private let origins: Set<WebOrigin>
    private let names: ServerNames
    /// Whether a GET request changes nothing, so that any page may link to it.
    private let isPage: @Sendable (HTTPRequest) -> Bool

    init(_ options: Server.Options, registry: String?, isPage: @escaping @Sendable (HTTPRequest) -> Bool = { _ in false }) {
        origins = Set(options.allowedOrigins)
        names = ServerNames(allowed: options.allowedHosts, listening: options.host, registry: registry)
        self.isPage = isPage
    }

    /// What a browser's headers say about a request.
    private struct Context {
        var origin: String?
        var referer: String?
        var site: String?
        var mode: String?
        var destination: String?
        var isPreflight = false

        /// One pass that compares only names of equal length, because every request is checked.
        init(_ fields: HTTPFields) {
            for field in fields {
                let name = field.name.canonicalName
                switch name.utf8.count {
                // Several origins match no allowed origin.
                case 6 where name == "origin": origin = origin.map { "\($0), \(field.value)" } ?? field.value
                case 7 where name == "referer": referer = field.value
                case 14 where name == "sec-fetch-site": site = field.value
                case 14 where name == "sec-fetch-mode": mode = field.value
                case 14 where name == "sec-fetch-dest": destination = field.value
                case 29 where name == "access-control-request-method": isPreflight = true
                default: break
                }
            }
        }
    }

    /// Decides from the request's head alone.
    func verdict(on request: HTTPRequest) -> Verdict {
        if let authority = request.authority, !names.contains(authority: authority) {
            return .refused(Self.foreignHost(authority))
        }
        let context = Context(request.headerFields)
        if let header = context.origin {
            let origin = WebOrigin(header: header)
            if origins.contains(origin) || origins.contains(.any) {
                return context.isPreflight && request.method == .options
                    ? .preflight(origin: header) : .passesPage(origin: header)
            }
            guard origin.isWeb, let authority = origin.authority, names.isOwn(authority, of: request) else {
                return .refused(Self.foreignPage(header))
            }
            return .passes
        }
        if let site = context.site, site == "cross-site" || site == "same-site" {
            // A navigation shows the response only to the user at the browser.
            let isNavigation = context.mode == "navigate" && context.destination == "document"
            guard isNavigation, request.method == .get, isPage(request) else {
                return .refused(Self.foreignSite(site, context.referer))
            }
            return .passes
        }
        if let referer = context.referer, !mayRefer(referer, request) {
            return .refused(Self.foreignPage(WebOrigin(referer: referer).description))
        }
        return .passes
    }

    private func mayRefer(_ referer: String, _ request: HTTPRequest) -> Bool {
        let origin = WebOrigin(referer: referer)
        if origins.contains(origin) || origins.contains(.any) { return true }
        // A referer that is not a page's URL does not come from a browser.
        guard origin.isWeb, let authority = origin.authority else { return true }
        return names.isOwn(authority, of: request) || ServerNames.redirects(authority)
    }

    // MARK: Refusals

    private static func foreignHost(_ authority: String) -> String {
        let host = shown(String(HTTPRequest.host(of: authority)))
        return """
            This server does not answer to the name '\(host)': a web page could reach it by a name of its own. \
            If the name is yours, start the server with --allow-host \(host).
            """
    }

    private static func foreignPage(_ origin: String) -> String {
        """
        A web page of '\(shown(origin))' may not send requests to this server. \
        If the page is yours, start the server with --allow-origin \(shown(origin)).
        """
    }

    private static func foreignSite(_ site: String, _ referer: String?) -> String {
        guard let referer else {
            return """
                A web page of another origin may not send requests to this server (Sec-Fetch-Site: \(site)). \
                If the page is yours, start the server with --allow-origin and the page's origin.
                """
        }
        return foreignPage(WebOrigin(referer: referer).description)
    }

    private static func shown(_ text: String) -> String { text.count > 200 ? "\(text.prefix(199))…" : text }
}
