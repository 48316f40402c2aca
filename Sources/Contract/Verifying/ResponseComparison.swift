import AWSCore
import AWSModels
import HTTPTypes

/// Compares a target's response with the recorded one: what is there, of what form and in what order, not what exactly it says.
struct ResponseComparison {
    enum Outcome { case compared, notSimulated }

    let codec: DynamicCodec
    let operation: ModelTable.Operation
    let request: DecodedRequest
    let playback: Playback
    private(set) var differences: [Difference] = []
    private(set) var members = 0
    private(set) var covered = 0
    /// Whether any of the given elements may have a recorded member, as they are other resources.
    private var isUnion = false

    init(codec: DynamicCodec, operation: ModelTable.Operation, request: DecodedRequest, playback: Playback) {
        self.codec = codec
        self.operation = operation
        self.request = request
        self.playback = playback
    }

    mutating func compare(_ recorded: RecordedExchange.Response, _ given: RecordedExchange.Response) throws -> Outcome {
        let error = given.status >= 300 ? Self.error(given, codec) : nil
        if error?.isNotSimulated == true { return .notSimulated }
        guard recorded.status < 300, given.status < 300 else {
            errors(recorded.status >= 300 ? Self.error(recorded, codec) : nil, error, recorded.status, given.status)
            return .compared
        }
        let shape = codec.table.shape(operation.output)
        let left = try codec.content(operation, recorded.body), right = try codec.content(operation, given.body)
        let structure = codec.read(right, shape, codec.layout)
        pages(structure)
        structures([codec.read(left, shape, codec.layout)], [structure], "")
        times(left, right)
        return .compared
    }

    /// Looks for the recorded members in any of several responses.
    mutating func cover(_ recorded: DynamicStructure, _ given: [DynamicStructure]) {
        isUnion = true
        members([recorded], given, recorded.shape, "", arePaired: false)
        // Not how often or in what words, only whether: the resources are others.
        differences = differences.filter { $0.kind == .absent || $0.kind == .count }.map {
            Difference(.uncovered, $0.path, recorded: $0.recorded)
        }
    }

    // MARK: Errors

    private mutating func errors(_ recorded: AWSError?, _ given: AWSError?, _ status: Int, _ givenStatus: Int) {
        let expected = recorded?.code ?? "success", found = given?.code ?? "success"
        members += 1
        if expected == found { covered += 1 }
        // A role that does not exist may not be assumed, as AWS says it.
        let isMissing =
            found.contains("NotFound") || found == "NoSuchEntity"
            || found == "AccessDenied" && operation.name.hasPrefix("AssumeRole")
        let lacksState = recorded == nil && isMissing
        if expected != found {
            differences.append(Difference(lacksState ? .state : .errorCode, "Error.Code", recorded: expected, found: found))
        }
        if status != givenStatus, !lacksState {
            differences.append(Difference(.status, "status", recorded: "\(status)", found: "\(givenStatus)"))
        }
        guard let recorded, let given, expected == found else { return }
        let message = playback.bindings.applied(to: recorded.message)
        if message != given.message {
            differences.append(Difference(.errorMessage, "Error.Message", recorded: message, found: given.message))
        }
    }

    private static func error(_ response: RecordedExchange.Response, _ codec: DynamicCodec) -> AWSError {
        var head = HTTPResponse(status: .init(code: response.status))
        for header in response.headers {
            if let name = HTTPField.Name(header.name) { head.headerFields.append(HTTPField(name: name, value: header.value)) }
        }
        return codec.table.model.error(head, response.body)
    }

    // MARK: Members

    /// Compares elements that were paired; or, if there are not as many, each member that any of them has.
    private mutating func structures(_ recorded: [DynamicStructure], _ given: [DynamicStructure], _ path: String) {
        guard let shape = recorded.first?.shape else { return }
        guard !given.isEmpty else {
            differences.append(Difference(.count, path, recorded: "\(recorded.count)", found: "0"))
            return
        }
        if isUnion { return members(recorded, given, shape, path, arePaired: false) }
        let pairs = ElementPairs(recorded, given, playback.bindings)
        if pairs.isOutOfOrder {
            differences.append(Difference(.order, path, recorded: pairs.recordedOrder, found: pairs.givenOrder))
        }
        guard recorded.count == given.count else {
            members(recorded, given, shape, path, arePaired: false)
            // A later request that names one of them means the one in its place.
            for (left, right) in pairs.pairs { bind(left, right) }
            return
        }
        for (left, right) in pairs.pairs { members([left], [right], shape, path, arePaired: true) }
    }

    private mutating func members(
        _ recorded: [DynamicStructure], _ given: [DynamicStructure], _ shape: DynamicShape, _ path: String, arePaired: Bool
    ) {
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
            let nestedLeft = mine.flatMap(\.nested), nestedRight = theirs.flatMap(\.nested)
            if !nestedLeft.isEmpty { structures(nestedLeft, nestedRight, path) }
            scalars(mine, theirs, member, path, arePaired: arePaired)
        }
    }

    private mutating func scalars(
        _ left: [DynamicValue], _ right: [DynamicValue], _ member: Schema.Member, _ path: String, arePaired: Bool
    ) {
        let mine = left.flatMap(\.texts), theirs = right.flatMap(\.texts)
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
        guard arePaired, mine.count == theirs.count else { return }
        let isToken = Self.tokens.contains(member.name)
        for (mine, theirs) in zip(mine, theirs) {
            let form = ValueForm(mine)
            bindAccounts(mine, theirs)
            // Tokens are only good for the next request, and need not be the same twice.
            if isToken { _ = playback.bindings.bind(mine, theirs); continue }
            guard form.isMadeUp, form == ValueForm(theirs) else { continue }
            if let known = playback.bindings.bind(mine, theirs) {
                differences.append(Difference(.binding, path, recorded: "\(mine), which is \(known)", found: theirs))
            }
        }
    }

    /// The accounts in ARNs and in registries' names stand for each other too.
    private func bindAccounts(_ mine: String, _ theirs: String) {
        if let mine = Self.account(in: mine), let theirs = Self.account(in: theirs) { _ = playback.bindings.bind(mine, theirs) }
    }

    private static func account(in value: String) -> String? {
        let parts = value.split(separator: ":", maxSplits: 5, omittingEmptySubsequences: false)
        if parts.count == 6, parts[0] == "arn" { return ValueForm(String(parts[4])) == .account ? String(parts[4]) : nil }
        let host = value.firstRange(of: "://").map { value[$0.upperBound...] } ?? value[...]
        return RegistryRequest.account(ofHost: host).map(String.init)
    }

    /// Binds what two elements have of ids, where nothing is known of them yet.
    private func bind(_ left: DynamicStructure, _ right: DynamicStructure) {
        for entry in left.values {
            guard let mine = entry.value.text, let theirs = right[entry.index]?.text else { continue }
            let form = ValueForm(mine)
            if form.isMadeUp, form == ValueForm(theirs) { _ = playback.bindings.bind(mine, theirs) }
        }
    }

    /// What asks for the next page, in all four services.
    private static let tokens: Set<String> = ["NextToken", "nextToken", "Marker"]

    // MARK: Pages and times

    /// No page may be longer than it was asked for.
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

    /// Times are written alike: with or without fractions, as text or number.
    private mutating func times(_ recorded: Node, _ given: Node) {
        let mine = Self.timeForms(recorded), theirs = Self.timeForms(given)
        for (path, forms) in mine.sorted(by: { $0.key < $1.key }) {
            guard let found = theirs[path], let other = found.first(where: { forms[$0.key] == nil }) else { continue }
            differences.append(Difference(.format, path, recorded: forms.values.sorted().first, found: other.value))
        }
    }

    /// By path, the forms of its times (`9999-99-99T99:99:99Z`), each with an example.
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

    /// The texts that it is, or is a list of.
    var texts: [String] {
        switch self {
        case .string(let value): [value]
        case .strings(let values): values
        default: []
        }
    }

    /// For a report.
    var sample: String {
        switch self {
        case .string(let value): value
        case .int(let value): "\(value)"
        case .double(let value): "\(value)"
        case .bool(let value): "\(value)"
        case .instant(let value): "\(value)"
        case .blob: "bytes"
        case .structure, .structureMap, .stringMap, .intMap: "{…}"
        case .structures, .strings, .ints: "[…]"
        }
    }
}
