public import AWSCore

/// The settings with which a simulator responds like the recorded target: account, region, start time and speed.
///
/// Drydock's recordings contain them; for other recordings, they are inferred from the responses.
public struct RecordingSettings: Sendable, Equatable {
    public var account: String?
    public var region: String?
    /// When the first request was sent.
    public var start: Instant?
    /// How fast resources change state: `instant`, `quick` or `aws`.
    public var transitions: String?
    /// The seed of the simulator's ids.
    public var seed: UInt64?
    /// Whether access keys unknown to IAM were rejected.
    public var isStrict: Bool

    public init(
        account: String? = nil, region: String? = nil, start: Instant? = nil, transitions: String? = nil, seed: UInt64? = nil,
        isStrict: Bool = false
    ) {
        self.account = account
        self.region = region
        self.start = start
        self.transitions = transitions
        self.seed = seed
        self.isStrict = isStrict
    }

    /// Reads the settings of a recording.
    /// - Throws: ``RecordingError`` if the file cannot be read.
    public init(of reader: HARReader) throws {
        let entries = try reader.entries()
        self.init(entries.noted)
        var evidence = InferredSettings()
        while let exchange = try entries.next() { evidence.add(exchange) }
        account = account ?? evidence.account
        region = region ?? evidence.region
        start = start ?? evidence.start
        transitions = transitions ?? evidence.transitions ?? (entries.comment == "Recorded of AWS." ? "aws" : nil)
    }

    // MARK: Storage in a HAR file

    var node: Node {
        var fields: [Node.Field] = []
        if let account { fields.append(.init("account", .string(account))) }
        if let region { fields.append(.init("region", .string(region))) }
        if let start { fields.append(.init("start", .string(start.iso8601(milliseconds: true)))) }
        if let transitions { fields.append(.init("transitions", .string(transitions))) }
        // Written as text, because many JSON readers keep only 53 bits of a number.
        if let seed { fields.append(.init("seed", .string("\(seed)"))) }
        if isStrict { fields.append(.init("strict", .bool(true))) }
        return .object(fields)
    }

    private init(_ node: Node?) {
        self.init(
            account: node?["account"]?.string, region: node?["region"]?.string,
            start: node?["start"]?.string.flatMap { Instant(parsing: $0) }, transitions: node?["transitions"]?.string,
            seed: node?["seed"]?.string.flatMap { UInt64($0) }, isStrict: node?["strict"] == .bool(true))
    }
}

/// Infers the target's settings from a recording's exchanges.
private struct InferredSettings {
    private var accounts: [String: Int] = [:]
    private var caller: String?
    private var regions: [String: Int] = [:]
    private(set) var start: Instant?
    private(set) var transitions: String?
    /// The launch times of instances whose first state was pending.
    private var launches: [String: Instant] = [:]

    var account: String? { caller ?? mostFrequent(accounts) }
    var region: String? { mostFrequent(regions) }

    private func mostFrequent(_ counts: [String: Int]) -> String? {
        counts.max { ($0.value, $1.key) < ($1.value, $0.key) }?.key
    }

    mutating func add(_ exchange: RecordedExchange) {
        guard exchange.notes.hasRequest, exchange.notes.encoding == .wire else { return }
        if start == nil, exchange.started.milliseconds > 0 { start = exchange.started }
        if let region = exchange.notes.region { regions[region, default: 0] += 1 }
        guard exchange.response.status < 300, exchange.response.body.count < 1 << 20 else { return }
        let body = String(decoding: exchange.response.body, as: UTF8.self)
        if exchange.notes.operation == "GetCallerIdentity", caller == nil {
            caller = Self.element("Account", body).first
        }
        for part in body.split(separator: "arn:aws").dropFirst() {
            let fields = part.prefix(200).split(separator: ":", maxSplits: 4, omittingEmptySubsequences: false)
            if fields.count == 5, ValueForm(String(fields[3])) == .account { accounts[String(fields[3]), default: 0] += 1 }
        }
        for owner in Self.element("ownerId", body) where ValueForm(owner) == .account { accounts[owner, default: 0] += 1 }
        if exchange.notes.service == "ec2" { instances(exchange, body) }
    }

    /// Infers the transitions from launches: with instant transitions, an instance is running in the next response.
    private mutating func instances(_ exchange: RecordedExchange, _ body: String) {
        guard exchange.notes.operation == "RunInstances" || exchange.notes.operation == "DescribeInstances" else { return }
        for instance in body.split(separator: "<instanceId>").dropFirst() {
            let id = String(instance.prefix { $0 != "<" })
            guard let state = Self.element("name", String(instance.prefix(4000))).first else { continue }
            if exchange.notes.operation == "RunInstances" {
                launches[id] = state == "pending" ? exchange.started : nil
            } else if let launch = launches[id], transitions == nil, state == "running" || state == "pending" {
                let passed = exchange.started - launch
                if state == "running", passed < .seconds(3) { transitions = "instant" }
                if state == "pending" || passed >= .seconds(3) { transitions = "aws" }
            }
        }
    }

    private static func element(_ name: String, _ body: String) -> [String] {
        body.split(separator: "<\(name)>").dropFirst().map { String($0.prefix { $0 != "<" }) }
    }
}
