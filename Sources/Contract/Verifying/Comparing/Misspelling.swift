import AWSCore
import AWSModels

/// Handles misspelled names in documented examples, such as `Route` for `Routes` and `…State` for `…Status`.
enum Misspelling {
    /// Returns the member that a name probably means: the most similar one absent from the document, if similar enough.
    static func member(like name: String, of shape: DynamicShape, besides fields: [Node.Field]) -> Int? {
        let given = Set(fields.map(\.name))
        let candidates = shape.schema.members.indices.filter { !given.contains(shape.schema.members[$0].name) }
        let distances = candidates.map { ($0, distance(name, shape.schema.members[$0].name)) }
        guard let nearest = distances.min(by: { $0.1 < $1.1 }), nearest.1 <= min(3, name.utf8.count / 4) else { return nil }
        return distances.filter { $0.1 == nearest.1 }.count == 1 ? nearest.0 : nil
    }

    /// Returns how many letters must be inserted, removed or changed.
    static func distance(_ a: String, _ b: String) -> Int {
        let a = Bytes(a.lowercased().utf8), b = Bytes(b.lowercased().utf8)
        var row = Array(0...b.count)
        for (i, left) in a.enumerated() {
            var diagonal = row[0]
            row[0] = i + 1
            for (j, right) in b.enumerated() {
                let changed = diagonal + (left == right ? 0 : 1)
                diagonal = row[j + 1]
                row[j + 1] = min(changed, row[j] + 1, row[j + 1] + 1)
            }
        }
        return row[b.count]
    }
}
