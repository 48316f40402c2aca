import AWSCore
import HTTPTypes

/// A request to an AWS service that isn't simulated. The error uses the protocol of that service's clients.
struct UnsimulatedService: Sendable {
    /// The error formats of AWS's protocols: https://smithy.io/2.0/aws/protocols/
    enum ErrorFormat {
        case json(String), restJSON, restXML, query, cbor
    }

    /// The name in the signature's scope, such as `s3`.
    let name: String
    /// The operation, if the request names it.
    let operation: String?
    private let format: ErrorFormat

    /// Nil for a request to a simulated service, or to an unknown one.
    init?(
        _ request: HTTPRequest, _ body: Bytes, _ authorization: SigV4Authorization?, besides services: [any SimulatedService]
    ) {
        guard let name = authorization?.scope.service, !services.contains(where: { $0.model.signingName == name }) else {
            return nil
        }
        let target = request.headerFields.first(.amzTarget)
        // A target of a simulated service is routed, whatever the scope.
        if let target,
            services.contains(where: { !$0.model.targetPrefix.isEmpty && target.hasPrefix($0.model.targetPrefix + ".") })
        {
            return nil
        }
        self.name = name
        let type = request.headerFields[.contentType] ?? ""
        let path = request.pathOnly
        if let target {
            operation = target.split(separator: ".").last.map(String.init)
            format = .json(type.hasPrefix("application/x-amz-json-1.0") ? "1.0" : "1.1")
        } else if let cbor = HTTPField.Name("smithy-protocol"), request.headerFields[cbor] == "rpc-v2-cbor" {
            operation = path.split(separator: "/").last.map(String.init)
            format = .cbor
        } else if type.hasPrefix("application/x-www-form-urlencoded"), path == "/" {
            operation = (try? QueryString.pairs(body))?.first { $0.name == "Action" }?.value
            format = .query
        } else {
            operation = nil
            format = Self.ofXML.contains(name) ? .restXML : .restJSON
        }
    }

    /// The signing names of services with the REST-XML protocol.
    private static let ofXML: Set<String> = ["s3", "s3-outposts", "s3express", "s3-object-lambda", "cloudfront", "route53"]

    var error: AWSError {
        AWSError(
            "NotSimulated", status: 501,
            operation.map { "Drydock does not simulate \(name):\($0)." } ?? "Drydock does not simulate \(name).",
            explanation: "The service '\(name)' is not simulated. 'drydock coverage' lists what is.")
    }

    func response(requestId: String) -> (HTTPResponse, Bytes) {
        let error = error
        var response = HTTPResponse(status: .init(code: error.status))
        response.headerFields[.amzRequestId] = requestId
        if let explanation = error.explanation { response.headerFields[.explanation] = explanation.headerSafe }
        let inner = "<Code>\(error.code)</Code><Message>\(Self.escaped(error.message))</Message>"
        switch format {
        case .json(let version):
            response.headerFields[.contentType] = "application/x-amz-json-\(version)"
            return (
                response, JSON.write(.object([.init("__type", .string(error.code)), .init("message", .string(error.message))]))
            )
        case .restJSON:
            response.headerFields[.contentType] = "application/json"
            response.headerFields[.amzErrorType] = error.code
            return (
                response, JSON.write(.object([.init("code", .string(error.code)), .init("message", .string(error.message))]))
            )
        case .restXML:
            response.headerFields[.contentType] = "application/xml"
            // S3's error is the root element; the other services wrap theirs.
            let body =
                name.hasPrefix("s3")
                ? "<Error>\(inner)<RequestId>\(requestId)</RequestId></Error>"
                : "<ErrorResponse><Error><Type>Receiver</Type>\(inner)</Error><RequestId>\(requestId)</RequestId></ErrorResponse>"
            return (response, Bytes("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\(body)".utf8))
        case .query:
            response.headerFields[.contentType] = "text/xml"
            return (
                response,
                Bytes(
                    "<ErrorResponse><Error><Type>Receiver</Type>\(inner)</Error><RequestId>\(requestId)</RequestId></ErrorResponse>"
                        .utf8)
            )
        case .cbor:
            response.headerFields[.contentType] = "application/cbor"
            if let cbor = HTTPField.Name("smithy-protocol") { response.headerFields[cbor] = "rpc-v2-cbor" }
            return (response, Self.cborMap([("__type", error.code), ("message", error.message)]))
        }
    }

    private static func escaped(_ text: String) -> String {
        var bytes = Bytes()
        for byte in text.utf8 {
            switch byte {
            case 60: bytes += "&lt;".utf8
            case 62: bytes += "&gt;".utf8
            case 38: bytes += "&amp;".utf8
            default: bytes.append(byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Encodes a map of texts: https://www.rfc-editor.org/rfc/rfc8949#section-3.1
    private static func cborMap(_ fields: [(String, String)]) -> Bytes {
        func text(_ text: String) -> Bytes {
            let bytes = Bytes(text.utf8)
            switch bytes.count {
            case ..<24: return [0x60 | UInt8(bytes.count)] + bytes
            case ..<256: return [0x78, UInt8(bytes.count)] + bytes
            default: return [0x79, UInt8(bytes.count >> 8 & 0xff), UInt8(bytes.count & 0xff)] + bytes
            }
        }
        return [0xa0 | UInt8(fields.count)] + fields.flatMap { text($0.0) + text($0.1) }
    }
}
