import DrydockTesting
import Foundation
import Testing

@testable import Guests

/// The course's steps inside the instance. Needs the docker command and the AWS CLI in addition to the guests' requirements.
@Suite(
    .serialized, .enabled(if: Playground.obstacle == nil, "apt-get install bubblewrap openssh-server openssh-client"),
    .enabled(if: Machine.find("docker") != nil && Machine.find("aws") != nil, "install docker's command and the AWS CLI"))
struct CourseInsideGuest {
    @Test func dockerCopiesImageFromHubToECRAndBack() async throws {
        try await Playground.with { playground in
            let person = try await playground.launch(userData: PlayedInstances.courseUserData)
            #expect(try await person.ssh("cloud-init status --wait").output.contains("done"))
            try await Self.giveKeys(to: person, playground)
            let who = try await person.ssh("aws sts get-caller-identity --query Arn --output text")
            #expect(who.output == "arn:aws:iam::001727357081:user/Worker\n")

            let pull = try await person.ssh("docker pull pedroheeger/curso084-flask:v1")
            #expect(pull.status == 0, "\(pull.output)")
            #expect(pull.output.contains("Status: Downloaded newer image for pedroheeger/curso084-flask:v1\n"))
            #expect(pull.output.hasSuffix("docker.io/pedroheeger/curso084-flask:v1\n"))

            let registry = "001727357081.dkr.ecr.us-east-1.amazonaws.com"
            let name = "\(registry)/repository_test1:v1"
            _ = try await person.ssh("docker tag pedroheeger/curso084-flask:v1 \(name)")
            let stranger = try await person.ssh("docker push \(name)")
            #expect(stranger.status == 1)
            #expect(stranger.output.contains("no basic auth credentials"), "\(stranger.output)")

            let login = try await person.ssh(
                "aws ecr get-login-password --region us-east-1 | docker login --username AWS --password-stdin \(registry)")
            #expect(login.output.contains("Login Succeeded"), "\(login.output)")
            let early = try await person.ssh("docker push \(name)")
            #expect(
                early.output.contains(
                    "name unknown: The repository with name 'repository_test1' does not exist in the registry with id '001727357081'"
                ),
                "\(early.output)")
            _ = try await playground.aws.ecr.createRepository(CreateRepositoryRequest(repositoryName: "repository_test1"))
            let push = try await person.ssh("docker push \(name)")
            #expect(push.status == 0, "\(push.output)")
            let images = try await playground.aws.ecr.describeImages(
                ECRAPI.DescribeImagesRequest(repositoryName: "repository_test1"))
            let digest = try #require(images.imageDetails?.first?.imageDigest)
            #expect(push.output.contains("v1: digest: \(digest) size: "))

            let listed = try await person.ssh("docker images --format '{{.Repository}} {{.Tag}}' | sort")
            #expect(listed.output == "\(registry)/repository_test1 v1\npedroheeger/curso084-flask v1\n")
            let removed = try await person.ssh("docker image rm pedroheeger/curso084-flask:v1 \(name); docker images -q")
            #expect(removed.output.contains("Untagged: pedroheeger/curso084-flask:v1\n"))
            #expect(removed.output.contains("Deleted: sha256:"))
            let back = try await person.ssh("docker pull -q \(name); docker inspect -f '{{index .RepoDigests 0}}' \(name)")
            #expect(back.output == "\(name)\n\(registry)/repository_test1@\(digest)\n")
            let run = try await person.ssh("docker run \(name)")
            #expect(run.output.contains("runs no containers"), "\(run.output)")
        }
    }

    @Test func awsCLIUsesInstanceRole() async throws {
        try await Playground.with { playground in
            let trust = #"""
                {"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"ec2.amazonaws.com"},"Action":"sts:AssumeRole"}]}
                """#
            let iam = playground.aws.iam
            _ = try await iam.createRole(CreateRoleRequest(roleName: "Puller", assumeRolePolicyDocument: trust))
            _ = try await iam.attachRolePolicy(
                AttachRolePolicyRequest(
                    roleName: "Puller", policyArn: "arn:aws:iam::aws:policy/AmazonEC2ContainerRegistryReadOnly"))
            _ = try await iam.createInstanceProfile(CreateInstanceProfileRequest(instanceProfileName: "Pulling"))
            _ = try await iam.addRoleToInstanceProfile(
                AddRoleToInstanceProfileRequest(instanceProfileName: "Pulling", roleName: "Puller"))
            let person = try await playground.launch(
                userData: "#!/bin/sh\napt-get install -y awscli docker.io\n", profile: "Pulling")
            _ = try await person.ssh("cloud-init status --wait")
            // The socket is for root and the group docker.
            let closed = try await person.ssh("docker images")
            #expect(closed.status == 1)
            #expect(closed.output.contains("permission denied while trying to connect to the"), "\(closed.output)")
            #expect(try await person.ssh("sudo docker images -q").output.isEmpty)
            _ = try await person.ssh("sudo usermod -aG docker ubuntu")
            // A new group applies from the next login.
            #expect(try await person.ssh("docker images -q").output.isEmpty)
            let who = try await person.ssh(
                "aws sts get-caller-identity --query Arn --output text")
            #expect(who.output == "arn:aws:sts::001727357081:assumed-role/Puller/\(person.id)\n")
            let registry = "001727357081.dkr.ecr.us-east-1.amazonaws.com"
            let login = try await person.ssh(
                "aws ecr get-login-password --region us-east-1 | docker login --username AWS --password-stdin \(registry)")
            #expect(login.output.contains("Login Succeeded"), "\(login.output)")
            let denied = try await person.ssh("aws ecr create-repository --region us-east-1 --repository-name a-b")
            #expect(denied.output.contains("AccessDeniedException"), "\(denied.output)")
        }
    }

    /// Puts the keys of user Worker into the instance, like the course.
    private static func giveKeys(to person: Person, _ playground: Playground) async throws {
        _ = try await playground.aws.iam.createUser(CreateUserRequest(userName: "Worker"))
        let made = try await playground.aws.iam.createAccessKey(CreateAccessKeyRequest(userName: "Worker"))
        let id = try #require(made.accessKey?.accessKeyId as String?),
            secret = try #require(made.accessKey?.secretAccessKey as String?)
        _ = try await playground.aws.iam.attachUserPolicy(
            AttachUserPolicyRequest(
                userName: "Worker", policyArn: "arn:aws:iam::aws:policy/AmazonEC2ContainerRegistryPowerUser"))
        let folder = playground.folder + "/.aws"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let credentials = "[default]\naws_access_key_id = \(id)\naws_secret_access_key = \(secret)\n"
        try Data(credentials.utf8).write(to: URL(fileURLWithPath: folder + "/credentials"))
        try Data("[default]\nregion = us-east-1\noutput = json\n".utf8).write(to: URL(fileURLWithPath: folder + "/config"))
        #expect(try await person.scp(["-r"], folder, "GUEST:").status == 0)
    }
}
