import AWSCore
import GRDB
import SSMAPI
import SimulatorCore

// https://docs.aws.amazon.com/systems-manager/latest/userguide/parameter-store-policies.html

/// A parameter's policy: its expiration, or a notification before the expiration or after a time without changes.
struct ParameterPolicy: Sendable {
    static let dueKind = "ssm-parameter"
    static let limit = 10

    enum Kind: String {
        case expiration = "Expiration", expirationNotification = "ExpirationNotification"
        case noChange = "NoChangeNotification"
    }

    var kind: Kind
    /// The policy's text from the request.
    var text: String
    var status = "Pending"
    /// The time of an expiration; nil for notifications.
    var timestamp: Instant?
    /// The time before the expiration, or after the last change.
    var interval: Duration?

    var shape: ParameterInlinePolicy {
        ParameterInlinePolicy(policyText: text, policyType: kind.rawValue, policyStatus: status)
    }

    /// Returns when the policy takes effect; nil if never.
    func due(after modified: Instant, expiring: Instant?) -> Instant? {
        switch kind {
        case .expiration: timestamp
        case .expirationNotification: expiring.flatMap { end in interval.map { end - $0 } }
        case .noChange: interval.map { modified + $0 }
        }
    }
}

// MARK: Reading

extension ParameterPolicy {
    /// Parses a request's policies. An empty list removes the existing ones.
    /// - Throws: AWS's errors for a wrong type, a wrong attribute, or policies that contradict each other.
    static func parse(_ text: String, _ context: Context) throws -> [ParameterPolicy] {
        guard let elements = (try? JSON.parse(Bytes(text.utf8)))?.elements else {
            throw invalid("The policies are not a JSON array.")
        }
        guard elements.count <= limit else {
            throw AWSError(
                "PoliciesLimitExceededException",
                "You specified more than the maximum number of allowed policies for the parameter. The maximum is \(limit).")
        }
        let policies = try elements.map { try ParameterPolicy($0, context) }
        let expirations = policies.filter { $0.kind == .expiration }
        guard expirations.count <= 1 else {
            throw AWSError(
                "IncompatiblePolicyException",
                "There is a conflict in the policies specified for this parameter. You can't, for example, specify two Expiration "
                    + "policies for a parameter. Review your policies, and try again.")
        }
        if expirations.isEmpty, policies.contains(where: { $0.kind == .expirationNotification }) {
            throw AWSError(
                "IncompatiblePolicyException", "An ExpirationNotification policy needs an Expiration policy beside it.")
        }
        return policies
    }

    private init(_ node: Node, _ context: Context) throws {
        guard let kind = node["Type"]?.string.flatMap(Kind.init) else {
            throw AWSError(
                "InvalidPolicyTypeException",
                "The policy type isn't supported. Parameter Store supports the following policy types: Expiration, "
                    + "ExpirationNotification, and NoChangeNotification.")
        }
        guard node["Version"]?.string == "1.0" else { throw Self.invalid("The policy version must be 1.0.") }
        self.init(kind: kind, text: String(decoding: JSON.write(node), as: UTF8.self))
        let attributes = node["Attributes"] ?? .null
        switch kind {
        case .expiration:
            guard let time = attributes["Timestamp"]?.string.flatMap({ Instant(parsing: $0) }) else {
                throw Self.invalid("The Timestamp attribute must be a time in the ISO 8601 format.")
            }
            guard time > context.now else { throw Self.invalid("The Timestamp attribute must be in the future.") }
            timestamp = time
        case .expirationNotification: interval = try Self.interval(attributes, "Before")
        case .noChange: interval = try Self.interval(attributes, "After")
        }
    }

    private static func interval(_ attributes: Node, _ name: String) throws -> Duration {
        guard let number = attributes[name]?.string.flatMap({ Int64($0) }), number > 0 else {
            throw invalid("The \(name) attribute must be a positive number.")
        }
        switch attributes["Unit"]?.string {
        case "Days": return .days(number)
        case "Hours": return .hours(number)
        default: throw invalid("The Unit attribute must be Days or Hours.")
        }
    }

    private static func invalid(_ message: String) -> AWSError {
        AWSError("InvalidPolicyAttributeException", "A policy attribute or its value is invalid. \(message)")
    }
}

// MARK: Storage

extension ParameterPolicy {
    static func text(_ policies: [ParameterPolicy]) -> String {
        String(
            decoding: JSON.write(
                .list(policies.map { .object([.init("t", .string($0.text)), .init("s", .string($0.status))]) })),
            as: UTF8.self)
    }

    static func stored(_ text: String) throws -> [ParameterPolicy] {
        guard let elements = (try? JSON.parse(Bytes(text.utf8)))?.elements else {
            throw DamagedState("the policies of a parameter are not a list")
        }
        return elements.compactMap { element in
            guard let text = element["t"]?.string, let node = try? JSON.parse(Bytes(text.utf8)),
                let kind = node["Type"]?.string.flatMap(Kind.init)
            else { return nil }
            let attributes = node["Attributes"] ?? .null
            return ParameterPolicy(
                kind: kind, text: text, status: element["s"]?.string ?? "Pending",
                timestamp: attributes["Timestamp"]?.string.flatMap { Instant(parsing: $0) },
                interval: try? interval(attributes, kind == .noChange ? "After" : "Before"))
        }
    }
}

// MARK: Time

extension ParameterRecord {
    private var expiration: Instant? { policies.first { $0.kind == .expiration }?.timestamp }

    /// Schedules the next policy of the parameter.
    func schedule(_ context: Context) throws {
        let times = policies.filter { $0.status == "Pending" }.compactMap { $0.due(after: modifiedAt, expiring: expiration) }
        guard let next = times.min() else { return try Due.clear(ParameterPolicy.dueKind, key, context) }
        try Due.set(ParameterPolicy.dueKind, key, at: next, context)
    }
}

extension SSMSimulation {
    /// Deletes a parameter that has expired, and marks notifications as sent. Nothing receives them, because EventBridge is not
    /// simulated.
    func expire(_ key: String, _ context: Context) throws {
        guard var record = try ParameterRecord.find(key, context) else { return }
        let end = record.policies.first { $0.kind == .expiration }?.timestamp
        if let end, end <= context.now { return try record.delete(context) }
        for index in record.policies.indices where record.policies[index].status == "Pending" {
            if let time = record.policies[index].due(after: record.modifiedAt, expiring: end), time <= context.now {
                record.policies[index].status = "Finished"
            }
        }
        try record.updatePolicies(context)
        try record.schedule(context)
    }
}
