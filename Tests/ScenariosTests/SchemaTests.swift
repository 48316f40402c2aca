import AWSCore
import Foundation
import Testing

@testable import Scenarios

/// The JSON schema that editors use to complete scenario files.
@Suite struct ScenarioSchema {
    private static let folder =
        URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent().path + "/Scenarios"

    private static func schema() throws -> Node {
        try JSON.parse(Bytes(try Data(contentsOf: URL(fileURLWithPath: folder + "/scenario.schema.json"))))
    }

    @Test func schemaListsEveryStepKind() throws {
        let forms = try Self.schema()["$defs"]?["step"]?["oneOf"]?.elements ?? []
        let kinds = forms.compactMap { $0["required"]?.elements?.first?.string }
        #expect(Set(kinds) == Set(StepReader.kinds) && kinds.count == StepReader.kinds.count)
    }

    /// The reader knows every key in the schema: a file that uses them all has only value errors.
    @Test func readerKnowsEverySchemaKey() throws {
        let schema = try Self.schema()
        let keys = (schema["properties"]?.fields ?? []).map(\.name)
        for key in keys where key != "name" {
            let mistakes = Self.mistakes("name: x\n\(key): {}\n")
            #expect(!mistakes.contains("'\(key)' is not known in"), "\(key): \(mistakes)")
        }
        #expect(Self.mistakes("name: x\nnonsense: {}\n").contains("'nonsense' is not known in"))
        for form in schema["$defs"]?["step"]?["oneOf"]?.elements ?? [] {
            let kind = try #require(form["required"]?.elements?.first?.string)
            for key in (form["properties"]?.fields ?? []).map(\.name) where key != kind {
                let mistakes = Self.mistakes("name: x\nup:\n  - \(kind): x\n    \(key): x\n")
                #expect(!mistakes.contains("'\(key)' is not known in"), "\(kind), \(key): \(mistakes)")
            }
        }
    }

    @Test func everyScenarioNamesSchema() throws {
        let files = try FileManager.default.subpathsOfDirectory(atPath: Self.folder).filter { $0.hasSuffix(".yaml") }
        #expect(files.count >= 12)
        for file in files {
            let text = try String(contentsOfFile: "\(Self.folder)/\(file)", encoding: .utf8)
            let up = file.contains("/") ? "../" : ""
            #expect(text.hasPrefix("# yaml-language-server: $schema=\(up)scenario.schema.json\n"), "\(file)")
        }
    }

    private static func mistakes(_ text: String) -> String {
        do {
            _ = try Scenario(parsing: text, file: "x.yaml")
            return ""
        } catch { return "\(error)" }
    }
}
