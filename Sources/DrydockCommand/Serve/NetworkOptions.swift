import ArgumentParser
import Certificates
import Foundation

/// The addresses and ports that a server listens on.
struct NetworkOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "The address to listen on. Addresses other than loopback need --strict or --allow-anonymous.", valueName: "address")
    )
    var host = "127.0.0.1"
    @Option(help: ArgumentHelp("The port to listen on; 0 chooses a free one.", valueName: "port")) var port = 4566
    @Flag(help: "Accept HTTPS on the same port as well, with a certificate for any name that a client requests.") var tls =
        false
    @Option(
        help: ArgumentHelp(
            "A second port for HTTPS only, such as 443 for AWS's own host names. Implies --tls.", valueName: "port"))
    var tlsPort: Int?
    @Option(
        help: ArgumentHelp(
            "A second port that serves the simulated Docker Hub's public images, for dockerd's --registry-mirror.",
            valueName: "port"))
    var hubPort: Int?
    @OptionGroup var authority: AuthorityOptions

    var servesTLS: Bool { tls || tlsPort != nil }

    func validate() throws {
        guard (0...65535).contains(port) else { throw ValidationError("--port must be between 0 and 65535, not \(port).") }
        if let tlsPort, !(1...65535).contains(tlsPort) || tlsPort == port {
            throw ValidationError("--tls-port must be between 1 and 65535 and not --port, not \(tlsPort).")
        }
        if let hubPort, !(1...65535).contains(hubPort) || hubPort == port || hubPort == tlsPort {
            throw ValidationError(
                "--hub-port must be between 1 and 65535 and neither --port nor --tls-port, not \(hubPort).")
        }
    }

    func serverCertificates() throws -> ServerCertificates? {
        guard servesTLS else { return nil }
        return try ServerCertificates(authority.folder.authority(), addresses: [host])
    }

    /// The token that the control plane requires.
    static var controlToken: String? {
        ProcessInfo.processInfo.environment["DRYDOCK_TOKEN"].flatMap { $0.isEmpty ? nil : $0 }
    }

    /// - Throws: ``Failure`` if other machines can reach the address and neither option allows that.
    func check(_ access: AccessOptions) throws {
        guard !isLocal, !access.strict, !access.allowAnonymous else { return }
        throw Failure(
            "--host \(host) lets other machines connect, and anyone there acts as the account's root. Add --strict, which requires keys "
                + "('drydock keys create' creates the first), or --allow-anonymous to permit that.")
    }

    /// Whether only this machine can reach the address. A name is local if all its addresses are.
    var isLocal: Bool {
        var hints = addrinfo(), list: UnsafeMutablePointer<addrinfo>?
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        // If the name doesn't resolve, binding it reports the error.
        guard getaddrinfo(host, nil, &hints, &list) == 0 else { return true }
        defer { freeaddrinfo(list) }
        return sequence(first: list, next: { $0?.pointee.ai_next }).allSatisfy { entry in
            guard let address = entry?.pointee.ai_addr else { return true }
            var name = [CChar](repeating: 0, count: Int(NI_MAXHOST))
            let length = entry?.pointee.ai_addrlen ?? 0
            guard getnameinfo(address, length, &name, socklen_t(name.count), nil, 0, NI_NUMERICHOST) == 0 else { return false }
            let text = String(decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
            return text.hasPrefix("127.") || text == "::1" || text.hasPrefix("::ffff:127.")
        }
    }

    /// Returns what the ready line says about access from other machines; empty if the address is local.
    func networkAccessNote(isStrict strict: Bool) -> String {
        guard !isLocal else { return "" }
        let hasToken = Self.controlToken != nil
        let apis = strict ? "keys created here" : "anyone, as root"
        let hub = strict ? "its users" : "anyone"
        let control = hasToken ? "with the token" : "anyone"
        return " Open to the network: AWS's APIs and ECR's registry (\(apis)), Docker Hub (\(hub)), the control plane "
            + "(\(control)\(hasToken ? "" : "; set DRYDOCK_TOKEN to require a token"))."
    }
}
