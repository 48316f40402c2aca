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
    func terraformsProvisionersRun() async throws {
        try await GuestServer.with { server in
            let program = URL(fileURLWithPath: #filePath).deletingLastPathComponent().path + "/Programs/remote_exec.py"
            let answer = try await server.run("python3", [program])
            #expect(answer.status == 0 && answer.output.hasSuffix("the provisioners ran\n"), "\(answer.output)")
        }
    }

    @Test(.enabled(if: Machine.find("ansible-playbook") != nil, "pip install ansible-core"))
    func ansiblesStockModulesDoWhatTheySay() async throws {
        try await Playground.with { playground in
            let person = try await playground.launch()
            let playbook = URL(fileURLWithPath: #filePath).deletingLastPathComponent().path + "/Programs/playbook.yaml"
            let answer = try await person.run(
                "ansible-playbook",
                [
                    "-i", "\(person.address):\(person.port),", "-u", "ubuntu", "--private-key", person.keyFile,
                    "--ssh-common-args", "-o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null", playbook,
                ],
                environment: [
                    "ANSIBLE_HOST_KEY_CHECKING": "False", "ANSIBLE_HOME": playground.folder + "/ansible",
                    "ANSIBLE_PYTHON_INTERPRETER": "/usr/bin/python3", "ANSIBLE_NOCOLOR": "1", "LC_ALL": "C.UTF-8",
                ])
            #expect(answer.status == 0, "\(answer.output)")
            for line in ["port=8080", "mode=second", "deploy adm", "*/5 * * * * /usr/local/bin/report", "deploy"] {
                #expect(answer.output.contains("\"\(line)\""), "\(line): \(answer.output)")
            }
        }
    }
}
