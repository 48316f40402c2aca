public import AWSCore
import AWSModels
import HTTPTypes

/// A request's service, operation and parameters, independent of their encoding.
public struct DecodedRequest: Sendable {
    /// The service: `ec2`, `ecr`, `iam`, `sts`; for others, the name in the credential scope or the host.
    public var service: String
    public var operation: String
    /// The parameters, with the API's member names if the operation is known, otherwise as in the message. Idempotency
    /// tokens are omitted, because clients generate new ones each time.
    public var parameters: Node

    public init(_ exchange: RecordedExchange) {
        let request = exchange.request
        self.init(
            method: request.method, url: request.url, target: request.headers["X-Amz-Target"],
            authorization: request.headers["Authorization"], body: request.body, omitted: request.omitted,
            service: exchange.notes.service, operation: exchange.notes.operation)
    }

    init(_ request: HTTPRequest, _ body: Bytes) {
        self.init(
            method: request.method.rawValue,
            url: "\(request.scheme ?? "https")://\(request.authority ?? "")\(request.path ?? "/")",
            target: request.headerFields[.amzTarget], authorization: request.headerFields[.authorization], body: body,
            omitted: nil,
            service: nil, operation: nil)
    }

    private init(
        method: String, url: String, target: String?, authorization: String?, body: Bytes,
        omitted: RecordedExchange.OmittedBody?, service: String?, operation: String?
    ) {
        let scope = Self.scope(authorization)
        let host = Self.host(of: url)
        if let target, let dot = target.lastIndex(of: ".") {
            let prefix = String(target[..<dot])
            let table = ModelTable.all.first { $0.model.targetPrefix == prefix }
            self.service = table?.model.id ?? scope?.service ?? prefix
            self.operation = String(target[target.index(after: dot)...])
            parameters = (try? JSON.parse(body.isEmpty ? Bytes("{}".utf8) : body)) ?? .null
        } else {
            let form = method == "GET" ? RecordedExchange.query(of: url) : body
            let pairs = form.contains(0) ? [] : (try? QueryString.pairs(form)) ?? []
            let action = pairs.first { $0.name == "Action" }?.value
            let version = pairs.first { $0.name == "Version" }?.value
            let table =
                ModelTable.all.first { $0.model.signingName == scope?.service }
                ?? ModelTable.all.first { host == $0.model.endpointPrefix || host.hasPrefix($0.model.endpointPrefix + ".") }
                ?? ModelTable.all.first { $0.model.wire != .awsJson1_1 && $0.model.apiVersion == version }
            self.service =
                action == nil && table?.model.wire != .awsJson1_1
                ? scope?.service ?? host : table?.model.id ?? scope?.service ?? host
            self.operation = action ?? "\(method) \(Self.path(of: url))"
            let parameters = pairs.filter { !["Action", "Version"].contains($0.name) && !Self.isSignatureParameter($0.name) }
            self.parameters = (try? QueryString.tree(parameters)) ?? .null
            if action == nil { self.parameters = Self.message(url, body, omitted) }
        }
        if let service { self.service = service }
        if let operation { self.operation = operation }
        decode()
    }

    /// Decodes a request that is not in an AWS query protocol: its query, and its body if that is JSON or a form. For
    /// other bodies, uses the digest.
    private static func message(_ url: String, _ body: Bytes, _ omitted: RecordedExchange.OmittedBody?) -> Node {
        let query = ((try? QueryString.pairs(RecordedExchange.query(of: url))) ?? []).filter { !isSignatureParameter($0.name) }
        var fields: [Node.Field] = []
        if !query.isEmpty { fields.append(.init("query", .object(query.map { .init($0.name, .string($0.value)) }))) }
        if let omitted { fields.append(.init("body", .string("sha256:\(omitted.digest)"))) }
        if !body.isEmpty {
            let json = body.first == 123 || body.first == 91 ? try? JSON.parse(body) : nil
            fields.append(.init("body", json ?? .string("sha256:\(digest(body))")))
        }
        return .object(fields)
    }

    private static let signature: Set<String> = [
        "AWSAccessKeyId", "Signature", "SignatureMethod", "SignatureVersion", "Timestamp", "Expires", "SecurityToken",
    ]

    /// Whether a parameter belongs to a signature: presigned or version 2.
    static func isSignatureParameter(_ name: String) -> Bool {
        signature.contains(name) || name.lowercased().hasPrefix("x-amz-")
    }

    /// Decodes the parameters by the operation's shape, so that equivalent requests are equal.
    private mutating func decode() {
        guard let table = ModelTable.named(service), let found = table.operation(operation) else {
            parameters = Self.sorted(parameters)
            return
        }
        operation = found.name
        let layout: WireLayout =
            switch table.model.wire {
            case .awsJson1_1: .json
            case .ec2Query: .ec2Query
            case .awsQuery: .awsQuery
            }
        let codec = DynamicCodec(table: table)
        var structure = codec.read(parameters, table.shape(found.input), layout)
        structure.values.removeAll { structure.shape.schema.members[$0.index].isIdempotencyToken }
        parameters = Self.sorted((try? codec.node(structure)) ?? .null)
    }

    private static func sorted(_ node: Node) -> Node {
        switch node {
        case .object(let fields): .object(fields.map { .init($0.name, sorted($0.value)) }.sorted { $0.name < $1.name })
        case .list(let items): .list(items.map(sorted))
        default: node
        }
    }

    /// The service and operation, such as `ec2 DescribeVpcs`.
    public var name: String { "\(service) \(operation)" }

    // MARK: Parts

    /// Returns the region and service in a signature's credential scope.
    static func scope(_ authorization: String?) -> (region: String, service: String)? {
        guard let authorization, let range = authorization.firstRange(of: "Credential=") else { return nil }
        let parts = authorization[range.upperBound...].prefix { $0 != "," && $0 != " " }.split(separator: "/").suffix(4).map(
            String.init)
        guard parts.count == 4 else { return nil }
        return (parts[1], parts[2])
    }

    /// Returns `ec2.us-east-1` for `https://ec2.us-east-1.amazonaws.com/`; for other hosts, the whole authority.
    static func host(of url: String) -> String {
        guard let scheme = url.firstRange(of: "://") else { return "" }
        let authority = url[scheme.upperBound...].prefix { $0 != "/" && $0 != "?" }
        let host = authority.prefix { $0 != ":" }
        guard let end = host.firstRange(of: ".amazonaws.com") else { return String(authority) }
        return String(host[..<end.lowerBound])
    }

    static func path(of url: String) -> String {
        guard let scheme = url.firstRange(of: "://") else { return url }
        let rest = url[scheme.upperBound...]
        guard let slash = rest.firstIndex(of: "/") else { return "/" }
        return String(rest[slash...].prefix { $0 != "?" })
    }
}
