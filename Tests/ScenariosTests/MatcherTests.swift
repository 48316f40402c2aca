import AWSCore
import Testing

@testable import Scenarios

@Suite struct Matchers {
    static let result = """
        {"name": "abc", "size": 12, "tags": ["a", "b"], "empty": [], "at": "2023-12-17T09:00:00Z", "flag": true,
         "items": [{"id": "i-1", "state": {"code": 16}}, {"id": "i-2", "state": {"code": 0}}]}
        """

    static let holding = [
        "name: abc", "name: {matches: 'a?c'}", "name: {matches: 'a*'}", "name: {matches: '/^[a-c]+$/'}", "name: {contains: b}",
        "name: {not: x}", "name: {one_of: [x, abc]}", "size: 12", "size: {above: 11}", "size: {below: 12.5}", "tags: [a, b]",
        "tags: {contains: a}", "tags: {count: 2}", "tags[-1]: b", "empty: []", "empty: {count: 0}", "flag: true",
        "gone: {absent: true}", "name: {present: true}", "items[0]: {id: i-1, state: {code: 16}}", "items[*].id: [i-1, i-2]",
        "items[id=i-2].state.code: 0", "items: [{id: i-1}, {id: i-2}]", "at: {above: '2023-12-17T08:59:59Z'}", "gone: null",
        "name: {matches: 'a*', not: ab}", "items[*].state.code: [16, 0]",
    ]

    static let failing = [
        "name: abd", "name: {matches: b}", "name: {matches: '/^b/'}", "name: {contains: x}", "name: {not: abc}",
        "name: {one_of: [x]}",
        "size: '12'", "size: {above: 12}", "size: {below: 12}", "tags: [a]", "tags: [b, a]", "tags: {count: 1}",
        "empty: {count: 1}",
        "flag: 'true'", "name: {absent: true}", "gone: {present: true}", "gone: x", "items[0]: {id: i-2}", "items[2].id: i-1",
        "at: {below: '2023-12-17T09:00:00Z'}", "name: null", "name: {matches: 'a*', not: abc}", "tags: []",
    ]

    @Test(arguments: holding) func matchersAcceptMatchingValues(_ text: String) throws {
        #expect(try Self.mismatch(text) == nil)
    }
    @Test(arguments: failing) func matchersRejectOtherValues(_ text: String) throws { #expect(try Self.mismatch(text) != nil) }

    private static func mismatch(_ text: String) throws -> String? {
        let mistakes = MistakeList()
        let value = try #require(YAML.parse(text, mistakes))
        let expectations = ResultRulesReader(mistakes).expectations(value, .unknown, Scope(constants: Variables()))
        try #require(mistakes.isEmpty, "\(mistakes.mistakes)")
        let node = try JSON.parse(result)
        return try expectations.compactMap { try $0.mismatch(in: node, Variables())?.path }.first
    }

    @Test func mismatchNamesItsPath() throws {
        #expect(try Self.mismatch("items[0]: {state: {code: 1}}") == "items[0].state.code")
        #expect(try Self.mismatch("items: [{id: i-1}, {id: x}]") == "items[1].id")
    }
}

@Suite struct Templates {
    private let variables = Variables(["a": .string("x"), "n": .integer(7), "o": .object([.init("l", .list([.string("z")]))])])

    @Test(arguments: [
        ("${a}", "x"), ("-${a}-${n}-", "-x-7-"), ("$${a}", "${a}"), ("${o.l[0]}", "z"), ("cost: $5", "cost: $5"), ("", ""),
    ])
    func templatesSubstituteVariables(_ text: String, _ expected: String) throws {
        #expect(try Template(text).text(variables) == expected)
    }

    @Test func loneVariableKeepsItsType() throws {
        #expect(try Template("${n}").resolved(variables) == .integer(7))
        #expect(try Template("${n} ").resolved(variables) == .string("7 "))
    }

    @Test(arguments: ["${", "${}", "${[0]}", "${a b}", "${a[}"])
    func malformedTemplatesAreRejected(_ text: String) { #expect(throws: TemplateError.self) { _ = try Template(text) } }

    @Test func unknownVariableThrows() throws {
        let template = try Template("${o.x}")
        let error = #expect(throws: UnknownVariable.self) { _ = try template.text(variables) }
        #expect(error?.description == "${o.x} has no value")
    }
}

@Suite struct YAMLValues {
    @Test(arguments: [
        ("001727357081", "001727357081"), ("yes", "yes"), ("12:30", "12:30"), ("1_000", "1_000"), ("0x10", "0x10"),
        ("1.2.3", "1.2.3"),
    ])
    func ambiguousScalarsAreReadAsText(_ source: String, _ expected: String) throws {
        let value = try #require(YAML.parse(source, MistakeList()))
        #expect(value.template?.literal == expected)
    }

    @Test func yamlScalarsKeepTheirTypes() throws {
        let value = try #require(YAML.parse("[1, -2, 2.5, true, null, '1']", MistakeList()))
        #expect(
            try value.resolved(Variables())
                == .list([.integer(1), .integer(-2), .number(2.5), .bool(true), .null, .string("1")]))
    }
}
