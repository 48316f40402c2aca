import ArgumentParser
import Certificates

/// The folder of the certificate authority for HTTPS.
struct AuthorityOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "The folder of the certificate authority. (default: a folder in ~/.local/share/drydock)",
            valueName: "folder"))
    var certificates: String?

    var folder: AuthorityFolder { certificates.map { AuthorityFolder(path: $0) } ?? .standard }
}

struct CertificatesCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "certificates", abstract: "Print the path of the certificate that clients of 'serve --tls' must trust.",
        discussion: """
            The certificate authority is created on first use. 'AWS_CA_BUNDLE=$(drydock certificates)' makes the AWS CLI and \
            boto3 trust it; other programs read SSL_CERT_FILE or CURL_CA_BUNDLE. docker, podman and skopeo read \
            /etc/docker/certs.d/HOST/ca.crt. The authority's key signs for any name: keep ca-key.pem private.

            Guests sign their identity documents with a separate certificate: 'openssl smime -verify -noverify \
            -certfile $(drydock certificates --instance-identity)' verifies them.
            """)

    @OptionGroup var authority: AuthorityOptions
    @Flag(help: "Print the path of the certificate that verifies the instance identity documents of guests.")
    var instanceIdentity = false

    func run() async throws {
        do {
            if instanceIdentity { _ = try authority.folder.identity() } else { _ = try authority.folder.authority() }
        } catch let error as AuthorityError { throw Failure(error.description) }
        print(instanceIdentity ? authority.folder.identityCertificatePath : authority.folder.certificatePath)
    }
}
