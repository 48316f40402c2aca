import AWSCore
import EC2API
import SimulatorCore

// Documents in the database: written as the model's JSON, read with the codec for requests.

extension Resource {
    /// Returns all of the account and region in order of creation, without tags.
    func all(_ context: Context) throws -> [Stored<S>] {
        try context.reading(ReadKey(Stored<S>.self, context, kind.type)) { try ResourceRow.all(kind, context).map(read) }
    }

    /// Returns the resources that are not gone, with those that are being deleted.
    func remaining(_ context: Context) throws -> [Stored<S>] {
        try all(context).filter { !life.gone.contains($0.phase) }
    }

    func find(_ id: String, _ context: Context) throws -> Stored<S>? {
        try context.reading(ReadKey(Stored<S>?.self, context, kind.type, [id])) {
            try ResourceRow.find(kind, id, context).map(read)
        }
    }

    func find(named name: String, _ context: Context) throws -> Stored<S>? {
        try ResourceRow.find(kind, named: name, context).map(read)
    }

    /// Returns the resource with an id, without its tags.
    /// - Throws: the kind's errors for a malformed or unknown id.
    func get(_ id: String, _ context: Context) throws -> Stored<S> {
        try kind.check(id)
        guard let found = try find(id, context) else { throw kind.notFound(id) }
        return found
    }

    private func read(_ row: ResourceRow) throws -> Stored<S> {
        let report = ShapeReader.Report()
        let shape = S(from: ShapeReader(row.document, schema: S.schema, layout: .model, report: report))
        if let wrong = report.violations.first(where: \.isOfForm) {
            throw DamagedState("\(wrong.path) of '\(row.id)' \(wrong.kind.phrase)")
        }
        return Stored(number: row.number, phase: row.phase, shape: shape)
    }

    private func document(_ shape: S) -> Bytes {
        var shape = shape
        if let tags { shape[keyPath: tags] = nil }  // tags have a table of their own
        var writer = ShapeWriter(schema: S.schema, layout: .model)
        writer.structure(shape)
        return writer.bytes
    }

    @discardableResult
    func insert(_ shape: S, phase: String, _ context: Context) throws -> Stored<S> {
        let number = try ResourceRow.insert(
            kind, identity(shape), name: name.flatMap { shape[keyPath: $0] }, phase: phase, document: document(shape), context)
        let stored = Stored(number: number, phase: phase, shape: shape)
        try relate(stored, context)
        return stored
    }

    /// Returns a resource that is not deleted.
    /// - Throws: the kind's errors for a malformed or unknown id, and for a resource that is being deleted or is gone.
    func present(_ id: String, _ context: Context) throws -> Stored<S> {
        let stored = try get(id, context)
        guard stored.phase != life.deleting, !life.gone.contains(stored.phase) else { throw kind.notFound(id) }
        return stored
    }

    func write(_ stored: Stored<S>, _ context: Context) throws {
        try ResourceRow.update(
            stored.number, name: name.flatMap { stored.shape[keyPath: $0] }, phase: stored.phase,
            document: document(stored.shape), context)
        try relate(stored, context)
    }

    /// Deletes its row, its relations and its tags.
    func forget(_ id: String, _ context: Context) throws {
        try ResourceRow.delete(kind, id, context)
        // The key of a part can be the id of its owner, whose tags must stay.
        if tags != nil { try Tags.removeAll(from: id, context) }
    }

    private func relate(_ stored: Stored<S>, _ context: Context) throws {
        guard !relations.isEmpty else { return }
        let isGone = life.gone.contains(stored.phase)
        let targets = relations.flatMap { relation in
            relation.targets(stored.shape).map { (role: relation.reference.role, target: $0) }
        }
        try Relations.set(isGone ? [] : targets, of: stored.number, context)
    }

    /// A shape without members, to be filled.
    static var empty: S { S(from: ShapeReader(.object([]), schema: S.schema, layout: .model)) }
}
