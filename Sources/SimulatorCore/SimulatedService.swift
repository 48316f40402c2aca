public import AWSCore
public import AWSModels
import GRDB
import HTTPTypes
public import OCI
import Synchronization

/// A service as the request pipeline sees it: its model, tables and operations. Each simulator has its own value.
public protocol SimulatedService: Sendable {
    var model: ServiceModel { get }
    /// The migrations of this service's tables, in the order they were added. Append only.
    static var migrations: [Migration] { get }
    /// Returns the operation's entry in the dispatch table; nil if no handler is generated for it.
    func operation(_ name: String) -> ServiceOperation?
    /// AWS's table of the permissions that each operation needs.
    var permissions: PermissionTable { get }
    /// Returns the resource of a type that a request value names by id, name or ARN; nil if the value names none of this type.
    ///
    /// Resources that do not exist are checked too: an unauthorized caller must not learn whether one exists.
    /// - Parameter member: the path of the value in the request, such as `NetworkInterfaces.SubnetId`.
    func resource(_ type: String, by member: String, _ value: String, _ question: PermissionQuestion) throws
        -> PermissionResource?
    /// Returns the resources of a type that a request creates; they have no id yet.
    func made(_ type: String, _ question: PermissionQuestion) throws -> [PermissionResource]
    /// Whether a request creates a resource of a type that AWS's table doesn't require. Default: whether it tags the type.
    func makes(_ type: String, _ question: PermissionQuestion) -> Bool
    /// Returns the resources of a type that a request uses without naming them, such as a default subnet.
    func unnamed(_ type: String, _ question: PermissionQuestion) throws -> [PermissionResource]
    /// Returns the condition keys of the request itself, with their values.
    func requestConditions(_ question: PermissionQuestion) -> [String: [String]]
    /// Returns the permissions to tag new resources, where AWS checks them separately.
    func taggingTargets(_ question: PermissionQuestion) throws -> [AuthorizationTarget]
    /// Returns the other permissions that this request needs, such as passing a role.
    func dependentTargets(_ question: PermissionQuestion) throws -> [AuthorizationTarget]
    /// Returns the permissions that the caller needs. The default reads ``permissions``.
    func authorizationTargets(_ operation: String, _ input: any Shape, _ context: Context) throws -> [AuthorizationTarget]
    /// The operations whose handlers check the permissions of ``authorizationTargets(_:_:_:)`` themselves: AWS checks something
    /// else first, or returns its own error. Default: none.
    var authorizesItself: Set<String> { get }
    /// The operations that prove identity without a signature; their caller is anonymous. Default: none.
    var unsignedOperations: Set<String> { get }
    /// Returns the resource-based policies (JSON) that apply to a target, such as ECR's repository policies. Default: none.
    func resourcePolicies(for target: AuthorizationTarget, _ context: Context) throws -> [CallerPolicies.Source]
    /// Whether a request reads another account, where even the caller's root needs permission. Default: false.
    func reachesOtherAccounts(_ input: any Shape, _ context: Context) -> Bool
    /// Returns AWS's error for a malformed input. The default follows the service's wire protocol.
    func error(for violations: [Violation], _ operation: String) -> AWSError
    /// Creates the defaults of a new account in a region. Called once, at the first request there.
    func createDefaults(_ context: Context) throws
    /// Whether the operation needs slow work first, such as asking an upstream registry. Decided from the request head alone.
    /// Default: false.
    func needsPrefetch(for request: HTTPRequest) -> Bool
    /// Does the slow work before the transaction, before the caller is known. The handler reads the result.
    func prefetch(for request: HTTPRequest, body: Bytes, _ simulator: Simulator) async
    /// Applies the state changes that are due for resources of a kind; see ``Due``.
    func settle(_ kind: String, _ due: [Due], _ context: Context) throws
    /// The error that a successful dry run returns. Default: nil, the service has no dry runs.
    var dryRunAnswer: AWSError? { get }
    /// Whether AWS answers a dry run before it validates the request. Default: false.
    func answersDryRunEarly(_ operation: String, _ input: any Shape) -> Bool
    /// How the service's CloudTrail entries differ from others.
    var trailStyle: TrailStyle { get }
    /// The endpoints of this service that are not AWS APIs, such as ECR's registry. Default: none.
    var doors: [any HTTPDoor] { get }
    /// The store for bytes that the service keeps outside the database, such as image layers. Default: nil.
    var blobStore: (any BlobStore)? { get }
    /// Returns the service for a copy of its simulator: the same settings, without state of its own.
    /// - Parameter blobs: the copy's blob store. The default returns the service itself.
    func copied(sharing blobs: any BlobStore) -> Self
    /// Removes the bytes outside the database that nothing refers to, such as those of interrupted uploads. Call it only while
    /// no upload is in progress.
    func collectGarbage(in simulator: Simulator) throws
    /// Called when a simulator with this service is created; a fork may share data kept outside the database.
    func joined(_ simulator: Simulator)
    /// Called after a call that may have changed state is committed, before its response is sent.
    func wasCarriedOut(_ operation: String, _ simulator: Simulator)
    /// Called after the store is emptied: clears caches and removes bytes kept outside the database.
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

    /// Returns a resource's ARN in the format that AWS's table has for its type, ending in an id or a name.
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

    public func createDefaults(_ context: Context) throws {}
    public func needsPrefetch(for request: HTTPRequest) -> Bool { false }
    public func prefetch(for request: HTTPRequest, body: Bytes, _ simulator: Simulator) async {}
    public func settle(_ kind: String, _ due: [Due], _ context: Context) throws {}
    public var dryRunAnswer: AWSError? { nil }
    public func answersDryRunEarly(_ operation: String, _ input: any Shape) -> Bool { false }
    public var trailStyle: TrailStyle { TrailStyle() }
    public var doors: [any HTTPDoor] { [] }
    public var blobStore: (any BlobStore)? { nil }
    public func copied(sharing blobs: any BlobStore) -> Self { self }
    public func collectGarbage(in simulator: Simulator) throws {}
    public func joined(_ simulator: Simulator) {}
    public func wasCarriedOut(_ operation: String, _ simulator: Simulator) {}
    public func wasReset(_ simulator: Simulator) {}
}

/// A migration of a service's tables. It never changes once released.
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
    /// True if the resource's policy must allow the action even in its own account, as a role's trust policy must.
    public var needsResourcePolicy: Bool

    /// The account in the resource's ARN; nil if it has none.
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

/// An operation without its types, bound to the service that handles it.
public struct ServiceOperation: Sendable {
    public let name: String
    /// Parsed at first use, so that a simulator starts without reading unused shapes.
    let schemas: @Sendable () -> (input: Schema, output: Schema)
    public var inputSchema: Schema { schemas().input }
    public var outputSchema: Schema { schemas().output }
    public let resultWrapper: String?
    public let read: @Sendable (ShapeReader) -> any Shape
    public let call: @Sendable (any Shape, Context) throws -> any Shape
}

/// A service's dispatch table. It loads an operation at its first lookup, so that a simulator starts without the types of all
/// operations.
public final class OperationTable: Sendable {
    private let find: @Sendable (String) -> ServiceOperation?
    private let found = Mutex<[String: ServiceOperation]>([:])

    /// - Parameter handler: returns the generated handler of an operation, nil for an unknown name.
    public init<Service: Sendable>(
        _ service: Service, _ handler: @escaping @Sendable (String) -> OperationHandler<Service, Context>?
    ) {
        find = { name in handler(name).map { ServiceOperation($0, service) } }
    }

    /// The operation of this name; nil if the service does not have it.
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

/// An endpoint that isn't an AWS API: the OCI registry, storage URLs, Docker Hub. Doors are tried in order.
public protocol HTTPDoor: Sendable {
    /// The door's name in fault plans, such as `registry`.
    var name: String { get }
    /// The names of all its operations, as in ``DoorRequest/operation``.
    var operationNames: [String] { get }
    /// Whether a request is for this door, from its host and path alone. Called for every request, so it must be fast.
    func answers(_ request: HTTPRequest) -> Bool
    /// Parses a request for this door, once.
    func receive(_ request: HTTPRequest, from peer: String, _ simulator: Simulator) -> any DoorRequest
}

/// A parsed request to a door, for fault plans, its response and the journal.
public protocol DoorRequest: Sendable {
    /// The operation's name and its resource, such as a repository; nil if the operation has no name.
    var operation: (name: String, resource: String?)? { get }
    /// The caller's names that a fault plan can match, before authentication.
    var callers: [String] { get }
    /// Writes a fault plan's error into the journal, if the journal records the door's requests.
    func noteRefusal(with error: AWSError)
    /// Returns the response. Never throws: errors become responses.
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
