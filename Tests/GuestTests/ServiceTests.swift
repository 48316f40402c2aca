import DrydockTesting
import Foundation
import Testing

@testable import Guests

/// Functions that deployment scripts use: services, their log, scheduled jobs, other users, and ports.
@Suite(.serialized, .enabled(if: Playground.obstacle == nil, "apt-get install bubblewrap openssh-server openssh-client"))
struct GuestServices {
    static let app = """
        cat > /etc/systemd/system/app.service <<'X'
        [Unit]
        Description=The app
        After=network.target
        [Service]
        User=www-data
        Environment=PORT=8080 "NAME=a b"
        WorkingDirectory=/srv/app
        ExecStartPre=/bin/sh -c 'echo prepared for $NAME'
        ExecStart=/usr/bin/python3 -m http.server ${PORT}
        Restart=on-failure
        [Install]
        WantedBy=multi-user.target
        X
        mkdir -p /srv/app && echo page > /srv/app/index.html
        systemctl daemon-reload
        systemctl enable --now app

        """

    /// The first line is a common start of scripts.
    @Test func userDataLogsToConsoleAndJournal() async throws {
        try await Playground.with { playground in
            let person = try await playground.launch(
                userData: """
                    #!/bin/bash
                    exec > >(tee /var/log/user-data.log|logger -t user-data -s 2>/dev/console) 2>&1
                    set -e
                    echo begun
                    for folder in /etc/sysctl.d /etc/cron.d /etc/profile.d /etc/logrotate.d /var/spool/cron; do ls -d $folder; done
                    grep -c . /etc/fstab /etc/machine-id
                    echo ended
                    """)
            let answer = try await person.ssh(
                "cloud-init status --wait; tail -1 /var/log/user-data.log; sudo journalctl -t user-data -o cat | tail -1")
            #expect(answer.output == "status: done\nended\nended\n", "\(answer.output)")
            try await PlayedInstances.until {
                (try? await playground.console(of: person.id).contains("user-data: ended")) == true
            }
        }
    }

    @Test func userDataRunsCommandsAsOtherUsers() async throws {
        try await Playground.with { playground in
            let person = try await playground.launch(
                userData: """
                    #!/bin/bash
                    exec > /said 2>&1
                    sudo -u ubuntu id -un
                    sudo -iu ubuntu pwd
                    sudo -Hnuubuntu id -un
                    su - ubuntu -c 'id -un; pwd'
                    runuser -u www-data -- id -un
                    runuser -l ubuntu -c pwd
                    sudo -u nobody id -un
                    passwd -l ubuntu
                    echo 'ubuntu:secret' | chpasswd && passwd -S ubuntu | cut -c 1-8
                    passwd -l ubuntu > /dev/null && passwd -S ubuntu | cut -c 1-8
                    runuser -u nobody2 -- true
                    """)
            let answer = try await person.ssh("cloud-init status --wait; sudo cat /said")
            #expect(
                answer.output == """
                    status: error
                    ubuntu
                    /home/ubuntu
                    ubuntu
                    ubuntu
                    /home/ubuntu
                    www-data
                    /home/ubuntu
                    nobody
                    passwd: password changed.
                    ubuntu P
                    ubuntu L
                    runuser: user nobody2 does not exist or the user entry does not contain all the required fields

                    """, "\(answer.output)")
            let root = try await person.ssh("true", user: "root")
            #expect(root.output.contains(#"Please login as the user "ubuntu" rather than the user "root"."#), "\(root.output)")
        }
    }

    @Test func guestShowsProcessorsAndMemoryOfItsType() async throws {
        try await Playground.with { playground in
            let person = try await playground.launch()
            let shown = "nproc; grep -c ^processor /proc/cpuinfo; free -m | awk 'NR == 2 { print $2 }'"
            let answer = try await person.ssh(shown + "; cat /proc/sys/kernel/random/boot_id; ip -4 -o addr")
            let lines = answer.output.split(separator: "\n")
            #expect(lines.prefix(3) == ["1", "1", "1000"], "\(answer.output)")
            let address = try await person.ssh("cat /opt/drydock/address")
            #expect(answer.output.contains(" \(address.output)/20"), "\(answer.output)")
            let begun = try await person.ssh("uptime -s").output
            try await playground.restart(person) { _ = try await person.ssh("sudo reboot; sleep 5") }
            let id = try await person.ssh("cat /proc/sys/kernel/random/boot_id; uptime -s")
            #expect(!id.output.hasPrefix(lines[3]) && !id.output.hasSuffix(begun), "\(id.output)")
        }
    }

    @Test func systemdServiceRestartsAfterFailureAndReboot() async throws {
        try await Playground.with { playground in
            let person = try await playground.launch(userData: "#!/bin/bash\nset -e\n" + Self.app)
            let answer = try await person.ssh(
                """
                cloud-init status --wait
                systemctl is-active app; systemctl is-enabled app; systemctl show -p User --value app
                ps -o user= -p $(systemctl show -p MainPID --value app)
                sudo journalctl -u app -o cat | grep prepared
                systemctl stop app
                """)
            #expect(
                answer.output == """
                    status: done
                    active
                    enabled
                    www-data
                    www-data
                    prepared for a b
                    Failed to stop app.service: Interactive authentication required.

                    """, "\(answer.output)")
            let crashed = try await person.ssh(
                """
                before=$(systemctl show -p MainPID --value app)
                sudo kill -9 $before
                for i in $(seq 100); do
                  after=$(systemctl show -p MainPID --value app); [ $after != 0 ] && [ $after != $before ] && break; sleep 0.05
                done
                [ $after != $before ] && systemctl is-active app; systemctl show -p NRestarts app
                """)
            #expect(crashed.output == "active\nNRestarts=1\n", "\(crashed.output)")
            try await playground.restart(person) { _ = try await person.ssh("sudo reboot; sleep 5") }
            let again = try await person.ssh(
                """
                cloud-init status --wait > /dev/null
                for i in $(seq 100); do systemctl is-active -q app && break; sleep 0.05; done
                systemctl is-active app cloud-init.target; sudo systemctl disable --now app 2>&1
                systemctl is-active app; systemctl is-enabled app; sudo service app status | sed -n 3p | cut -c 1-28
                """)
            #expect(
                again.output == """
                    active
                    active
                    Removed "/etc/systemd/system/multi-user.target.wants/app.service".
                    inactive
                    disabled
                         Active: inactive (dead)

                    """, "\(again.output)")
        }
    }

    /// The messages are systemd's.
    @Test func systemctlReportsUnitFailures() async throws {
        try await Playground.with { playground in
            let person = try await playground.launch()
            let answer = try await person.ssh(
                """
                cat > unit <<'X'
                unit() { printf '[Service]\\n%b\\n' "$2" > /etc/systemd/system/$1.service; }
                systemctl start absent; echo $?
                unit empty 'Type=simple'; systemctl start empty; echo $?
                unit failing 'Type=oneshot\\nExecStart=/bin/false'; systemctl start failing; echo $?
                systemctl is-active failing; systemctl show -p Result failing
                unit who 'Type=exec\\nUser=missing\\nExecStart=/bin/true'; systemctl start who 2> /dev/null; systemctl show -p ExecMainStatus who
                unit where 'Type=exec\\nExecStart=/opt/missing'; systemctl start where 2> /dev/null; systemctl show -p ExecMainStatus where
                unit needy '[Unit]\\nRequires=absent.service\\n[Service]\\nExecStart=/bin/sleep 9'; systemctl start needy; echo $?
                unit crash 'ExecStart=/bin/false\\nRestart=always\\nRestartSec=0'; systemctl start crash; echo $?
                for i in $(seq 100); do systemctl is-failed -q crash && break; sleep 0.05; done; systemctl show -p Result crash
                systemctl mask crash; systemctl mask other 2> /dev/null; systemctl start other
                systemctl frobnicate
                X
                sudo bash unit 2>&1
                """)
            #expect(
                answer.output == """
                    Failed to start absent.service: Unit absent.service not found.
                    5
                    Failed to start empty.service: Unit empty.service has a bad unit file setting.
                    See system logs and 'systemctl status empty.service' for details.
                    1
                    Job for failing.service failed because the control process exited with error code.
                    See "systemctl status failing.service" and "journalctl -xeu failing.service" for details.
                    1
                    failed
                    Result=exit-code
                    ExecMainStatus=217
                    ExecMainStatus=203
                    Failed to start needy.service: Unit absent.service not found.
                    5
                    0
                    Result=start-limit-hit
                    Failed to mask unit: File /etc/systemd/system/crash.service already exists.
                    Failed to start other.service: Unit other.service is masked.
                    Unknown command verb frobnicate.

                    """, "\(answer.output)")
        }
    }

    /// A unit's limits and rights apply. The journal names every other setting, and those that systemd doesn't know.
    @Test func limitsApplyAndOtherSettingsAreNamed() async throws {
        try await Playground.with { playground in
            let person = try await playground.launch()
            let answer = try await person.ssh(
                """
                cat > unit <<'X'
                cd /etc/systemd/system
                cat > limited.service <<'Y'
                [Unit]
                ConditionPathIsDirectory=/etc
                OnFailure=report.service
                [Service]
                Type=oneshot
                LimitNOFILE=512
                LimitNPROC=infinity
                Nice=5
                OOMScoreAdjust=900
                UMask=0077
                NoNewPrivileges=yes
                UnsetEnvironment=GONE
                Environment=GONE=1 KEPT=2
                ProtectSystem=strict
                MemoryMax=1G
                PrivateTmp=no
                Wrong=1
                ExecStart=/bin/sh -c 'ulimit -n; nice; cat /proc/self/oom_score_adj; umask; echo "$GONE,$KEPT"; exit 3'
                Y
                printf '[Service]\\nType=oneshot\\nRemainAfterExit=yes\\nExecStart=/bin/true\\n' > report.service
                systemctl start limited; systemctl start limited
                for i in $(seq 100); do systemctl is-active -q report && break; sleep 0.05; done; systemctl is-active report
                journalctl -u limited -o cat | head -9; journalctl -u limited -o cat | grep -c MemoryMax
                printf '[Unit]\\nAssertPathExists=/nowhere\\n[Service]\\nExecStart=/bin/true\\n' > sure.service; systemctl start sure; echo $?
                printf '[Service]\\nType=exec\\nExecCondition=/bin/false\\nExecStart=/bin/sleep 99\\n' > perhaps.service; systemctl start perhaps; echo $?
                systemctl is-active perhaps
                printf '[Unit]\\nConflicts=two.service\\n[Service]\\nExecStart=/bin/sleep 99\\n' > one.service
                printf '[Service]\\nExecStart=/bin/sleep 99\\n' > two.service
                printf '[Unit]\\nPartOf=two.service\\n[Service]\\nExecStart=/bin/sleep 99\\n' > part.service
                systemctl start two part; systemctl start one; systemctl is-active one two part
                printf '[Service]\\nUser=www-data\\nAmbientCapabilities=CAP_NET_BIND_SERVICE\\nExecStart=/usr/bin/python3 -m http.server 85\\n' > low.service
                systemctl start low; for i in $(seq 100); do curl -s -o /dev/null localhost:85 && break; sleep 0.1; done; systemctl is-active low
                ps -o user= -p $(systemctl show -p MainPID --value low)
                X
                sudo bash unit 2>&1 | grep -v 'See "systemctl status'
                """)
            #expect(
                answer.output == """
                    Job for limited.service failed because the control process exited with error code.
                    Job for limited.service failed because the control process exited with error code.
                    active
                    Starting limited.service...
                    /etc/systemd/system/limited.service:17: Unknown key name 'Wrong' in section 'Service', ignoring.
                    limited.service: This guest does not apply these settings: MemoryMax, ProtectSystem
                    limited.service: LimitNPROC is infinity, but this guest allows 300 at most
                    512
                    5
                    900
                    0077
                    ,2
                    1
                    Assertion failed on job for sure.service.
                    1
                    0
                    inactive
                    active
                    inactive
                    inactive
                    active
                    www-data

                    """, "\(answer.output)")
        }
    }

    /// Jobs follow the simulator's clock.
    @Test func cronJobsAndTimersFollowSimulatedClock() async throws {
        let clock = SimulatedClock.manual()
        try await Playground.with(clock: clock) { playground in
            let person = try await playground.launch()
            let installed = try await person.ssh(
                """
                echo '*/5 * * * * echo $LOGNAME >> /tmp/own' | crontab - && crontab -l
                echo '* * * * * root id -un >> /tmp/system' | sudo tee /etc/cron.d/system > /dev/null
                printf '#!/bin/sh\\necho hourly >> /tmp/folder\\n' | sudo tee /etc/cron.hourly/job > /dev/null; sudo chmod +x /etc/cron.hourly/job
                printf '[Service]\\nType=oneshot\\nExecStart=/bin/sh -c "echo ticked > /tmp/timer"\\n' | sudo tee /etc/systemd/system/tick.service > /dev/null
                printf '[Timer]\\nOnCalendar=hourly\\n[Install]\\nWantedBy=timers.target\\n' | sudo tee /etc/systemd/system/tick.timer > /dev/null
                sudo systemctl enable --now tick.timer 2> /dev/null; systemctl is-active tick.timer
                echo 'x x * * * false' | crontab - 2>&1 | head -1; crontab -l | wc -l
                """)
            #expect(
                installed.output
                    == "*/5 * * * * echo $LOGNAME >> /tmp/own\nactive\n\"-\":1: bad minute\n1\n", "\(installed.output)")
            // A reload checks at once which jobs are due; the manager otherwise checks every second.
            let early = "sudo systemctl daemon-reload; cat /tmp/own /tmp/system /tmp/timer /tmp/folder 2> /dev/null"
            #expect(try await person.ssh(early).output == "")
            clock.advance(by: .minutes(61))
            let ran = try await person.ssh(
                "for i in $(seq 100); do [ -s /tmp/timer ] && [ -s /tmp/own ] && [ -s /tmp/system ] && [ -s /tmp/folder ] && break; sleep 0.1; done; cat /tmp/own /tmp/system /tmp/timer /tmp/folder"
            )
            #expect(ran.output == "ubuntu\nroot\nticked\nhourly\n", "\(ran.output)")
        }
    }

    @Test func perBootScriptsRunAtEachBoot() async throws {
        let data = """
            Content-Type: multipart/mixed; boundary="B"
            MIME-Version: 1.0

            --B
            Content-Type: text/x-shellscript-per-boot

            #!/bin/sh
            echo boot >> /ran
            --B
            Content-Type: text/x-shellscript-per-instance

            #!/bin/sh
            echo instance >> /ran
            --B
            Content-Type: text/cloud-config

            #cloud-config
            cloud_final_modules: [scripts-per-boot, scripts-per-instance, [scripts-user, always]]
            --B
            Content-Type: text/x-shellscript

            #!/bin/sh
            echo always >> /ran
            --B--

            """
        try await Playground.with { playground in
            let person = try await playground.launch(userData: data)
            _ = try await person.ssh("cloud-init status --wait")
            try await playground.restart(person) { _ = try await person.ssh("sudo reboot; sleep 5") }
            let answer = try await person.ssh("cloud-init status --wait; cat /ran")
            #expect(answer.output == "status: done\nboot\ninstance\nalways\nboot\nalways\n", "\(answer.output)")
        }
    }

    // MARK: Ports

    private func page(_ person: Person, _ port: Int = 8080) async throws -> Person.Answer {
        try await person.run("curl", ["-sS", "-m", "2", "http://\(person.address):\(port)/"])
    }

    @Test func securityGroupChangesApplyToPortAtOnce() async throws {
        try await Playground.with { playground in
            let person = try await playground.launch(userData: "#!/bin/bash\n" + Self.app)
            _ = try await person.ssh("cloud-init status --wait")
            let permission = IpPermission(
                ipProtocol: "tcp", fromPort: 8080, toPort: 8081, ipRanges: [IpRange(cidrIp: "127.0.0.1/32")])
            // The rules admit nobody: silence.
            try await PlayedInstances.until { (try? await page(person).status) == 28 }
            let group = try await playground.defaultGroup
            _ = try await playground.aws.ec2.authorizeSecurityGroupIngress(
                AuthorizeSecurityGroupIngressRequest(groupId: group, ipPermissions: [permission]))
            try await PlayedInstances.until { (try? await page(person).output) == "page\n" }
            // Open, but without a listener: refused.
            #expect(try await page(person, 8081).status == 7)
            _ = try await playground.aws.ec2.revokeSecurityGroupIngress(
                RevokeSecurityGroupIngressRequest(groupId: group, ipPermissions: [permission]))
            try await PlayedInstances.until { (try? await page(person).status) == 28 }
            _ = try await playground.aws.ec2.authorizeSecurityGroupIngress(
                AuthorizeSecurityGroupIngressRequest(groupId: group, ipPermissions: [permission]))
            try await PlayedInstances.until { (try? await page(person).output) == "page\n" }
            _ = try await person.ssh("sudo systemctl stop app")
            try await PlayedInstances.until { (try? await page(person).status) == 7 }
        }
    }

    /// A loopback listener stays private, a listener on one address is reachable there, and large responses arrive whole.
    @Test func loopbackListenersAreUnreachableFromOutside() async throws {
        try await Playground.with { playground in
            let person = try await playground.launch()
            _ = try await playground.aws.ec2.authorizeSecurityGroupIngress(
                AuthorizeSecurityGroupIngressRequest(
                    groupId: try await playground.defaultGroup,
                    ipPermissions: [IpPermission(ipProtocol: "-1", ipRanges: [IpRange(cidrIp: "0.0.0.0/0")])]))
            _ = try await person.ssh(
                """
                mkdir served && cd served && head -c 5000000 /dev/zero | tr '\\0' x > index.html
                python3 -m http.server 9001 --bind 127.0.0.1 > /dev/null 2>&1 < /dev/null &
                python3 -m http.server 9002 --bind $(cat /opt/drydock/address) > /dev/null 2>&1 < /dev/null &
                python3 -m http.server 9003 --bind :: > /dev/null 2>&1 < /dev/null &
                """)
            for port in [9002, 9003] {
                try await PlayedInstances.until { (try? await page(person, port).output.utf8.count) == 5_000_000 }
            }
            #expect(try await page(person, 9001).status == 7)
        }
    }

    @Test func tcpListenersAreParsedFromProc() {
        let table = """
              sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid
               0: 00000000:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0
               1: 0100007F:0016 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0
               2: 0100007F:0016 0100007F:1234 01 00000000:00000000 00:00000000 00000000     0
               3: 00000000000000000000000000000000:0050 00000000000000000000000000000000:0000 0A 0 0
               4: 00000000000000000000000001000000:0051 00000000000000000000000000000000:0000 0A 0 0
            """
        let found = GuestPorts.listeners(table).map { "\(addressText($0.address)):\($0.port)" }
        #expect(found == ["0.0.0.0:8080", "127.0.0.1:22", "0.0.0.0:80"])
    }
}
