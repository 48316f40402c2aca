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
        bytes.reserveCapacity(4096)
    }

    /// Raw bytes around the members, for a protocol's envelope.
    public mutating func raw(_ text: String) { bytes += text.utf8 }

    // MARK: Scalars

    public mutating func write(_ index: Int, _ value: String?) {
        guard let value = value ?? missingToken(index) else { return }
        if layout == .xml {
            // Most of what EC2 answers is text: without a detour through closures.
            let member = schema.members[index]
            bytes += member.openTag
            XML.appendEscaped(value, to: &bytes)
            bytes += member.closeTag
        } else {
            field(index) { $0.text(value) }
        }
    }
    public mutating func write(_ index: Int, _ value: Int?) {
        guard let value else { return }
        field(index) { $0.bytes.append(decimal: value) }
    }
    public mutating func write(_ index: Int, _ value: Bool?) {
        guard let value else { return }
        field(index) { $0.bytes += (value ? "true" : "false").utf8 }
    }
    public mutating func write(_ index: Int, _ value: Double?) {
        guard let value else { return }
        field(index) { $0.number(value) }
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
    @inlinable public mutating func write<E: StringEnumeration>(_ index: Int, _ value: E?) { write(index, value?.rawValue) }

    // MARK: Structures, lists, maps

    // These two are compiled with the shapes that they write: through generic code, a response takes twice as long.

    @inlinable
    public mutating func write<S: Shape>(_ index: Int, _ value: S?) {
        guard let value else { return }
        let outer = open(index, S.schema)
        value.write(to: &self)
        close(index, outer)
    }
    @inlinable
    public mutating func write<S: Shape>(_ index: Int, _ values: [S]?) {
        guard let values, let list = openList(index, isEmpty: values.isEmpty) else { return }
        for offset in values.indices {
            let outer = openItem(index, offset, S.schema)
            values[offset].write(to: &self)
            closeItem(index, outer)
        }
        closeList(index, list)
    }
    public mutating func write(_ index: Int, _ values: [String]?) {
        guard let values else { return }
        list(index, values) { $0.text($1) }
    }
    public mutating func write(_ index: Int, _ values: [Int]?) {
        guard let values else { return }
        list(index, values) { $0.bytes.append(decimal: $1) }
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
        map(index, values) { $0.bytes.append(decimal: $1) }
    }
    public mutating func write(_ index: Int, _ values: [String: [String]]?) {
        guard let values else { return }
        let member = schema.members[index]
        map(index, values, isStructure: true) { $0.texts($1, member) }
    }
    public mutating func write<S: Shape>(_ index: Int, _ values: [String: S]?) {
        guard let values else { return }
        map(index, values, isStructure: true) { $0.structure($1) }
    }

    /// Writes a whole structure: JSON with its braces, the others members only.
    public mutating func structure<S: Shape>(_ value: S) { structure(S.schema) { value.write(to: &$0) } }
}

// MARK: - Schemas that need not belong to a type

extension ShapeWriter {
    /// Writes a whole structure whose members `body` writes.
    package mutating func structure(_ schema: Schema, _ body: (inout ShapeWriter) -> Void) {
        let outer = (self.schema, needsComma)
        self.schema = schema
        needsComma = false
        if layout.isTree { bytes.append(123) }
        body(&self)
        if layout.isTree { bytes.append(125) }
        (self.schema, needsComma) = outer
    }

    package mutating func nested(_ index: Int, _ schema: Schema, _ body: (inout ShapeWriter) -> Void) {
        field(index, isStructure: true) { $0.structure(schema, body) }
    }

    package mutating func nestedList<T>(
        _ index: Int, _ schema: Schema, _ values: [T], _ body: (inout ShapeWriter, T) -> Void
    ) {
        list(index, values, isStructure: true) { writer, value in writer.structure(schema) { body(&$0, value) } }
    }

    package mutating func nestedMap<T>(
        _ index: Int, _ schema: Schema, _ values: [String: T], _ body: (inout ShapeWriter, T) -> Void
    ) {
        map(index, values, isStructure: true) { writer, value in writer.structure(schema) { body(&$0, value) } }
    }
}

// MARK: - Structures within

extension ShapeWriter {
    /// What stands around a nested structure, to go back to.
    @usableFromInline struct Outer {
        let schema: Schema
        let needsComma: Bool
        let prefix: Int
    }

    @usableFromInline mutating func open(_ index: Int, _ inner: Schema) -> Outer {
        let outer = Outer(schema: schema, needsComma: true, prefix: prefix.count)
        let member = schema.members[index]
        switch layout {
        case .json, .model:
            key(member)
            bytes.append(123)
        case .xml: bytes += member.openTag
        case .ec2Query, .awsQuery:
            prefix += member.query.utf8
            prefix.append(46)
        }
        schema = inner
        needsComma = false
        return outer
    }

    @usableFromInline mutating func close(_ index: Int, _ outer: Outer) {
        schema = outer.schema
        needsComma = outer.needsComma
        switch layout {
        case .json, .model: bytes.append(125)
        case .xml: bytes += schema.members[index].closeTag
        case .ec2Query, .awsQuery: prefix.removeSubrange(outer.prefix...)
        }
    }

    /// - Returns: how long the prefix was; nil if there is nothing more to write.
    @usableFromInline mutating func openList(_ index: Int, isEmpty: Bool) -> Int? {
        let member = schema.members[index]
        let length = prefix.count
        switch layout {
        case .json, .model:
            key(member)
            bytes.append(91)
        case .xml:
            if !member.isFlattened { bytes += member.openTag }
        case .ec2Query, .awsQuery:
            if isEmpty {
                // botocore writes an empty list as an empty parameter for IAM and STS, and leaves it out for EC2.
                if layout == .awsQuery { parameter(member.query, isStructure: false) { _ in } }
                return nil
            }
            prefix += member.query.utf8
            if layout == .awsQuery, !member.isFlattened {
                prefix.append(46)
                prefix += member.itemName.utf8
            }
        }
        return length
    }

    @usableFromInline mutating func closeList(_ index: Int, _ length: Int) {
        let member = schema.members[index]
        switch layout {
        case .json, .model: bytes.append(93)
        case .xml:
            if !member.isFlattened { bytes += member.closeTag }
        case .ec2Query, .awsQuery: prefix.removeSubrange(length...)
        }
    }

    @usableFromInline mutating func openItem(_ index: Int, _ offset: Int, _ inner: Schema) -> Outer {
        let outer = Outer(schema: schema, needsComma: needsComma, prefix: prefix.count)
        let member = schema.members[index]
        switch layout {
        case .json, .model:
            if offset > 0 { bytes.append(44) }
            bytes.append(123)
        case .xml: bytes += member.isFlattened ? member.openTag : member.openItem
        case .ec2Query, .awsQuery:
            prefix.append(46)
            prefix.append(decimal: offset + 1)
            prefix.append(46)
        }
        schema = inner
        needsComma = false
        return outer
    }

    @usableFromInline mutating func closeItem(_ index: Int, _ outer: Outer) {
        schema = outer.schema
        needsComma = outer.needsComma
        switch layout {
        case .json, .model: bytes.append(125)
        case .xml:
            let member = schema.members[index]
            bytes += member.isFlattened ? member.closeTag : member.closeItem
        case .ec2Query, .awsQuery: prefix.removeSubrange(outer.prefix...)
        }
    }
}

// MARK: - Fields

extension ShapeWriter {
    private func missingToken(_ index: Int) -> String? {
        guard let idempotencyToken, schema.members[index].isIdempotencyToken else { return nil }
        return idempotencyToken()
    }

    private mutating func key(_ member: Schema.Member) {
        if needsComma { bytes.append(44) }
        needsComma = true
        if layout == .json { bytes += member.jsonKey } else { bytes += "\"\(member.name)\":".utf8 }
    }

    private mutating func field(_ index: Int, isStructure: Bool = false, _ body: (inout ShapeWriter) -> Void) {
        let member = schema.members[index]
        switch layout {
        case .json, .model:
            key(member)
            body(&self)
        case .xml:
            bytes += member.openTag
            body(&self)
            bytes += member.closeTag
        case .ec2Query, .awsQuery: parameter(member.query, isStructure: isStructure, body)
        }
    }

    private mutating func element(_ name: String, _ body: (inout ShapeWriter) -> Void) {
        bytes.append(60); bytes += name.utf8; bytes.append(62)
        body(&self)
        bytes.append(60); bytes.append(47); bytes += name.utf8; bytes.append(62)
    }

    /// `&prefix.name=` before a scalar; a longer prefix for what stands inside a structure.
    private mutating func parameter(_ name: String, isStructure: Bool, _ body: (inout ShapeWriter) -> Void) {
        let length = prefix.count
        prefix += name.utf8
        standing(isStructure: isStructure, body)
        prefix.removeSubrange(length...)
    }

    /// The same for an item: `&prefix.name.3=`.
    private mutating func item(_ number: Int, isStructure: Bool, _ body: (inout ShapeWriter) -> Void) {
        let length = prefix.count
        prefix.append(46)
        prefix.append(decimal: number)
        standing(isStructure: isStructure, body)
        prefix.removeSubrange(length...)
    }

    private mutating func standing(isStructure: Bool, _ body: (inout ShapeWriter) -> Void) {
        if isStructure {
            prefix.append(46)
        } else {
            bytes.append(38)
            bytes += prefix
            bytes.append(61)
        }
        body(&self)
    }

    private mutating func list<T>(
        _ index: Int, _ values: [T], isStructure: Bool = false, _ body: (inout ShapeWriter, T) -> Void
    ) {
        guard let length = openList(index, isEmpty: values.isEmpty) else { return }
        let member = schema.members[index]
        for (offset, value) in values.enumerated() {
            switch layout {
            case .json, .model:
                if offset > 0 { bytes.append(44) }
                body(&self, value)
            case .xml:
                bytes += member.isFlattened ? member.openTag : member.openItem
                body(&self, value)
                bytes += member.isFlattened ? member.closeTag : member.closeItem
            case .ec2Query, .awsQuery: item(offset + 1, isStructure: isStructure) { body(&$0, value) }
            }
        }
        closeList(index, length)
    }

    private mutating func map<T>(
        _ index: Int, _ values: [String: T], isStructure: Bool = false, _ body: (inout ShapeWriter, T) -> Void
    ) {
        let member = schema.members[index]
        let sorted = values.sorted { $0.key < $1.key }
        switch layout {
        case .json, .model:
            key(member)
            bytes.append(123)
            for (offset, entry) in sorted.enumerated() {
                if offset > 0 { bytes.append(44) }
                JSON.appendString(entry.key, to: &bytes)
                bytes.append(58)
                body(&self, entry.value)
            }
            bytes.append(125)
        case .xml:
            if !member.isFlattened { bytes += member.openTag }
            for entry in sorted {
                element(member.isFlattened ? member.wire : "entry") { writer in
                    writer.element(member.keyName) { $0.text(entry.key) }
                    writer.element(member.valueName) { body(&$0, entry.value) }
                }
            }
            if !member.isFlattened { bytes += member.closeTag }
        case .ec2Query, .awsQuery:
            let length = prefix.count
            prefix += (member.isFlattened ? member.query : "\(member.query).entry").utf8
            for (offset, entry) in sorted.enumerated() {
                item(offset + 1, isStructure: true) { writer in
                    writer.parameter(member.keyName, isStructure: false) { $0.text(entry.key) }
                    writer.parameter(member.valueName, isStructure: isStructure) { body(&$0, entry.value) }
                }
            }
            prefix.removeSubrange(length...)
        }
    }
}

// MARK: - Values

extension ShapeWriter {
    /// A list of strings that is a map's value.
    private mutating func texts(_ values: [String], _ member: Schema.Member) {
        switch layout {
        case .json, .model:
            bytes.append(91)
            for (offset, value) in values.enumerated() {
                if offset > 0 { bytes.append(44) }
                text(value)
            }
            bytes.append(93)
        case .xml: for value in values { element(member.itemName) { $0.text(value) } }
        case .ec2Query, .awsQuery:
            let length = prefix.count
            prefix += member.itemName.utf8
            for (offset, value) in values.enumerated() { item(offset + 1, isStructure: false) { $0.text(value) } }
            prefix.removeSubrange(length...)
        }
    }

    private mutating func text(_ value: String) {
        switch layout {
        case .json, .model: JSON.appendString(value, to: &bytes)
        case .xml: XML.appendEscaped(value, to: &bytes)
        case .ec2Query, .awsQuery: QueryString.appendEncoded(value.utf8, to: &bytes)
        }
    }

    private mutating func number(_ value: Double) {
        guard value.isFinite else { return text(value.isNaN ? "NaN" : value < 0 ? "-Infinity" : "Infinity") }
        JSON.appendNumber(value, to: &bytes)
    }

    private mutating func timestamp(_ value: Instant, _ format: Schema.TimestampFormat?) {
        if layout == .model { return text(value.iso8601(milliseconds: value.milliseconds % 1000 != 0)) }
        switch format ?? (layout == .json ? .seconds : .iso8601) {
        case .seconds:
            let (seconds, rest) = value.milliseconds.magnitude.quotientAndRemainder(dividingBy: 1000)
            if value.milliseconds < 0 { bytes.append(45) }
            bytes.append(decimal: Int(seconds))
            if rest != 0 { bytes.append(46); bytes.appendPadded(Int(rest), 3) }
        case .httpDate: text(value.httpDate)
        // EC2 always writes milliseconds, IAM and STS never do; requests carry what there is.
        case .iso8601 where layout == .xml: bytes += value.iso8601Bytes(milliseconds: fractionalSeconds)
        case .iso8601: text(value.iso8601(milliseconds: value.milliseconds % 1000 != 0))
        }
    }
}

extension Bytes {
    mutating func append(decimal value: Int) {
        if (0..<10).contains(value) { append(48 + UInt8(value)) } else { self += String(value).utf8 }
    }
}
