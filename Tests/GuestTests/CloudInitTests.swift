import DrydockTesting
import Foundation
import Testing

@testable import Guests

/// cloud-init's modules. Unsupported modules are reported, never ignored silently.
@Suite(.serialized, .enabled(if: Playground.obstacle == nil, "apt-get install bubblewrap openssh-server openssh-client"))
struct CloudInitModules {
    private func boot(
        _ data: String, _ command: String, answers: [(String, String)] = [], image: String? = nil,
        _ more: (Playground, Person) async throws -> Void = { _, _ in }
    ) async throws -> String {
        var output = ""
        try await Playground.with { playground in
            if !answers.isEmpty {
                let fields = answers.map { Node.Field($0.0, .string($0.1)) }
                try playground.host.declare(.object([.init("internet", .object(fields))]))
            }
            let person = try await playground.launch(userData: data, image: image)
            output = try await person.ssh("cloud-init status --wait > /dev/null; " + command).output
            try await more(playground, person)
        }
        return output
    }

    @Test func cloudInitModulesConfigureGuest() async throws {
        let answer = try await boot(
            """
            #cloud-config
            fqdn: web-1.example.com
            manage_etc_hosts: true
            timezone: Europe/Berlin
            locale: de_DE.UTF-8
            groups: [staff2, {admins: [ubuntu]}]
            users:
              - default
              - {name: app, system: true, shell: /usr/sbin/nologin}
              - {name: ops, groups: "admins, extra", uid: 1234, lock_passwd: false, plain_text_passwd: secret}
            chpasswd: {expire: false, users: [{name: ubuntu, password: word, type: text}]}
            ssh_pwauth: true
            write_files:
              - {path: /etc/a, content: "a", permissions: '0600'}
              - {path: /etc/b, content: "b", owner: "ubuntu:ubuntu", append: true}
              - {path: /etc/fetched, source: {uri: "https://files.example.com/it"}}
              - {path: /home/ops/late, content: late, owner: "ops:ops", defer: true}
            apt:
              conf: |
                APT::Get::Assume-Yes "true";
              sources:
                mine: {source: "deb [signed-by=$KEY_FILE] https://apt.example.com $RELEASE main", key: "-----BEGIN PGP\\n\\naGVsbG8K\\n-----END"}
            ntp: {servers: [169.254.169.123]}
            bootcmd: ["echo hook of $INSTANCE_ID > /bootcmd"]
            runcmd: [[touch, "/it's"], "echo $0 > /ran"]
            phone_home: {url: "https://files.example.com/$INSTANCE_ID", post: [hostname, instance_id], tries: 1}
            final_message: "up after $UPTIME by $DATASOURCE"
            """,
            """
            cloud-init status --long | sed -n '1,2p;4,$p'; hostname; grep 127.0.1.1 /etc/hosts; date +%Z; cat /etc/timezone /etc/default/locale
            id -nG ubuntu; id ops; id -nG app; sudo passwd -S ubuntu | cut -c 1-8; sudo passwd -S ops | cut -c 1-5; sudo passwd -S app | cut -c 1-5
            grep ^PasswordAuth /etc/ssh/sshd_config; sudo stat -c '%n %a %U' /etc/a /etc/b /etc/fetched /home/ops/late; cat /etc/fetched
            cat /etc/apt/apt.conf.d/94cloud-init-config /etc/apt/sources.list.d/mine.list; cat /etc/apt/cloud-init.gpg.d/mine.gpg
            cat /etc/chrony/chrony.conf; ls -d "/it's"; cat /ran; grep -c '^up after [0-9.]* by DataSourceEc2Local$' /var/log/cloud-init-output.log
            """,
            answers: [("https://files.example.com/it", "fetched\n"), ("https://files.example.com/i-*", "")])
        #expect(
            answer == """
                status: done
                extended_status: done
                last_update: \(answer.firstMatch(of: /last_update: (.*)/)?.1 ?? "")
                detail: DataSourceEc2Local
                errors: []
                recoverable_errors: {}
                web-1
                127.0.1.1 web-1.example.com web-1
                CET
                Europe/Berlin
                LANG="de_DE.UTF-8"
                ubuntu adm sudo admins
                uid=1234(ops) gid=1234(ops) groups=1234(ops),\(answer.firstMatch(of: /groups=1234\(ops\),(.*)/)?.1 ?? "")
                app
                ubuntu P
                ops P
                app L
                PasswordAuthentication yes
                /etc/a 600 root
                /etc/b 644 ubuntu
                /etc/fetched 644 root
                /home/ops/late 644 ops
                fetched
                APT::Get::Assume-Yes "true";
                deb [signed-by=/etc/apt/cloud-init.gpg.d/mine.gpg] https://apt.example.com jammy main
                hello
                server 169.254.169.123 iburst
                /it's
                /var/lib/cloud/instance/scripts/runcmd
                1

                """, "\(answer)")
    }

    /// Like cloud-init 24.1: done but degraded, with exit code 2. Assumed: Drydock's own status is `degraded` too.
    @Test(arguments: [
        (
            "pakages: [git]",
            "cloud-config failed schema validation! You may run 'sudo cloud-init schema --system' to check the details."
        ),
        ("packages: [git", "Failed loading yaml blob. Invalid format at line 2 column 11:"),
    ])
    func invalidCloudConfigDegradesBoot(line: String, reason: String) async throws {
        let answer = try await boot(
            "#cloud-config\n\(line)\n", "cloud-init status --long; echo $?; sudo cloud-init schema --system 2>&1"
        ) { playground, person in
            let shown = playground.host.description.elements?.first { $0["instance"]?.string == person.id }
            #expect(shown?["boot"]?.string == "degraded")
            let console = try await playground.console(of: person.id)
            #expect(console.contains(reason))
        }
        #expect(answer.hasPrefix("status: done\nextended_status: degraded done\n"), "\(answer)")
        #expect(answer.contains("errors: []\nrecoverable_errors:\nWARNING:\n\t- ") && answer.contains(reason), "\(answer)")
        #expect(answer.contains("\n2\n") && answer.contains("Invalid user-data") || line.hasSuffix("[git"), "\(answer)")
    }

    /// An unsupported module ends the boot in error, by name; the other modules still run. The messages are Drydock's own.
    @Test func unsupportedCloudInitModulesAreReported() async throws {
        let answer = try await boot(
            """
            #cloud-config
            chef: {install_type: packages}
            mounts: [[/dev/xvdb, /data, ext4], [tmpfs, /fast, tmpfs, "size=1m"], [ephemeral0, /mnt], [none, null]]
            swap: {filename: /swapfile, size: 1G}
            disk_setup: {/dev/xvdb: {table_type: gpt}}
            timezone: Mars/Olympus
            runcmd: [echo ran > /ran]
            """,
            """
            cloud-init status --long | tail -n +5; echo; cat /ran; cat /run/cloud-init/result.json | jq -r '.v1.errors | length'
            tail -n +2 /etc/fstab; ls -d /data /fast; sudo stat -c '%s %a' /swapfile; sudo file -b /swapfile | cut -d, -f1
            """
        )
        for words in [
            "('chef', NotSupported(\"Drydock guests do not support cloud-init's module chef (chef)\"))",
            "('mounts', NotSupported('Drydock guests do not support mounts (tmpfs at /fast, swap in /swapfile): a sandbox cannot mount; the entries are in /etc/fstab'))",
            // As in AWS without that volume: its entry is written, and nofail keeps the boot going.
            "/dev/xvdb\t/data\text4\tdefaults,nofail,x-systemd.after=cloud-init.service,_netdev,comment=cloudconfig\t0\t2\n",
            "tmpfs\t/fast\ttmpfs\tsize=1m,comment=cloudconfig\t0\t2\n/swapfile\tnone\tswap\tsw,comment=cloudconfig\t0\t0\n",
            "\n/data\n/fast\n1073741824 600\n",
            "('disk_setup', NotSupported(\"Drydock guests do not support cloud-init's module disk_setup (disk_setup)\"))",
            "('timezone', OSError('Invalid timezone Mars/Olympus, no file found at /usr/share/zoneinfo/Mars/Olympus'))",
            "\nran\n4\n",
        ] { #expect(answer.contains(words), "\(words) in \(answer)") }
    }

    @Test func jinjaTemplatesAndIncludesAreExpanded() async throws {
        let answer = try await boot(
            """
            Content-Type: multipart/mixed; boundary="B"
            MIME-Version: 1.0

            --B
            Content-Type: text/jinja2

            ## template: jinja
            #cloud-config
            write_files:
              - {path: /where, content: "{{ v1.region }} {{ ds.meta_data.placement.availability_zone }} {{ v1.local_hostname }}"}
            --B
            Content-Type: text/x-include-url

            #include
            # one that a scenario declares
            https://files.example.com/more.sh
            --B--

            """,
            """
            exec 2>&1; cat /where; echo; cat /included; cloud-init query v1.instance_id; cloud-init query --format '{{ cloud_name }} {{ v1.platform }}'
            cloud-init query ds.meta_data.placement.region; cloud-id; sudo cloud-init query userdata | head -1; cloud-init query userdata
            cloud-init query v1.nope; echo $?; cloud-init query --list-keys v1 | grep -c region
            """, answers: [("https://files.example.com/more.sh", "#!/bin/sh\necho included > /included\n")])
        let lines = answer.split(separator: "\n")
        #expect(answer.hasPrefix("us-east-1 us-east-1"), "\(answer)")
        #expect(lines[0].hasSuffix(".ec2.internal") && lines[1] == "included" && lines[2].hasPrefix("i-"), "\(answer)")
        #expect(
            lines.dropFirst(3) == [
                "aws ec2", "us-east-1", "aws", "Content-Type: multipart/mixed; boundary=\"B\"",
                "<redacted for non-root user> file:/var/lib/cloud/instance/user-data.txt",
                "instance-data 'v1' has no 'nope'", "1", "1",
            ], "\(answer)")
    }

    @Test func includeFromUnknownHostFailsBoot() async throws {
        let answer = try await boot(
            "#include\nhttps://nowhere.example.com/x\n",
            "cloud-init status --long | sed -n '/errors/,$p'; cloud-init status > /dev/null; echo $?")
        #expect(
            answer.contains(
                "Exception: Fetching from https://nowhere.example.com/x failed: no host 'nowhere.example.com' (declare it under 'internet:' of a scenario)"
            ) && answer.hasSuffix("1\n"), "\(answer)")
    }

    @Test func cloudInitCommandSupportsItsSubcommands() async throws {
        let answer = try await boot(
            "#cloud-config\nruncmd: ['false']\n",
            """
            exec 2>&1; cloud-init status --format json | jq -r '.status, .datasource, .errors[0], .["modules-final"].errors[0], .stage'
            printf '#cloud-config\\npackages: [a]\\n' > good; printf '#cloud-config\\nruncmd: x\\n' > bad; printf 'x\\n' > none
            for file in good bad none missing; do cloud-init schema -c $file 2>&1; echo $?; done
            cloud-init analyze show | grep -c config-scripts_user; cloud-init analyze blame | grep -c 'modules-final/config-runcmd\\|config-ssh)'
            cloud-init frobnicate 2>&1 | tail -1; cloud-init clean; echo $?
            for i in 1 2; do sudo cloud-init-per once mine sh -c 'echo once >> /per'; done; cat /per
            ls -l /var/lib/cloud/instance | sed 's/.*-> //'; sudo ls /var/lib/cloud/instance/sem | grep -c scripts_user
            sudo grep -c 'Running module scripts_user (scripts_user) failed' /var/log/cloud-init.log
            sudo cloud-init single --name runcmd --frequency always; echo $?; sudo head -1 /var/lib/cloud/instance/user-data.txt
            """)
        let id = answer.firstMatch(of: /instances\/(i-[0-9a-f]+)/)?.1 ?? ""
        let error = "('scripts_user', RuntimeError('Runparts: 1 failures (runcmd) in 1 attempted commands'))"
        #expect(
            answer == """
                error
                ec2
                \(error)
                \(error)
                null
                Valid schema good
                0
                Invalid user-data bad
                Error: Cloud config schema errors: runcmd: 'x' is not of type 'array'
                1
                Invalid user-data none
                Error: Cloud config schema errors: format-l1.c1: File none needs to begin with "#cloud-config"
                1
                Error: Config file missing does not exist
                1
                1
                1
                cloud-init: error: argument subcommand: invalid choice: 'frobnicate' (choose from 'init', 'modules', 'single', 'query', 'features', 'analyze', 'devel', 'collect-logs', 'clean', 'status', 'schema')
                Error: Must be root to clean
                1
                once
                /var/lib/cloud/instances/\(id)
                1
                1
                0
                #cloud-config

                """, "\(answer)")
    }

    /// After `cloud-init clean`, an instance boots as for the first time, with user data that was changed while it was stopped.
    @Test func cloudInitCleanRepeatsFirstBoot() async throws {
        try await Playground.with { playground in
            let person = try await playground.launch(
                userData: "#cloud-config\nbootcmd: [echo boot >> /boots]\nruncmd: [echo first >> /runs]\n")
            _ = try await person.ssh("cloud-init status --wait")
            _ = try await playground.aws.ec2.stopInstances(StopInstancesRequest(instanceIds: [person.id]))
            try await PlayedInstances.until { await !playground.isUp(person.id) }
            let changed = Bytes("#cloud-config\nbootcmd: [echo other >> /boots]\nruncmd: [echo second >> /runs]\n".utf8)
            _ = try await playground.aws.ec2.modifyInstanceAttribute(
                ModifyInstanceAttributeRequest(instanceId: person.id, userData: SecureBlobAttributeValue(value: changed)))
            _ = try await playground.aws.ec2.startInstances(StartInstancesRequest(instanceIds: [person.id]))
            try await PlayedInstances.until { await playground.isUp(person.id) }
            let again = Person(
                id: person.id, address: try await playground.address(of: person.id), port: person.port, keyFile: person.keyFile)
            let shown = "cloud-init status --wait > /dev/null; cat /boots /runs"
            #expect(try await again.ssh(shown).output == "boot\nother\nfirst\n")
            try await playground.restart(again) { _ = try await again.ssh("sudo cloud-init clean --logs --reboot; sleep 5") }
            #expect(try await again.ssh(shown).output == "boot\nother\nother\nfirst\nsecond\n")
        }
    }

    /// Without `default`, the image's user isn't created, so nobody can log in as it.
    @Test func usersWithoutDefaultOmitImageUser() async throws {
        try await Playground.with { playground in
            try FileManager.default.createDirectory(atPath: playground.folder, withIntermediateDirectories: true)
            let key = playground.folder + "/deploy"
            _ = try await Person.run("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-C", "deploy", "-f", key])
            let line = try String(contentsOfFile: key + ".pub", encoding: .utf8).trimmingCharacters(in: .newlines)
            let person = try await playground.launch(
                userData: """
                    #cloud-config
                    users: [{name: deploy, sudo: "ALL=(ALL) NOPASSWD:ALL", ssh_authorized_keys: ["\(line)"]}]
                    """)
            try await PlayedInstances.until {
                (try? await person.ssh("cloud-init status --wait", user: "deploy", key: key).output) == "status: done\n"
            }
            #expect(try await person.ssh("true").status == 255)
            #expect(try await person.ssh("sudo id -un; ls /home", user: "deploy", key: key).output == "root\ndeploy\n")
        }
    }

    @Test func caCertsModuleTrustsCertificates() async throws {
        try await Playground.with { playground in
            try FileManager.default.createDirectory(atPath: playground.folder, withIntermediateDirectories: true)
            let path = playground.folder + "/ca.pem"
            _ = try await Person.run(
                "openssl",
                [
                    "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout",
                    "/dev/null",
                    "-subj", "/CN=Somebody", "-out", path,
                ])
            let certificate = try String(contentsOfFile: path, encoding: .utf8)
            let text = certificate.split(separator: "\n").map { "    \($0)" }.joined(separator: "\n")
            let person = try await playground.launch(userData: "#cloud-config\nca_certs:\n  trusted:\n  - |\n\(text)\n")
            let shown = """
                cloud-init status --wait; grep -c BEGIN /etc/ssl/certs/ca-certificates.crt
                openssl verify /usr/local/share/ca-certificates/cloud-init-ca-cert-1.crt
                curl -s -o /dev/null -w '%{http_code}\\n' https://ecr.us-east-1.amazonaws.com/
                touch /etc/ssl/x 2> /dev/null || echo mine to read
                """
            let trusted = "status: done\n2\n/usr/local/share/ca-certificates/cloud-init-ca-cert-1.crt: OK\n400\nmine to read\n"
            #expect(try await person.ssh(shown).output == trusted)
            try await playground.restart(person) { _ = try await person.ssh("sudo reboot; sleep 5") }
            #expect(try await person.ssh(shown).output == trusted)
        }
    }

    /// The boot ends before the instance stops.
    @Test func powerStateModuleStopsInstance() async throws {
        try await Playground.with { playground in
            let person = try await playground.launch(
                userData: "#cloud-config\nruncmd: [echo ran]\npower_state: {mode: poweroff, condition: test -e /etc/passwd}\n")
            try await PlayedInstances.until {
                let request = DescribeInstancesRequest(instanceIds: [person.id])
                let shown = try? await playground.aws.ec2.describeInstances(request).reservations?.first?.instances?.first
                return shown?.state?.name == .stopped
            }
            #expect(try await playground.console(of: person.id).contains("finished at"))
        }
    }

    /// A background process of user data doesn't delay the boot.
    @Test func backgroundProcessesDoNotDelayBoot() async throws {
        let answer = try await boot(
            "#!/bin/bash\n(sleep 1000; echo late) &\necho begun\n",
            "cloud-init status; grep -c begun /var/log/cloud-init-output.log")
        #expect(answer == "status: done\n1\n", "\(answer)")
    }
}
