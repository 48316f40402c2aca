public import AWSCore
import Synchronization

/// All operations and shapes of a service, simulated or not. The generated types use them, and so do recordings, their
/// verification and untyped calls.
///
/// Both texts are sorted records. An operation's line is `Name Input Output Wrapper`, with `-` for none. A shape's line is its
/// name, with `i` if it can be in a request. Below it, each line is a member as ``AWSCore/Schema`` parses it, with two more
/// options. `r:` names the structure that is the type of the member or its elements. `e:` is the kind of elements that are
/// neither structures nor strings; collections within collections are read as JSON. A shape is parsed on first use.
public final class ModelTable: Sendable {
    /// An operation, with the names of its shapes.
    public struct Operation: Sendable {
        public let name: String
        public let input: String?
        public let output: String?
        public let resultWrapper: String?

        package init(name: String, input: String?, output: String?, resultWrapper: String?) {
            self.name = name
            self.input = input
            self.output = output
            self.resultWrapper = resultWrapper
        }
    }

    public let model: ServiceModel
    private let operationTexts, shapeTexts: SortedText
    private let parsed = Mutex<[String: DynamicShape]>([:])
    /// Values computed from the whole table on first use.
    private let allOperations = Mutex<[String: Operation]?>(nil)
    private let namesInLowerCase = Mutex<[String: String]?>(nil)
    private let byMember = Mutex<[String: [String]]?>(nil)

    init(_ model: ServiceModel, operations: StaticString, shapes: StaticString) {
        let operationTexts = SortedText(operations)
        self.model = model.naming { operationTexts.names }
        self.operationTexts = operationTexts
        shapeTexts = SortedText(shapes)
    }

    /// The services that have a table.
    public static let all: [ModelTable] = [.ec2, .ecr, .iam, .ssm, .sts]

    /// Returns the table of a service: `ec2`.
    public static func named(_ id: String) -> ModelTable? { all.first { $0.model.id == id } }
}

// MARK: - Operations

extension ModelTable {
    /// All operations by name. Computed on first use; ``operation(_:)`` finds a single operation without it.
    public var operations: [String: Operation] {
        Self.made(allOperations) {
            let all = operationTexts.names.compactMap(operation(named:))
            return Dictionary(all.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
        }
    }

    /// Returns the operation with that name, ignoring case and hyphens: `describe-vpcs`, `describevpcs`.
    public func operation(_ spelling: String) -> Operation? {
        if let operation = operation(named: spelling) { return operation }
        let plain = spelling.lowercased().filter { $0 != "-" && $0 != "_" }
        let names = Self.made(namesInLowerCase) {
            Dictionary(operationTexts.names.map { ($0.lowercased(), $0) }, uniquingKeysWith: { first, _ in first })
        }
        return names[plain].flatMap(operation(named:))
    }

    /// Returns the operation with exactly that name.
    public func operation(named name: String) -> Operation? {
        guard let words = operationTexts.record(name)?.words, words.count == 3 else { return nil }
        let named = words.map { $0 == "-" ? nil : $0 }
        return Operation(name: name, input: named[0], output: named[1], resultWrapper: named[2])
    }

    private static func made<Value: Sendable>(_ kept: borrowing Mutex<Value?>, _ make: () -> Value) -> Value {
        if let value = kept.withLock({ $0 }) { return value }
        let value = make()
        kept.withLock { $0 = value }
        return value
    }
}

// MARK: - Shapes

extension ModelTable {
    /// Returns the structure with that name; an empty one for nil and for unknown names.
    public func shape(_ name: String?) -> DynamicShape {
        guard let name else { return .empty }
        if let shape = parsed.withLock({ $0[name] }) { return shape }
        guard let text = shapeTexts.record(name) else { return .empty }
        let shape = DynamicShape(name, text.body)
        return parsed.withLock { shapes in
            // Another thread may have stored it first; all callers get the same instance.
            if let first = shapes[name] { return first }
            shapes[name] = shape
            return shape
        }
    }

    /// Returns the schema of a generated type, which caches it. Only shapes that can be in a request have constraints: responses
    /// are not checked.
    public func schema(_ name: String) -> Schema {
        guard let text = shapeTexts.record(name) else { return DynamicShape.empty.schema }
        return Schema(name, bytes: text.body, isConstrained: text.line.last == UInt8(ascii: "i"))
    }

    /// Whether the model has a shape of this name.
    public func has(_ shape: String) -> Bool { shapeTexts.record(shape) != nil }

    /// Returns the structures that have all of these members.
    package func shapes(withMembers names: Set<String>) -> [String] {
        guard let name = names.first else { return [] }
        let byMember = Self.made(byMember) {
            var made: [String: [String]] = [:]
            for shape in shapeTexts.names {
                for member in self.shape(shape).names { made[member, default: []].append(shape) }
            }
            return made
        }
        return (byMember[name] ?? []).filter { names.isSubset(of: shape($0).names) }
    }

    /// Returns the smallest structure nested in another that has all of these members.
    package func structure(below name: String?, withMembers names: Set<String>) -> String? {
        guard let name else { return nil }
        var open = shape(name).members.compactMap(\.target), seen: Set<String> = []
        while let next = open.popLast() {
            if seen.insert(next).inserted { open += shape(next).members.compactMap(\.target) }
        }
        return seen.filter { names.isSubset(of: shape($0).names) }.min {
            (shape($0).names.count, $0) < (shape($1).names.count, $1)
        }
    }
}
