extension ShapeReader {
    func name(_ index: Int) -> String { Report.name(of: schema.members[index], layout) }

    /// Records a value of the wrong type: the member's at `index`, or without an index the value that is being read.
    func wrong<T>(_ node: Node, _ expected: String, _ index: Int? = nil) -> T? {
        guard let report else { return nil }
        let value = node.string ?? String(decoding: JSON.write(node), as: UTF8.self)
        report.add(.wrongType(expected: expected), at: index.map(name), value: value)
        return nil
    }

    func check(_ text: String, _ constraint: Schema.Constraint?, _ index: Int?) {
        guard let report, let constraint else { return }
        if constraint.minimum != nil || constraint.maximum != nil {
            checkLength(text.unicodeScalars.count, text, constraint, index)
        }
        // Do not match text that is far too long.
        if let pattern = constraint.pattern, constraint.maximum.map({ text.utf8.count <= $0 * 4 }) ?? true,
            !pattern.matches(text)
        {
            report.add(.patternMismatch(pattern.text), at: index.map(name), value: text)
        }
        if let values = constraint.values, !values.contains(text) {
            report.add(.notInEnumeration(values), at: index.map(name), value: text)
        }
    }

    func checkLength(_ count: Int, _ value: String, _ constraint: Schema.Constraint, _ index: Int?) {
        if let minimum = constraint.minimum, count < minimum {
            report?.add(.tooShort(minimum: minimum), at: index.map(name), value: value)
        }
        if let maximum = constraint.maximum, count > maximum {
            report?.add(.tooLong(maximum: maximum), at: index.map(name), value: value)
        }
    }

    /// Collects violations. All readers of one message share it, in one thread.
    public final class Report {
        public private(set) var violations: [Violation] = []
        /// The reader's position; formatted only when a violation is recorded.
        private var place: [Step] = []

        public init() {}

        enum Step {
            case member(Schema.Member, WireLayout)
            case item(Int, WireLayout)
            case key(String)
        }

        func enter(_ step: Step) { place.append(step) }
        func leave() { place.removeLast() }

        func add(_ kind: Violation.Kind, at name: String?, value: String?, known: [String] = []) {
            var parts = words(of: place)
            if let name { parts.append(name) }
            violations.append(Violation(path: parts.joined(separator: "."), value: value, kind: kind, known: known))
        }

        private func words(of place: [Step]) -> [String] {
            place.map { step in
                switch step {
                case .member(let member, let layout): Self.name(of: member, layout)
                case .item(let number, let layout):
                    switch layout {
                    case .model: "\(number - 1)"
                    case .ec2Query: "\(number)"
                    case .json, .xml, .awsQuery: "\(number).member"
                    }
                case .key(let key): key
                }
            }
        }

        /// Attributes violations within a list of texts to the list, as AWS does except in EC2.
        func tellOfList(_ texts: [String], _ sentences: [String], at name: String, since first: Int, _ layout: WireLayout) {
            if case .ec2Query = layout { return }
            let path = (words(of: place) + [name]).joined(separator: ".")
            let list = Violation.List(path: path, value: "[\(texts.joined(separator: ", "))]", sentences: sentences)
            for index in first..<violations.count where violations[index].kind.isOfText { violations[index].list = list }
        }

        static func name(of member: Schema.Member, _ layout: WireLayout) -> String {
            switch layout {
            case .ec2Query: member.query
            case .awsQuery: member.name.prefix(1).lowercased() + member.name.dropFirst()
            case .json, .xml: member.wire
            case .model: member.name
            }
        }
    }
}
