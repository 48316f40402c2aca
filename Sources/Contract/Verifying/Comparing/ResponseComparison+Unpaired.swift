import AWSCore
import AWSModels

// Compares lists of different lengths, whose elements cannot be paired.

extension ResponseComparison {
    /// Checks that every member in any recorded element is in some element of the target's.
    mutating func unpaired(
        _ recorded: [DynamicStructure], _ given: [DynamicStructure], _ shape: DynamicShape, _ path: String
    ) {
        guard !given.isEmpty || isUnion else { return }
        for (index, member) in shape.schema.members.enumerated() {
            let mine = recorded.compactMap { $0[index] }, theirs = given.compactMap { $0[index] }
            guard !mine.isEmpty else { continue }
            let path = TreeComparison.join(path, member.name)
            members += 1
            guard !theirs.isEmpty else {
                differences.append(Difference(.absent, path, recorded: mine[0].sample))
                continue
            }
            covered += 1
            comparisons[.presence, default: 0] += 1
            let nestedLeft = mine.flatMap(\.nested), nestedRight = theirs.flatMap(\.nested)
            if !nestedLeft.isEmpty {
                if nestedRight.isEmpty {
                    differences.append(Difference(.count, path, recorded: "\(nestedLeft.count)", found: "0"))
                } else {
                    unpaired(nestedLeft, nestedRight, nestedLeft[0].shape, path)
                }
            }
            forms(mine.flatMap(\.texts), theirs.flatMap(\.texts), member, path)
            choices(mine, theirs, member, path)
        }
    }

    /// Checks that each recorded value with few alternatives (a state, a flag) occurs in some element of the target's.
    private mutating func choices(_ mine: [DynamicValue], _ theirs: [DynamicValue], _ member: Schema.Member, _ path: String) {
        guard !isUnion, member.kind == .boolean || member.constraint?.values != nil || member.elementConstraint?.values != nil
        else {
            return
        }
        let found = Set(theirs.flatMap(\.choices))
        if let missing = mine.flatMap(\.choices).first(where: { !found.contains($0) }) {
            differences.append(
                Difference(.changed, path, recorded: missing, found: found.sorted().joined(separator: " or ")))
        }
    }

    private mutating func forms(_ mine: [String], _ theirs: [String], _ member: Schema.Member, _ path: String) {
        guard let first = mine.first, !theirs.isEmpty else { return }
        let forms = Set(mine.map(ValueForm.init))
        if !forms.contains(.text), let found = theirs.first(where: { !forms.contains(ValueForm($0)) }) {
            differences.append(Difference(.format, path, recorded: first, found: found))
        }
        if let values = member.constraint?.values ?? member.elementConstraint?.values,
            let found = theirs.first(where: { !values.contains($0) && !mine.contains($0) })
        {
            differences.append(Difference(.enumeration, path, recorded: first, found: found))
        }
    }
}
