import AWSCore

extension Simulator {
    /// Returns the permissions that another caller would have needed for the root user's request. They are derived afterwards:
    /// deleted resources become `*`.
    package func needs(of entry: Journal.Entry) -> [(action: String, resource: String)] {
        guard let action = action(of: entry) else { return [] }
        guard let service = services.first(where: { $0.model.id == entry.service }), let caller = entry.caller,
            let operation = service.operation(entry.operation)
        else { return [(action, "*")] }
        let input = operation.read(ShapeReader(entry.parameters, schema: operation.inputSchema, layout: entry.layout))
        let targets = try? inspect(entry.service, account: caller.account, region: entry.region) {
            try service.authorizationTargets(entry.operation, input, $0).map { ($0.action, $0.resource) }
        }
        return targets.map { $0.isEmpty ? [(action, "*")] : $0 } ?? [(action, "*")]
    }

    /// Returns the action that an operation needs by AWS's table; nil if it needs none or is unknown.
    private func action(of entry: Journal.Entry) -> String? {
        if ["GetCallerIdentity", "GetSessionToken"].contains(entry.operation) { return nil }
        let service = services.first { $0.model.id == entry.service }
        return service?.permissions.permission(for: entry.operation)?.action
    }
}
