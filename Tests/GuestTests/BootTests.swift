import DrydockTesting
import Foundation
import SimulatedEC2
import Testing

@testable import Guests

/// cloud-init's work at the first boot, as seen inside and outside.
@Suite(.serialized, .enabled(if: Playground.obstacle == nil, "apt-get install bubblewrap openssh-server openssh-client"))
struct GuestBoots {
    @Test func cloudConfigConfiguresInstance() async throws {
        try await Playground.with { playground in
            let person = try await playground.launch(
                userData: """
                    #cloud-config
                    hostname: web
                    packages: [git, tree]
                    write_files:
                      - {path: /etc/app/settings, content: "a=1", permissions: '0640', owner: 'root:root'}
                      - {path: /etc/app/packed, encoding: gz+b64, content: H4sIAAAAAAACA1NW1E/KzNMvzuBKTc7IVyhITM5OTeECAPcM1z0WAAAA}
                    users:
                      - default
                      - {name: deploy, groups: [docker, builders]}
                    runcmd:
                      - [sh, -c, "echo ran as $(id -un) on $(hostname) > /root/ran"]
                      - echo twice >> /root/ran
                    """)
            let answer = try await person.ssh(
                """
                cloud-init status --wait; hostname; sudo cat /etc/app/settings; echo; stat -c %a /etc/app/settings
                head -1 /etc/app/packed; sudo cat /root/ran; id -nG deploy 2>/dev/null | wc -w; grep builders /etc/group
                ls -d /home/deploy; command -v git
                """)
            #expect(
                answer.output == """
                    status: done
                    web
                    a=1
                    640
                    #!/bin/sh
                    ran as root on web
                    twice
                    3
                    builders:x:\(answer.output.split(separator: ":").dropLast(1).last ?? ""):deploy
                    /home/deploy
                    /usr/bin/git

                    """, "\(answer.output)")
        }
    }

    @Test func cloudConfigUsersLogInWithTheirKeys() async throws {
        try await Playground.with { playground in
            try FileManager.default.createDirectory(atPath: playground.folder, withIntermediateDirectories: true)
            let key = playground.folder + "/deploy"
            _ = try await Person.run("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-C", "deploy", "-f", key])
            let line = try String(contentsOfFile: key + ".pub", encoding: .utf8).trimmingCharacters(in: .newlines)
            let person = try await playground.launch(
                userData: """
                    #cloud-config
                    users:
                      - default
                      - name: deploy
                        groups: [docker, builders]
                        shell: /bin/bash
                        sudo: ALL=(ALL) NOPASSWD:ALL
                        ssh_authorized_keys: ["\(line)"]
                      - {name: reader, homedir: /srv/reader, ssh_authorized_keys: ["\(line)"]}
                    """)
            _ = try await person.ssh("cloud-init status --wait")
            let deploy = try await person.ssh(
                "id -un; pwd; echo $HOME; id -nG; touch x; stat -c %U x; sudo id -un; sudo -u reader id -un; exit 4",
                user: "deploy", key: key)
            #expect(
                deploy.output
                    == "deploy\n/home/deploy\n/home/deploy\ndeploy docker builders\ndeploy\nroot\nreader\n",
                "\(deploy.output)")
            #expect(deploy.status == 4)
            let reader = try await person.ssh("id; pwd; sudo id", user: "reader", key: key)
            #expect(reader.status == 1)
            #expect(
                reader.output.contains("(reader) gid=")
                    && reader.output.contains("/srv/reader\nreader is not in the sudoers file"),
                "\(reader.output)")
            let copy = try await person.run(
                "scp",
                Person.options + ["-i", key, "-P", "\(person.port)", key + ".pub", "deploy@\(person.address):copy"])
            #expect(copy.status == 0, "\(copy.output)")
            // Each user has only its own key, and root accepts only the instance's key.
            #expect(try await person.ssh("true", user: "deploy").status == 255)
            #expect(try await person.ssh("true", user: "root", key: key).output.contains("Permission denied (publickey)"))
            #expect(try await person.ssh("sudo cat /home/deploy/copy; id -u deploy").output.hasPrefix(line))
        }
    }

    @Test func hostNameChangeSurvivesReboot() async throws {
        try await Playground.with { playground in
            let person = try await playground.launch()
            let refused = try await person.ssh("hostnamectl set-hostname mine; hostname mine; hostname -I")
            #expect(refused.output.contains("authentication required") && refused.output.contains("you must be root"))
            #expect(refused.output.split(separator: "\n").last?.hasPrefix("172.31.") == true, "\(refused.output)")
            let renamed = try await person.ssh(
                "sudo hostnamectl set-hostname web-1; hostname; hostnamectl | grep hostname; sudo hostnamectl set-hostname 'a b'"
            )
            #expect(renamed.output.hasPrefix("web-1\n Static hostname: web-1\n"), "\(renamed.output)")
            #expect(renamed.output.contains("Invalid hostname"))
            try await playground.restart(person) { _ = try await person.ssh("sudo reboot; sleep 5") }
            #expect(try await person.ssh("hostname; cat /etc/hostname").output == "web-1\nweb-1\n")
        }
    }

    /// The user data in the course's document ends with a reboot.
    @Test func rebootInUserDataRestartsGuestOnce() async throws {
        try await Playground.with { playground in
            let data = "#!/bin/bash\necho ran >> /runs\nsudo newgrp docker\nsudo reboot\nsleep 20\necho late >> /runs\n"
            let person = try await playground.launch(userData: data)
            try await PlayedInstances.until {
                (try? await playground.console(of: person.id).split(separator: "Drydock guest ").count) == 3
            }
            let answer = try await person.ssh("cloud-init status --wait; cat /runs")
            #expect(answer.output == "status: done\nran\n")
        }
    }

    @Test func rebootInstancesKeepsDiskAndAddress() async throws {
        try await Playground.with { playground in
            let person = try await playground.launch()
            _ = try await person.ssh("echo kept > note; echo gone > /run/note")
            try await playground.restart(person) {
                _ = try await playground.aws.ec2.rebootInstances(RebootInstancesRequest(instanceIds: [person.id]))
            }
            #expect(try await person.ssh("cat note; cat /run/note 2>/dev/null").output == "kept\n")
        }
    }

    @Test(arguments: [("stop", "stopped"), ("terminate", "terminated")])
    func shutdownStopsOrTerminatesInstance(behavior: String, state: String) async throws {
        try await Playground.with { playground in
            let person = try await playground.launch()
            let change = ModifyInstanceAttributeRequest(
                instanceId: person.id, instanceInitiatedShutdownBehavior: AttributeValue(value: behavior))
            _ = try await playground.aws.ec2.modifyInstanceAttribute(change)
            #expect(try await person.ssh("shutdown now").status == 1)
            _ = try await person.ssh("sudo shutdown -h now; sleep 5")
            let request = DescribeInstancesRequest(instanceIds: [person.id])
            let shown = try await playground.aws.ec2.describeInstances(request).reservations?.first?.instances?.first
            #expect(shown?.state?.name?.rawValue == state)
            #expect(shown?.stateReason?.code == "Client.InstanceInitiatedShutdown")
            try await PlayedInstances.until { await !playground.isUp(person.id) }
        }
    }

    /// A host key stays known: the same seed gives the same key.
    @Test func hostKeyIsDerivedFromSeed() async throws {
        func key(_ seed: UInt64) throws -> String {
            try InstanceHostKey(instance: "i-0123456789abcdef0", host: "web", seed: seed).publicKey
        }
        #expect(try key(1) == key(1) && key(1) != key(2))
        try await Playground.with { playground in
            let person = try await playground.launch()
            let shown = try await person.run("ssh-keyscan", ["-t", "ed25519", "-p", "\(person.port)", person.address])
            let seed = playground.aws.simulator.seed
            let known = try InstanceHostKey(instance: person.id, host: "", seed: seed).publicKey.split(separator: " ")[1]
            #expect(shown.output.contains(known), "\(shown.output)")
            try await PlayedInstances.until { (try? await playground.console(of: person.id).contains(known)) == true }
        }
    }

    @Test func failingUserDataReportsErrorAndKeepsStatusOk() async throws {
        try await Playground.with { playground in
            let person = try await playground.launch(userData: "#!/bin/sh\necho before\nexit 3\n")
            let answer = try await person.ssh("cloud-init status --wait; echo $?")
            #expect(answer.output == "status: error\n1\n")
            #expect(try await playground.console(of: person.id).contains("Failed to run module scripts_user"))
            #expect(try await playground.status(of: person.id) == "ok")
        }
    }

    /// With a clock that only the test moves, the boot's hour passes at once.
    @Test func endlessUserDataIsKilledAndImpairsStatus() async throws {
        var limits = Sandbox.Limits()
        limits.leastBoot = .zero
        let clock = SimulatedClock.manual()
        try await Playground.with(limits: limits, clock: clock) { playground in
            let person = try await playground.launch(userData: "#!/bin/sh\necho begun\nwhile :; do sleep 1; done\n")
            try await PlayedInstances.until { (try? await playground.console(of: person.id).contains("begun")) ?? false }
            #expect(try await playground.status(of: person.id) == "ok")
            clock.advance(by: .minutes(59))
            #expect(try await person.ssh("cloud-init status").output == "status: running\n")
            clock.advance(by: .minutes(2))
            try await PlayedInstances.until { (try? await playground.status(of: person.id)) == "impaired" }
            let answer = try await person.ssh(
                """
                cloud-init status --wait
                for i in $(seq 50); do pgrep -f 'scripts/part-00[1]' > /dev/null || break; sleep 0.1; done
                pgrep -f 'scripts/part-00[1]' || echo gone
                """)
            #expect(answer.output == "status: error\ngone\n", "\(answer.output)")
            #expect(try await playground.console(of: person.id).contains("the boot exceeded the time limit"))
        }
    }

    @Test func multipartUserDataRunsInOrder() async throws {
        let data = """
            Content-Type: multipart/mixed; boundary="B"
            MIME-Version: 1.0

            --B
            Content-Type: text/cloud-boothook

            #cloud-boothook
            echo hook >> /order
            --B
            Content-Type: text/x-shellscript

            #!/bin/sh
            echo script >> /order
            --B
            Content-Type: text/cloud-config

            #cloud-config
            runcmd: [echo runcmd >> /order]
            write_files: [{path: /order, append: true, content: "config\\n"}]
            --B--

            """
        try await Playground.with { playground in
            let person = try await playground.launch(userData: data)
            let answer = try await person.ssh("cloud-init status --wait > /dev/null; cat /order")
            #expect(answer.output == "hook\nconfig\nscript\nruncmd\n", "\(answer.output)")
        }
    }

    @Test func instanceConnectKeyIsValidForOneMinute() async throws {
        let clock = SimulatedClock.manual()
        try await Playground.with(clock: clock) { playground in
            let person = try await playground.launch()
            let other = person.keyFile + ".other"
            _ = try await person.run("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", other])
            #expect(try await person.ssh("true", key: other).status == 255)
            let key = try String(contentsOfFile: other + ".pub", encoding: .utf8)
            let until = clock.now + .seconds(60)
            playground.host.admit(publicKey: key.trimmingCharacters(in: .newlines), for: "ubuntu", to: person.id, until: until)
            #expect(try await person.ssh("echo in", key: other).output == "in\n")
            clock.advance(by: .seconds(61))
            let late = try await person.ssh("true", key: other)
            #expect(late.status == 255 && late.output.contains("Permission denied (publickey)"))
        }
    }

    @Test func declaredInternetResponsesAndPackagesAreUsed() async throws {
        try await Playground.with { playground in
            try playground.host.declare(
                .object([
                    .init(
                        "internet", .object([.init("https://example.com/install.sh", .string("#!/bin/sh\necho installed\n"))])),
                    .init("packages", .object([.init("versioning", .string("git")), .init("nothing", .string("-"))])),
                ]))
            let person = try await playground.launch(
                userData: "#!/bin/sh\ncurl -fsSL https://example.com/install.sh | sh\napt-get install -y versioning nothing\n")
            let answer = try await person.ssh(
                "cloud-init status --wait; curl -s -o /dev/null -w '%{http_code}' https://example.com/other")
            #expect(answer.output == "status: done\n404")
            #expect(try await playground.console(of: person.id).contains("installed"))
        }
    }
}
