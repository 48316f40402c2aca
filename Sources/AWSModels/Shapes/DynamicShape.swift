public import AWSCore

/// A structure that is described by a table, not by a type.
public final class DynamicShape: Sendable {
    package struct Member: Sendable {
        /// The structure that is the type of the member or its elements.
        package let target: String?
        /// The type of a list's or map's elements.
        package let element: Schema.Kind

        init(_ line: Slice<UnsafeBufferPointer<UInt8>>) {
            // A pattern may contain anything and extends to the end of the line.
            let options = line.split(separator: 32).prefix { !$0.starts(with: "~".utf8) && !$0.starts(with: "e~".utf8) }
            target = options.first { $0.starts(with: "r:".utf8) }.map { String(decoding: $0.dropFirst(2), as: UTF8.self) }
            let element = options.first { $0.starts(with: "e:".utf8) }?.last
                .flatMap { Schema.Kind(rawValue: Character(Unicode.Scalar($0))) }
            self.element = element ?? (target == nil ? .string : .structure)
        }
    }

    public let name: String
    public let schema: Schema
    package let members: [Member]
    /// The members' names.
    package let names: Set<String>

    /// The indices of the idempotency tokens.
    let tokens: [Int]

    static let empty = DynamicShape("Empty", UnsafeBufferPointer(start: nil, count: 0))

    init(_ name: String, _ text: UnsafeBufferPointer<UInt8>) {
        self.name = name
        schema = Schema(name, bytes: text, isConstrained: true)
        tokens = schema.members.indices.filter { [schema] in schema.members[$0].isIdempotencyToken }
        names = Set(schema.members.map(\.name))
        members = text.split(separator: 10).map(Member.init)
    }
}
