import CLibXML2

/// Parses XML into nodes with libxml2's SAX interface. It expands only the five predefined entities, loads no external
/// entities and limits depth.
public enum XML {
    public static let maximumDepth = 128

    /// Parses a document.
    /// - Returns: the root element's name and content.
    /// - Throws: ``MalformedMessage`` if the document is not well formed, declares a DTD or nests too deeply.
    public static func parse(_ bytes: Bytes) throws -> (root: String, content: Node) {
        _ = initialised
        let builder = XMLTreeBuilder()
        var handler = xmlSAXHandler()
        handler.initialized = XML_SAX2_MAGIC
        handler.startElementNs = { context, name, _, _, _, _, _, _, _ in XMLTreeBuilder.of(context).start(name) }
        handler.endElementNs = { context, _, _, _ in XMLTreeBuilder.of(context).end() }
        handler.characters = { context, text, count in XMLTreeBuilder.of(context).text(text, count) }
        handler.cdataBlock = { context, text, count in XMLTreeBuilder.of(context).text(text, count) }
        handler.internalSubset = { context, _, _, _ in XMLTreeBuilder.of(context).failure = "a document type is not allowed" }
        handler.serror = { _, _ in }
        let status: Int32 = bytes.withUnsafeBytes { buffer in
            let parser = xmlCreatePushParserCtxt(&handler, Unmanaged.passUnretained(builder).toOpaque(), nil, 0, nil)
            defer { xmlFreeParserCtxt(parser) }
            xmlCtxtUseOptions(parser, Int32(XML_PARSE_NONET.rawValue | XML_PARSE_NOCDATA.rawValue))
            var offset = 0
            while offset < buffer.count, builder.failure == nil {
                let count = min(64 * 1024, buffer.count - offset)
                let chunk = buffer.baseAddress?.advanced(by: offset).assumingMemoryBound(to: CChar.self)
                let result = xmlParseChunk(parser, chunk, Int32(count), 0)
                if result != 0 { return result }
                offset += count
            }
            return builder.failure == nil ? xmlParseChunk(parser, nil, 0, 1) : 0
        }
        if let failure = builder.failure { throw MalformedMessage(offset: 0, reason: failure) }
        guard status == 0, let root = builder.root else {
            throw MalformedMessage(offset: 0, reason: "not well-formed XML (libxml2 error \(status))")
        }
        return root
    }

    private static let initialised: Void = xmlInitParser()

    /// One bit for each byte that must be escaped: `&`, `<`, `>` and control characters except tab and line feed.
    static let escaped: UInt64 = 0xFFFF_F9FF | 1 << 38 | 1 << 60 | 1 << 62

    static func appendEscaped(_ value: String, to out: inout Bytes) {
        var sink = ByteSink(capacity: value.utf8.count)
        sink.append(xml: value)
        out += sink.bytes
    }
}

private final class XMLTreeBuilder {
    private struct Open {
        let name: String
        var fields: [Node.Field] = []
        var text = Bytes()
    }
    private var stack: [Open] = []
    private(set) var root: (root: String, content: Node)?
    var failure: String?

    static func of(_ context: UnsafeMutableRawPointer?) -> XMLTreeBuilder {
        // libxml2 returns the pointer that parse() gave it, while `builder` is alive.
        Unmanaged<XMLTreeBuilder>.fromOpaque(context!).takeUnretainedValue()
    }

    func start(_ name: UnsafePointer<xmlChar>?) {
        guard let name else { return }
        if stack.count >= XML.maximumDepth { failure = "more than \(XML.maximumDepth) levels" }
        stack.append(Open(name: String(cString: name)))
    }

    func text(_ text: UnsafePointer<xmlChar>?, _ count: Int32) {
        guard let text, !stack.isEmpty else { return }
        stack[stack.count - 1].text.append(contentsOf: UnsafeBufferPointer(start: text, count: Int(count)))
    }

    func end() {
        guard let element = stack.popLast() else { return }
        let node: Node =
            element.fields.isEmpty ? .string(String(decoding: element.text, as: UTF8.self)) : .object(element.fields)
        if stack.isEmpty {
            root = (element.name, node)
        } else {
            stack[stack.count - 1].fields.append(.init(element.name, node))
        }
    }
}
