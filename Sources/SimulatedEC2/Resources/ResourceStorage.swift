import AWSCore
import EC2API
import SimulatorCore

// Documents in the database: written in the model's JSON, read with the codec that reads requests.

extension Resource {
    /// All of the account and region, in the order in which they were made, without their tags.
    func all(_ context: Context) throws -> [Stored<S>] {
        try context.reading(ReadKey(Stored<S>.self, context, kind.type)) { try ResourceRow.all(kind, context).map(read) }
    }

    func find(_ id: String, _ context: Context) throws -> Stored<S>? {
        try context.reading(ReadKey(Stored<S>?.self, context, kind.type, [id])) {
            try ResourceRow.find(kind, id, context).map(read)
        }
    }

    func find(named name: String, _ context: Context) throws -> Stored<S>? {
        try ResourceRow.find(kind, named: name, context).map(read)
    }

    /// The resource that an id names, without its tags.
    /// - Throws: the kind's errors for an id that is malformed or names nothing.
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
        if let tags { shape[keyPath: tags] = nil }  // they stand in their own table
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

    /// One that was not deleted.
    /// - Throws: the kind's errors for ids that are malformed or name nothing, and for what is being deleted or gone.
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

    /// Takes away its row, its relations and its tags.
    func forget(_ id: String, _ context: Context) throws {
        try ResourceRow.delete(kind, id, context)
        // A part may be known by its owner's id, whose tags stay.
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

    /// A shape without a member, to be filled.
    static var empty: S { S(from: ShapeReader(.object([]), schema: S.schema, layout: .model)) }
}
