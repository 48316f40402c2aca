import ArgumentParser
import Foundation

/// Who may reach a server, and what is asked of them.
struct NetworkOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "The address to listen on. Beyond this machine it needs --strict or --allow-anonymous.", valueName: "address"))
    var host = "127.0.0.1"
    @Flag(help: "Refuse access keys that IAM did not make here; 'drydock keys create' makes the first.") var strict = false
    @Flag(help: "With a --host beyond this machine: let everybody there act as the account's root.") var allowAnonymous = false

    /// The token that the control plane asks for.
    static var controlToken: String? {
        ProcessInfo.processInfo.environment["DRYDOCK_TOKEN"].flatMap { $0.isEmpty ? nil : $0 }
    }

    /// - Throws: ``Failure`` if the address opens doors to other machines that nobody asked to open.
    func check() throws {
        guard !isLocal, !strict, !allowAnonymous else { return }
        throw Failure(
            "--host \(host) lets other machines in, and whoever comes acts as the account's root. Add --strict, which wants keys "
                + "('drydock keys create' makes the first), or --allow-anonymous if that is meant.")
    }

    /// Whether only this machine reaches the address. A name is local if all its addresses are.
    var isLocal: Bool {
        var hints = addrinfo(), list: UnsafeMutablePointer<addrinfo>?
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        // A name that has no address is told by who binds it.
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

    /// What the ready line says of the doors that other machines reach; empty if none is.
    func openDoors(hasToken: Bool) -> String {
        guard !isLocal else { return "" }
        let apis = strict ? "keys made here" : "anybody, as root"
        let hub = strict ? "its users" : "anybody"
        let control = hasToken ? "with the token" : "anybody"
        return " Open to the network: AWS's APIs and ECR's registry (\(apis)), Docker Hub (\(hub)), the control plane "
            + "(\(control)\(hasToken ? "" : "; DRYDOCK_TOKEN closes it"))."
    }
}
