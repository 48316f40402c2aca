/// What writers write around a member's value, ready made. It points into memory of its schema's, so that writing a member
/// counts no references: a response has hundreds.
struct WireForm {
    typealias Text = UnsafeBufferPointer<UInt8>
    typealias Table = UnsafeBufferPointer<WireForm>

    /// `"name":`, with the name on the wire and the one in the documentation.
    let jsonKey, modelKey: Text
    /// `<name>`, `</name>`.
    let open, close: Text
    /// The same around a list; empty where it is flattened.
    let openList, closeList: Text
    /// The same around its items.
    let openItem, closeItem: Text
    /// The name in query strings, and that of a list's items.
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

    /// The forms of a schema's members. Whoever takes them keeps them.
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

    /// Where the texts of a table lie, one behind the other.
    private struct Block {
        var next: UnsafeMutablePointer<UInt8>

        mutating func keep(_ text: String) -> Text {
            let kept = UnsafeMutableBufferPointer(start: next, count: text.utf8.count)
            next += kept.initialize(from: text.utf8).index
            return Text(kept)
        }
    }
}
