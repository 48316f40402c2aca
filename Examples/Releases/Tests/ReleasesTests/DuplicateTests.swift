import DrydockTesting
import Testing

@Test(.simulator) func duplicateRepositoryIsRefused() async throws {
    let ecr = AWS.current.ecr
    _ = try await ecr.createRepository(.init(repositoryName: "repository_test1"))
    await #expect(throws: AWSError.self) { try await ecr.createRepository(.init(repositoryName: "repository_test1")) }
}
