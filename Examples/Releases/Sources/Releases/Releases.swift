import AWSClient
import AWSCore
import ECRAPI

/// Keeps a team's releases in Amazon ECR: one repository per application, with a limited number of images.
public struct Releases: Sendable {
    private let ecr: ECRClient

    public init(_ client: AWSClient) { ecr = ECRClient(client) }

    /// Creates an application's repository unless it exists.
    /// - Returns: the URI to push images to.
    public func prepare(_ application: String) async throws -> String? {
        do {
            let created = try await ecr.createRepository(
                .init(
                    repositoryName: application, imageTagMutability: "IMMUTABLE",
                    imageScanningConfiguration: .init(scanOnPush: true)))
            return created.repository?.repositoryUri
        } catch let error as AWSError where error.code == "RepositoryAlreadyExistsException" {
            let found = try await ecr.describeRepositories(.init(repositoryNames: [application]))
            return found.repositories?.first?.repositoryUri
        }
    }

    /// The password for logging in to the registry, and when it expires.
    public func password() async throws -> (password: String, expires: Instant)? {
        let answer = try await ecr.getAuthorizationToken(.init())
        guard let data = answer.authorizationData?.first, let token = data.authorizationToken, let expires = data.expiresAt
        else { return nil }
        return (token, expires)
    }
}
