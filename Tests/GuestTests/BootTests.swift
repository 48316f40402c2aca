import DrydockTesting
import Foundation
import Testing

@testable import Guests

/// What cloud-init does at the first boot, as far as it is seen from within and without.
@Suite(.serialized, .enabled(if: Playground.obstacle == nil, "apt-get install bubblewrap openssh-server openssh-client"))
struct Boots {
    @Test func cloudConfigSetsUpTheInstance() async throws {
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
                cloud-init status --wait; hostname; cat /etc/app/settings; echo; stat -c %a /etc/app/settings
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

    @Test func aScriptThatFailsIsAnErrorAndHindersNothing() async throws {
        try await Playground.with { playground in
            let person = try await playground.launch(userData: "#!/bin/sh\necho before\nexit 3\n")
            let answer = try await person.ssh("cloud-init status --wait; echo $?")
            #expect(answer.output == "status: error\n1\n")
            #expect(try await playground.console(of: person.id).contains("Failed to run module scripts-user"))
            #expect(try await playground.status(of: person.id) == "ok")
        }
    }

    /// A clock that stands still until the test moves it: the boot's hour passes in no time.
    @Test func userDataThatNeverEndsIsEndedAndTheStatusCheckSaysSo() async throws {
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
            #expect(try await playground.console(of: person.id).contains("the boot took too long"))
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

    @Test func aKeyOfInstanceConnectLetsInForAMinute() async throws {
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

    @Test func declaredAnswersAndPackagesAreFound() async throws {
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
