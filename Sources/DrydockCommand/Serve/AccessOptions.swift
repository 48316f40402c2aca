import ArgumentParser
import Drydock
import Foundation
import SimulatorCore

/// Who may use a server, and which service control policies apply.
struct AccessOptions: ParsableArguments {
    @Flag(help: "Reject access keys that this simulator did not create; 'drydock keys create' creates the first.") var strict =
        false
    @Flag(help: "With a --host other than loopback: let anyone on the network act as the account's root.") var allowAnonymous =
        false
    @OptionGroup var webPages: WebPageOptions
    @Option(
        name: .customLong("scp"),
        help: ArgumentHelp(
            "A file with a service control policy, or with an organization's policies by level. Repeatable.",
            valueName: "file"))
    var controlPolicies: [String] = []
    @Option(
        name: .customLong("oidc-issuer"),
        help: ArgumentHelp(
            "An external OpenID Connect issuer whose keys may be fetched over HTTPS. Repeatable.", valueName: "url"))
    var issuers: [String] = []

    func organization() throws -> Organization? {
        guard !controlPolicies.isEmpty else { return nil }
        var organization = Organization()
        for path in controlPolicies {
            guard let data = FileManager.default.contents(atPath: path) else { throw Failure("cannot read '\(path)'.") }
            do { try organization.add(String(decoding: data, as: UTF8.self), named: path) } catch {
                throw Failure("--scp: \(error).")
            }
        }
        return organization
    }
}
