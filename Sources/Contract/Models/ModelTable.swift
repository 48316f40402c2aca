public import AWSCore
import Synchronization

/// Every operation and shape of a service, simulated or not: for what is recorded, verified or forwarded.
///
/// The text has one line an operation (`o Name Input Output Wrapper`, `-` for none) and a shape (`s Name`), and below a
/// shape one a member (`m …`, as ``AWSCore/Schema`` reads it) with two options more: `r:` names the structure that the member or
/// its elements are, `e:` the kind of its elements where they are neither structures nor strings. A shape's text is parsed
/// when it is first needed.
public final class ModelTable: Sendable {
    public struct Operation: Sendable {
        public let name: String
        public let input: String?
        public let output: String?
        public let resultWrapper: String?
    }

    public let model: ServiceModel
    public let operations: [String: Operation]
    /// Operations by their names in lower case, for files and commands that spell them otherwise.
    private let namesInLowerCase: [String: String]
    private let text: [String: Range<Int>]
    private let bytes: Bytes
    private let parsed = Mutex<[String: DynamicShape]>([:])
    /// The structures that have a member of a name; made when it is first asked for.
    private let byMember = Mutex<[String: [String]]?>(nil)

    init(_ model: ServiceModel, text: StaticString) {
        self.model = model
        bytes = text.withUTF8Buffer { Bytes($0) }
        var operations: [String: Operation] = [:]
        var shapes: [String: Range<Int>] = [:]
        var current: (name: String, start: Int)?
        var position = 0
        for line in bytes.split(separator: 10, omittingEmptySubsequences: false) {
            let next = position + line.count + 1
            switch line.first {
            case 111:
                let parts = line.split(separator: 32).map { String(decoding: $0, as: UTF8.self) }
                let named = parts.dropFirst().map { $0 == "-" ? nil : $0 }
                if named.count == 4, let name = named[0] {
                    operations[name] = Operation(name: name, input: named[1], output: named[2], resultWrapper: named[3])
                }
            case 115:
                if let current { shapes[current.name] = current.start..<position }
                current = (String(decoding: line.dropFirst(2), as: UTF8.self), next)
            default: break
            }
            position = next
        }
        if let current { shapes[current.name] = current.start..<bytes.count }
        self.operations = operations
        self.text = shapes
        namesInLowerCase = Dictionary(operations.keys.map { ($0.lowercased(), $0) }, uniquingKeysWith: { first, _ in first })
    }

    /// The services that there are tables of.
    public static let all: [ModelTable] = [.ec2, .ecr, .iam, .sts]

    public static func named(_ id: String) -> ModelTable? { all.first { $0.model.id == id } }

    /// The operation of that name, however its letters' case and hyphens are: `describe-vpcs`, `describevpcs`.
    public func operation(_ spelling: String) -> Operation? {
        if let operation = operations[spelling] { return operation }
        let plain = spelling.lowercased().filter { $0 != "-" && $0 != "_" }
        return namesInLowerCase[plain].flatMap { operations[$0] }
    }

    /// The structures that have all of these members.
    func shapes(withMembers names: Set<String>) -> [String] {
        guard let name = names.first else { return [] }
        let byMember = byMember.withLock { index in
            if let index { return index }
            var made: [String: [String]] = [:]
            for shape in text.keys { for member in self.shape(shape).names { made[member, default: []].append(shape) } }
            index = made
            return made
        }
        return (byMember[name] ?? []).filter { names.isSubset(of: shape($0).names) }
    }

    func has(_ shape: String) -> Bool { text[shape] != nil }

    /// The smallest structure below another one, itself left out, that has all of these members.
    func structure(below name: String?, withMembers names: Set<String>) -> String? {
        guard let name else { return nil }
        var open = shape(name).members.compactMap(\.target), seen: Set<String> = []
        while let next = open.popLast() {
            if seen.insert(next).inserted { open += shape(next).members.compactMap(\.target) }
        }
        return seen.filter { names.isSubset(of: shape($0).names) }.min {
            (shape($0).names.count, $0) < (shape($1).names.count, $1)
        }
    }

    public func shape(_ name: String?) -> DynamicShape {
        guard let name, let range = text[name] else { return .empty }
        if let shape = parsed.withLock({ $0[name] }) { return shape }
        let shape = DynamicShape(name, bytes[range])
        parsed.withLock { $0[name] = shape }
        return shape
    }
}

/// A structure that is known from a table, not from a type.
public final class DynamicShape: Sendable {
    struct Member: Sendable {
        /// The structure that the member or its elements are.
        let target: String?
        /// What the elements of a list or map are.
        let element: Schema.Kind
    }

    public let name: String
    public let schema: Schema
    let members: [Member]
    /// The members' names.
    let names: Set<String>

    static let empty = DynamicShape("Empty", [])

    init(_ name: String, _ text: ArraySlice<UInt8>) {
        self.name = name
        let lines = text.split(separator: 10).filter { $0.first == 109 }.map {
            String(decoding: $0.dropFirst(2), as: UTF8.self)
        }
        schema = Schema(name, text: lines.joined(separator: "\n"))
        names = Set(schema.members.map(\.name))
        members = lines.map { line in
            let options = line.split(separator: " ")
            let target = options.first { $0.hasPrefix("r:") }.map { String($0.dropFirst(2)) }
            let element = options.first { $0.hasPrefix("e:") }?.last.flatMap(Schema.Kind.init)
            return Member(target: target, element: element ?? (target == nil ? .string : .structure))
        }
    }
}
