import ArgumentParser
import Certificates

/// Where the authority is kept that HTTPS is served with.
struct AuthorityOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "The folder of the certificate authority. The default is the user's own, in ~/.local/share/drydock.",
            valueName: "folder"))
    var certificates: String?

    var folder: AuthorityFolder { certificates.map { AuthorityFolder(path: $0) } ?? .standard }
}

struct CertificatesCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "certificates", abstract: "Print where the certificate is that clients of 'serve --tls' trust.",
        discussion: """
            The certificate authority is made at the first use and kept. 'AWS_CA_BUNDLE=$(drydock certificates)' makes the AWS CLI and \
            boto3 trust it, 'SSL_CERT_FILE' and 'CURL_CA_BUNDLE' others; docker, podman and skopeo look into \
            /etc/docker/certs.d/HOST/ca.crt. Its key signs for any name: keep ca-key.pem to yourself.
            """)

    @OptionGroup var authority: AuthorityOptions

    func run() async throws {
        do {
            _ = try authority.folder.authority()
        } catch let error as AuthorityError { throw Failure(error.description) }
        print(authority.folder.certificatePath)
    }
}
