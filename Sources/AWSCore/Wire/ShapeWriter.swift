/// Writes a shape's members straight into a message's bytes, in any of the layouts. Nil members are left out.
public struct ShapeWriter {
    public private(set) var bytes = Bytes()
    let layout: WireLayout
    private var schema: Schema
    private var needsComma = false
    /// The query name under which the current structure stands, with its trailing dot.
    private var prefix = Bytes()
    /// EC2 writes milliseconds, IAM and STS do not.
    private let fractionalSeconds: Bool
    /// Makes the value of an idempotency token that the caller left out; nil leaves such members out too.
    public var idempotencyToken: (() -> String)?

    public init(schema: Schema, layout: WireLayout, fractionalSeconds: Bool = true) {
        self.schema = schema
        self.layout = layout
        self.fractionalSeconds = fractionalSeconds
    }

    /// Raw bytes around the members, for a protocol's envelope.
    public mutating func raw(_ text: String) { bytes += text.utf8 }

    // MARK: Scalars

    public mutating func write(_ index: Int, _ value: String?) {
        guard let value = value ?? missingToken(index) else { return }
        field(index) { $0.text(value) }
    }
    public mutating func write(_ index: Int, _ value: Int?) {
        guard let value else { return }
        field(index) { $0.literal(String(value)) }
    }
    public mutating func write(_ index: Int, _ value: Bool?) {
        guard let value else { return }
        field(index) { $0.literal(value ? "true" : "false") }
    }
    public mutating func write(_ index: Int, _ value: Double?) {
        guard let value else { return }
        field(index) { JSON.appendNumber(value, to: &$0.bytes) }
    }
    public mutating func write(_ index: Int, _ value: Instant?) {
        guard let value else { return }
        let format = schema.members[index].timestampFormat
        field(index) { $0.timestamp(value, format) }
    }
    public mutating func write(_ index: Int, _ value: Bytes?) {
        guard let value else { return }
        field(index) { $0.text(Base64.encode(value)) }
    }
    public mutating func write<E: StringEnumeration>(_ index: Int, _ value: E?) { write(index, value?.rawValue) }

    // MARK: Structures, lists, maps

    public mutating func write<S: Shape>(_ index: Int, _ value: S?) {
        guard let value else { return }
        field(index) { $0.structure(value) }
    }
    public mutating func write<S: Shape>(_ index: Int, _ values: [S]?) {
        guard let values else { return }
        list(index, values) { $0.structure($1) }
    }
    public mutating func write(_ index: Int, _ values: [String]?) {
        guard let values else { return }
        list(index, values) { $0.text($1) }
    }
    public mutating func write(_ index: Int, _ values: [Int]?) {
        guard let values else { return }
        list(index, values) { $0.literal(String($1)) }
    }
    public mutating func write<E: StringEnumeration>(_ index: Int, _ values: [E]?) {
        guard let values else { return }
        list(index, values) { $0.text($1.rawValue) }
    }
    public mutating func write(_ index: Int, _ values: [String: String]?) {
        guard let values else { return }
        map(index, values) { $0.text($1) }
    }
    public mutating func write(_ index: Int, _ values: [String: Int]?) {
        guard let values else { return }
        map(index, values) { $0.literal(String($1)) }
    }
    public mutating func write<S: Shape>(_ index: Int, _ values: [String: S]?) {
        guard let values else { return }
        map(index, values) { $0.structure($1) }
    }

    /// Writes a whole structure: JSON with its braces, the others members only.
    public mutating func structure<S: Shape>(_ value: S) {
        let outer = (schema, needsComma)
        schema = S.schema
        needsComma = false
        if layout.isTree { bytes.append(123) }
        value.write(to: &self)
        if layout.isTree { bytes.append(125) }
        (schema, needsComma) = outer
    }
}

extension ShapeWriter {
    private func missingToken(_ index: Int) -> String? {
        guard let idempotencyToken, schema.members[index].isIdempotencyToken else { return nil }
        return idempotencyToken()
    }

    private mutating func field(_ index: Int, _ body: (inout ShapeWriter) -> Void) {
        let member = schema.members[index]
        switch layout {
        case .json, .model:
            comma()
            key(member.name(in: layout))
            body(&self)
        case .xml: element(member.wire, body)
        case .ec2Query, .awsQuery: parameter(member.query, isStructure: member.kind == .structure, body)
        }
    }

    private mutating func comma() {
        if needsComma { bytes.append(44) }
        needsComma = true
    }

    private mutating func key(_ name: String) {
        JSON.appendString(name, to: &bytes)
        bytes.append(58)
    }

    private mutating func element(_ name: String, _ body: (inout ShapeWriter) -> Void) {
        bytes.append(60); bytes += name.utf8; bytes.append(62)
        body(&self)
        bytes.append(60); bytes.append(47); bytes += name.utf8; bytes.append(62)
    }

    /// `&prefix.name=` before a scalar; a longer prefix for what stands inside a structure.
    private mutating func parameter(_ name: String, isStructure: Bool, _ body: (inout ShapeWriter) -> Void) {
        let length = prefix.count
        QueryString.appendEncoded(name.utf8, to: &prefix)
        if isStructure {
            prefix.append(46)
            body(&self)
        } else {
            bytes.append(38)
            bytes += prefix
            bytes.append(61)
            body(&self)
        }
        prefix.removeSubrange(length...)
    }

    private mutating func list<T>(_ index: Int, _ values: [T], _ body: (inout ShapeWriter, T) -> Void) {
        let member = schema.members[index]
        switch layout {
        case .json, .model:
            comma()
            key(member.name(in: layout))
            bytes.append(91)
            for (offset, value) in values.enumerated() {
                if offset > 0 { bytes.append(44) }
                body(&self, value)
            }
            bytes.append(93)
        case .xml where member.isFlattened:
            for value in values { element(member.wire) { body(&$0, value) } }
        case .xml:
            element(member.wire) { writer in
                for value in values { writer.element(member.itemName) { body(&$0, value) } }
            }
        case .ec2Query, .awsQuery:
            if values.isEmpty {
                // botocore writes an empty list as an empty parameter for IAM and STS, and leaves it out for EC2.
                if layout == .awsQuery { parameter(member.query, isStructure: false) { _ in } }
                return
            }
            let isStructure = T.self is any Shape.Type
            let name = layout == .awsQuery && !member.isFlattened ? "\(member.query).\(member.itemName)" : member.query
            for (offset, value) in values.enumerated() {
                parameter("\(name).\(offset + 1)", isStructure: isStructure) { body(&$0, value) }
            }
        }
    }

    private mutating func map<T>(_ index: Int, _ values: [String: T], _ body: (inout ShapeWriter, T) -> Void) {
        let member = schema.members[index]
        let sorted = values.sorted { $0.key < $1.key }
        switch layout {
        case .json, .model:
            comma()
            key(member.name(in: layout))
            bytes.append(123)
            for (offset, entry) in sorted.enumerated() {
                if offset > 0 { bytes.append(44) }
                key(entry.key)
                body(&self, entry.value)
            }
            bytes.append(125)
        case .xml:
            func entry(_ writer: inout ShapeWriter, _ pair: (key: String, value: T)) {
                writer.element(member.keyName) { $0.text(pair.key) }
                writer.element(member.valueName) { body(&$0, pair.value) }
            }
            if member.isFlattened {
                for pair in sorted { element(member.wire) { entry(&$0, pair) } }
            } else {
                element(member.wire) { writer in
                    for pair in sorted { writer.element("entry") { entry(&$0, pair) } }
                }
            }
        case .ec2Query, .awsQuery:
            let name = member.isFlattened ? member.query : "\(member.query).entry"
            for (offset, pair) in sorted.enumerated() {
                parameter("\(name).\(offset + 1).\(member.keyName)", isStructure: false) { $0.text(pair.key) }
                parameter("\(name).\(offset + 1).\(member.valueName)", isStructure: T.self is any Shape.Type) { body(&$0, pair.value) }
            }
        }
    }

    private mutating func text(_ value: String) {
        switch layout {
        case .json, .model: JSON.appendString(value, to: &bytes)
        case .xml: XML.appendEscaped(value, to: &bytes)
        case .ec2Query, .awsQuery: QueryString.appendEncoded(value.utf8, to: &bytes)
        }
    }

    private mutating func literal(_ value: String) { bytes += value.utf8 }

    private mutating func timestamp(_ value: Instant, _ format: String?) {
        if layout == .model { return text(value.iso8601(milliseconds: value.milliseconds % 1000 != 0)) }
        switch format ?? (layout == .json ? "unixTimestamp" : "iso8601") {
        case "unixTimestamp":
            bytes += String(value.seconds).utf8
            let rest = Int(value.milliseconds - value.seconds * 1000)
            if rest != 0 { bytes.append(46); bytes.appendPadded(rest, 3) }
        case "rfc822": text(value.httpDate)
        default: text(value.iso8601(milliseconds: layout == .xml && fractionalSeconds || value.milliseconds % 1000 != 0))
        }
    }
}
