import AWSCore
import AWSModels
import HTTPTypes

/// Compares a target's response with the recorded one, member by member: presence, value and order.
struct ResponseComparison {
    enum Result { case compared, notSimulated }

    let codec: DynamicCodec
    let operation: ModelTable.Operation
    let request: DecodedRequest
    let playback: Playback
    let values: ValueComparison
    var differences: [Difference] = []
    var members = 0
    var covered = 0
    var comparisons: [Comparison: Int] = [:]
    /// Whether a recorded member may occur in any of the target's elements, because the target's resources are not the recorded
    /// ones.
    private(set) var isUnion = false

    init(
        codec: DynamicCodec, operation: ModelTable.Operation, request: DecodedRequest, playback: Playback,
        at moment: ValueComparison.Moment
    ) {
        self.codec = codec
        self.operation = operation
        self.request = request
        self.playback = playback
        values = ValueComparison(moment: moment)
    }

    mutating func compare(_ recorded: RecordedExchange.Response, _ given: RecordedExchange.Response) throws -> Result {
        let error = given.status >= 300 ? Self.error(given, codec) : nil
        if error?.isNotSimulated == true { return .notSimulated }
        playback.bindings.note(request)
        guard recorded.status < 300, given.status < 300 else {
            errors(recorded.status >= 300 ? Self.error(recorded, codec) : nil, error, recorded.status, given.status)
            if recorded.status >= 300, given.status >= 300 { unmodelled(Self.details(recorded.body), Self.details(given.body)) }
            return .compared
        }
        let shape = codec.table.shape(operation.output)
        let left = try codec.content(operation, recorded.body), right = try codec.content(operation, given.body)
        let structure = codec.read(right, shape, codec.layout)
        pages(structure)
        structures([codec.read(left, shape, codec.layout)], [structure], "")
        times(left, right)
        unmodelled(UnmodelledMembers(left, shape, codec).found, UnmodelledMembers(right, shape, codec).found)
        return .compared
    }

    /// Looks for the recorded members in several responses.
    mutating func cover(_ recorded: DynamicStructure, _ given: [DynamicStructure]) {
        isUnion = true
        unpaired([recorded], given, recorded.shape, "")
        // Compare only presence, not number or value, because the resources are others.
        differences = differences.filter { $0.kind == .absent || $0.kind == .count }.map {
            Difference(.uncovered, $0.path, recorded: $0.recorded)
        }
    }

    // MARK: Members

    /// Compares paired elements. If the lists differ in length, checks each member across all elements.
    private mutating func structures(_ recorded: [DynamicStructure], _ given: [DynamicStructure], _ path: String) {
        guard let shape = recorded.first?.shape ?? given.first?.shape else { return }
        if isUnion {
            if given.isEmpty { differences.append(Difference(.count, path, recorded: "\(recorded.count)", found: "0")) }
            return unpaired(recorded, given, shape, path)
        }
        let pairs = ElementPairs(recorded, given, playback.bindings)
        if pairs.isOutOfOrder {
            differences.append(Difference(.order, path, recorded: pairs.recordedOrder, found: pairs.givenOrder))
        }
        guard recorded.count == given.count else {
            differences.append(Difference(.count, path, recorded: "\(recorded.count)", found: "\(given.count)"))
            unpaired(recorded, given, shape, path)
            // Later requests may name these resources, so bind their ids by position.
            for (left, right) in pairs.pairs { bind(left, right) }
            return
        }
        for (left, right) in pairs.pairs { paired(left, right, shape, path) }
    }

    private mutating func paired(_ recorded: DynamicStructure, _ given: DynamicStructure, _ shape: DynamicShape, _ path: String)
    {
        for (index, member) in shape.schema.members.enumerated() {
            let path = TreeComparison.join(path, member.name)
            switch (recorded[index], given[index]) {
            case (nil, nil): continue
            case (nil, let found?): differences.append(Difference(.surplus, path, found: found.sample))
            case (let mine?, nil):
                members += 1
                differences.append(Difference(.absent, path, recorded: mine.sample))
            case (let mine?, let found?):
                members += 1
                covered += 1
                value(mine, found, member, path)
            }
        }
    }

    private mutating func value(_ mine: DynamicValue, _ theirs: DynamicValue, _ member: Schema.Member, _ path: String) {
        func plain(_ left: some Equatable & CustomStringConvertible, _ right: some Equatable & CustomStringConvertible) {
            let isVarying = VaryingValue.of(request.service, operation.name, member.name)?.treatment == .form
            let isSame = isVarying || left.description == right.description
            record(
                isSame ? .agrees(isVarying ? .form : .equal) : .differs(.changed, expected: left.description), path,
                right.description)
        }
        switch (mine, theirs) {
        case (.string(let left), .string(let right)): text(left, right, member, path)
        case (.int(let left), .int(let right)): plain(left, right)
        case (.double(let left), .double(let right)): plain(left, right)
        case (.bool(let left), .bool(let right)): plain(left, right)
        case (.blob(let left), .blob(let right)): plain(left.description, right.description)
        case (.instant(let left), .instant(let right)): record(values.compare(left, right), path, "\(right)")
        case (.structure(let left), .structure(let right)): paired(left, right, left.shape, path)
        case (.structures(let left), .structures(let right)): structures(left, right, path)
        case (.strings(let left), .strings(let right)): texts(left, right, member, path)
        case (.ints(let left), .ints(let right)): plain(left.description, right.description)
        case (.stringMap(let left), .stringMap(let right)):
            for key in keys(left, right, path) { text(left[key] ?? "", right[key] ?? "", member, "\(path).\(key)") }
        case (.intMap(let left), .intMap(let right)):
            for key in keys(left, right, path) where left[key] != right[key] {
                differences.append(
                    Difference(.changed, "\(path).\(key)", recorded: "\(left[key] ?? 0)", found: "\(right[key] ?? 0)"))
            }
        case (.structureMap(let left), .structureMap(let right)):
            for key in keys(left, right, path) {
                if let left = left[key], let right = right[key] { paired(left, right, left.shape, path) }
            }
        default: break  // Both values come from one shape, so their types match.
        }
    }

    /// Returns the keys that both maps have, in any order. Reports the others as differences.
    private mutating func keys<Left, Right>(_ left: [String: Left], _ right: [String: Right], _ path: String) -> [String] {
        for key in left.keys.sorted() where right[key] == nil {
            differences.append(Difference(.absent, "\(path).\(key)", recorded: "\(key)"))
        }
        for key in right.keys.sorted() where left[key] == nil {
            differences.append(Difference(.surplus, "\(path).\(key)", found: "\(key)"))
        }
        let shared = left.keys.filter { right[$0] != nil }.sorted()
        if Left.self == Int.self { comparisons[.equal, default: 0] += shared.count }
        return shared
    }

    // MARK: Values

    private mutating func text(_ mine: String, _ theirs: String, _ member: Schema.Member, _ path: String) {
        let treatment = VaryingValue.of(request.service, operation.name, member.name)?.treatment
        bindAccounts(mine, theirs)
        record(values.compare(mine, theirs, treatment, in: &playback.bindings), path, theirs)
    }

    private mutating func texts(_ mine: [String], _ theirs: [String], _ member: Schema.Member, _ path: String) {
        let expected = mine.map { playback.bindings.applied(to: $0) }
        guard mine.count == theirs.count else {
            differences.append(Difference(.count, path, recorded: "\(mine.count)", found: "\(theirs.count)"))
            return
        }
        // AWS does not order such lists, unless they are sorted alphabetically.
        if expected != theirs, expected.sorted() == theirs.sorted() {
            comparisons[.equal, default: 0] += mine.count
            if expected.count > 1, expected == expected.sorted() {
                differences.append(
                    Difference(
                        .order, path, recorded: mine.joined(separator: ", "), found: theirs.joined(separator: ", ")))
            }
            return
        }
        var left: [String] = [], right = theirs
        for (mine, expected) in zip(mine, expected) {
            if let index = right.firstIndex(of: expected) {
                right.remove(at: index)
                text(mine, expected, member, path)
            } else {
                left.append(mine)
            }
        }
        for (mine, theirs) in zip(left, right) { text(mine, theirs, member, path) }
    }

    mutating func record(
        _ verdict: ValueComparison.Verdict, _ path: String, _ found: String, as kind: Difference.Kind? = nil
    ) {
        switch verdict {
        case .agrees(let comparison): comparisons[comparison, default: 0] += 1
        case .differs(let ownKind, let expected):
            let comparison: Comparison = ownKind == .time ? .time : ownKind == .binding ? .bound : .equal
            comparisons[comparison, default: 0] += 1
            differences.append(Difference(kind ?? ownKind, path, recorded: expected, found: found))
        }
    }

    /// Binds the accounts in ARNs and registry names.
    private func bindAccounts(_ mine: String, _ theirs: String) {
        guard let mine = Self.account(in: mine), let theirs = Self.account(in: theirs), !playback.bindings.isClients(mine)
        else {
            return
        }
        _ = playback.bindings.bind(mine, theirs)
    }

    private static func account(in value: String) -> String? {
        let parts = value.split(separator: ":", maxSplits: 5, omittingEmptySubsequences: false)
        if parts.count == 6, parts[0].hasPrefix("arn") {
            return ValueForm(String(parts[4])) == .account ? String(parts[4]) : nil
        }
        let host = value.firstRange(of: "://").map { value[$0.upperBound...] } ?? value[...]
        return RegistryRequest.account(ofHost: host).map(String.init)
    }

    /// Binds the ids of two paired elements that are not bound yet.
    private func bind(_ left: DynamicStructure, _ right: DynamicStructure) {
        for entry in left.values {
            guard let mine = entry.value.text, let theirs = right[entry.index]?.text else { continue }
            let form = ValueForm(mine)
            if form.isMadeUp, form == ValueForm(theirs), !playback.bindings.isClients(mine) {
                _ = playback.bindings.bind(mine, theirs)
            }
        }
    }

    // MARK: Pages and times

    /// Checks that no page is longer than requested.
    private mutating func pages(_ given: DynamicStructure) {
        let limit = ["MaxResults", "maxResults", "MaxItems"].compactMap { request.parameters[$0]?.number }.first.map { Int($0) }
        guard let limit, limit > 0 else { return }
        for entry in given.values {
            let member = given.shape.schema.members[entry.index]
            let count: Int
            switch entry.value {
            case .structures(let items): count = items.count
            case .strings(let items): count = items.count
            default: continue
            }
            if count > limit {
                differences.append(
                    Difference(.page, member.name, recorded: "at most \(limit)", found: "\(count) elements"))
            }
        }
    }

    /// Checks that times have the same form: with or without fractions, as text or number.
    private mutating func times(_ recorded: Node, _ given: Node) {
        let mine = Self.timeForms(recorded), theirs = Self.timeForms(given)
        for (path, forms) in mine.sorted(by: { $0.key < $1.key }) {
            guard let found = theirs[path], let other = found.first(where: { forms[$0.key] == nil }) else { continue }
            differences.append(Difference(.format, path, recorded: forms.values.sorted().first, found: other.value))
        }
    }

    /// Returns the forms of times (`9999-99-99T99:99:99Z`) by path, each with an example.
    private static func timeForms(_ node: Node) -> [String: [String: String]] {
        var forms: [String: [String: String]] = [:]
        func walk(_ node: Node, _ path: String) {
            switch node {
            case .object(let fields): for field in fields { walk(field.value, TreeComparison.join(path, field.name)) }
            case .list(let items): for item in items { walk(item, path) }
            case .string(let text):
                guard text.utf8.count >= 19, text.utf8.count < 40, text.contains("T"), Instant(parsing: text) != nil else {
                    return
                }
                forms[path, default: [:]][String(text.map { $0.isNumber ? "9" : $0 })] = text
            default: break
            }
        }
        walk(node, "")
        return forms
    }
}

extension DynamicStructure {
    subscript(index: Int) -> DynamicValue? { values.first { $0.index == index }?.value }
}

extension DynamicValue {
    var nested: [DynamicStructure] {
        switch self {
        case .structure(let value): [value]
        case .structures(let values): values
        case .structureMap(let values): values.sorted { $0.key < $1.key }.map(\.value)
        default: []
        }
    }

    var text: String? { if case .string(let value) = self { value } else { nil } }

    /// The value's texts: one, or the elements of a list.
    var texts: [String] {
        switch self {
        case .string(let value): [value]
        case .strings(let values): values
        default: []
        }
    }

    /// The value's texts, or its flag as text.
    var choices: [String] { if case .bool(let value) = self { ["\(value)"] } else { texts } }

    /// The value as text for a report.
    var sample: String {
        switch self {
        case .string(let value): value
        case .int(let value): "\(value)"
        case .double(let value): "\(value)"
        case .bool(let value): "\(value)"
        case .instant(let value): "\(value)"
        case .blob: "bytes"
        case .structure(let value): value.values.isEmpty ? "{}" : "{…}"
        case .structureMap, .stringMap, .intMap, .nodeMap: "{…}"
        case .structures(let values): values.isEmpty ? "[]" : "[…]"
        case .strings(let values): values.isEmpty ? "[]" : "[…]"
        case .ints, .nodes: "[…]"
        }
    }
}
