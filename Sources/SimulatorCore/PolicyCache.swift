import AWSCore
import Synchronization

/// Policies by their text: each is parsed once, however many requests it decides.
public final class PolicyCache: Sendable {
    private struct Key: Hashable {
        let kind: PolicyDocument.Kind
        let text: String
    }
    private let documents = Mutex<[Key: PolicyDocument]>([:])
    /// A bound on memory; a simulator with more policies in use than this parses some of them again.
    private static let capacity = 1000

    init() {}

    /// - Throws: ``PolicySyntaxError`` if the text is no policy of that kind.
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
