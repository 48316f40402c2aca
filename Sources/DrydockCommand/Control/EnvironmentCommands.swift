import AWSCore
import ArgumentParser
import Foundation

/// The environment variables that direct AWS's SDKs and tools to a server.
enum ClientEnvironment {
    static func variables(endpoint: String, region: String) -> [(name: String, value: String)] {
        [
            ("AWS_ENDPOINT_URL", endpoint), ("AWS_ACCESS_KEY_ID", "test"), ("AWS_SECRET_ACCESS_KEY", "test"),
            ("AWS_DEFAULT_REGION", region), ("AWS_REGION", region),
        ]
    }
}

struct EnvCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "env", abstract: "Print the environment variables that point AWS tools at a running server.",
        discussion: "Example: eval \"$(drydock env)\"")

    @OptionGroup var server: ServerAddress

    func run() async throws {
        let region = try await server.ask(.get, "health")["region"]?.string ?? "us-east-1"
        for (name, value) in ClientEnvironment.variables(endpoint: server.endpoint, region: region) {
            print("export \(name)='\(value.replacing("'", with: "'\\''"))'")
        }
    }
}

struct HostsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "hosts", abstract: "Print an /etc/hosts line that points AWS's host names at a running server.",
        discussion:
            "Clients then use HTTPS on port 443: start the server with --tls-port 443. Example: drydock hosts | sudo tee -a /etc/hosts"
    )

    @OptionGroup var server: ServerAddress
    @Option(help: ArgumentHelp("The address for the names.", valueName: "address")) var address = "127.0.0.1"

    func run() async throws {
        let health = try await server.ask(.get, "health")
        guard let account = health["account"]?.string, let region = health["region"]?.string else {
            throw Failure("\(server.endpoint) did not report its account and region.")
        }
        print(([address] + Self.names(account: account, region: region)).joined(separator: " "))
    }

    static func names(account: String, region: String) -> [String] {
        let suffix = region.hasPrefix("cn-") ? "amazonaws.com.cn" : "amazonaws.com"
        return [
            "ec2.\(region).\(suffix)", "api.ecr.\(region).\(suffix)", "\(account).dkr.ecr.\(region).\(suffix)",
            "prod-\(region)-starport-layer-bucket.s3.\(region).\(suffix)", "iam.amazonaws.com", "sts.amazonaws.com",
            "sts.\(region).\(suffix)", "ssm.\(region).\(suffix)", "ec2-instance-connect.\(region).\(suffix)",
            "registry-1.docker.io", "auth.docker.io", "index.docker.io", "hub.docker.com",
        ]
    }
}
