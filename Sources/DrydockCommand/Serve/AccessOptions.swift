import ArgumentParser
import Drydock
import Foundation
import SimulatorCore

/// Who may use a server, and what policies stand above all.
struct AccessOptions: ParsableArguments {
    @Flag(help: "Refuse access keys that IAM did not make here; 'drydock keys create' makes the first.") var strict = false
    @Flag(help: "With a --host beyond this machine: let everybody there act as the account's root.") var allowAnonymous = false
    @OptionGroup var webPages: WebPageOptions
    @Option(
        name: .customLong("scp"),
        help: ArgumentHelp(
            "A file with a service control policy, or with an organisation's policies level by level. May be repeated.",
            valueName: "file"))
    var controlPolicies: [String] = []
    @Option(
        name: .customLong("oidc-issuer"),
        help: ArgumentHelp(
            "An OpenID Connect issuer elsewhere whose keys may be fetched over HTTPS. May be repeated.", valueName: "url"))
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
