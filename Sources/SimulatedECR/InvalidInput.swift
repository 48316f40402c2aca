import AWSCore
import ECRAPI
import SimulatorCore

// ECR's messages for values that the model does not allow.

extension ECRSimulation {
    /// Returns ECR's error for the first violation. Repository names and registry ids have messages of their own. A violation
    /// inside a list of strings is reported for the list.
    public func error(for violations: [Violation], _ operation: String) -> AWSError {
        guard let first = violations.first, !violations.contains(where: \.isType) else {
            return .invalid(violations, wire: model.wire)
        }
        let parts = first.path.split(separator: ".")
        guard let last = parts.last else { return .invalid(violations, wire: model.wire) }
        if let list = first.list {
            if list.path == "repositoryNames" { return .invalidParameter("repositoryName", first.ownWords) }
            return .invalidParameter(
                list.path, list.constraint, explanation: first.value.map { "'\($0)' does not satisfy it." })
        }
        switch (last, first.kind) {
        case ("repositoryName", _): return .invalidParameter("repositoryName", first.ownWords)
        case ("registryId", .patternMismatch(let pattern)):
            return .invalidParameter("registryId", "must satisfy regular expression \(pattern)")
        case ("layerDigest", .patternMismatch), ("uploadId", .patternMismatch):
            return .invalidParameter(first.path, first.ownWords)
        case ("imageTagMutability", .notInEnumeration(let values)):
            return .invalidParameter(first.path, Violation.enumeration(ImageTagMutability.inOrderOfAWS(values)))
        default:
            // ECR reports a tag's `Key` and `Value` as `key` and `value`.
            let path = parts.map { $0.prefix(1).lowercased() + $0.dropFirst() }.joined(separator: ".")
            return .invalidParameter(path, first.constraint)
        }
    }
}

extension Violation {
    /// ECR's message for the members that it checks itself instead of by the model.
    fileprivate var ownWords: String {
        switch kind {
        case .patternMismatch(let pattern): .regularExpression(pattern.replacing(#"\/"#, with: "/"))
        default: constraint.replacing("Member must", with: "must")
        }
    }
}

extension ImageTagMutability {
    /// Sorts values in AWS's order, which differs from the model's.
    fileprivate static func inOrderOfAWS(_ values: [String]) -> [String] {
        let known: [ImageTagMutability] = [.immutable, .mutable, .mutableWithExclusion, .immutableWithExclusion]
        let order = known.map(\.rawValue)
        return order.filter(values.contains) + values.filter { !order.contains($0) }
    }
}

extension String {
    static func regularExpression(_ pattern: String) -> String { "must satisfy regular expression '\(pattern)'" }
}

// MARK: - Checks beyond the model

/// The forms of digests and tags that ECR accepts. They are wider than the distribution specification's.
enum ECRForm {
    static let digest = "[a-zA-Z0-9-_+.]+:[a-fA-F0-9]+"
    static let tag = "[a-zA-Z0-9-_.]+"

    static func isDigest(_ text: String) -> Bool {
        guard let colon = text.utf8.firstIndex(of: 58) else { return false }
        let algorithm = text.utf8[..<colon], hex = text.utf8[colon...].dropFirst()
        return !algorithm.isEmpty && !hex.isEmpty && algorithm.allSatisfy { isTagByte($0) || $0 == 43 }
            && hex.allSatisfy { isDigit($0) || (97...102).contains($0 | 32) }
    }

    static func isTag(_ text: String) -> Bool { !text.isEmpty && text.utf8.allSatisfy(isTagByte) }

    private static func isDigit(_ byte: UInt8) -> Bool { (48...57).contains(byte) }

    /// Whether the byte is a letter, a digit, or one of `-_.`
    private static func isTagByte(_ byte: UInt8) -> Bool {
        isDigit(byte) || (97...122).contains(byte | 32) || byte == 45 || byte == 46 || byte == 95
    }

    static func check(digest text: String?) throws {
        guard let text, !isDigest(text) else { return }
        throw AWSError.invalidParameter("imageDigest", .regularExpression(digest))
    }

    static func check(tag text: String?) throws {
        guard let text, !isTag(text) else { return }
        throw AWSError.invalidParameter("imageTag", .regularExpression(tag))
    }
}

extension ImageIdentifier {
    /// - Throws: `InvalidParameterException` if the identifier is not valid.
    func check() throws {
        guard imageTag != nil || imageDigest != nil else {
            throw AWSError.invalidParameter("imageId", "both tag and digest cannot be null")
        }
        try ECRForm.check(digest: imageDigest)
        try ECRForm.check(tag: imageTag)
    }
}
