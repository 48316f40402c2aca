import AWSCore
import Yams

/// Parses a YAML cassette of vcrpy or Ruby's VCR into the form of a JSON cassette.
enum CassetteYAML {
    /// - Throws: ``ImportFailure`` with the parser's line and message.
    static func parse(_ bytes: Bytes) throws -> AWSCore.Node {
        do {
            guard let root = try Yams.compose(yaml: String(decoding: bytes, as: UTF8.self)) else {
                throw ImportFailure("the file is empty")
            }
            return node(root)
        } catch let error as YamlError {
            throw ImportFailure("the file is neither JSON nor YAML: \(error)")
        }
    }

    private static func node(_ yaml: Yams.Node) -> AWSCore.Node {
        switch yaml {
        case .mapping(let mapping):
            return .object(mapping.map { .init($0.key.string ?? "", node($0.value)) })
        case .sequence(let sequence): return .list(sequence.map(node))
        case .scalar(let scalar):
            // Binary content: vcrpy's `!!binary`, Ruby's `!binary`.
            if yaml.tag.description.hasSuffix("binary") {
                return .object([.init("base64_string", .string(scalar.string.filter { !$0.isWhitespace }))])
            }
            guard scalar.style == .plain else { return .string(scalar.string) }
            if let number = Int64(scalar.string) { return .integer(number) }
            return yaml.null == nil ? .string(scalar.string) : .null
        case .alias: return .null
        }
    }
}
