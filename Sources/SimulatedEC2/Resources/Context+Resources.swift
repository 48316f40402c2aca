import AWSCore
import EC2API
import SimulatorCore

// The common steps of operations on documents, from request to response.

extension Context {
    /// Creates a resource with the request's tags, once per client token.
    ///
    /// - Parameter fill: sets the members that are specific to the resource. If it throws, nothing is created.
    /// - Throws: AWS's errors for tags, for a client token reused with other parameters, and for unknown ids.
    func create<S: Shape>(
        _ resource: Resource<S>, _ input: some Shape, _ fill: (inout S) throws -> Void
    ) throws -> S {
        try once(input, recalling: { try shown(resource, resource.get($0, self)) }) {
            let specifications = try TagSpecifications((input as? any TaggingInput)?.tagSpecifications, allowed: resource.kind)
            var shape = Resource<S>.empty
            let id = resource.kind.newId(ids)
            resource.identify(&shape, id)
            if let owner = resource.owner { shape[keyPath: owner] = account }
            let first = resource.life.initial
            resource.life.show(&shape, first)
            try fill(&shape)
            for relation in resource.relations {
                guard let kind = ResourceKind.named(relation.reference.type), relation.reference.deletion != .dangles else {
                    continue
                }
                for target in relation.targets(shape) { try kind.require(target, self) }
            }
            try resource.insert(shape, phase: first, self)
            try specifications.apply(resource.kind, to: id, self)
            if let due = resource.life.due(first, of: shape, since: now, self) {
                try Due.set(resource.kind.type, id, at: due, self)
            }
            return (id, try shown(resource, Stored(number: 0, phase: first, shape: shape)))
        }
    }

    /// Runs `make` once for each client token, however often the request is sent.
    ///
    /// - Parameter make: returns the id to store under the token, and the response.
    func once<Input: Shape, Answer>(
        _ input: Input, recalling recall: (String) throws -> Answer, _ make: () throws -> (String, Answer)
    ) throws -> Answer {
        guard let token = (input as? any ClientTokenInput)?.clientToken, !token.isEmpty else { return try make().1 }
        guard token.unicodeScalars.count <= 64 else {
            throw AWSError.invalidValue(token, for: "clientToken", "The client token can have up to 64 characters.")
        }
        let fingerprint = Idempotency.fingerprint(of: input.withoutDryRun)
        if let earlier = try Idempotency.recall(token: token, fingerprint: fingerprint, self) { return try recall(earlier) }
        let (made, answer) = try make()
        try Idempotency.remember(made, token: token, fingerprint: fingerprint, self)
        return answer
    }

    /// Deletes a resource, or starts its deletion.
    ///
    /// - Returns: the resource as shown afterwards.
    /// - Throws: the kind's errors for ids, and its `DependencyViolation` if other resources need it.
    @discardableResult
    func delete<S: Shape>(_ resource: Resource<S>, _ id: String) throws -> S {
        var stored = try resource.get(id, self)
        // Deleting again while a deletion is in progress changes nothing.
        if stored.phase == resource.life.deleting || resource.life.gone.contains(stored.phase) {
            return try shown(resource, stored)
        }
        try EC2Simulation.kinds.prepareDeletion(of: id, resource.kind, self)
        guard let deleting = resource.life.deleting else {
            let last = try shown(resource, stored)
            try resource.forget(id, self)
            return last
        }
        try resource.move(&stored, to: deleting, at: now, self)
        return try shown(resource, stored)
    }

    /// Returns a page of a kind's resources that match the filters: those with the given ids, or all.
    ///
    /// - Parameters:
    ///   - ids: the request's ids; `parameter` is the name of their request parameter.
    ///   - complete: fills in data that depends on other resources, before the filters are applied.
    ///   - isMeant: whether the request covers a resource, for requests that name a parent.
    func describe<S: Shape>(
        _ resource: Resource<S>, _ input: some Shape, ids: [String]?, named parameter: String,
        completing complete: (inout S) throws -> Void = { _ in }, where isMeant: (S) -> Bool = { _ in true }
    ) throws -> Page<S> {
        let paging = try Paging(input, ids: ids, named: parameter, self)
        let all = try resource.list(ids, self).filter { isMeant($0.shape) }
        let index = try resource.tags.map { _ in
            try TagIndex(resource.kind, ids: all.map { resource.identity($0.shape) }, self)
        }
        let shapes = try all.map { stored in
            var stored = stored
            try complete(&stored.shape)
            resource.show(index?[resource.identity(stored.shape)] ?? [], in: &stored.shape)
            return stored
        }
        let test = try resource.filterTable.predicate((input as? any FilteredInput)?.filters, self)
        let page = try paging.page(shapes.filter { test($0.shape) }) { .number($0.number) }
        return Page(items: page.items.map(\.shape), nextToken: page.nextToken)
    }

    /// Returns the resource as the API shows it, with its tags.
    func shown<S: Shape>(_ resource: Resource<S>, _ stored: Stored<S>) throws -> S {
        guard resource.tags != nil else { return stored.shape }
        var shape = stored.shape
        let id = resource.identity(shape)
        resource.show(try TagIndex(of: [id], self)[id], in: &shape)
        return shape
    }
}

extension Shape {
    /// The request without its dry run flag, to compare requests by their content.
    fileprivate var withoutDryRun: Self {
        guard var copy = self as? any Shape & DryRunInput else { return self }
        copy.dryRun = nil
        return copy as? Self ?? self
    }
}

extension Resource {
    /// Shows the resource's tags. If there are none, shows an empty set or omits the member, as AWS does for this kind.
    fileprivate func show(_ own: [Tag], in shape: inout S) {
        guard let tags else { return }
        shape[keyPath: tags] = own.isEmpty && !showsNoTags ? nil : own
    }

    /// Returns the resources of these ids, or all: the first step of a Describe operation.
    func list(_ ids: [String]?, _ context: Context) throws -> [Stored<S>] {
        guard let ids, !ids.isEmpty else { return try all(context) }
        for id in ids { try kind.check(id) }
        let wanted = Set(ids)
        // Look up a few ids one by one; read all rows for more.
        let found =
            wanted.count <= 8
            ? try wanted.compactMap { try find($0, context) }.sorted { $0.number < $1.number }
            : try all(context).filter { wanted.contains(identity($0.shape)) }
        let known = Set(found.map { identity($0.shape) })
        let missing = ids.filter { !known.contains($0) }
        if !missing.isEmpty { throw kind.notFound(missing) }
        return found
    }
}
