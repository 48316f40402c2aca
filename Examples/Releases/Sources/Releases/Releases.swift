import AWSClient
import AWSCore
import ECRAPI

/// Keeps a team's releases in Amazon ECR: one repository an application, which holds no more than so many images.
public struct Releases: Sendable {
    private let ecr: ECRClient

    public init(_ client: AWSClient) { ecr = ECRClient(client) }

    /// Makes an application's repository, unless it is there already.
    /// - Returns: where images are pushed to.
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

    /// The password that a registry's client logs in with, and until when it is good.
    public func password() async throws -> (password: String, expires: Instant)? {
        let answer = try await ecr.getAuthorizationToken(.init())
        guard let data = answer.authorizationData?.first, let token = data.authorizationToken, let expires = data.expiresAt
        else { return nil }
        return (token, expires)
    }
}
