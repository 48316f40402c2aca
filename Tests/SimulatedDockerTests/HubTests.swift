import AWSCore
import HTTPTypes
import OCI
import SimulatedDocker
import SimulatorCore
import Testing

@Suite struct HubLogins {
    @Test func firstLoginCreatesHubUser() async throws {
        let world = try World()
        let engine = world.machine()
        try await engine.login("", RegistryCredentials(username: "worker", password: "one"))
        await #expect {
            try await engine.login("docker.io", RegistryCredentials(username: "worker", password: "two"))
        } throws: {
            "\($0)"
                == "Error response from daemon: Get \"https://registry-1.docker.io/v2/\": unauthorized: incorrect username or password"
        }
        #expect(engine.configuration["auths"]?[DockerEngine.hubAddress]?["auth"]?.string == "d29ya2VyOm9uZQ==")
    }

    @Test func strictHubRejectsUnknownUsers() async throws {
        let world = try World(isStrict: true)
        await #expect(throws: DockerError.self) { try await world.machine(loggedInAs: "worker") }
        try world.hub.addUser("worker", password: "secret", in: world.simulator)
        _ = try await world.machine(loggedInAs: "worker")
    }

    @Test(arguments: ["", "Upper", "a b", "../x"])
    func invalidUserNamesCannotLogIn(_ name: String) async throws {
        let world = try World()
        await #expect(throws: DockerError.self) { try await world.machine(loggedInAs: name) }
    }

    @Test func dockerConfigFileTransfersLogin() async throws {
        let world = try World()
        let first = try await world.machine(loggedInAs: "worker")
        let second = world.machine()
        try second.load(configuration: JSON.write(first.configuration, pretty: true))
        try await second.pull("alpine")
        try second.tag("alpine", "worker/alpine")
        try await second.push("worker/alpine")
        #expect(try second.logout())
        #expect(try !second.logout())
    }
}

@Suite struct HubTokens {
    let world: World
    init() throws { world = try World() }

    func token(_ scope: String, as user: String? = nil) async throws -> String {
        var fields: HTTPFields = [:]
        if let user { fields[.authorization] = "Basic " + Base64.encode(Bytes("\(user):secret".utf8)) }
        let path = "/token?service=registry.docker.io&scope=\(scope)"
        return try #require(try await world.ask(.get, "auth.docker.io", path, fields).1["token"]?.string)
    }

    func pull(_ token: String?) async throws -> HTTPResponse {
        var fields: HTTPFields = [:]
        fields[.authorization] = token.map { "Bearer \($0)" }
        return try await world.ask(.get, "registry-1.docker.io", "/v2/library/alpine/manifests/latest", fields).0
    }

    @Test func hubTokenExpiresAfterFiveMinutes() async throws {
        let token = try await token("repository:library/alpine:pull")
        #expect(try await pull(token).status == .ok)
        world.clock.advance(by: .seconds(299))
        #expect(try await pull(token).status == .ok)
        world.clock.advance(by: .seconds(1))
        let late = try await pull(token)
        #expect(late.status == .unauthorized)
        #expect(late.headerFields[.wwwAuthenticate]?.contains("error=\"invalid_token\"") == true)
    }

    @Test func hubRegistryChallengesForToken() async throws {
        #expect(
            try await pull(nil).headerFields[.wwwAuthenticate]
                == #"Bearer realm="https://auth.docker.io/token",service="registry.docker.io",scope="repository:library/alpine:pull""#
        )
        #expect(try await pull("made.up.token").status == .unauthorized)
        let other = try await token("repository:library/ubuntu:pull")
        #expect(try await pull(other).headerFields[.wwwAuthenticate]?.contains("error=\"insufficient_scope\"") == true)
    }

    @Test func tokenOfOtherHubIsRejected() async throws {
        let other = try Simulator(
            Configuration(seed: 2), services: [], doors: [DockerHub()], migrations: DockerHub.migrations)
        let request = HTTPRequest(
            method: .get, scheme: "https", authority: "auth.docker.io", path: "/token?scope=repository:library/alpine:pull")
        let reply = await other.respond(to: request, body: .empty)
        let token = try JSON.parse(try await reply.body.collect(upTo: 10_000))["token"]?.string
        #expect(try await pull(token).status == .unauthorized)
    }
}

@Suite struct HubRepositories {
    let world: World
    init() throws { world = try World() }

    @Test func privateRepositoryIsVisibleOnlyToOwner() async throws {
        let engine = try await world.machine(loggedInAs: "worker")
        var builder = ImageBuilder()
        builder.addLayer([.file("secret", "1")])
        let image = try builder.build(into: world.hub.blobs)
        let name = try #require(RepositoryName("worker/private"))
        try world.hub.addImage(image.manifest, to: name, tag: .latest, isPrivate: true, in: world.simulator)
        try await engine.pull("worker/private")
        await #expect { try await world.machine().pull("worker/private") } throws: { "\($0)".contains("pull access denied") }
    }

    @Test func hubControlAddsUsersAndImages() async throws {
        let (response, answer) = try await world.ask(
            .post, "localhost:4566", "/_drydock/hub",
            body:
                #"{"users":[{"name":"me","password":"secret"}],"images":[{"reference":"me/app:v1","layers":[{"a":"1"},{"b":"2"}]}]}"#
        )
        #expect(response.status == .ok)
        let pulled = try await world.machine().pull("me/app:v1")
        #expect(answer["images"]?.elements?.first?["digest"]?.string == pulled.digest.description)
        let (refused, why) = try await world.ask(
            .post, "localhost:4566", "/_drydock/hub", body: #"{"images":[{"reference":"Me"}]}"#)
        #expect(refused.status == .badRequest)
        #expect(why["message"]?.string == "'Me': invalid reference format: repository name (library/Me) must be lowercase")
    }

    @Test func hubWebAPIListsRepositoriesAndTags() async throws {
        let (login, session) = try await world.ask(
            .post, "hub.docker.com", "/v2/users/login", body: #"{"username":"worker","password":"secret"}"#)
        #expect(login.status == .ok)
        #expect(session["token"]?.string != nil)
        let (_, tags) = try await world.ask(.get, "hub.docker.com", "/v2/repositories/library/ubuntu/tags/")
        #expect(tags["results"]?.elements?.map { $0["name"]?.string } == ["20.04", "22.04", "latest"])
        let (_, mine) = try await world.ask(.get, "hub.docker.com", "/v2/repositories/pedroheeger/")
        #expect(mine["results"]?.elements?.map { $0["name"]?.string } == ["curso084-flask"])
        let (missing, _) = try await world.ask(.get, "hub.docker.com", "/v2/repositories/pedroheeger/none/")
        #expect(missing.status == .notFound)
        let (_, found) = try await world.ask(.get, "index.docker.io", "/v1/search?q=flask")
        #expect(found["num_results"] == .integer(1))
    }

    @Test func resetRestoresHubContents() async throws {
        let engine = try await world.machine(loggedInAs: "worker")
        try await engine.pull("alpine")
        try engine.tag("alpine", "worker/mine")
        try await engine.push("worker/mine")
        try world.simulator.reset()
        await #expect(throws: DockerError.self) { try await world.machine().pull("worker/mine") }
        try await world.machine().pull("alpine")
    }
}
