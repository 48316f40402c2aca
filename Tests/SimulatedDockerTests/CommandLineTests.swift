import AWSCore
import OCI
import SimulatedDocker
import Testing

@Suite struct DockerCommandLines {
    let world: World
    let docker: DockerCommandLine

    init() throws {
        world = try World()
        docker = DockerCommandLine(world.machine())
    }

    @Test func courseDockerCommandsSucceed() async throws {
        var result = await docker.run(["login", "--username", "worker", "--password-stdin"], input: "secret\n")
        #expect(result == DockerCommandLine.Result(output: "Login Succeeded\n"))
        result = await docker.run(["pull", "pedroheeger/curso084-flask:v1"])
        #expect(result.status == 0)
        #expect(try result.digest == docker.engine.images().first?.digest)
        #expect(result.output.hasSuffix("docker.io/pedroheeger/curso084-flask:v1\n"))
        #expect(await docker.run(["tag", "pedroheeger/curso084-flask:v1", "worker/test1:v1"]) == DockerCommandLine.Result())
        result = await docker.run(["push", "worker/test1:v1"])
        #expect(result.status == 0)
        result = await docker.run(["images", "--format", "{{.Repository}}:{{.Tag}}"])
        #expect(result.output == "pedroheeger/curso084-flask:v1\nworker/test1:v1\n")
        result = await docker.run(["image", "rm", "pedroheeger/curso084-flask:v1", "worker/test1:v1"])
        #expect(result.output.hasPrefix("Untagged: pedroheeger/curso084-flask:v1\n"))
        result = await docker.run(["images"])
        #expect(result.output == "REPOSITORY   TAG       IMAGE ID   CREATED   SIZE\n")
    }

    @Test func imageListMatchesDockerFormat() async throws {
        _ = await docker.run(["pull", "-q", "hello-world"])
        let id = try #require(try docker.engine.images().first?.id.short)
        let result = await docker.run(["image", "ls"])
        #expect(
            result.output == """
                REPOSITORY    TAG       IMAGE ID       CREATED        SIZE
                hello-world   latest    \(id)   7 months ago   118B

                """)
        #expect(await docker.run(["images", "-q"]).output == "\(id)\n")
        #expect(await docker.run(["images", "other"]).output.split(separator: "\n").count == 1)
    }

    static let mistakes: [([String], String, Int32)] = [
        (["pull", "Upper"], "invalid reference format: repository name (library/Upper) must be lowercase\n", 1),
        (
            ["tag", "x", "Y"],
            "Error parsing reference: \"Y\" is not a valid repository/tag: invalid reference format: repository name (library/Y) must be "
                + "lowercase\n", 1
        ),
        (["tag", "x", "y"], "Error response from daemon: No such image: x:latest\n", 1),
        (
            ["rmi", "x", "abc"],
            "Error response from daemon: No such image: x:latest\nError response from daemon: No such image: abc:latest\n", 1
        ),
        (["pull", "--sideways", "x"], "unknown flag: --sideways\n\nUsage:  docker pull\n", 125),
        (["pull"], "docker: 'docker pull' requires 1 argument\n\nUsage:  docker pull\n", 1),
        (["login", "-u", "x", "--password-stdin"], "Error: Password Required\n", 1),
    ]

    @Test(arguments: mistakes)
    func invalidDockerCommandsReportErrors(_ arguments: [String], _ errors: String, _ status: Int32) async {
        let result = await docker.run(arguments)
        #expect(result.errors == errors)
        #expect(result.status == status)
    }
}
