import AWSCore
import SimulatorCore

/// How a session was created, as JSON in a column of the session's row.
struct StoredSessionFacts {
    var facts: SessionFacts
    /// The name of a federated user; nil for other sessions.
    var federatedName: String?
    /// The policies of GetScopedCredentials, each of which must allow the action.
    var scopes: [String] = []

    init(_ facts: SessionFacts) { self.facts = facts }

    var text: String {
        var fields: [Node.Field] = [.init("issued", .integer(facts.issuedAt.milliseconds))]
        if let at = facts.mfaAt { fields.append(.init("mfa", .integer(at.milliseconds))) }
        if let identity = facts.sourceIdentity { fields.append(.init("sourceIdentity", .string(identity))) }
        if let provider = facts.provider { fields.append(.init("provider", .string(provider))) }
        if !facts.transitiveTags.isEmpty {
            fields.append(
                .init(
                    "transitive",
                    .object(facts.transitiveTags.sorted { $0.key < $1.key }.map { .init($0.key, .string($0.value)) })))
        }
        if !facts.conditions.isEmpty {
            fields.append(
                .init(
                    "conditions",
                    .object(
                        facts.conditions.sorted { $0.key < $1.key }.map {
                            .init($0.key, .list($0.value.map(Node.string)))
                        })))
        }
        if facts.isAssumedRoot { fields.append(.init("root", .bool(true))) }
        if let name = federatedName { fields.append(.init("federated", .string(name))) }
        if !scopes.isEmpty { fields.append(.init("scopes", .list(scopes.map(Node.string)))) }
        return String(decoding: JSON.write(.object(fields)), as: UTF8.self)
    }

    /// - Returns: nil for sessions of earlier versions, which stored no facts.
    init?(_ text: String?) {
        guard let text, let node = try? JSON.parse(Bytes(text.utf8)), case .integer(let issued)? = node["issued"] else {
            return nil
        }
        facts = SessionFacts(issuedAt: Instant(milliseconds: issued))
        if case .integer(let at)? = node["mfa"] { facts.mfaAt = Instant(milliseconds: at) }
        facts.sourceIdentity = node["sourceIdentity"]?.string
        facts.provider = node["provider"]?.string
        for field in node["transitive"]?.fields ?? [] { facts.transitiveTags[field.name] = field.value.string }
        for field in node["conditions"]?.fields ?? [] {
            facts.conditions[field.name] = (field.value.elements ?? []).compactMap(\.string)
        }
        facts.isAssumedRoot = node["root"] == .bool(true)
        federatedName = node["federated"]?.string
        scopes = (node["scopes"]?.elements ?? []).compactMap(\.string)
    }
}

/// Session tags, whose keys ignore case.
enum SessionTags {
    /// Returns both sets of tags. Where both have a key, the tag in `others` counts.
    static func merged(_ first: [String: String], with others: [String: String]) -> [String: String] {
        let keys = Set(others.keys.map { $0.lowercased() })
        return first.filter { !keys.contains($0.key.lowercased()) }.merging(others) { $1 }
    }
}
