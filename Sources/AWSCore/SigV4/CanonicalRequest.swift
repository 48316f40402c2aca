import HTTPTypes

// The canonical form of a request, which signer and verifier both compute:
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html

/// How a path is written in the canonical request.
enum CanonicalPath {
    /// Dot segments and repeated slashes are removed, then the path is encoded again: every service but S3.
    case normalized
    /// Encoded once, whatever its encoding on the wire: S3, where `a//b` and `a/./b` are different keys.
    case verbatim
}

struct CanonicalRequest {
    private(set) var bytes = Bytes()

    /// - Parameter signedHeaders: lower-case names separated by semicolons, in the signature's order.
    /// - Parameter omitsSignature: whether to leave `X-Amz-Signature` out of the query, as presigned URLs require.
    init(
        _ request: HTTPRequest, signedHeaders: String, payloadHash: String, path: CanonicalPath, omitsSignature: Bool
    ) {
        bytes.reserveCapacity(1024)
        bytes += request.method.rawValue.utf8
        bytes.append(10)
        var target = request.path ?? "/"
        target.withUTF8 { target in
            let mark = target.firstIndex(of: 63) ?? target.endIndex
            switch path {
            case .normalized: appendNormalized(path: target[..<mark])
            case .verbatim: appendEncodedOnce(path: target[..<mark])
            }
            bytes.append(10)
            if mark < target.endIndex { appendQuery(target[(mark + 1)...], omitsSignature: omitsSignature) }
        }
        bytes.append(10)
        var signedHeaders = signedHeaders
        signedHeaders.withUTF8 { list in
            for name in list.split(separator: 59) {
                bytes += name
                bytes.append(58)
                appendValues(of: UnsafeBufferPointer(rebasing: name), in: request)
                bytes.append(10)
            }
            bytes.append(10)
            bytes += list
        }
        bytes.append(10)
        bytes += payloadHash.utf8
    }

    /// The string to sign: algorithm, time, scope and the hash of this request.
    func stringToSign(date: String, scope: SigV4Scope) -> Bytes {
        var out = Bytes()
        out.reserveCapacity(192)
        out += SigV4.algorithm.utf8
        out.append(10)
        out += date.utf8
        out.append(10)
        out.append(scope)
        out.append(10)
        SigV4.digest(bytes).withUnsafeBytes { out.append(hexOf: $0) }
        return out
    }

    private typealias Slice = Swift.Slice<UnsafeBufferPointer<UInt8>>

    private mutating func appendNormalized(path: Slice) {
        if path.count <= 1 { return bytes.append(47) }
        var segments: [Slice] = []
        for segment in path.split(separator: 47) {
            if segment.elementsEqual([46]) { continue }
            if segment.elementsEqual([46, 46]) { _ = segments.popLast() } else { segments.append(segment) }
        }
        for segment in segments {
            bytes.append(47)
            QueryString.appendEncoded(segment, to: &bytes)
        }
        if segments.isEmpty || path.last == 47 { bytes.append(47) }
    }

    private mutating func appendEncodedOnce(path: Slice) {
        if path.isEmpty { return bytes.append(47) }
        for (index, segment) in path.split(separator: 47, omittingEmptySubsequences: false).enumerated() {
            if index > 0 { bytes.append(47) }
            bytes.appendReencoded(segment, plusIsSpace: false)
        }
    }

    private struct Parameter {
        var name: Bytes
        var value: Bytes
    }

    /// Appends the parameters, sorted by encoded name, then by encoded value.
    private mutating func appendQuery(_ query: Slice, omitsSignature: Bool) {
        var parameters: [Parameter] = []
        for part in query.split(separator: 38) {
            let equals = part.firstIndex(of: 61) ?? part.endIndex
            var parameter = Parameter(name: [], value: [])
            parameter.name.appendReencoded(part[..<equals], plusIsSpace: true)
            if equals < part.endIndex { parameter.value.appendReencoded(part[(equals + 1)...], plusIsSpace: true) }
            if omitsSignature, parameter.name.elementsEqual("X-Amz-Signature".utf8) { continue }
            parameters.append(parameter)
        }
        parameters.sort {
            $0.name == $1.name ? $0.value.lexicographicallyPrecedes($1.value) : $0.name.lexicographicallyPrecedes($1.name)
        }
        for (index, parameter) in parameters.enumerated() {
            if index > 0 { bytes.append(38) }
            bytes += parameter.name
            bytes.append(61)
            bytes += parameter.value
        }
    }

    /// Appends a header's values, joined with commas, with each run of white space reduced to one space.
    private mutating func appendValues(of name: UnsafeBufferPointer<UInt8>, in request: HTTPRequest) {
        if name.elementsEqual("host".utf8), let authority = request.authority {
            bytes += authority.utf8
            return
        }
        var isFirst = true
        for field in request.headerFields {
            // Comparing lengths first rules out most names.
            let candidate = field.name.canonicalName
            guard candidate.utf8.count == name.count, candidate.utf8.elementsEqual(name) else { continue }
            if !isFirst { bytes.append(44) }
            isFirst = false
            field.withUnsafeBytesOfValue { value in
                var pendingSpace = false, isEmpty = true
                for byte in value {
                    if byte == 32 || (9...13).contains(byte) {
                        pendingSpace = !isEmpty
                    } else {
                        if pendingSpace { bytes.append(32) }
                        pendingSpace = false
                        isEmpty = false
                        bytes.append(byte)
                    }
                }
            }
        }
    }
}

extension Bytes {
    /// Decodes percent escapes and encodes again, so that `%7e`, `%7E` and `~` become the same. A `%` without two hex digits
    /// is taken literally.
    fileprivate mutating func appendReencoded(_ text: Slice<UnsafeBufferPointer<UInt8>>, plusIsSpace: Bool) {
        var index = text.startIndex
        while index < text.endIndex {
            var byte = text[index]
            if byte == 37, index + 2 < text.endIndex, let high = hexValue(text[index + 1]), let low = hexValue(text[index + 2])
            {
                byte = high << 4 | low
                index += 2
            } else if byte == 43, plusIsSpace {
                byte = 32
            }
            QueryString.appendEncoded(CollectionOfOne(byte), to: &self)
            index += 1
        }
    }

    mutating func append(_ scope: SigV4Scope) {
        self += scope.date.utf8
        append(47)
        self += scope.region.utf8
        append(47)
        self += scope.service.utf8
        append(47)
        self += SigV4Scope.terminator.utf8
    }
}

func hexValue(_ byte: UInt8) -> UInt8? {
    switch byte {
    case 48...57: byte - 48
    case 65...70: byte - 55
    case 97...102: byte - 87
    default: nil
    }
}
