import DrydockTesting
import Foundation
import Testing

@testable import Guests

/// Provisioning tools that use ssh, with guests.
@Suite(.serialized, .enabled(if: Playground.obstacle == nil, "apt-get install bubblewrap openssh-server openssh-client"))
struct Provisioners {
    static let plugins = ProcessInfo.processInfo.environment["DRYDOCK_TERRAFORM_PLUGINS"] ?? ""

    @Test(
        .enabled(
            if: GuestServer.program != nil && Machine.find("terraform") != nil, "install Terraform, build the product drydock"),
        .enabled(if: !plugins.isEmpty, "DRYDOCK_TERRAFORM_PLUGINS names no folder of providers"),
        .enabled(if: GuestHost.mayBind22, "Terraform's instances are reached at port 22"))
    func terraformProvisionersRun() async throws {
        try await GuestServer.with { server in
            let program = URL(fileURLWithPath: #filePath).deletingLastPathComponent().path + "/Programs/remote_exec.py"
            let answer = try await server.run("python3", [program])
            #expect(answer.status == 0 && answer.output.hasSuffix("the provisioners ran\n"), "\(answer.output)")
        }
    }

    /// The server runs as root, and as a user whose guests share one user of the machine.
    @Test(
        .enabled(if: Machine.find("ansible-playbook") != nil, "pip install ansible-core"),
        .enabled(
            if: GuestServer.program != nil && Machine.find("aws") != nil, "build the product drydock; install the AWS CLI"),
        .enabled(if: GuestServer.canBeAnother, "needs root, and a program that others can read"),
        arguments: [nil, GuestServer.nobody])
    func ansibleModulesConfigureGuest(user: Int?) async throws {
        try await GuestServer.with(user: user) { server in
            let person = try await server.launch()
            func play() async throws -> String {
                let playbook = URL(fileURLWithPath: #filePath).deletingLastPathComponent().path + "/Programs/playbook.yaml"
                let answer = try await person.run(
                    "ansible-playbook",
                    [
                        "-i", "\(person.address),", "-e", "ansible_port=\(person.port)", "-u", "ubuntu", "--private-key",
                        person.keyFile,
                        "--ssh-common-args", "-o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null", playbook,
                    ],
                    environment: [
                        "ANSIBLE_HOST_KEY_CHECKING": "False", "ANSIBLE_HOME": server.folder + "/ansible",
                        "ANSIBLE_PYTHON_INTERPRETER": "/usr/bin/python3", "ANSIBLE_NOCOLOR": "1", "LC_ALL": "C.UTF-8",
                    ])
                #expect(answer.status == 0, "\(answer.output)")
                return answer.output
            }
            let first = try await play()
            var lines = [
                "port=8080", "mode=second", "deploy adm", "*/5 * * * * /usr/local/bin/report", "install ok installed", "1.6",
            ]
            // Without users of their own, guests' files have one owner.
            if user == nil { lines.append("deploy") }
            for line in lines { #expect(first.contains("\"\(line)\""), "\(line): \(first)") }
            // Only what always changes something changes again: the restart of the service, and the reboot.
            let second = try await play()
            #expect(second.contains("changed=2 "), "\(second)")
        }
    }
}
