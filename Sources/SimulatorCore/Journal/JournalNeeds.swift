import AWSCore

extension Simulator {
    /// What a request of the root user, which is asked for nothing, would have needed of anybody else. It is looked up afterwards:
    /// for what is gone since then, any resource stands.
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

    /// The action whose permission an operation needs, by AWS's table; nil for what needs none, or isn't known.
    private func action(of entry: Journal.Entry) -> String? {
        if ["GetCallerIdentity", "GetSessionToken"].contains(entry.operation) { return nil }
        let service = services.first { $0.model.id == entry.service }
        return service?.permissions.permission(for: entry.operation)?.action
    }
}
