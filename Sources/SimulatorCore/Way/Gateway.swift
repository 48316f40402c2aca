import AWSCore
import HTTPTypes

/// A request's service, operation and region. Nothing behind the gateway knows HTTP.
struct Route {
    var service: any SimulatedService
    var operation: String
    var region: String
    /// The parsed parameters of query protocols; nil for JSON.
    var query: Node?
    var layout: WireLayout
}

struct Gateway: Sendable {
    private let services: [any SimulatedService]
    private let defaultRegion: String

    init(services: [any SimulatedService], defaultRegion: String) {
        self.services = services
        self.defaultRegion = defaultRegion
    }

    func service(id: String) -> (any SimulatedService)? { services.first { $0.model.id == id } }

    /// - Throws: ``AWSError`` and the wire protocol for it, if no service takes the request.
    func route(_ request: HTTPRequest, _ body: Bytes, _ authorization: SigV4Authorization?) throws(RoutingFailure) -> Route {
        // AWS's host names give service and region; for other hosts the signature does.
        let host = Host(request.authority ?? "")
        let region = authorization?.scope.region ?? host.region ?? defaultRegion
        if let target = request.headerFields.first(.amzTarget) {
            guard let dot = target.utf8.lastIndex(of: 46),
                let service = services.first(where: {
                    !$0.model.targetPrefix.isEmpty && target[..<dot] == $0.model.targetPrefix
                })
            else { throw RoutingFailure(.unknownOperation(target), wire: .awsJson1_1) }
            return Route(
                service: service, operation: String(target[target.utf8.index(after: dot)...]), region: region, query: nil,
                layout: .json)
        }
        let pairs: [(name: String, value: String)]
        do {
            pairs = try QueryString.pairs(request.method == .get ? Bytes(request.queryText.utf8) : body)
        } catch {
            let wire = service(authorization, host, version: nil)?.model.wire ?? .ec2Query
            throw RoutingFailure(AWSError("MalformedQueryString", "\(error)"), wire: wire)
        }
        let version = pairs.first { $0.name == "Version" }?.value
        guard let service = service(authorization, host, version: version) else {
            throw RoutingFailure(.unroutable, wire: .ec2Query)
        }
        let model = service.model
        guard model.wire != .awsJson1_1 else {
            throw RoutingFailure(.unknownOperation(nil), wire: .awsJson1_1)
        }
        guard let action = pairs.first(where: { $0.name == "Action" })?.value, !action.isEmpty else {
            throw RoutingFailure(.missingAction(model.wire), wire: model.wire)
        }
        guard version == nil || version == model.apiVersion || model.wire == .ec2Query else {
            throw RoutingFailure(.invalidAction(action, version, model.wire), wire: model.wire)
        }
        do {
            let parameters = pairs.filter { !Self.envelope.contains($0.name) && !$0.name.hasPrefix("X-Amz-") }
            let layout: WireLayout = model.wire == .ec2Query ? .ec2Query : .awsQuery
            return Route(
                service: service, operation: action, region: region, query: try QueryString.tree(parameters), layout: layout)
        } catch {
            throw RoutingFailure(AWSError("MalformedQueryString", "\(error)"), wire: model.wire)
        }
    }

    private static let envelope: Set<String> = [
        "Action", "Version", "AWSAccessKeyId", "Signature", "SignatureMethod", "SignatureVersion", "Timestamp", "Expires",
        "SecurityToken",
    ]

    private func service(_ authorization: SigV4Authorization?, _ host: Host, version: String?) -> (any SimulatedService)? {
        if let prefix = host.endpointPrefix, let service = services.first(where: { $0.model.endpointPrefix == prefix }) {
            return service
        }
        if let name = authorization?.scope.service, let service = services.first(where: { $0.model.signingName == name }) {
            return service
        }
        return version.flatMap { version in services.first { $0.model.apiVersion == version } }
    }

    /// The region in the request's host name, if it is one of AWS's.
    static func region(of request: HTTPRequest) -> String? { Host(request.authority ?? "").region }

    /// The parts of an AWS host name such as `api.ecr.us-east-1.amazonaws.com`.
    private struct Host {
        var endpointPrefix: String?
        var region: String?

        init() {}

        init(_ authority: String) {
            guard let range = authority.range(ofSuffixFrom: ".amazonaws.com") else { return }
            let parts = authority[..<range].split(separator: ".").map(String.init)
            if let last = parts.last, last.contains("-"), last.last?.isNumber == true {
                region = last
                endpointPrefix = parts.dropLast().joined(separator: ".")
            } else {
                endpointPrefix = parts.joined(separator: ".")
            }
        }
    }
}

/// An error before a service was found, and the wire protocol for it.
struct RoutingFailure: Error {
    let error: AWSError
    let wire: WireProtocol
    init(_ error: AWSError, wire: WireProtocol) {
        self.error = error
        self.wire = wire
    }
}

extension AWSError {
    static func unknownOperation(_ target: String?) -> AWSError {
        AWSError(
            "UnknownOperationException", "",
            explanation: target.map { "There is no operation '\($0)'." } ?? "No X-Amz-Target header.")
    }

    static let unroutable = AWSError(
        "InvalidAction", "The action is not valid for this web service.",
        explanation: "The request names no service: not in the credential scope, the host, X-Amz-Target or Version."
    )

    static func missingAction(_ wire: WireProtocol) -> AWSError {
        wire == .ec2Query
            ? AWSError("MissingAction", "The request must contain the parameter Action")
            : AWSError("MissingAction", "Missing Action")
    }

    static func invalidAction(_ action: String, _ version: String?, _ wire: WireProtocol) -> AWSError {
        if wire == .ec2Query { return AWSError("InvalidAction", "The action \(action) is not valid for this web service.") }
        return AWSError(
            "InvalidAction", "Could not find operation \(action) for version \(version ?? "NO_VERSION_SPECIFIED")")
    }
}

extension HTTPRequest {
    // By bytes, because every request needs these: searching characters is ten times slower.

    /// The path before the question mark.
    public var pathOnly: Substring {
        let path = path ?? "/"
        return path[..<(path.utf8.firstIndex(of: 63) ?? path.endIndex)]
    }
    /// The query after the question mark.
    public var queryText: Substring {
        let path = path ?? "/"
        guard let mark = path.utf8.firstIndex(of: 63) else { return "" }
        return path[path.utf8.index(after: mark)...]
    }
    /// The authority without its port.
    public var hostOnly: Substring { Self.host(of: authority ?? "") }
    /// An authority without its port.
    public static func host(of authority: String) -> Substring {
        authority[..<(authority.utf8.firstIndex(of: 58) ?? authority.endIndex)]
    }
}

extension String {
    /// Returns where `suffix` begins, if the host without its port ends with it, or with it and `.cn`.
    fileprivate func range(ofSuffixFrom suffix: String) -> String.Index? {
        let host = HTTPRequest.host(of: self)
        for end in [suffix, suffix + ".cn"] where host.hasSuffix(end) {
            return index(host.endIndex, offsetBy: -end.count)
        }
        return nil
    }
}
