import AWSCore
import ArgumentParser
import HTTPTypes

struct OIDCCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "oidc", abstract: "Act as an OpenID Connect issuer, such as GitHub Actions.",
        discussion: """
            A running server signs tokens of any issuer with its own keys. AssumeRoleWithWebIdentity accepts them if the \
            account has an OpenID Connect provider for the issuer. The discovery document is at \
            /_drydock/oidc/.well-known/openid-configuration.
            """,
        subcommands: [OIDCTokenCommand.self, OIDCKeysCommand.self])
}

struct OIDCTokenCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "token", abstract: "Print a signed token.",
        discussion: "Example: drydock oidc token --sub repo:octo/app:ref:refs/heads/main --aud sts.amazonaws.com")

    @Option(help: ArgumentHelp("The subject, such as repo:me/app:ref:refs/heads/main.", valueName: "subject")) var sub: String
    @Option(help: ArgumentHelp("The issuer's URL.", valueName: "url"))
    var issuer = "https://token.actions.githubusercontent.com"
    @Option(
        name: [.customLong("aud"), .customLong("audience")], help: "The audience. Repeatable. (default: sts.amazonaws.com)"
    )
    var audiences: [String] = []
    @Option(name: .customLong("claim"), help: ArgumentHelp("An additional claim. Repeatable.", valueName: "name=value"))
    var claims: [String] = []
    @Option(help: ArgumentHelp("How long the token is valid, such as 90s or 1h.", valueName: "duration")) var lifetime = "10m"
    @Option(help: ArgumentHelp("The signature algorithm: RS256, ES256 or ES384.", valueName: "name")) var algorithm = "RS256"
    @OptionGroup var server: ServerAddress

    func validate() throws {
        for claim in claims where !claim.dropFirst().contains("=") {
            throw ValidationError("--claim must be name=value, not '\(claim)'.")
        }
    }

    func run() async throws {
        let fields = claims.map { claim -> Node.Field in
            let parts = claim.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let text = String(parts[1])
            // Values that begin like JSON objects or lists are parsed; anything else is text.
            let value = text.hasPrefix("{") || text.hasPrefix("[") ? try? JSON.parse(Bytes(text.utf8)) : nil
            return .init(String(parts[0]), value ?? .string(text))
        }
        let list = audiences.isEmpty ? ["sts.amazonaws.com"] : audiences
        let answer = try await server.ask(
            .post, "oidc/token",
            .object([
                .init("subject", .string(sub)), .init("issuer", .string(issuer)),
                .init("audience", .list(list.map(Node.string))), .init("lifetime", .string(lifetime)),
                .init("algorithm", .string(algorithm)), .init("claims", .object(fields)),
            ]))
        print(answer["token"]?.string ?? "")
    }
}

struct OIDCKeysCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "keys", abstract: "Print the public keys as a JWK set.",
        discussion: "Example: drydock oidc keys > jwks.json")

    @OptionGroup var server: ServerAddress

    func run() async throws {
        let answer = try await server.ask(.get, "oidc/jwks")
        print(String(decoding: JSON.write(answer), as: UTF8.self))
    }
}
