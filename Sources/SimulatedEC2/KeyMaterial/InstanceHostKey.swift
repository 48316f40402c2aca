import SimulatorCore

/// What an instance's SSH server shows that it is itself. An instance keeps its key, so that who knew it before a restart knows it
/// afterwards.
package struct InstanceHostKey: Sendable {
    /// In OpenSSH's form.
    package let privateKey: String
    /// A line as in `known_hosts`, without the host.
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
