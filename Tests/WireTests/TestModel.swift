import AWSCore

/// A service model known only at run time, such as those in botocore's protocol cases, and values of its shapes.
final class TestModel {
    let shapes: Node
    let isEC2: Bool
    private var schemas: [String: Schema] = [:]

    init(shapes: Node, isEC2: Bool) {
        self.shapes = shapes
        self.isEC2 = isEC2
    }

    struct Unsupported: Error {
        let reason: String
    }

    func shape(_ name: String) throws -> Node {
        guard let shape = shapes[name] else { throw Unsupported(reason: "no shape \(name)") }
        return shape
    }

    private func type(_ name: String) throws -> String { try shape(name)["type"]?.string ?? "" }
    private func members(_ name: String) throws -> [Node.Field] { try shape(name)["members"]?.fields ?? [] }

    /// Returns a structure's schema in the generator's notation.
    func schema(_ name: String) throws -> Schema {
        if let schema = schemas[name] { return schema }
        let schema = Schema(name, text: try members(name).map(descriptor).joined(separator: "\n"))
        schemas[name] = schema
        return schema
    }

    private static let letters = [
        "string": "s", "character": "s", "integer": "i", "long": "i", "float": "d", "double": "d", "boolean": "b",
        "timestamp": "t", "blob": "x", "structure": "S", "list": "L", "map": "M",
    ]

    private func descriptor(_ member: Node.Field) throws -> String {
        let reference = member.value, target = reference["shape"]?.string ?? "", definition = try shape(target)
        let letter = Self.letters[try type(target)] ?? "?"
        let isFlattened = [reference, definition].contains { $0["flattened"] == .bool(true) }
        let item = letter == "L" ? definition["member"]?["locationName"]?.string : nil
        let location = reference["locationName"]?.string
        var wire = location ?? member.name, query = wire
        if isFlattened, location == nil, let item { wire = item; query = item }
        if isEC2 {
            query = reference["queryName"]?.string ?? (location ?? member.name).uppercasedFirst
        }
        var parts = [member.name, letter, wire, query]
        if reference["idempotencyToken"] == .bool(true) { parts.append("*") }
        if isFlattened { parts.append("f") }
        if let item { parts.append("n:\(item)") }
        if letter == "M" {
            if let key = definition["key"]?["locationName"]?.string { parts.append("k:\(key)") }
            if let value = definition["value"]?["locationName"]?.string { parts.append("v:\(value)") }
        }
        if let format = (reference["timestampFormat"] ?? definition["timestampFormat"])?.string { parts.append("t:\(format)") }
        return parts.joined(separator: " ")
    }

    // MARK: Values

    /// Reads a structure into the form that the cases use for parameters and results.
    func read(_ name: String, _ reader: ShapeReader) throws -> Node {
        var fields: [Node.Field] = []
        for (index, member) in try members(name).enumerated() {
            if let value = try read(index, member.value["shape"]?.string ?? "", reader) {
                fields.append(.init(member.name, value))
            }
        }
        return .object(fields)
    }

    private func read(_ index: Int, _ target: String, _ reader: ShapeReader) throws -> Node? {
        switch try type(target) {
        case "structure":
            let schema = try schema(target)
            return try reader.nested(index, schema) { inner in Result { try read(target, inner) } }?.get()
        case "list":
            let element = try shape(target)["member"]?["shape"]?.string ?? ""
            switch try type(element) {
            case "structure":
                let schema = try schema(element)
                return try reader.nestedList(index, schema) { inner in Result { try read(element, inner) } }
                    .map { .list(try $0.map { try $0.get() }) }
            case "string": return reader.strings(index).map { .list($0.map { .string($0) }) }
            case "integer": return reader.ints(index).map { .list($0.map { .integer(Int64($0)) }) }
            case let other:
                // Whether a list can be read shows only if it has elements.
                guard reader.strings(index) != nil else { return nil }
                throw Unsupported(reason: "lists of \(other)")
            }
        case "map":
            let value = try shape(target)["value"]?["shape"]?.string ?? ""
            switch try type(value) {
            case "structure":
                let schema = try schema(value)
                return try reader.nestedMap(index, schema) { inner in Result { try read(value, inner) } }
                    .map { .object(try $0.map { .init($0.key, try $0.value.get()) }) }
            case "integer": return reader.intMap(index).map { .object($0.map { .init($0.key, .integer(Int64($0.value))) }) }
            case "string": return reader.stringMap(index).map { .object($0.map { .init($0.key, .string($0.value)) }) }
            case "list":
                return reader.stringsMap(index)
                    .map { .object($0.map { .init($0.key, .list($0.value.map { .string($0) })) }) }
            case let other:
                guard reader.stringMap(index) != nil else { return nil }
                throw Unsupported(reason: "maps of \(other)")
            }
        case "string", "character": return reader.string(index).map { .string($0) }
        case "integer", "long": return reader.int(index).map { .integer(Int64($0)) }
        case "float", "double":
            return reader.double(index).map { value in
                value.isFinite ? .number(value) : .string(value.isNaN ? "NaN" : value < 0 ? "-Infinity" : "Infinity")
            }
        case "boolean": return reader.bool(index).map { .bool($0) }
        case "timestamp": return reader.instant(index).map { .number(Double($0.milliseconds) / 1000) }
        case "blob": return reader.blob(index).map { .string(String(decoding: $0, as: UTF8.self)) }
        case let other: throw Unsupported(reason: "the type \(other)")
        }
    }

    /// Writes a structure given by a case.
    func write(_ name: String, _ value: Node, to writer: inout ShapeWriter) throws {
        for (index, member) in try members(name).enumerated() {
            guard let value = value[member.name], !value.isNull else {
                if member.value["idempotencyToken"] == .bool(true) { writer.write(index, String?.none) }
                continue
            }
            try write(index, member.value["shape"]?.string ?? "", value, &writer)
        }
    }

    private func write(_ index: Int, _ target: String, _ value: Node, _ writer: inout ShapeWriter) throws {
        var failure: (any Error)?
        func inner(_ name: String) -> (inout ShapeWriter, Node) -> Void {
            { writer, value in do { try self.write(name, value, to: &writer) } catch { failure = error } }
        }
        switch try type(target) {
        case "structure": writer.nested(index, try schema(target)) { inner(target)(&$0, value) }
        case "list":
            let element = try shape(target)["member"]?["shape"]?.string ?? "", values = value.elements ?? []
            switch try type(element) {
            case "structure": writer.nestedList(index, try schema(element), values, inner(element))
            case "string": writer.write(index, values.map { $0.string ?? "" })
            case "integer": writer.write(index, values.map { Int($0.number ?? 0) })
            case let other: throw Unsupported(reason: "lists of \(other)")
            }
        case "map":
            let element = try shape(target)["value"]?["shape"]?.string ?? ""
            let values = Dictionary((value.fields ?? []).map { ($0.name, $0.value) }, uniquingKeysWith: { $1 })
            switch try type(element) {
            case "structure": writer.nestedMap(index, try schema(element), values, inner(element))
            case "integer": writer.write(index, values.mapValues { Int($0.number ?? 0) })
            case "string": writer.write(index, values.mapValues { $0.string ?? "" })
            case "list": writer.write(index, values.mapValues { ($0.elements ?? []).map { $0.string ?? "" } })
            case let other: throw Unsupported(reason: "maps of \(other)")
            }
        case "string", "character": writer.write(index, value.string)
        case "integer", "long": writer.write(index, value.number.map { Int($0) })
        case "float", "double":
            writer.write(
                index, value.number ?? value.string.flatMap { ["NaN": .nan, "Infinity": .infinity][$0] ?? -Double.infinity })
        case "boolean": writer.write(index, value == .bool(true))
        case "timestamp":
            writer.write(index, value.number.map { Instant(seconds: $0) } ?? value.string.flatMap { Instant(parsing: $0) })
        case "blob": writer.write(index, value.string.map { Bytes($0.utf8) })
        case let other: throw Unsupported(reason: "the type \(other)")
        }
        if let failure { throw failure }
    }
}

extension String {
    fileprivate var uppercasedFirst: String { prefix(1).uppercased() + dropFirst() }
}

extension Node {
    var number: Double? {
        switch self {
        case .integer(let value): Double(value)
        case .number(let value): value
        default: nil
        }
    }

    /// Returns the node with sorted members and uniform numbers, so that equal values compare equal.
    var canonical: Node {
        switch self {
        case .integer(let value): .number(Double(value))
        case .list(let items): .list(items.map(\.canonical))
        case .object(let fields):
            .object(fields.map { .init($0.name, $0.value.canonical) }.sorted { $0.name < $1.name })
        default: self
        }
    }
}
