import AWSModels

/// Which element of a target's list answers which of the recorded list.
struct ElementPairs {
    private(set) var pairs: [(DynamicStructure, DynamicStructure)] = []
    /// Whether the recorded list has an order (by name, or by when things came to be) that the target's lacks.
    private(set) var isOutOfOrder = false
    private(set) var recordedOrder = ""
    private(set) var givenOrder = ""

    /// Lists longer than this are paired by position.
    private static let longestCompared = 256

    init(_ recorded: [DynamicStructure], _ given: [DynamicStructure], _ bindings: Bindings) {
        guard recorded.count > 1 || given.count > 1, recorded.count <= Self.longestCompared, given.count <= Self.longestCompared
        else {
            pairs = Array(zip(recorded, given))
            return
        }
        let right = given.map { Set($0.values.flatMap { $0.value.texts }) }
        var free = Set(given.indices)
        var partners: [Int?] = Array(repeating: nil, count: recorded.count)
        func take(_ partner: Int, for index: Int) {
            partners[index] = partner
            free.remove(partner)
        }
        func mostInCommon(_ texts: Set<String>) -> Int? {
            let counts = free.map { ($0, right[$0].intersection(texts).count) }.filter { $0.1 > 0 }
            return counts.min { ($1.1, $0.0) < ($0.1, $1.0) }?.0
        }
        // First what is known by its id, then what has the same name and the like, then by position.
        for (index, element) in recorded.enumerated() {
            let known = Set(element.values.flatMap { $0.value.texts }.compactMap { bindings[$0] })
            guard !known.isEmpty else { continue }
            if let best = mostInCommon(known) { take(best, for: index) }
        }
        for (index, element) in recorded.enumerated() where partners[index] == nil {
            if let best = mostInCommon(Set(element.values.flatMap { $0.value.texts })) { take(best, for: index) }
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

    /// The elements' names if these are sorted, or their ids if these were first seen in this order.
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
}
