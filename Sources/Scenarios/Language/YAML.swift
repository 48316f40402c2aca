import AWSCore
import Yams

/// Parses YAML with the core schema of YAML 1.2 on top of libyaml: `yes` and `001727357081` are
/// text.
enum YAML {
    /// Adds errors to `mistakes`. Returns nil if the text is not YAML.
    static func parse(_ text: String, _ mistakes: MistakeList) -> Value? {
        do {
            guard let root = try Yams.compose(yaml: text) else {
                mistakes.add(.start, "the file is empty; a scenario begins with 'name:'")
                return nil
            }
            return value(root, mistakes)
        } catch let error as YamlError {
            let (position, problem) = explain(error)
            mistakes.add(position, problem)
        } catch {
            mistakes.add(.start, "\(error)")
        }
        return nil
    }

    private static func position(_ mark: Mark?) -> FilePosition {
        FilePosition(line: mark?.line ?? 1, column: mark?.column ?? 1)
    }

    private static func value(_ node: Yams.Node, _ mistakes: MistakeList) -> Value {
        let position = position(node.mark)
        switch node {
        case .scalar(let scalar):
            if scalar.style == .plain, let content = plain(scalar.string) { return Value(position: position, content: content) }
            do {
                return Value(position: position, content: .string(try Template(scalar.string)))
            } catch {
                mistakes.add(position, error.message)
                return Value(position: position, content: .string(Template(literal: scalar.string)))
            }
        case .sequence(let sequence): return Value(position: position, content: .list(sequence.map { value($0, mistakes) }))
        case .mapping(let mapping):
            var entries: [Value.Entry] = []
            for (key, inner) in mapping {
                guard case .scalar(let name) = key else {
                    mistakes.add(self.position(key.mark), "a key must be text")
                    continue
                }
                entries.append(.init(key: name.string, position: self.position(key.mark), value: value(inner, mistakes)))
            }
            return Value(position: entries.first?.position ?? position, content: .object(entries))
        case .alias: return Value(position: position, content: .null)
        }
    }

    private static func plain(_ text: String) -> Value.Content? {
        switch text {
        case "", "~", "null", "Null", "NULL": return .null
        case "true", "True", "TRUE": return .bool(true)
        case "false", "False", "FALSE": return .bool(false)
        default: break
        }
        let digits = text.hasPrefix("-") ? text.dropFirst() : Substring(text)
        guard let first = digits.utf8.first, (48...57).contains(first) else { return nil }
        if digits.utf8.allSatisfy({ (48...57).contains($0) }) {
            return digits.utf8.count == 1 || first != 48 ? Int64(text).map { .integer($0) } : nil
        }
        let parts = digits.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 2, parts.allSatisfy({ !$0.isEmpty && $0.utf8.allSatisfy { (48...57).contains($0) } }) else {
            return nil
        }
        return Double(text).map { .number($0) }
    }

    private static func explain(_ error: YamlError) -> (FilePosition, String) {
        switch error {
        case .scanner(let context, let problem, let mark, _), .parser(let context, let problem, let mark, _),
            .composer(let context, let problem, let mark, _):
            let within = context.map { " \($0.text) that begins at \($0.mark)" } ?? ""
            return (position(mark), "this is not YAML: \(problem)\(within)")
        case .reader(let problem, _, _, _): return (.start, "this is not YAML: \(problem)")
        case .duplicatedKeysInMapping(let duplicates, let context):
            return (position(context.mark), "the key '\(duplicates.joined(separator: "', '"))' occurs more than once")
        default: return (.start, "this is not YAML: \(error)")
        }
    }
}
