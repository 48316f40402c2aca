/// The prepared text around a member's value. It points into its schema's memory, so that writing a member does no reference
/// counting: a response has hundreds of members.
struct WireForm {
    typealias Text = UnsafeBufferPointer<UInt8>
    typealias Table = UnsafeBufferPointer<WireForm>

    /// `"name":`, with the name on the wire and with the name in the documentation.
    let jsonKey, modelKey: Text
    /// `<name>`, `</name>`.
    let open, close: Text
    /// The same for a list; empty if the list is flattened.
    let openList, closeList: Text
    /// The same for the list's items.
    let openItem, closeItem: Text
    /// The name in query strings, and the name of a list's items.
    let query, itemName: Text
    let isFlattened: Bool
    let timestampFormat: Schema.TimestampFormat?

    private init(_ member: Schema.Member, _ block: inout Block) {
        let (wire, item) = (member.wire, member.itemName)
        jsonKey = block.keep("\"\(wire)\":")
        modelKey = member.name == wire ? jsonKey : block.keep("\"\(member.name)\":")
        open = block.keep("<\(wire)>")
        close = block.keep("</\(wire)>")
        isFlattened = member.isFlattened
        openList = isFlattened ? block.keep("") : open
        closeList = isFlattened ? openList : close
        openItem = isFlattened ? open : block.keep("<\(item)>")
        closeItem = isFlattened ? close : block.keep("</\(item)>")
        query = block.keep(member.query)
        itemName = block.keep(item)
        timestampFormat = member.timestampFormat
    }

    /// Returns the forms of a schema's members. The caller owns the memory.
    static func table(_ members: [Schema.Member]) -> (forms: Table, texts: UnsafeMutablePointer<UInt8>) {
        let most = members.reduce(0) { sum, member in
            sum + 24 + 3 * member.wire.utf8.count + member.name.utf8.count + member.query.utf8.count + 3
                * member.itemName.utf8.count
        }
        let texts = UnsafeMutablePointer<UInt8>.allocate(capacity: most)
        var block = Block(next: texts)
        let forms = UnsafeMutableBufferPointer<WireForm>.allocate(capacity: members.count)
        _ = forms.initialize(from: members.map { WireForm($0, &block) })
        return (Table(forms), texts)
    }

    /// The memory for a table's texts, stored one after another.
    private struct Block {
        var next: UnsafeMutablePointer<UInt8>

        mutating func keep(_ text: String) -> Text {
            let kept = UnsafeMutableBufferPointer(start: next, count: text.utf8.count)
            next += kept.initialize(from: text.utf8).index
            return Text(kept)
        }
    }
}
