/// Writes a shape's members directly into a message's bytes, in any layout. Omits nil members.
public struct ShapeWriter: ~Copyable {
    var sink = ByteSink()
    let layout: WireLayout
    var schema: Schema
    var needsComma = false
    /// The query name of the current structure, with a trailing dot.
    var prefix = ByteSink(capacity: 0)
    /// EC2 writes milliseconds, IAM and STS do not.
    let fractionalSeconds: Bool
    /// Generates idempotency tokens that the caller omits. If nil, such members are omitted.
    public var idempotencyToken: (() -> String)?

    public init(schema: Schema, layout: WireLayout, fractionalSeconds: Bool = true) {
        self.schema = schema
        self.layout = layout
        self.fractionalSeconds = fractionalSeconds
    }

    /// Whether this writes an XML response. AWS orders the elements of responses differently from its model.
    public var writesAnswer: Bool { layout == .xml }

    /// Everything written so far.
    public var bytes: Bytes { sink.bytes }

    /// Appends text unchanged, for a protocol's envelope.
    public mutating func raw(_ text: String) { sink.append(text) }
    /// Appends text unchanged, for a protocol's envelope.
    public mutating func raw(_ text: StaticString) { sink.append(text) }

    // MARK: Scalars

    /// Writes text. Here and below, `index` is the member's position in the schema, and nil writes nothing.
    public mutating func write(_ index: Int, _ value: String?) {
        guard let value = value ?? missingToken(index) else { return }
        begin(index)
        text(value)
        end(index)
    }
    /// Writes an integer.
    public mutating func write(_ index: Int, _ value: Int?) {
        guard let value else { return }
        begin(index)
        sink.append(decimal: value)
        end(index)
    }
    /// Writes a Boolean.
    public mutating func write(_ index: Int, _ value: Bool?) {
        guard let value else { return }
        begin(index)
        sink.append(value ? "true" : "false" as StaticString)
        end(index)
    }
    /// Writes a number.
    public mutating func write(_ index: Int, _ value: Double?) {
        guard let value else { return }
        begin(index)
        number(value)
        end(index)
    }
    /// Writes a time, in the format of the member or of the protocol.
    public mutating func write(_ index: Int, _ value: Instant?) {
        guard let value else { return }
        begin(index)
        timestamp(value, schema.forms[index].timestampFormat)
        end(index)
    }
    /// Writes bytes in Base64.
    public mutating func write(_ index: Int, _ value: Bytes?) {
        guard let value else { return }
        begin(index)
        text(Base64.encode(value))
        end(index)
    }
    /// Writes an enumeration's value.
    @inlinable public mutating func write<E: StringEnumeration>(_ index: Int, _ value: E?) { write(index, value?.rawValue) }

    // MARK: Structures, lists, maps

    // These two are inlinable, so that they are compiled with the shapes: generic code takes twice as long for a response.

    /// Writes a structure.
    @inlinable
    public mutating func write<S: Shape>(_ index: Int, _ value: S?) {
        guard let value else { return }
        let outer = open(index, S.schema)
        value.write(to: &self)
        close(index, outer)
    }
    /// Writes a list of structures.
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
    /// Writes a list of texts.
    public mutating func write(_ index: Int, _ values: [String]?) {
        guard let values else { return }
        list(index, values) { $0.text($1) }
    }
    /// Writes a list of integers.
    public mutating func write(_ index: Int, _ values: [Int]?) {
        guard let values else { return }
        list(index, values) { $0.sink.append(decimal: $1) }
    }
    /// Writes a list of an enumeration's values.
    public mutating func write<E: StringEnumeration>(_ index: Int, _ values: [E]?) {
        guard let values else { return }
        list(index, values) { $0.text($1.rawValue) }
    }
    /// Writes a map of texts.
    public mutating func write(_ index: Int, _ values: [String: String]?) {
        guard let values else { return }
        map(index, values) { $0.text($1) }
    }
    /// Writes a map of integers.
    public mutating func write(_ index: Int, _ values: [String: Int]?) {
        guard let values else { return }
        map(index, values) { $0.sink.append(decimal: $1) }
    }
    /// Writes a map of lists of texts.
    public mutating func write(_ index: Int, _ values: [String: [String]]?) {
        guard let values else { return }
        let member = schema.members[index]
        map(index, values, isStructure: true) { $0.texts($1, member) }
    }
    /// Lists and maps within a list or map, which only JSON has.
    package mutating func write(_ index: Int, _ values: [Node]) {
        list(index, values) { $0.sink.append(String(decoding: JSON.write($1), as: UTF8.self)) }
    }
    package mutating func write(_ index: Int, _ values: [String: Node]) {
        map(index, values) { $0.sink.append(String(decoding: JSON.write($1), as: UTF8.self)) }
    }
    /// Writes a map of structures.
    public mutating func write<S: Shape>(_ index: Int, _ values: [String: S]?) {
        guard let values else { return }
        map(index, values, isStructure: true) { $0.structure($1) }
    }

    /// Writes a whole structure: in JSON with its braces, in other layouts only its members.
    public mutating func structure<S: Shape>(_ value: S) { structure(S.schema) { value.write(to: &$0) } }
}

// MARK: - Schemas that need not belong to a type

extension ShapeWriter {
    /// Writes a whole structure. `body` writes its members.
    package mutating func structure(_ schema: Schema, _ body: (inout ShapeWriter) -> Void) {
        let outer = (self.schema, needsComma)
        self.schema = schema
        needsComma = false
        if layout.isTree { sink.append(123) }
        body(&self)
        if layout.isTree { sink.append(125) }
        (self.schema, needsComma) = outer
    }

    package mutating func nested(_ index: Int, _ schema: Schema, _ body: (inout ShapeWriter) -> Void) {
        let outer = open(index, schema)
        body(&self)
        close(index, outer)
    }

    package mutating func nestedList<T>(
        _ index: Int, _ schema: Schema, _ values: [T], _ body: (inout ShapeWriter, T) -> Void
    ) {
        guard let length = openList(index, isEmpty: values.isEmpty) else { return }
        for offset in values.indices {
            let outer = openItem(index, offset, schema)
            body(&self, values[offset])
            closeItem(index, outer)
        }
        closeList(index, length)
    }

    package mutating func nestedMap<T>(
        _ index: Int, _ schema: Schema, _ values: [String: T], _ body: (inout ShapeWriter, T) -> Void
    ) {
        map(index, values, isStructure: true) { writer, value in writer.structure(schema) { body(&$0, value) } }
    }
}

// MARK: - Nested structures

extension ShapeWriter {
    /// The state to restore after a nested structure.
    @usableFromInline struct Outer {
        let schema: Schema
        let needsComma: Bool
        let prefix: Int
    }

    @usableFromInline mutating func open(_ index: Int, _ inner: Schema) -> Outer {
        let outer = Outer(schema: schema, needsComma: true, prefix: prefix.count)
        let form = schema.forms[index]
        switch layout {
        case .json, .model:
            key(form)
            sink.append(123)
        case .xml: sink.append(form.open)
        case .ec2Query, .awsQuery:
            prefix.append(form.query)
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
        case .json, .model: sink.append(125)
        case .xml: sink.append(schema.forms[index].close)
        case .ec2Query, .awsQuery: prefix.truncate(to: outer.prefix)
        }
    }

    /// - Returns: the prefix's length, or nil if there is nothing more to write.
    @usableFromInline mutating func openList(_ index: Int, isEmpty: Bool) -> Int? {
        let form = schema.forms[index]
        let length = prefix.count
        switch layout {
        case .json, .model:
            key(form)
            sink.append(91)
        case .xml: sink.append(form.openList)
        case .ec2Query, .awsQuery:
            if isEmpty {
                // botocore sends an empty list as an empty parameter to IAM and STS, and omits it for EC2.
                if layout == .awsQuery { begin(index) }
                return nil
            }
            prefix.append(form.query)
            if layout == .awsQuery, !form.isFlattened {
                prefix.append(46)
                prefix.append(form.itemName)
            }
        }
        return length
    }

    @usableFromInline mutating func closeList(_ index: Int, _ length: Int) {
        switch layout {
        case .json, .model: sink.append(93)
        case .xml: sink.append(schema.forms[index].closeList)
        case .ec2Query, .awsQuery: prefix.truncate(to: length)
        }
    }

    @usableFromInline mutating func openItem(_ index: Int, _ offset: Int, _ inner: Schema) -> Outer {
        let outer = Outer(schema: schema, needsComma: needsComma, prefix: prefix.count)
        switch layout {
        case .json, .model:
            if offset > 0 { sink.append(44) }
            sink.append(123)
        case .xml: sink.append(schema.forms[index].openItem)
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
        case .json, .model: sink.append(125)
        case .xml: sink.append(schema.forms[index].closeItem)
        case .ec2Query, .awsQuery: prefix.truncate(to: outer.prefix)
        }
    }
}
