import AWSModels

/// Pairs the elements of a target's list with those of the recorded list.
struct ElementPairs {
    private(set) var pairs: [(DynamicStructure, DynamicStructure)] = []
    /// Whether the recorded list is ordered, by name or creation, and the target's is not.
    private(set) var isOutOfOrder = false
    private(set) var recordedOrder = ""
    private(set) var givenOrder = ""

    /// Longer lists are paired by position.
    private static let longestCompared = 256

    init(_ recorded: [DynamicStructure], _ given: [DynamicStructure], _ bindings: Bindings) {
        guard recorded.count > 1 || given.count > 1, recorded.count <= Self.longestCompared, given.count <= Self.longestCompared
        else {
            pairs = Array(zip(recorded, given))
            return
        }
        let left = recorded.map { Self.leaves($0, bindings) }, right = given.map { Self.leaves($0, nil) }
        let own = given.map { Set($0.values.flatMap { $0.value.texts }) }
        var free = Set(given.indices)
        var partners: [Int?] = Array(repeating: nil, count: recorded.count)
        func take(_ partner: Int, for index: Int) {
            partners[index] = partner
            free.remove(partner)
        }
        func mostInCommon(_ leaves: Set<String>, at index: Int) -> Int? {
            let counts = free.map { ($0, right[$0].intersection(leaves).count) }.filter { $0.1 > 0 }
            return counts.min { ($1.1, $0.0 == index ? -1 : $0.0) < ($0.1, $1.0 == index ? -1 : $1.0) }?.0
        }
        // Pair by id first, then by equal content, then by most similar content, then by position.
        for (index, element) in recorded.enumerated() {
            for known in element.values.flatMap({ $0.value.texts }).compactMap({ bindings[$0] }) {
                let holders = free.filter { own[$0].contains(known) }
                // An id that several elements share, such as their VPC's, identifies none of them.
                if holders.count == 1, let only = holders.first {
                    take(only, for: index)
                    break
                }
            }
        }
        for index in recorded.indices where partners[index] == nil && free.contains(index) {
            if left[index] == right[index] { take(index, for: index) }
        }
        for index in recorded.indices where partners[index] == nil {
            if let best = mostInCommon(left[index], at: index) { take(best, for: index) }
        }
        for index in recorded.indices where partners[index] == nil {
            if let next = free.contains(index) ? index : free.min() { take(next, for: index) }
        }
        pairs = recorded.indices.compactMap { index in partners[index].map { (recorded[index], given[$0]) } }
        guard recorded.count == given.count, partners.allSatisfy({ $0 != nil }) else { return }
        let order = partners.compactMap { $0 }
        guard order != order.sorted(), let names = Self.names(recorded, bindings) else { return }
        isOutOfOrder = true
        recordedOrder = names.joined(separator: ", ")
        var found = names
        for (index, position) in order.enumerated() { found[position] = names[index] }
        givenOrder = found.joined(separator: ", ")
    }

    /// Returns the elements' names if they are sorted, or their ids if they were first seen in this order.
    private static func names(_ elements: [DynamicStructure], _ bindings: Bindings) -> [String]? {
        guard let shape = elements.first?.shape else { return nil }
        for (index, member) in shape.schema.members.enumerated() where member.kind == .string {
            let texts = elements.compactMap { $0[index]?.texts.first }
            guard texts.count == elements.count, Set(texts).count == texts.count else { continue }
            let turns = texts.compactMap { bindings.turn(of: $0) }
            if turns.count == texts.count {
                return turns == turns.sorted() ? texts : nil
            }
            if member.name.hasSuffix("Name") || member.name == "Key", texts == texts.sorted() { return texts }
        }
        return nil
    }

    /// Returns an element's values with their paths, with recorded ids replaced by the target's.
    private static func leaves(_ structure: DynamicStructure, _ bindings: Bindings?) -> Set<String> {
        var found: Set<String> = []
        func add(_ text: String, _ path: String) { found.insert("\(path)=\(bindings?.applied(to: text) ?? text)") }
        func walk(_ structure: DynamicStructure, _ path: String) {
            for entry in structure.values {
                let path = "\(path).\(entry.index)"
                for text in entry.value.texts { add(text, path) }
                for nested in entry.value.nested { walk(nested, path) }
                switch entry.value {
                case .int, .double, .bool: add(entry.value.sample, path)
                default: break
                }
            }
        }
        walk(structure, "")
        return found
    }
}
