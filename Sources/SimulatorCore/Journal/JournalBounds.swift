import AWSCore

// What an entry may hold. The limits are CloudTrail's own, which says `omitted` of what exceeds them:
// https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html
extension Journal.Entry {
    /// Bytes of all parameters, and of a response.
    static let largestPart = 100 << 10
    /// Bytes of a single parameter, before it is cut.
    private static let longestParameter = 16 << 10
    /// Bytes of a text of the request's head or of an error, and of what is left of a cut parameter.
    private static let longestText = 1 << 10

    /// This entry without bytes of layers, and with what is long cut or left out.
    func bounded() -> Journal.Entry {
        var entry = self
        var size = 0
        if let shorter = Self.shortened(parameters, &size) { entry.parameters = shorter }
        if size > Self.largestPart { entry.parameters = Self.omitted(size) }
        entry.parametersSize = min(size, Self.largestPart)
        if outputSize > Self.largestPart { entry.output = nil }
        entry.operation = Self.cut(operation, Self.longestText)
        entry.region = Self.cut(region, Self.longestText)
        entry.userAgent = userAgent.map { Self.cut($0, Self.longestText) }
        if var error {
            if error.message.utf8.count > Self.longestText || (error.explanation?.utf8.count ?? 0) > Self.longestText {
                error.message = Self.cut(error.message, Self.longestText)
                error.explanation = error.explanation.map { Self.cut($0, Self.longestText) }
                entry.error = error
            }
        }
        return entry
    }

    /// What stands for a part that is left out, as in CloudTrail.
    static func omitted(_ size: Int) -> Node {
        .object([
            .init("omitted", .bool(true)), .init("originalSize", .integer(Int64(size))),
            .init("reason", .string("maximum size exceeded")),
        ])
    }

    /// About how many bytes of memory the entry takes.
    package var size: Int {
        // A typed response takes about three times as much as its text.
        1024 + parametersSize + (output == nil ? 0 : 3 * outputSize) + (error?.message.utf8.count ?? 0)
            + (error?.explanation?.utf8.count ?? 0) + (caller.map { $0.arn.utf8.count + $0.accessKeyId.utf8.count } ?? 0)
    }

    /// A node with its long texts cut; nil if nothing in it is long, as in most.
    /// - Parameter size: grows by the bytes of memory that the result takes.
    private static func shortened(_ node: Node, _ size: inout Int) -> Node? {
        switch node {
        case .string(let text):
            let count = text.utf8.count
            size += 64 + (count > longestParameter ? longestText : count)
            return count > longestParameter ? .string(cut(text, longestText)) : nil
        case .list(let elements):
            size += 64
            var changed: [Node]?
            for (index, element) in elements.enumerated() {
                guard let shorter = shortened(element, &size) else { continue }
                changed = changed ?? elements
                changed?[index] = shorter
            }
            return changed.map { .list($0) }
        case .object(let fields):
            size += 64
            var changed: [Node.Field]?
            for (index, field) in fields.enumerated() {
                size += 32 + field.name.utf8.count
                guard let shorter = bytes(field) ?? shortened(field.value, &size) else { continue }
                changed = changed ?? fields
                changed?[index].value = shorter
            }
            return changed.map { .object($0) }
        default:
            size += 48
            return nil
        }
    }

    /// What is written of a layer's bytes.
    private static func bytes(_ field: Node.Field) -> Node? {
        guard field.name == "layerPartBlob", case .string(let text) = field.value else { return nil }
        return .string("(\(text.utf8.count) bytes in base64)")
    }

    private static func cut(_ text: String, _ limit: Int) -> String {
        let count = text.utf8.count
        guard count > limit else { return text }
        return "\(String(decoding: text.utf8.prefix(limit), as: UTF8.self))… (cut: \(count) bytes)"
    }
}
