import AWSCore
import EC2API
import ECRAPI
import IAMAPI
import SSMAPI
import STSAPI
import Testing

@Suite struct Patterns {
    @Test(arguments: [
        ("[a-z0-9]+((\\.|_|__|-+)[a-z0-9]+)*(\\/[a-z0-9]+((\\.|_|__|-+)[a-z0-9]+)*)*", "nginx/web-app", true),
        ("[a-z0-9]+((\\.|_|__|-+)[a-z0-9]+)*(\\/[a-z0-9]+((\\.|_|__|-+)[a-z0-9]+)*)*", "nginx//web", false),
        ("[a-z0-9]+((\\.|_|__|-+)[a-z0-9]+)*(\\/[a-z0-9]+((\\.|_|__|-+)[a-z0-9]+)*)*", "Nginx", false),
        ("[a-z0-9]+((\\.|_|__|-+)[a-z0-9]+)*(\\/[a-z0-9]+((\\.|_|__|-+)[a-z0-9]+)*)*", "a___b", false),
        ("[0-9]{12}", "123456789012", true), ("[0-9]{12}", "12345678901", false), ("[0-9]{12}", "1234567890123", false),
        ("[\\w+=,.@-]+", "Worker.1@x", true), ("[\\w+=,.@-]+", "W rker", false), ("[\\w+=,.@-]+", "", false),
        ("[\\w+=,.@-]+", "Wörker", false),  // \w is ASCII in Java
        ("[\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]*", "Größe 1-2", true), ("[\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]*", "a*b", false),
        ("^$|arn:aws[a-z0-9-]*:kms:[a-z0-9-]+", "", true), ("^$|arn:aws[a-z0-9-]*:kms:[a-z0-9-]+", "arn:aws:kms:x", true),
        ("^$|arn:aws[a-z0-9-]*:kms:[a-z0-9-]+", "arn", false),
        ("(\\u002F)|(\\u002F[\\u0021-\\u007E]+\\u002F)", "/", true),
        ("(\\u002F)|(\\u002F[\\u0021-\\u007E]+\\u002F)", "/a/b/", true),
        ("(\\u002F)|(\\u002F[\\u0021-\\u007E]+\\u002F)", "/a", false),
        ("v[1-9][0-9]*(\\.[A-Za-z0-9-]*)?", "v1", true), ("v[1-9][0-9]*(\\.[A-Za-z0-9-]*)?", "v0", false),
        ("[a-zA-Z0-9-_+.]+:[a-fA-F0-9]+", "sha256:abc", true), ("a{2,3}", "a", false), ("a{2,3}", "aaa", true),
        ("a{2,}", "aaaaa", true),
        ("a{2,3}", "aaaa", false), (".", "\n", false), (".", "é", true), ("[^/]+", "a/b", false), ("(a|b)*c?", "abab", true),
        ("^[a-z0-9]([a-z0-9]|-(?!-)){1,61}[a-z0-9]$", "my-company", true),
        ("^[a-z0-9]([a-z0-9]|-(?!-)){1,61}[a-z0-9]$", "my--company", false), ("a-(?!-)", "a-", true),
        ("^(?!\\s*$).+", " a ", true), ("^(?!\\s*$).+", "{\n}\n", true), ("^(?!\\s*$).+", " \n ", false),
        ("^(?!\\s*$).+", "", false),
        ("[\\x21\\x23-\\x2B]+", "!#+", true), ("[\\x21\\x23-\\x2B]+", "\"", false),
        ("\\D+", "ab", true), ("\\D+", "a1", false), ("[^]a]", "b", true), ("[]a]", "]", true), ("(?:a?)*b", "aab", true),
    ])
    func patternMatchesWholeText(_ pattern: String, _ text: String, _ expected: Bool) {
        let pattern = Schema.Pattern(pattern)
        #expect(pattern.isSupported)
        #expect(pattern.matches(text) == expected)
    }

    /// A backtracking engine would take longer than the universe for these.
    @Test(.timeLimit(.minutes(1)), arguments: ["^[a-z0-9*](?:[._\\-/a-z0-9*]?[a-z0-9*]+)*$", "((a*)*)*b"])
    func patternMatchingTakesLinearTime(_ text: String) {
        let pattern = Schema.Pattern(text)
        /// Returns the shortest of five measurements, because other tests run at the same time.
        func time(_ count: Int) -> Duration {
            let text = String(repeating: "a", count: count) + "!"
            return (0..<5).map { _ in ContinuousClock().measure { #expect(!pattern.matches(text)) } }.min() ?? .zero
        }
        // Eight times the text takes about eight times as long; in quadratic time it would take 64 times as long.
        #expect(time(16_000) / time(2_000) < 32)
    }

    @Test(arguments: ["(?=a)", "(?!ab)c", "\\x2", "a\\1", "[a&&b]", "(", "a{3", "*", "[z-a]", "\\b", "a{2,1}"])
    func unsupportedPatternMatchesAnything(_ text: String) {
        #expect(!Schema.Pattern(text).isSupported)
        #expect(Schema.Pattern(text).matches("anything"))
    }

    @Test func everyModelPatternIsSupported() {
        let schemas =
            (EC2.untypedOperations + ECR.untypedOperations + IAM.untypedOperations + SSM.untypedOperations
            + STS.untypedOperations)
            .map(\.inputSchema)
        var patterns: [Schema.Pattern] = []
        for member in schemas.flatMap(\.members) {
            patterns += [member.constraint?.pattern, member.elementConstraint?.pattern].compactMap { $0 }
        }
        #expect(patterns.count > 50)
        #expect(patterns.filter { !$0.isSupported }.map(\.text) == [])
    }
}
