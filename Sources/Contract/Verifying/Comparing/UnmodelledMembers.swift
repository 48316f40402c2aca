import AWSCore
import AWSModels

/// The parts of a response that the model does not define, by path: unknown elements, and text in place of a list.
///
/// SDKs do not read them, but programs that parse the document do.
struct UnmodelledMembers {
    private(set) var found: [String: String] = [:]
    private let codec: DynamicCodec

    init(_ content: Node, _ shape: DynamicShape, _ codec: DynamicCodec) {
        self.codec = codec
        structure(content, shape, "")
    }

    private mutating func structure(_ node: Node, _ shape: DynamicShape, _ path: String) {
        guard let fields = node.fields else { return text(node, path) }
        for field in fields {
            guard let index = shape.schema.members.firstIndex(where: { $0.wire == field.name }) else {
                add(field.value, TreeComparison.join(path, field.name))
                continue
            }
            let member = shape.schema.members[index]
            value(field.value, member, shape.members[index], TreeComparison.join(path, member.name))
        }
    }

    private mutating func value(_ node: Node, _ member: Schema.Member, _ extra: DynamicShape.Member, _ path: String) {
        switch member.kind {
        case .structure: structure(node, codec.table.shape(extra.target), path)
        case .list:
            if member.isFlattened, node.elements == nil { return element(node, extra, path) }
            for item in node.elements ?? [] { element(item, extra, path) }
            guard node.elements == nil else { return }
            guard let fields = node.fields else { return text(node, path) }
            for field in fields {
                if field.name == member.itemName {
                    element(field.value, extra, path)
                } else {
                    text(field.value, "\(path).\(field.name)")
                }
            }
        case .map: if node.fields == nil { text(node, path) }
        default: if let fields = node.fields, let first = fields.first { text(first.value, "\(path).\(first.name)") }
        }
    }

    private mutating func element(_ node: Node, _ extra: DynamicShape.Member, _ path: String) {
        if extra.element == .structure { structure(node, codec.table.shape(extra.target), path) }
    }

    /// Adds text, except whitespace between elements.
    private mutating func text(_ node: Node, _ path: String) {
        if !TreeComparison.isEmpty(node) { add(node, path) }
    }

    private mutating func add(_ node: Node, _ path: String) {
        found[path] = (found[path].map { "\($0), " } ?? "") + TreeComparison.text(node)
    }
}
