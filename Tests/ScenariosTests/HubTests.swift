import Drydock
import Testing

@testable import Scenarios

/// A scenario's settings for Docker Hub's contents.
@Suite struct ScenarioHub {
    @Test func scenarioHubContentsExistBeforeFirstStep() async throws {
        let scenario = try Scenario(
            parsing: """
                name: x
                settings: {strict: true}
                hub:
                  users: [{name: worker, password: secret}]
                  images: [{reference: worker/app:v1, private: true, command: [sh], layers: [{etc/motd: hello}]}]
                up:
                  - docker: docker pull worker/app:v1
                    expect: {exit: 1}
                  - docker: docker login -u worker --password-stdin
                    stdin: wrong
                    expect: {exit: 1}
                  - docker: docker login -u worker --password-stdin
                    stdin: secret
                  - docker: docker pull worker/app:v1

                """, file: "x.yaml")
        #expect(scenario.requirements == [.hub])
        let report = await ScenarioRun(scenario, on: try .simulator(for: scenario)).run()
        #expect(report.isSuccess, "\(report)")
    }

    @Test(arguments: [
        ("hub: []", "2:6 the Hub's contents must be an object"),
        ("hub: {user: []}", "2:7 the Hub's contents has no member 'user'; there are 'users', 'images'"),
        (
            "hub: {images: [{reference: ghcr.io/a/b}]}",
            "2:7 'ghcr.io/a/b' is not a name of Docker Hub but of ghcr.io; the Hub's are like worker/app:v1 or alpine:3"
        ),
        ("hub: {users: [{name: '${run}', password: x}]}", "2:22 the contents of Docker Hub cannot have variables"),
    ])
    func hubContentErrorsNameTheirPosition(_ text: String, _ expected: String) throws {
        let mistakes = #expect(throws: ScenarioMistakes.self) {
            try Scenario(parsing: "name: x\n\(text)\nup: [{note: a}]\n", file: "x.yaml")
        }
        #expect(mistakes?.mistakes.map { "\($0.position) \($0.message)" } == [expected])
    }
}
