import AWSCore
import EC2API
import SimulatorCore

/// An account's setting in a region, stored in the shape that the API shows.
struct AccountDocument<S: Shape>: Sendable {
    private let resource: Resource<S>

    init(_ name: String) {
        resource = Resource(
            ResourceKind("setting", type: "account-setting", code: "", notFound: ""), identity: { _ in name }, refers: [])
        self.name = name
    }

    private let name: String

    /// Returns nil until the account sets it.
    func get(_ context: Context) throws -> S? { try resource.find(name, context)?.shape }

    func set(_ shape: S, _ context: Context) throws {
        guard var stored = try resource.find(name, context) else {
            try resource.insert(shape, phase: "", context)
            return
        }
        stored.shape = shape
        try resource.write(stored, context)
    }

    func clear(_ context: Context) throws {
        guard try resource.find(name, context) != nil else { return }
        try resource.forget(name, context)
    }
}
