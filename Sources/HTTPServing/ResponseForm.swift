import AWSCore
import HTTPTypes
import NIOCore
import NIOHTTP1
import Synchronization

/// What a request says of how its response is written.
struct ResponseForm: Sendable {
    private(set) var isHead = false
    /// Whether the connection stays for another request.
    var isKept = false
    private var version = HTTPVersion.http1_1
    private var isOld: Bool { version.major == 1 && version.minor == 0 }

    init() {}

    init(to request: HTTPRequestHead) {
        isHead = request.method == .HEAD
        isKept = request.isKeepAlive
        version = request.version
    }

    /// Whether the connection must end with this response, as nothing else could tell its end.
    func ends(with reply: HTTPReply) -> Bool { !isKept || isOld && reply.body.length == nil && !isHead }

    func head(of reply: HTTPReply) -> HTTPResponseHead {
        let fields = reply.response.headerFields
        var headers = HTTPHeaders()
        headers.reserveCapacity(fields.count + 3)
        // The length of a body that a HEAD is not given is the one that a GET would get.
        var length = reply.body.length
        for field in fields {
            if field.name == .contentLength {
                if isHead, let stated = Int(field.value) { length = stated }
            } else {
                headers.add(name: field.name.rawName, value: field.value)
            }
        }
        if let length { headers.add(name: "Content-Length", value: String(length)) }
        headers.add(name: "Date", value: DateHeader.shared.value)
        if ends(with: reply) {
            headers.add(name: "Connection", value: "close")
        } else if isOld {
            headers.add(name: "Connection", value: "keep-alive")
        }
        return HTTPResponseHead(
            version: version, status: HTTPResponseStatus(statusCode: reply.response.status.code), headers: headers)
    }
}

/// The machine's time as HTTP writes it, made once a second. Clients that correct their clocks by it must not be sent to the
/// simulator's time, which may be moved.
private final class DateHeader: Sendable {
    static let shared = DateHeader()
    private let last = Mutex<(second: Int64, text: String)>((0, ""))

    var value: String {
        let now = Instant.machineTime
        let second = now.milliseconds / 1000
        return last.withLock { last in
            if last.second != second { last = (second, now.httpDate) }
            return last.text
        }
    }
}
