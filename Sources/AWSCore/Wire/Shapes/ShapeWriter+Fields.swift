extension ShapeWriter {
    func missingToken(_ index: Int) -> String? {
        guard let idempotencyToken, schema.members[index].isIdempotencyToken else { return nil }
        return idempotencyToken()
    }

    mutating func key(_ form: borrowing WireForm) {
        if needsComma { sink.append(44) }
        needsComma = true
        sink.append(layout == .json ? form.jsonKey : form.modelKey)
    }

    /// Writes what precedes a value: its key, its tag, or `&prefix.name=`.
    mutating func begin(_ index: Int) {
        let form = schema.forms[index]
        switch layout {
        case .json, .model: key(form)
        case .xml: sink.append(form.open)
        case .ec2Query, .awsQuery:
            sink.append(38)
            sink.append(prefix)
            sink.append(form.query)
            sink.append(61)
        }
    }

    mutating func end(_ index: Int) {
        if layout == .xml { sink.append(schema.forms[index].close) }
    }

    mutating func element(_ name: String, _ body: (inout ShapeWriter) -> Void) {
        sink.append(60); sink.append(name); sink.append(62)
        body(&self)
        sink.append(60); sink.append(47); sink.append(name); sink.append(62)
    }

    /// Writes `&prefix.name=` before a scalar, or extends the prefix for a structure.
    mutating func parameter(_ name: String, isStructure: Bool, _ body: (inout ShapeWriter) -> Void) {
        let length = prefix.count
        prefix.append(name)
        standing(isStructure: isStructure, body)
        prefix.truncate(to: length)
    }

    /// The same for a list item: `&prefix.name.3=`.
    mutating func item(_ number: Int, isStructure: Bool, _ body: (inout ShapeWriter) -> Void) {
        let length = prefix.count
        prefix.append(46)
        prefix.append(decimal: number)
        standing(isStructure: isStructure, body)
        prefix.truncate(to: length)
    }

    mutating func standing(isStructure: Bool, _ body: (inout ShapeWriter) -> Void) {
        if isStructure {
            prefix.append(46)
        } else {
            sink.append(38)
            sink.append(prefix)
            sink.append(61)
        }
        body(&self)
    }

    /// Writes a list of scalars.
    mutating func list<T>(_ index: Int, _ values: [T], _ body: (inout ShapeWriter, T) -> Void) {
        guard let length = openList(index, isEmpty: values.isEmpty) else { return }
        for (offset, value) in values.enumerated() {
            switch layout {
            case .json, .model:
                if offset > 0 { sink.append(44) }
                body(&self, value)
            case .xml:
                sink.append(schema.forms[index].openItem)
                body(&self, value)
                sink.append(schema.forms[index].closeItem)
            case .ec2Query, .awsQuery: item(offset + 1, isStructure: false) { body(&$0, value) }
            }
        }
        closeList(index, length)
    }

    mutating func map<T>(
        _ index: Int, _ values: [String: T], isStructure: Bool = false, _ body: (inout ShapeWriter, T) -> Void
    ) {
        let member = schema.members[index]
        let sorted = values.sorted { $0.key < $1.key }
        switch layout {
        case .json, .model:
            key(schema.forms[index])
            sink.append(123)
            for (offset, entry) in sorted.enumerated() {
                if offset > 0 { sink.append(44) }
                sink.append(json: entry.key)
                sink.append(58)
                body(&self, entry.value)
            }
            sink.append(125)
        case .xml:
            sink.append(schema.forms[index].openList)
            for entry in sorted {
                element(member.isFlattened ? member.wire : "entry") { writer in
                    writer.element(member.keyName) { $0.text(entry.key) }
                    writer.element(member.valueName) { body(&$0, entry.value) }
                }
            }
            sink.append(schema.forms[index].closeList)
        case .ec2Query, .awsQuery:
            let length = prefix.count
            prefix.append(member.isFlattened ? member.query : "\(member.query).entry")
            for (offset, entry) in sorted.enumerated() {
                item(offset + 1, isStructure: true) { writer in
                    writer.parameter(member.keyName, isStructure: false) { $0.text(entry.key) }
                    writer.parameter(member.valueName, isStructure: isStructure) { body(&$0, entry.value) }
                }
            }
            prefix.truncate(to: length)
        }
    }
}

// MARK: - Values

extension ShapeWriter {
    /// Writes a list of strings that is the value of a map entry.
    mutating func texts(_ values: [String], _ member: Schema.Member) {
        switch layout {
        case .json, .model:
            sink.append(91)
            for (offset, value) in values.enumerated() {
                if offset > 0 { sink.append(44) }
                text(value)
            }
            sink.append(93)
        case .xml: for value in values { element(member.itemName) { $0.text(value) } }
        case .ec2Query, .awsQuery:
            let length = prefix.count
            prefix.append(member.itemName)
            for (offset, value) in values.enumerated() { item(offset + 1, isStructure: false) { $0.text(value) } }
            prefix.truncate(to: length)
        }
    }

    mutating func text(_ value: String) {
        switch layout {
        case .json, .model: sink.append(json: value)
        case .xml: sink.append(xml: value)
        case .ec2Query, .awsQuery: sink.append(QueryString.encoded(value))
        }
    }

    mutating func number(_ value: Double) {
        guard value.isFinite else { return text(value.isNaN ? "NaN" : value < 0 ? "-Infinity" : "Infinity") }
        sink.append(JSON.number(value))
    }

    mutating func timestamp(_ value: Instant, _ format: Schema.TimestampFormat?) {
        if layout == .model { return text(value.iso8601(milliseconds: value.milliseconds % 1000 != 0)) }
        switch format ?? (layout == .json ? .seconds : .iso8601) {
        case .seconds:
            let (seconds, rest) = value.milliseconds.magnitude.quotientAndRemainder(dividingBy: 1000)
            if value.milliseconds < 0 { sink.append(45) }
            sink.append(decimal: Int(seconds))
            if rest != 0 { sink.append(46); sink.append(Int(rest), width: 3) }
        case .httpDate: text(value.httpDate)
        // EC2 always writes milliseconds, IAM and STS never do. Requests include them unless they are zero.
        case .iso8601 where layout == .xml: sink.append(value, milliseconds: fractionalSeconds)
        case .iso8601: text(value.iso8601(milliseconds: value.milliseconds % 1000 != 0))
        }
    }
}
