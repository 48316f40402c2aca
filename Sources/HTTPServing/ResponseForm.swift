import AWSCore
import HTTPTypes
import NIOCore
import NIOHTTP1
import Synchronization

/// How to write a response, as the request determines.
struct ResponseForm: Sendable {
    private(set) var isHead = false
    /// Whether the connection stays open for another request.
    var isKept = false
    private var version = HTTPVersion.http1_1
    private var isOld: Bool { version.major == 1 && version.minor == 0 }

    init() {}

    init(to request: HTTPRequestHead) {
        isHead = request.method == .HEAD
        isKept = request.isKeepAlive
        version = request.version
    }

    /// Whether the connection must close after this response: on request, or because nothing else marks the body's end.
    func ends(with reply: HTTPReply) -> Bool { !isKept || isOld && reply.body.length == nil && !isHead }

    func head(of reply: HTTPReply) -> HTTPResponseHead {
        let fields = reply.response.headerFields
        var headers = HTTPHeaders()
        headers.reserveCapacity(fields.count + 3)
        // The response to a HEAD states the length of the body that a GET would return.
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

/// The `Date` header with the machine's time, formatted once a second. It is not the simulator's time: that can be moved, and
/// clients that correct their clocks by this header would follow it.
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
