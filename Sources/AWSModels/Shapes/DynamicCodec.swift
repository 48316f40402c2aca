import AWSCore

/// The values of a structure's members, by their index in the shape.
package struct DynamicStructure {
    package struct Entry {
        package let index: Int
        package let value: DynamicValue

        package init(index: Int, value: DynamicValue) {
            self.index = index
            self.value = value
        }
    }

    package let shape: DynamicShape
    package var values: [Entry]

    package init(shape: DynamicShape, values: [Entry] = []) {
        self.shape = shape
        self.values = values
    }
}

package indirect enum DynamicValue {
    case string(String), int(Int), double(Double), bool(Bool), instant(Instant), blob(Bytes)
    case structure(DynamicStructure), structures([DynamicStructure]), structureMap([String: DynamicStructure])
    case strings([String]), ints([Int]), stringMap([String: String]), intMap([String: Int])
    /// Lists and maps within a list or map, as JSON has them.
    case nodes([Node]), nodeMap([String: Node])
}

/// Reads and writes any structure of a table with AWSCore's reader and writer, which the generated types also use.
package struct DynamicCodec: Sendable {
    package let table: ModelTable

    package init(table: ModelTable) { self.table = table }

    package func read(_ node: Node, _ shape: DynamicShape, _ layout: WireLayout, report: ShapeReader.Report? = nil)
        -> DynamicStructure
    {
        read(ShapeReader(node, schema: shape.schema, layout: layout, report: report), shape)
    }

    private func read(_ reader: ShapeReader, _ shape: DynamicShape) -> DynamicStructure {
        var result = DynamicStructure(shape: shape)
        for (index, member) in shape.schema.members.enumerated() {
            if let value = value(reader, index, member.kind, shape.members[index]) {
                result.values.append(.init(index: index, value: value))
            }
        }
        return result
    }

    private func value(
        _ reader: ShapeReader, _ index: Int, _ kind: Schema.Kind, _ member: DynamicShape.Member
    ) -> DynamicValue? {
        switch kind {
        case .string: return reader.string(index).map(DynamicValue.string)
        case .integer: return reader.int(index).map(DynamicValue.int)
        case .double: return reader.double(index).map(DynamicValue.double)
        case .boolean: return reader.bool(index).map(DynamicValue.bool)
        case .timestamp: return reader.instant(index).map(DynamicValue.instant)
        case .blob: return reader.blob(index).map(DynamicValue.blob)
        case .structure:
            let target = table.shape(member.target)
            return reader.nested(index, target.schema) { read($0, target) }.map(DynamicValue.structure)
        case .list:
            switch member.element {
            case .structure:
                let target = table.shape(member.target)
                return reader.nestedList(index, target.schema) { read($0, target) }.map(DynamicValue.structures)
            case .integer: return reader.ints(index).map(DynamicValue.ints)
            case .list, .map: return reader.nodes(index).map(DynamicValue.nodes)
            default: return reader.strings(index).map(DynamicValue.strings)
            }
        case .map:
            switch member.element {
            case .structure:
                let target = table.shape(member.target)
                return reader.nestedMap(index, target.schema) { read($0, target) }.map(DynamicValue.structureMap)
            case .integer: return reader.intMap(index).map(DynamicValue.intMap)
            case .list, .map: return reader.nodeMap(index).map(DynamicValue.nodeMap)
            default: return reader.stringMap(index).map(DynamicValue.stringMap)
            }
        }
    }

    /// Returns the members in a layout: JSON with braces, XML without an outer element, query strings from the first `&`.
    package func write(_ structure: DynamicStructure, _ layout: WireLayout) -> Bytes {
        var writer = ShapeWriter(
            schema: structure.shape.schema, layout: layout, fractionalSeconds: table.model.wire == .ec2Query)
        write(structure, to: &writer)
        return writer.bytes
    }

    /// Writes the members into a message that has other content.
    func write(_ structure: DynamicStructure, to writer: inout ShapeWriter) {
        writer.structure(structure.shape.schema) { members(structure, &$0) }
    }

    private func members(_ structure: DynamicStructure, _ writer: inout ShapeWriter) {
        let tokens = structure.shape.tokens.filter { token in !structure.values.contains { $0.index == token } }
        guard tokens.isEmpty else { return members(structure, inserting: tokens, &writer) }
        for entry in structure.values { member(entry, structure, &writer) }
    }

    /// Writes the members, and inserts idempotency tokens that are missing, in the model's order.
    private func members(_ structure: DynamicStructure, inserting tokens: [Int], _ writer: inout ShapeWriter) {
        var tokens = tokens[...]
        for entry in structure.values {
            while let token = tokens.first, token < entry.index {
                writer.write(token, nil as String?)
                tokens.removeFirst()
            }
            member(entry, structure, &writer)
        }
        for token in tokens { writer.write(token, nil as String?) }
    }

    private func member(_ entry: DynamicStructure.Entry, _ structure: DynamicStructure, _ writer: inout ShapeWriter) {
        let index = entry.index
        switch entry.value {
        case .string(let value): writer.write(index, value)
        case .int(let value): writer.write(index, value)
        case .double(let value): writer.write(index, value)
        case .bool(let value): writer.write(index, value)
        case .instant(let value): writer.write(index, value)
        case .blob(let value): writer.write(index, value)
        case .strings(let values): writer.write(index, values)
        case .ints(let values): writer.write(index, values)
        case .stringMap(let values): writer.write(index, values)
        case .intMap(let values): writer.write(index, values)
        case .nodes(let values): writer.write(index, values)
        case .nodeMap(let values): writer.write(index, values)
        case .structure(let value): writer.nested(index, value.shape.schema) { members(value, &$0) }
        case .structures(let values):
            let schema = table.shape(structure.shape.members[index].target).schema
            writer.nestedList(index, schema, values) { members($1, &$0) }
        case .structureMap(let values):
            let schema = table.shape(structure.shape.members[index].target).schema
            writer.nestedMap(index, schema, values) { members($1, &$0) }
        }
    }

    /// Returns the structure with the names of the API's documentation.
    package func node(_ structure: DynamicStructure) throws -> Node { try JSON.parse(write(structure, .model)) }
}

// MARK: - Messages

extension DynamicCodec {
    /// Returns the members of a successful response without the protocol's envelope.
    /// - Throws: ``MalformedMessage`` if the body does not follow the protocol.
    package func content(_ operation: ModelTable.Operation, _ body: Bytes) throws -> Node {
        if body.isEmpty { return .object([]) }
        if table.model.wire == .awsJson1_1 { return try JSON.parse(body) }
        var content = try XML.parse(body).content
        if let wrapper = operation.resultWrapper { content = content[wrapper] ?? .object([]) }
        guard case .object(let fields) = content else { return .object([]) }
        return .object(fields.filter { !Self.envelope.contains($0.name) })
    }

    /// The elements of a response that are not members.
    private static let envelope: Set<String> = ["requestId", "RequestId", "ResponseMetadata"]

    package var layout: WireLayout { table.model.responseLayout }

    /// Writes a structure and reads it again, in the layout of responses.
    package func throughTheWire(_ structure: DynamicStructure) throws -> DynamicStructure {
        read(try parsed(write(structure, layout)), structure.shape, layout)
    }

    /// Writes a structure and reads it again, in the layout of requests.
    package func throughARequest(_ structure: DynamicStructure) throws -> DynamicStructure {
        let layout = table.model.requestLayout
        let bytes = write(structure, layout)
        let node = layout == .json ? try JSON.parse(bytes) : try QueryString.tree(try QueryString.pairs(bytes))
        return read(node, structure.shape, layout)
    }

    /// Parses members that this codec wrote.
    package func parsed(_ bytes: Bytes) throws -> Node {
        if layout == .json { return try JSON.parse(bytes) }
        let content = try XML.parse(Bytes("<r>".utf8) + bytes + Bytes("</r>".utf8)).content
        return content.fields == nil ? .object([]) : content
    }
}
