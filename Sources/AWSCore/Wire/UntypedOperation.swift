/// An operation whose input and output are nodes with the names of the API's documentation. Scenario files and goldens use it,
/// because they choose operations at run time. Generated for every ``Operation``; a `ModelTable` has all others.
public struct UntypedOperation: Sendable {
    public let name: String
    public let service: ServiceModel
    private let readInput: @Sendable (Node, ShapeReader.Report) -> Void
    private let readOutput: @Sendable (Node, ShapeReader.Report) -> Void
    private let call: @Sendable (any OperationInvoker, Node) async throws -> Node
    private let members: @Sendable () -> Schema

    public init<Input: Shape, Output: Shape>(_ operation: Operation<Input, Output>) {
        name = operation.name
        service = operation.service
        members = { Input.schema }
        readInput = { _ = Input(from: ShapeReader($0, schema: Input.schema, layout: .model, report: $1)) }
        readOutput = { _ = Output(from: ShapeReader($0, schema: Output.schema, layout: .model, report: $1)) }
        call = { invoker, node in
            let input: Input = try Self.shape(node)
            return try Self.node(try await invoker.invoke(operation, input))
        }
    }

    /// For operations from a table.
    package init(
        _ name: String, _ service: ServiceModel, members: @escaping @Sendable () -> Schema,
        readInput: @escaping @Sendable (Node, ShapeReader.Report) -> Void,
        readOutput: @escaping @Sendable (Node, ShapeReader.Report) -> Void,
        call: @escaping @Sendable (any OperationInvoker, Node) async throws -> Node
    ) {
        self.name = name
        self.service = service
        self.members = members
        self.readInput = readInput
        self.readOutput = readOutput
        self.call = call
    }

    /// The members of the input, in the model's order.
    public var inputSchema: Schema { members() }

    /// Returns how a node violates the operation's input shape.
    public func violations(input node: Node) -> [Violation] { Self.violations(node, readInput) }

    /// Returns how a node violates the operation's output shape.
    public func violations(output node: Node) -> [Violation] { Self.violations(node, readOutput) }

    /// Carries out the operation.
    /// - Throws: ``UnencodableInput`` if the input lacks required members or has wrong types; what the invoker throws.
    public func callAsFunction(_ invoker: any OperationInvoker, _ input: Node) async throws -> Node {
        try await call(invoker, input)
    }

    private static func violations(_ node: Node, _ read: (Node, ShapeReader.Report) -> Void) -> [Violation] {
        let report = ShapeReader.Report()
        read(node, report)
        return report.violations
    }

    static func shape<S: Shape>(_ node: Node) throws -> S {
        let report = ShapeReader.Report()
        let shape = S(from: ShapeReader(node, schema: S.schema, layout: .model, report: report))
        let violations = report.violations.filter(\.isOfForm)
        guard violations.isEmpty else { throw UnencodableInput(violations: violations) }
        return shape
    }

    /// Returns a copy of a shape with one member set. `member` is the member's name in the model.
    ///
    /// - Returns: nil if the shape has no such member.
    package static func shape<S: Shape>(_ shape: S, setting member: String, to value: Node) throws -> S? {
        guard S.schema.members.contains(where: { $0.name == member }) else { return nil }
        let fields = try node(shape).fields ?? []
        return try self.shape(.object(fields.filter { $0.name != member } + [Node.Field(member, value)]))
    }

    static func node<S: Shape>(_ shape: S) throws -> Node {
        var writer = ShapeWriter(schema: S.schema, layout: .model)
        writer.structure(shape)
        return try JSON.parse(writer.bytes)
    }
}

/// A waiter with an untyped input. Generated, one for every ``Waiter``.
public struct UntypedWaiter: Sendable {
    public let name: String
    public let operation: UntypedOperation
    public let delay: Duration
    public let maxAttempts: Int
    private let attempt: @Sendable (any OperationInvoker, Node) async throws -> WaiterState

    public init<Input: Shape, Output: Shape>(_ waiter: Waiter<Input, Output>) {
        name = waiter.name
        operation = UntypedOperation(waiter.operation)
        delay = waiter.delay
        maxAttempts = waiter.maxAttempts
        attempt = { invoker, node in
            let input: Input = try UntypedOperation.shape(node)
            do {
                return waiter.state(after: .success(try await invoker.invoke(waiter.operation, input)))
            } catch let error as AWSError {
                let state = waiter.state(after: .failure(error))
                if state == .failure { throw error }
                return state
            }
        }
    }

    /// Makes one attempt.
    /// - Throws: ``UnencodableInput``, and the service's error that ended the wait.
    public func callAsFunction(_ invoker: any OperationInvoker, _ input: Node) async throws -> WaiterState {
        try await attempt(invoker, input)
    }
}

/// An input that cannot be written as a request.
public struct UnencodableInput: Error, Sendable, CustomStringConvertible {
    public let violations: [Violation]

    package init(violations: [Violation]) { self.violations = violations }

    public var description: String { violations.map { "\($0.path) \($0.kind.phrase)" }.joined(separator: "; ") }
}

extension Violation {
    /// Whether the value has the wrong form, not a well-formed value that the service would reject.
    public var isOfForm: Bool {
        switch kind {
        case .missing, .unknown, .wrongType: true
        default: false
        }
    }
}

extension Violation.Kind {
    /// The violation as a phrase that follows the member's name.
    public var phrase: String {
        switch self {
        case .missing: "is required"
        case .unknown: "is not known"
        case .wrongType(let expected): "is no \(expected)"
        case .tooShort(let minimum): "is shorter than \(minimum)"
        case .tooLong(let maximum): "is longer than \(maximum)"
        case .tooSmall(let minimum): "is less than \(minimum)"
        case .tooLarge(let maximum): "is more than \(maximum)"
        case .tooFew(let minimum): "has fewer than \(minimum) elements"
        case .tooMany(let maximum): "has more than \(maximum) elements"
        case .patternMismatch(let pattern): "does not match \(pattern)"
        case .notInEnumeration(let values): "is none of \(values.joined(separator: ", "))"
        }
    }
}
