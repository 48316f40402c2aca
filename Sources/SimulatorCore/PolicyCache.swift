import AWSCore
import Synchronization

/// A cache of parsed policies by text, so that each is parsed once.
public final class PolicyCache: Sendable {
    private struct Key: Hashable {
        let kind: PolicyDocument.Kind
        let text: String
    }
    private let documents = Mutex<[Key: PolicyDocument]>([:])
    /// Limits memory. A simulator with more policies in use parses some of them again.
    private static let capacity = 1000

    init() {}

    /// - Throws: ``PolicySyntaxError`` if the text is not a policy of that kind.
    func document(_ text: String, as kind: PolicyDocument.Kind) throws -> PolicyDocument {
        let key = Key(kind: kind, text: text)
        if let known = documents.withLock({ $0[key] }) { return known }
        let document = try PolicyDocument(parsing: text, as: kind)
        documents.withLock { documents in
            if documents.count >= Self.capacity { documents.removeAll() }
            documents[key] = document
        }
        return document
    }
}
