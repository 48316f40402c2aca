import AWSCore
import GRDB
import HTTPTypes

/// A service as the way of a request sees it: its model, its tables, its operations. One value a simulator.
public protocol SimulatedService: Sendable {
    var model: ServiceModel { get }
    /// The tables that this service keeps, in the order in which they were ever added. Append only.
    static var migrations: [Migration] { get }
    /// The operation's entry in the dispatch table; nil for those that are not generated.
    func operation(_ name: String) -> ServiceOperation?
    /// What the caller needs permission for. The default asks for the action on `*`.
    func authorizationTargets(_ operation: String, _ input: any Shape, _ context: Context) throws -> [AuthorizationTarget]
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
    /// The store was emptied: forget what was cached, remove bytes kept beside it.
    func wasReset(_ simulator: Simulator)
}

extension SimulatedService {
    public static var migrations: [Migration] { [] }

    public func authorizationTargets(_ operation: String, _ input: any Shape, _ context: Context) throws
        -> [AuthorizationTarget]
    {
        [AuthorizationTarget(action: "\(model.signingName):\(operation)")]
    }

    public func resourcePolicies(for target: AuthorizationTarget, _ context: Context) throws -> [CallerPolicies.Source] { [] }

    public func reachesOtherAccounts(_ input: any Shape, _ context: Context) -> Bool { false }

    public func error(for violations: [Violation], _ operation: String) -> AWSError {
        .invalid(violations, wire: model.wire)
    }

    public func prepare(_ context: Context) throws {}
    public func mustPrepare(for request: HTTPRequest) -> Bool { false }
    public func prepare(for request: HTTPRequest, body: Bytes, _ simulator: Simulator) async {}
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
        let parts = resource.split(separator: ":", maxSplits: 5, omittingEmptySubsequences: false)
        return parts.count == 6 && parts[4].utf8.count == 12 ? parts[4] : nil
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

/// A service's dispatch table, built once from the generated handlers.
public struct OperationTable: Sendable {
    private let operations: [String: ServiceOperation]
    public var names: [String] { operations.keys.sorted() }

    /// - Parameter first: runs before each operation, within its transaction: what time alone brings about, say.
    public init<Service: Sendable>(
        _ service: Service, _ handlers: [OperationHandler<Service, Context>],
        first: (@Sendable (Context) throws -> Void)? = nil
    ) {
        operations = Dictionary(
            handlers.map { handler in
                let call = handler.call
                return (
                    handler.name,
                    ServiceOperation(
                        name: handler.name, schemas: { (handler.inputSchema, handler.outputSchema) },
                        resultWrapper: handler.resultWrapper, read: handler.read,
                        call: { input, context in
                            try first?(context)
                            return try call(service, input, context)
                        })
                )
            }, uniquingKeysWith: { first, _ in first })
    }

    public subscript(name: String) -> ServiceOperation? { operations[name] }
}

/// A door that isn't an AWS API: the OCI registry, storage URLs, Docker Hub. Doors are asked in order.
public protocol HTTPDoor: Sendable {
    /// What plans of faults call it: `registry`.
    var name: String { get }
    /// Everything that may be asked of it, as ``operation(of:)`` names it.
    var operationNames: [String] { get }
    /// What a request asks, and of which repository or the like; nil where that has no name.
    func operation(of request: HTTPRequest) -> (name: String, resource: String?)?
    /// Who asks, in all the ways in which a plan of faults may say it, whether or not they will be let in.
    func callers(of request: HTTPRequest, _ simulator: Simulator) -> [String]
    /// Enters into the journal what a plan of faults refused before the door was asked, if the door's requests stand there.
    func noteRefusal(of request: HTTPRequest, with error: AWSError, from peer: String, _ simulator: Simulator)
    /// Whether a request is for this door, by its host and path alone.
    func answers(_ request: HTTPRequest) -> Bool
    /// Never throws: errors are answers too.
    func respond(to request: HTTPRequest, body: HTTPBody, from peer: String, _ simulator: Simulator) async -> HTTPReply
}

extension HTTPDoor {
    public var name: String { "door" }
    public var operationNames: [String] { [] }
    public func operation(of request: HTTPRequest) -> (name: String, resource: String?)? { nil }
    public func callers(of request: HTTPRequest, _ simulator: Simulator) -> [String] { [] }
    public func noteRefusal(of request: HTTPRequest, with error: AWSError, from peer: String, _ simulator: Simulator) {}
}
