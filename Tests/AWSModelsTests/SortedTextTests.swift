import Testing

@testable import AWSModels

@Suite struct SortedTexts {
    private static let text = SortedText(
        """
        A first
         of A
         more of A
        AB
        B second
        Ba third
         of Ba
        """)

    @Test(arguments: [
        ("A", "first", "\n of A\n more of A\n"), ("AB", "", "\n"), ("B", "second", "\n"), ("Ba", "third", "\n of Ba"),
    ])
    func sortedTextFindsEveryRecord(_ name: String, _ line: String, _ body: String) throws {
        let record = try #require(Self.text.record(name))
        #expect(record.words.joined(separator: " ") == line)
        #expect(String(decoding: record.body, as: UTF8.self) == body)
    }

    @Test(arguments: ["", "0", "AA", "Aa", "Bb", "of", "a", " of"])
    func sortedTextReturnsNilForAbsentNames(_ name: String) {
        #expect(Self.text.record(name) == nil)
        #expect(SortedText("").record(name) == nil)
    }

    @Test func sortedTextListsNamesInOrder() {
        #expect(Self.text.names == ["A", "AB", "B", "Ba"])
        #expect(SortedText("").names == [])
    }

    @Test func everyModelOperationIsFoundByName() {
        for table in ModelTable.all {
            #expect(Set(table.operations.keys) == Set(table.operations.keys.compactMap { table.operation($0)?.name }))
        }
    }
}
