import AWSCore

// The limits of an entry. They are CloudTrail's own, which marks larger parts as `omitted`:
// https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html
extension Journal.Entry {
    /// The maximum size of all parameters, and of a response, in bytes.
    static let largestPart = 100 << 10
    /// The maximum size of one parameter in bytes; longer ones are cut.
    private static let longestParameter = 16 << 10
    /// The maximum size of a text in the request's head or an error, and of a cut parameter, in bytes.
    private static let longestText = 1 << 10

    /// Returns this entry without layer bytes, with long parts cut or left out.
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

    /// Returns the placeholder for an omitted part, as in CloudTrail.
    static func omitted(_ size: Int) -> Node {
        .object([
            .init("omitted", .bool(true)), .init("originalSize", .integer(Int64(size))),
            .init("reason", .string("maximum size exceeded")),
        ])
    }

    /// The approximate memory of the entry, in bytes.
    package var size: Int {
        // A typed response takes about three times as much as its text.
        1024 + parametersSize + (output == nil ? 0 : 3 * outputSize) + (error?.message.utf8.count ?? 0)
            + (error?.explanation?.utf8.count ?? 0) + (caller.map { $0.arn.utf8.count + $0.accessKeyId.utf8.count } ?? 0)
    }

    /// Returns a node with its long texts cut; nil if it has none, the usual case.
    /// - Parameter size: increased by the memory of the result, in bytes.
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

    /// Returns the placeholder for a layer's bytes.
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
