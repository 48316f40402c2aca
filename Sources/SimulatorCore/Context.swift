import AWSCore
import GRDB

/// Everything that a handler may use. It lives as long as the request's transaction.
public final class Context {
    /// The open transaction. Any error that the handler throws rolls it back.
    public let db: Database
    /// The simulator that received the request, for its settings.
    public let simulator: Simulator
    public let service: String
    public let operation: String
    public let account: String
    public let region: String
    public let caller: Caller
    public let now: Instant
    public let ids: IDGenerator
    public let requestId: String
    /// The client's address, for `aws:SourceIp`.
    public let sourceAddress: String
    /// The client's user agent, for `aws:UserAgent`, and the referring page, for `aws:referer`.
    public let userAgent, referer: String?
    /// The request's parameters as received; null if it is not an API call.
    public let parameters: Node
    /// Actions outside the database that run after the commit, such as deleting bytes on disk.
    public private(set) var afterCommit: [@Sendable () -> Void] = []
    private let whole: Context?
    private let log: BackgroundResults?
    /// The results of work done outside the transaction; nil if such work runs inside it.
    var backgroundResults: BackgroundResults? { whole?.backgroundResults ?? log }
    /// Entries that are already due but wait for the next request; see ``Due``.
    private var left: Set<Due.Key> = []
    var waiting: Set<Due.Key> { whole?.waiting ?? left }
    func waitsForNextRequest(_ key: Due.Key) {
        if let whole { whole.waitsForNextRequest(key) } else { left.insert(key) }
    }
    /// References to services that are not simulated, which were not checked; for the journal.
    private var accepted: [String] = []
    package var uncheckedReferences: [String] { whole?.uncheckedReferences ?? accepted }
    func noteUnchecked(_ arn: String) {
        if let whole { return whole.noteUnchecked(arn) }
        if !accepted.contains(arn) { accepted.append(arn) }
    }
    /// The permissions that were checked, for the journal.
    private var permissions: [AskedPermission] = []
    var asked: [AskedPermission] { whole?.asked ?? permissions }
    func noteAsked(_ permission: AskedPermission) {
        if let whole { whole.noteAsked(permission) } else { permissions.append(permission) }
    }
    /// The last policy decision, for the journal.
    private var said: Decision?
    package internal(set) var decision: Decision? {
        get { whole?.decision ?? said }
        set { if let whole { whole.decision = newValue } else { said = newValue } }
    }

    init(
        db: Database, simulator: Simulator, service: String, operation: String, account: String, region: String, caller: Caller,
        now: Instant, ids: IDGenerator, requestId: String, sourceAddress: String, userAgent: String? = nil,
        referer: String? = nil, parameters: Node = .null, partOf whole: Context? = nil, background log: BackgroundResults? = nil
    ) {
        self.whole = whole
        self.log = log
        self.db = db
        self.simulator = simulator
        self.service = service
        self.operation = operation
        self.account = account
        self.region = region
        self.caller = caller
        self.now = now
        self.ids = ids
        self.requestId = requestId
        self.sourceAddress = sourceAddress
        self.userAgent = userAgent
        self.referer = referer
        self.parameters = parameters
    }

    public var configuration: Configuration { simulator.configuration }
    public var transitions: Transitions { simulator.configuration.transitions }

    /// The region's AWS partition, such as `aws` or `aws-cn`.
    public var partition: String { Self.partition(of: region) }

    /// Returns a region's partition: `aws-cn` for `cn-north-1`.
    public static func partition(of region: String) -> String {
        RegionName.partition(of: region)
    }

    /// Returns `arn:aws:<service>:<region>:<account>:<resource>` for the request's region and account, or another account.
    public func arn(_ service: String, _ resource: String, account: String? = nil) -> String {
        "arn:\(partition):\(service):\(region):\(account ?? self.account):\(resource)"
    }

    /// Runs an action once the transaction is committed; not if it is rolled back.
    public func afterCommit(_ action: @escaping @Sendable () -> Void) {
        if let whole { whole.afterCommit(action) } else { afterCommit.append(action) }
    }

    /// Returns the request's context in another account or region, such as a `registryId`'s registry or a replication target.
    public func within(account: String? = nil, region: String? = nil) -> Context {
        if account ?? self.account == self.account, region ?? self.region == self.region { return self }
        return Context(
            db: db, simulator: simulator, service: service, operation: operation, account: account ?? self.account,
            region: region ?? self.region, caller: caller, now: now, ids: ids, requestId: requestId,
            sourceAddress: sourceAddress, userAgent: userAgent, referer: referer, parameters: parameters, partOf: self)
    }

    /// Returns the same request's context for another service.
    func serving(_ other: String) -> Context {
        if other == service { return self }
        return Context(
            db: db, simulator: simulator, service: other, operation: operation, account: account, region: region,
            caller: caller, now: now, ids: ids, requestId: requestId, sourceAddress: sourceAddress,
            userAgent: userAgent, referer: referer, parameters: parameters, partOf: self)
    }
}
