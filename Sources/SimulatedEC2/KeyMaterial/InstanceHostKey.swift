import SimulatorCore

/// The SSH host key of an instance. The instance keeps it, so that clients accept the same host after a restart.
package struct InstanceHostKey: Sendable {
    /// The private key in OpenSSH's format.
    package let privateKey: String
    /// The public key as a `known_hosts` line, without the host.
    package let publicKey: String

    package init(instance: String, host: String, seed: UInt64, _ configuration: Configuration = Configuration())
        throws
    {
        let key = try GeneratedKey.ed25519(
            configuration.ids(
                for: .hostKey, of: instance, else: IDGenerator(seed: seed, scope: "host-key/\(instance)")))
        privateKey = key.pem(comment: "root@\(host)") + "\n"
        publicKey = key.publicKey.line(comment: "root@\(host)")
    }
}
