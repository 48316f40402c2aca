import AWSCore
import Foundation
import HTTPTypes
import OCI
import SimulatorCore

/// A presigned URL for a layer in the bucket where ECR stores a region's layers. It needs no permission until it expires.
struct StorageURL {
    /// How long a URL is valid.
    static let lifetime = Duration.hours(1)

    let bucket: String
    let region: String
    let key: String

    init(digest: String, account: String, region: String) {
        let scope = IDGenerator(seed: 0, scope: "layers of \(account) in \(region)")
        self.region = region
        bucket = "prod-\(region)-starport-layer-bucket"
        key = "/\(scope.hex(4))-\(account)-\(scope.uuid())/\(digest.replacing(":", with: "-"))"
    }

    private static func credentials(_ configuration: SimulatorCore.Configuration) -> Credentials {
        let ids = configuration.ids(
            for: .storageURL, of: "", else: IDGenerator(seed: configuration.seed, scope: "layer storage"))
        return Credentials(
            accessKeyId: ids.iam("AKIA", 16), secretAccessKey: ids.string(40, from: IDGenerator.base64Alphabet))
    }

    private static func host(_ bucket: String, _ region: String) -> String { "\(bucket).s3.\(region).amazonaws.com" }

    /// Returns the signed URL at S3's host. With a registry host name, the URL uses that name, and the bucket is the first
    /// part of the path. With an empty name, only that path is returned.
    func presigned(_ configuration: SimulatorCore.Configuration, at now: Instant) -> String {
        let signer = SigV4Signer(credentials: Self.credentials(configuration), region: region, service: "s3")
        let host = Self.host(bucket, region)
        let request = HTTPRequest(method: .get, scheme: "https", authority: host, path: key)
        let signed = signer.presign(request, expires: Self.lifetime, payloadHash: SigV4.unsignedPayload, at: now)
        let path = signed.path ?? key
        guard let name = configuration.registryHost else { return "https://\(host)\(path)" }
        guard !name.isEmpty else { return "/\(bucket)\(path)" }
        return "\(RegistryHost.isLocal(name) ? "http" : "https")://\(name)/\(bucket)\(path)"
    }

    /// The layer that a request names. The digest is not validated here.
    struct LayerRequest {
        /// The request as it was signed: with the bucket in the host.
        var request: HTTPRequest
        var digest: Digest?

        /// Whether the policy of the request's VPC endpoint, if any, allows reading the object.
        /// https://docs.aws.amazon.com/AmazonECR/latest/userguide/vpc-endpoints.html#ecr-minimum-s3-perms
        func isAdmitted(_ simulator: Simulator) throws -> Bool {
            let bucket = request.hostOnly.prefix { $0 != "." }
            let region = bucket.dropFirst(5).dropLast("-starport-layer-bucket".count)
            return try simulator.endpointAdmits(
                "s3:GetObject", "arn:\(Context.partition(of: String(region))):s3:::\(bucket)\(request.pathOnly)",
                region: String(region))
        }
    }

    /// Whether the request addresses a layer bucket.
    static func isRequested(_ request: HTTPRequest) -> Bool { isHost(request.hostOnly) || bucket(request.path ?? "/") != nil }

    private static func isHost(_ host: Substring) -> Bool {
        host.hasPrefix("prod-") && host.contains("-starport-layer-bucket.s3.") && host.hasSuffix(".amazonaws.com")
    }

    /// Returns the bucket in the first part of a path.
    private static func bucket(_ path: String) -> Substring? {
        guard path.hasPrefix("/prod-"), let slash = path.dropFirst().firstIndex(of: "/") else { return nil }
        let bucket = path[..<slash].dropFirst()
        return bucket.hasSuffix("-starport-layer-bucket") ? bucket : nil
    }

    /// Returns the requested layer, or nil if the request does not address a layer bucket.
    static func layerRequest(_ request: HTTPRequest) -> LayerRequest? {
        let host = request.hostOnly
        var request = request
        if isHost(host) {
            request.authority = String(host)
        } else {
            let path = request.path ?? "/"
            guard let bucket = bucket(path) else { return nil }
            let region = bucket.dropFirst(5).dropLast("-starport-layer-bucket".count)
            request.authority = self.host(String(bucket), String(region))
            request.path = String(path.dropFirst(1 + bucket.utf8.count))
        }
        let name = request.pathOnly.split(separator: "/").last ?? ""
        return LayerRequest(request: request, digest: Digest(name.replacing("-", with: ":")))
    }

    /// - Throws: S3's error if the signature is missing, wrong or expired.
    static func check(_ request: HTTPRequest, _ configuration: SimulatorCore.Configuration, now: Instant) throws(StorageError) {
        let parsed: SigV4Authorization?
        do { parsed = try SigV4Authorization.parse(request) } catch { throw .accessDenied }
        guard let authorization = parsed, authorization.isPresigned else { throw .accessDenied }
        let credentials = credentials(configuration)
        guard authorization.accessKeyId == credentials.accessKeyId else { throw .unknownKey(authorization.accessKeyId) }
        do {
            try authorization.checkTime(now: now)
        } catch { throw .expired(authorization, now: now) }
        do {
            try authorization.verify(
                request, payloadHash: SigV4.unsignedPayload, secretAccessKey: credentials.secretAccessKey)
        } catch { throw .signatureDoesNotMatch }
    }
}

/// An S3 error response.
struct StorageError: Error {
    var code: String
    var status: Int
    var message: String
    var details: [(String, String)] = []

    static let accessDenied = StorageError(code: "AccessDenied", status: 403, message: "Access Denied")
    static let noSuchKey = StorageError(code: "NoSuchKey", status: 404, message: "The specified key does not exist.")
    static let invalidRange = StorageError(
        code: "InvalidRange", status: 416, message: "The requested range is not satisfiable")
    static let signatureDoesNotMatch = StorageError(
        code: "SignatureDoesNotMatch", status: 403,
        message: """
            The request signature we calculated does not match the signature you provided. Check your key and signing method.
            """)

    static func unknownKey(_ id: String) -> StorageError {
        StorageError(
            code: "InvalidAccessKeyId", status: 403,
            message: "The AWS Access Key Id you provided does not exist in our records.", details: [("AWSAccessKeyId", id)])
    }

    static func expired(_ authorization: SigV4Authorization, now: Instant) -> StorageError {
        let expires = authorization.expires ?? .zero
        return StorageError(
            code: "AccessDenied", status: 403, message: "Request has expired",
            details: [
                ("X-Amz-Expires", String(expires.components.seconds)),
                ("Expires", (authorization.date + expires).iso8601(milliseconds: false)),
                ("ServerTime", now.iso8601(milliseconds: false)),
            ])
    }

    /// The error for a layer whose stored bytes are damaged.
    static func damaged(_ digest: Digest) -> StorageError {
        StorageError(
            code: "InternalError", status: 500, message: "We encountered an internal error. Please try again.",
            details: [("Reason", "The stored bytes of \(digest) are damaged")])
    }

    func reply(requestId: String) -> HTTPReply {
        var body = Bytes("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error>".utf8)
        for (name, value) in [("Code", code), ("Message", message)] + details + [("RequestId", requestId)] {
            body += "<\(name)>".utf8
            body += value.replacing("&", with: "&amp;").replacing("<", with: "&lt;").utf8
            body += "</\(name)>".utf8
        }
        body += "</Error>".utf8
        var response = HTTPResponse(status: .init(code: status))
        response.headerFields[.contentType] = "application/xml"
        response.headerFields[.contentLength] = String(body.count)
        return HTTPReply(response, .bytes(body))
    }
}

/// The layer storage that the registry redirects to.
public struct StorageDoor: HTTPDoor {
    let service: ECRSimulation

    public init(_ service: ECRSimulation) { self.service = service }

    public var name: String { "storage" }
    public var operationNames: [String] { ["FetchLayer"] }

    public func answers(_ request: HTTPRequest) -> Bool { StorageURL.isRequested(request) }

    public func receive(_ request: HTTPRequest, from peer: String, _ simulator: Simulator) -> any DoorRequest {
        StorageRequest(request: request, layerRequest: StorageURL.layerRequest(request), service: service, simulator: simulator)
    }
}

/// A parsed request for a layer's bytes.
struct StorageRequest: DoorRequest {
    let request: HTTPRequest
    let layerRequest: StorageURL.LayerRequest?
    let service: ECRSimulation
    let simulator: Simulator

    var operation: (name: String, resource: String?)? { ("FetchLayer", layerRequest?.digest?.description) }

    func respond(body: HTTPBody) async -> HTTPReply {
        var reply: HTTPReply
        do {
            reply = try content()
        } catch {
            let id = IDGenerator(seed: simulator.configuration.seed, scope: request.path ?? "").string(
                16, from: IDGenerator.upperHexAlphabet)
            reply = ((error as? StorageError) ?? .accessDenied).reply(requestId: id)
        }
        if request.method == .head { reply.body = .empty }
        reply.response.headerFields[.date] = simulator.clock.now.httpDate
        return reply
    }

    private func open(_ digest: Digest) throws -> HTTPBody? {
        do {
            return try service.verifier.open(digest, in: service.blobs)
        } catch BlobError.damaged { throw StorageError.damaged(digest) }
    }

    private func content() throws -> HTTPReply {
        guard let layerRequest else { throw StorageError.accessDenied }
        // The signature covers GET only.
        try StorageURL.check(layerRequest.request, simulator.configuration, now: simulator.clock.now)
        guard try layerRequest.isAdmitted(simulator) else { throw StorageError.accessDenied }
        guard let digest = layerRequest.digest, let body = try open(digest) else { throw StorageError.noSuchKey }
        let fields: HTTPFields = [
            .contentType: "application/octet-stream", .acceptRanges: "bytes", .eTag: "\"\(digest.hex.prefix(32))\"",
        ]
        do {
            return try body.part(asked: request.headerFields[.range], fields: fields)
        } catch { throw StorageError.invalidRange }
    }
}
