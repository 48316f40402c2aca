import AWSCore
import SSMAPI
import SimulatorCore

extension SSMSimulation {
    public func describeParameters(
        _ input: DescribeParametersRequest, _ context: Context
    ) throws -> DescribeParametersResult {
        if input.filters?.isEmpty == false, input.parameterFilters?.isEmpty == false {
            throw AWSError.validation("You can use either Filters or ParameterFilters in a single request.")
        }
        guard input.shared != true else {
            // AWS lists only parameters shared through RAM, which is not simulated.
            return DescribeParametersResult(parameters: [])
        }
        let filter = try ParameterFilters(describing: input.parameterFilters, input.filters, context)
        let all = try ParameterRecord.all(context).filter { try filter.takes($0, context) }
        let page = try page(all, input.maxResults ?? 50, input.nextToken, context) { .name($0.key) }
        return DescribeParametersResult(parameters: page.items.map { $0.metadata(context) }, nextToken: page.nextToken)
    }
}

/// The filters of a parameter list, checked as AWS checks them.
struct ParameterFilters {
    private struct Condition {
        let key: String
        let option: String
        let values: [String]
    }
    private var conditions: [Condition] = []

    /// The filters of DescribeParameters.
    init(describing filters: [ParameterStringFilter]?, _ older: [ParametersFilter]?, _ context: Context) throws {
        for filter in filters ?? [] {
            guard filter.key != "Label" else {
                throw AWSError.invalidFilterKey(
                    "The following filter key is not valid: Label. Valid filter keys include: [Path, Name, Type, KeyId, Tier].")
            }
            try add(filter, options: Self.options(filter.key))
        }
        for filter in older ?? [] {
            try add(filter.key.rawValue, "Equals", filter.values)
        }
    }

    /// The filters of GetParametersByPath.
    init(byPath filters: [ParameterStringFilter]?, _ context: Context) throws {
        for filter in filters ?? [] {
            guard ["Type", "KeyId", "Label"].contains(filter.key) else {
                throw AWSError.invalidFilterKey(
                    "The following filter key is not valid: \(filter.key). Valid filter keys include: [Type, KeyId].")
            }
            try add(filter, options: filter.key == "Label" ? ["Equals"] : ["BeginsWith", "Equals"])
        }
    }

    private static func options(_ key: String) -> [String] {
        switch key {
        case "Path": ["Recursive", "OneLevel"]
        case "Name": ["BeginsWith", "Contains", "Equals"]
        default: ["BeginsWith", "Equals"]
        }
    }

    private mutating func add(_ filter: ParameterStringFilter, options: [String]) throws {
        let key = filter.key
        let option = filter.option ?? (key == "Path" ? "OneLevel" : "Equals")
        guard options.contains(option) else {
            throw AWSError.invalidFilterOption(
                "The following filter option is not valid: \(option). Valid options include: [\(options.joined(separator: ", "))]."
            )
        }
        try add(key, option, filter.values ?? [])
    }

    private mutating func add(_ key: String, _ option: String, _ values: [String]) throws {
        guard !values.isEmpty || key.hasPrefix("tag:") else {
            throw AWSError.invalidFilterValue(
                "The following filter values are missing : null for filter key \(key).")
        }
        guard !conditions.contains(where: { $0.key == key }) else {
            throw AWSError.invalidFilterKey(
                "The following filter is duplicated in the request: \(key). A request can contain only one occurrence of a "
                    + "specific filter.")
        }
        let known: [String]? =
            switch key {
            case "Type": ["String", "StringList", "SecureString"]
            case "Tier": ["Standard", "Advanced", "Intelligent-Tiering"]
            default: nil
            }
        if let known, option == "Equals", let wrong = values.first(where: { !known.contains($0) }) {
            throw AWSError.invalidFilterOption(
                "The following filter value is not valid: \(wrong). Valid values include: [\(known.joined(separator: ", "))].")
        }
        if key == "Path" { try values.forEach(Self.check(path:)) }
        conditions.append(Condition(key: key, option: option, values: values))
    }

    private static func check(path: String) throws {
        let lower = path.lowercased()
        guard !lower.hasPrefix("/aws"), !lower.hasPrefix("/ssm") else { throw AWSError.reservedPath }
        guard path.hasPrefix("/"), path == "/" || ParameterName.isWellFormed(path[...]) else { throw AWSError.invalidPath }
    }

    func takes(_ record: ParameterRecord, _ context: Context) throws -> Bool {
        try conditions.allSatisfy { condition in
            switch condition.key {
            case "Name": Self.names(record, condition)
            case "Path": condition.values.contains { Self.isBelow($0, record, recursive: condition.option == "Recursive") }
            case "Type": Self.matches([record.type], condition)
            case "KeyId": Self.matches(record.keyId.map { [$0] } ?? [], condition)
            case "Tier": Self.matches([record.tier], condition)
            case "DataType": Self.matches([record.dataType], condition)
            case "Label":
                Self.matches(
                    try ParameterLabel.all(record.key, context).filter { $0.version == record.version }.map(\.label), condition)
            case let key where key.hasPrefix("tag:"):
                try Self.tags(record, String(key.dropFirst(4)), condition, context)
            default: false
            }
        }
    }

    /// Whether the filters accept a public parameter of AWS, which has no key, no label and one type.
    func takes(_ parameter: PublishedParameter) -> Bool {
        conditions.allSatisfy { $0.key == "Type" && Self.matches(["String"], $0) }
    }

    private static func names(_ record: ParameterRecord, _ condition: Condition) -> Bool {
        condition.values.contains { value in
            // A name of one level matches with and without its slash.
            let name = value.hasPrefix("/") ? record.path : record.name
            return switch condition.option {
            case "BeginsWith": name.hasPrefix(value)
            case "Contains": name.contains(value)
            default: ParameterName.key(value) == record.key
            }
        }
    }

    private static func tags(
        _ record: ParameterRecord, _ key: String, _ condition: Condition, _ context: Context
    ) throws -> Bool {
        guard let tag = try Tags.of(record.arn(context), context).first(where: { $0.key == key }) else { return false }
        return condition.values.isEmpty || matches([tag.value], condition)
    }

    private static func matches(_ own: [String], _ condition: Condition) -> Bool {
        own.contains { value in
            condition.values.contains { condition.option == "BeginsWith" ? value.hasPrefix($0) : value == $0 }
        }
    }

    private static func isBelow(_ path: String, _ record: ParameterRecord, recursive: Bool) -> Bool {
        let prefix = path.hasSuffix("/") ? path : path + "/"
        let name = record.path
        return name.hasPrefix(prefix) && (recursive || !name.dropFirst(prefix.count).contains("/"))
    }
}
