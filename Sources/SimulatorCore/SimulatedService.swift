public import AWSCore
public import AWSModels
import GRDB
import HTTPTypes
import Synchronization

/// A service as the way of a request sees it: its model, its tables, its operations. One value a simulator.
public protocol SimulatedService: Sendable {
    var model: ServiceModel { get }
    /// The tables that this service keeps, in the order in which they were ever added. Append only.
    static var migrations: [Migration] { get }
    /// The operation's entry in the dispatch table; nil for those that are not generated.
    func operation(_ name: String) -> ServiceOperation?
    /// AWS's table of what each operation needs permission for.
    var permissions: PermissionTable { get }
    /// The resource of a type that a value in a request names: by id, name or ARN. Nil if the value means none of this type.
    ///
    /// What doesn't exist is asked for all the same: that there is no such thing is not for everybody to know.
    /// - Parameter member: where in the request the value stands: `NetworkInterfaces.SubnetId`.
    func resource(_ type: String, by member: String, _ value: String, _ question: PermissionQuestion) throws
        -> PermissionResource?
    /// What a request makes of a type, which has no id yet.
    func made(_ type: String, _ question: PermissionQuestion) throws -> [PermissionResource]
    /// Whether a request makes something of a type that AWS's table doesn't require. The default: if it gives it tags.
    func makes(_ type: String, _ question: PermissionQuestion) -> Bool
    /// What a request concerns of a type though it doesn't name it: a default subnet.
    func unnamed(_ type: String, _ question: PermissionQuestion) throws -> [PermissionResource]
    /// What policies can ask of the request itself.
    func requestConditions(_ question: PermissionQuestion) -> [String: [String]]
    /// Permissions to give tags to what is made, where they are asked for apart.
    func taggingTargets(_ question: PermissionQuestion) throws -> [AuthorizationTarget]
    /// What else the caller must be allowed to do for this request: pass a role, say.
    func dependentTargets(_ question: PermissionQuestion) throws -> [AuthorizationTarget]
    /// What the caller needs permission for. The default goes by ``permissions``.
    func authorizationTargets(_ operation: String, _ input: any Shape, _ context: Context) throws -> [AuthorizationTarget]
    /// The operations whose handlers ask for what ``authorizationTargets(_:_:_:)`` says themselves: where AWS checks something
    /// first, or refuses in words of its own. The default has none.
    var authorizesItself: Set<String> { get }
    /// The operations that show another proof of identity than a signature: their caller is anonymous. The default has none.
    var unsignedOperations: Set<String> { get }
    /// The resource-based policies (JSON) that bear on a target: ECR's repository policies. The default has none.
    func resourcePolicies(for target: AuthorizationTarget, _ context: Context) throws -> [CallerPolicies.Source]
    /// Whether a request looks into another account than the caller's, where even its root needs permission. The default: no.
    func reachesOtherAccounts(_ input: any Shape, _ context: Context) -> Bool
    /// Which of AWS's errors a malformed input is. The default follows the service's wire protocol.
    func error(for violations: [Violation], _ operation: String) -> AWSError
    /// What a fresh account has in a region before anybody creates anything. Called once, at the first touch.
    func prepare(_ context: Context) throws
    /// Whether a call needs something that takes its time before it is carried out: another machine asked, say. Told by the
    /// request's head alone. The default: no.
    func mustPrepare(for request: HTTPRequest) -> Bool
    /// Does what such a call needs, before its transaction and whoever calls; what it finds out is for the handler to read.
    func prepare(for request: HTTPRequest, body: Bytes, _ simulator: Simulator) async
    /// Brings about what time made due for resources of a kind; see ``Due``.
    func settle(_ kind: String, _ due: [Due], _ context: Context) throws
    /// What a dry run is answered with that would have succeeded. The default, nil: the service knows no dry runs.
    var dryRunAnswer: AWSError? { get }
    /// Whether AWS answers a dry run before it looks at what the request says. The default: no.
    func answersDryRunEarly(_ operation: String, _ input: any Shape) -> Bool
    /// What is peculiar to the service's entries in CloudTrail.
    var trailStyle: TrailStyle { get }
    /// A simulator was made that the service is part of: a copy may share what is kept beside the database.
    func joined(_ simulator: Simulator)
    /// A call that may have changed something was carried out and committed: told before it is answered.
    func wasCarriedOut(_ operation: String, _ simulator: Simulator)
    /// The store was emptied: forget what was cached, remove bytes kept beside it.
    func wasReset(_ simulator: Simulator)
}

extension SimulatedService {
    public static var migrations: [Migration] { [] }

    public func resource(_ type: String, by member: String, _ value: String, _ question: PermissionQuestion) throws
        -> PermissionResource?
    { PermissionResource(arn(type, value, question.context)) }

    public func made(_ type: String, _ question: PermissionQuestion) throws -> [PermissionResource] {
        [PermissionResource(arn(type, "*", question.context))]
    }

    public func makes(_ type: String, _ question: PermissionQuestion) -> Bool { question.tags(type) }

    public func unnamed(_ type: String, _ question: PermissionQuestion) throws -> [PermissionResource] {
        [PermissionResource(arn(type, "*", question.context))]
    }

    public func requestConditions(_ question: PermissionQuestion) -> [String: [String]] { [:] }
    public func taggingTargets(_ question: PermissionQuestion) throws -> [AuthorizationTarget] { [] }
    public func dependentTargets(_ question: PermissionQuestion) throws -> [AuthorizationTarget] { [] }
    public var authorizesItself: Set<String> { [] }
    public var unsignedOperations: Set<String> { [] }

    /// A resource's ARN in the form that AWS's table has for its type, with an id or a name at the end.
    public func arn(_ type: String, _ name: String, _ context: Context) -> String {
        guard let format = permissions.resourceType(type)?.arnFormat else { return "*" }
        let parts = format.split(separator: ":", maxSplits: 5, omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 6 else { return "*" }
        let head = parts[..<5].joined(separator: ":").replacing("${Partition}", with: context.partition)
            .replacing("${Region}", with: context.region).replacing("${Account}", with: context.account)
        let end = parts[5].firstIndex(of: "$") ?? parts[5].endIndex
        return "\(head):\(parts[5][..<end])\(name)"
    }

    public func resourcePolicies(for target: AuthorizationTarget, _ context: Context) throws -> [CallerPolicies.Source] { [] }

    public func reachesOtherAccounts(_ input: any Shape, _ context: Context) -> Bool { false }

    public func error(for violations: [Violation], _ operation: String) -> AWSError {
        .invalid(violations, wire: model.wire)
    }

    public func prepare(_ context: Context) throws {}
    public func mustPrepare(for request: HTTPRequest) -> Bool { false }
    public func prepare(for request: HTTPRequest, body: Bytes, _ simulator: Simulator) async {}
    public func settle(_ kind: String, _ due: [Due], _ context: Context) throws {}
    public var dryRunAnswer: AWSError? { nil }
    public func answersDryRunEarly(_ operation: String, _ input: any Shape) -> Bool { false }
    public var trailStyle: TrailStyle { TrailStyle() }
    public func joined(_ simulator: Simulator) {}
    public func wasCarriedOut(_ operation: String, _ simulator: Simulator) {}
    public func wasReset(_ simulator: Simulator) {}
}

/// A step in the life of a service's tables. Once released it is never changed.
public struct Migration: Sendable {
    public let name: String
    public let sql: String
    public init(_ name: String, _ sql: String) {
        self.name = name
        self.sql = sql
    }
}

/// One permission that a request needs.
public struct AuthorizationTarget: Sendable {
    /// `ecr:CreateRepository`.
    public var action: String
    /// The resource's ARN, or `*`.
    public var resource: String
    /// Condition keys beyond the global ones: `ec2:InstanceType`, `aws:RequestTag/Name`, `ecr:ResourceTag/Team`…
    public var conditions: [String: [String]]
    /// True where even in its own account the resource's policy must allow: a role's trust policy.
    public var needsResourcePolicy: Bool

    /// The account that the resource's ARN names, nil where it names none.
    var account: Substring? {
        AuthorizationRequest.accountPart(of: resource).flatMap { $0.utf8.count == 12 ? $0 : nil }
    }

    public init(
        action: String, resource: String = "*", conditions: [String: [String]] = [:], needsResourcePolicy: Bool = false
    ) {
        self.action = action
        self.resource = resource
        self.conditions = conditions
        self.needsResourcePolicy = needsResourcePolicy
    }
}

/// An operation without its types, bound to the service that carries it out.
public struct ServiceOperation: Sendable {
    public let name: String
    /// Parsed at first use: a simulator starts without reading the shapes that nobody asks for.
    let schemas: @Sendable () -> (input: Schema, output: Schema)
    public var inputSchema: Schema { schemas().input }
    public var outputSchema: Schema { schemas().output }
    public let resultWrapper: String?
    public let read: @Sendable (ShapeReader) -> any Shape
    public let call: @Sendable (any Shape, Context) throws -> any Shape
}

/// A service's dispatch table. An operation enters it when it is first asked for, so that a simulator starts without the types
/// of all the others.
public final class OperationTable: Sendable {
    private let find: @Sendable (String) -> ServiceOperation?
    private let found = Mutex<[String: ServiceOperation]>([:])

    /// - Parameter handler: the generated handler of an operation, nil for a name that isn't one.
    public init<Service: Sendable>(
        _ service: Service, _ handler: @escaping @Sendable (String) -> OperationHandler<Service, Context>?
    ) {
        find = { name in handler(name).map { ServiceOperation($0, service) } }
    }

    public subscript(name: String) -> ServiceOperation? {
        found.withLock { found in
            if let known = found[name] { return known }
            guard let operation = find(name) else { return nil }
            found[name] = operation
            return operation
        }
    }
}

extension ServiceOperation {
    fileprivate init<Service: Sendable>(_ handler: OperationHandler<Service, Context>, _ service: Service) {
        let call = handler.call
        self.init(
            name: handler.name, schemas: { (handler.inputSchema, handler.outputSchema) }, resultWrapper: handler.resultWrapper,
            read: handler.read, call: { input, context in try call(service, input, context) })
    }
}

/// A door that isn't an AWS API: the OCI registry, storage URLs, Docker Hub. Doors are asked in order.
public protocol HTTPDoor: Sendable {
    /// What plans of faults call it: `registry`.
    var name: String { get }
    /// Everything that may be asked of it, as ``DoorRequest/operation`` names it.
    var operationNames: [String] { get }
    /// Whether a request is for this door, by its host and path alone. Asked for every request: it should be quick.
    func answers(_ request: HTTPRequest) -> Bool
    /// Takes in a request that is for this door. It is read here, once.
    func receive(_ request: HTTPRequest, from peer: String, _ simulator: Simulator) -> any DoorRequest
}

/// A request that came to a door, as it was read: for plans of faults, for its answer and for the journal.
public protocol DoorRequest: Sendable {
    /// What it asks, and of which repository or the like; nil where that has no name.
    var operation: (name: String, resource: String?)? { get }
    /// Who asks, in all the ways in which a plan of faults may say it, whether or not they will be let in.
    var callers: [String] { get }
    /// Enters into the journal what a plan of faults refused before the door was asked, if the door's requests stand there.
    func noteRefusal(with error: AWSError)
    /// Never throws: errors are answers too.
    func respond(body: HTTPBody) async -> HTTPReply
}

extension HTTPDoor {
    public var name: String { "door" }
    public var operationNames: [String] { [] }
}

extension DoorRequest {
    public var operation: (name: String, resource: String?)? { nil }
    public var callers: [String] { [] }
    public func noteRefusal(with error: AWSError) {}
}
