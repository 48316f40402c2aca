import DrydockTesting
import Foundation
import Glibc
import HTTPTypes
import Testing

@testable import Guests

/// `serve --guest-packages online`: packages from this machine's package sources. The tests have a source of their own.
@Suite(
    .serialized, .enabled(if: Playground.obstacle == nil, "apt-get install bubblewrap openssh-server openssh-client"),
    .enabled(if: Machine.find("apt-get") != nil && Machine.find("dpkg-deb") != nil, "apt-get and dpkg-deb are missing"),
    .enabled(if: GuestServer.program != nil && Machine.find("aws") != nil, "build the product drydock; install the AWS CLI"))
struct OnlinePackages {
    /// Makes a source with two packages, `drydock-one` that needs `drydock-two`.
    /// - Returns: the file that makes apt use that source alone.
    private func source(in folder: String) async throws -> String {
        let script = #"""
            set -e; umask 022; mkdir -p "$1/pool" "$1/lists/partial" "$1/cache"; cd "$1"
            make() {
              mkdir -p "$1/DEBIAN" "$1/usr/bin" "$1/usr/share/$1" "$1/etc"
              printf 'Package: %s\nVersion: 1:1.2-3\nArchitecture: all\nMaintainer: me <me@example.com>\nDepends: %s\nDescription: mine\n' "$1" "$2" > "$1/DEBIAN/control"
              printf '#!/bin/sh\ncat /usr/share/%s/text\n' "$1" > "$1/usr/bin/$1"; chmod 755 "$1/usr/bin/$1"
              echo "of $1" > "$1/usr/share/$1/text"
            }
            make drydock-two "libc6"; make drydock-one "drydock-two"
            mkdir -p drydock-one/lib/systemd/system
            printf '[Service]\nExecStart=/usr/bin/drydock-wait\n[Install]\nWantedBy=multi-user.target\n' > drydock-one/lib/systemd/system/drydock-one.service
            printf '#!/bin/sh\nexec sleep 1000\n' > drydock-one/usr/bin/drydock-wait; chmod 755 drydock-one/usr/bin/drydock-wait
            printf '#!/bin/sh\nset -e\necho "configured by $1" > /etc/drydock-one.state\n' > drydock-one/DEBIAN/postinst; chmod 755 drydock-one/DEBIAN/postinst
            for name in drydock-one drydock-two; do
              dpkg-deb --build --root-owner-group $name pool/$name.deb > /dev/null
              dpkg-deb -f pool/$name.deb >> pool/Packages
              printf 'Filename: ./%s.deb\nSize: %s\nSHA256: %s\n\n' $name $(stat -c %s pool/$name.deb) $(sha256sum pool/$name.deb | cut -d' ' -f1) >> pool/Packages
            done
            echo "deb [trusted=yes] file:$1/pool ./" > sources.list
            cat > apt.conf <<X
            Dir::Etc::sourcelist "$1/sources.list"; Dir::Etc::sourceparts "/dev/null"; Dir::State::lists "$1/lists"; Dir::Cache "$1/cache";
            X
            APT_CONFIG=$1/apt.conf apt-get update -o Debug::NoLocking=true -o APT::Sandbox::User=root > update.log 2>&1
            """#
        let answer = try await Person.run("/bin/bash", ["-c", script, "bash", folder])
        try #require(answer.status == 0, "\(answer.output)")
        return folder + "/apt.conf"
    }

    private func server(
        _ options: [String], _ body: (GuestServer) async throws -> Void
    ) async throws {
        let folder = "/tmp/dgo-\(UInt32.random(in: 0...UInt32.max))"
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let settings = try await source(in: folder)
        try await GuestServer.with(options: options, environment: ["APT_CONFIG": settings], body)
    }

    @Test func aptInstallsPackagesFromHostSources() async throws {
        try await server(["--guest-packages", "online"]) { server in
            #expect(server.line.contains("Guests fetch packages from this machine's sources (--guest-packages online)."))
            let person = try await server.launch(userData: "#!/bin/sh\napt-get update && apt-get install -y drydock-one git\n")
            let answer = try await person.ssh(
                """
                exec 2>&1; cloud-init status --wait; drydock-one; drydock-two; cat /etc/drydock-one.state; dpkg -l drydock-two | tail -1 | tr -s ' ' | cut -d' ' -f1-3
                systemctl is-active drydock-one; dpkg -L drydock-two; ls -ld /usr/bin/drydock-one; sudo apt-get install -y drydock-none; echo $?
                sudo apt-get remove -y drydock-one; systemctl is-active drydock-one; hash -r; command -v drydock-one || echo gone; dpkg -s git | head -2 | tail -1
                """)
            #expect(
                answer.output == """
                    status: done
                    of drydock-one
                    of drydock-two
                    configured by configure
                    ii drydock-two 1:1.2-3
                    active
                    /usr/local/bin/drydock-two
                    /usr/local/share/drydock-two/text
                    ls: cannot access '/usr/bin/drydock-one': No such file or directory
                    Reading package lists...
                    Building dependency tree...
                    Reading state information...
                    E: Unable to locate package drydock-none
                    drydock: package drydock-none is not in the catalogue of guests: add it under 'packages:' of a scenario, with the program of the host machine that it provides, or '-'
                    100
                    Removing drydock-one ...
                    inactive
                    gone
                    Status: install ok installed

                    """, "\(answer.output)")
            // Nothing was installed on this machine.
            #expect(Machine.find("drydock-one") == nil)
            // As in AWS, no way to the internet means no packages.
            let group = try await server.aws(
                "ec2 describe-security-groups --group-names default --query SecurityGroups[0].GroupId --output text")
            _ = try await server.aws(
                "ec2 revoke-security-group-egress --protocol all --cidr 0.0.0.0/0 --group-id "
                    + group.trimmingCharacters(in: .whitespacesAndNewlines))
            let closed = try await person.ssh("sudo apt-get install -y drydock-one 2>&1 | tail -1")
            #expect(
                closed.output.hasSuffix("Could not connect to archive.ubuntu.com:80, connection timed out\n"),
                "\(closed.output)")
        }
    }

    /// Without the option, and for users who are not root, nothing is fetched.
    @Test func packagesAreFetchedOnlyByRootWithServerOption() async throws {
        try await server([]) { server in
            #expect(!server.line.contains("--guest-packages"))
            let person = try await server.launch()
            let answer = try await person.ssh(
                "sudo apt-get install -y drydock-one 2>&1 | grep -c 'Unable to locate package drydock-one'; curl -s -o /dev/null -w '%{http_code}\\n' -X PUT http://169.254.169.254/drydock/packages/drydock-one"
            )
            #expect(answer.output == "1\n400\n", "\(answer.output)")
        }
        try await server(["--guest-packages", "online"]) { server in
            let person = try await server.launch()
            let answer = try await person.ssh(
                "for path in drydock-one ../x; do curl -s --path-as-is -o /dev/null -w '%{http_code}\\n' -X PUT http://169.254.169.254/drydock/packages/$path; done"
            )
            #expect(answer.output == "403\n403\n", "\(answer.output)")
        }
    }

    @Test(.enabled(if: Machine.find("dnf") == nil, "this machine has dnf"))
    func dnfReportsMissingHostPackageManager() async throws {
        try await server(["--guest-packages", "online"]) { server in
            let image = try await server.aws(
                "ec2 describe-images --owners amazon --filters Name=name,Values=al2023-ami-2023.*-x86_64 --query Images[0].ImageId --output text"
            )
            let person = try await server.launch(image: image.trimmingCharacters(in: .whitespacesAndNewlines))
            let answer = try await person.ssh("exec 2>&1; sudo dnf install -y drydock-one; echo $?", user: "ec2-user")
            #expect(
                answer.output
                    == "drydock: cannot fetch drydock-one: the host machine has no 'dnf'. Install 'dnf' and its plugin 'download' there (Debian and Ubuntu: apt-get install dnf dnf-plugins-core) and add package sources to /etc/yum.repos.d\n1\n",
                "\(answer.output)")
        }
    }

    // MARK: Pieces

    @Test(arguments: [
        ("nginx", true), ("g++", true), ("libstdc++6", true), ("python3.11", true), ("", false), ("-o", false),
        ("--reinstall", false),
        ("a b", false), ("a;b", false), ("../x", false), ("./x.deb", false), ("a=1", false), ("é", false),
        (String(repeating: "a", count: 201), false),
    ])
    func packageNamesAreValidated(name: String, isName: Bool) {
        #expect(GuestPackages.isName(name) == isName)
    }

    @Test(arguments: [
        ("glibc-minimal-langpack-2.34-52.amzn2023.x86_64.rpm", "glibc-minimal-langpack", true),
        ("bash-5.2.15-1.amzn2023.x86_64.rpm", "bash", true), ("bash-completion-2.11-2.noarch.rpm", "bash-completion", false),
        ("jq-1.6-8.amzn2023.x86_64.rpm", "jq", false), ("odd.rpm", "", false),
    ])
    func packagesOfTheBaseSystemAreTheMachines(file: String, name: String, isBase: Bool) {
        #expect(GuestPackages.packageName(file) == name && GuestPackages.isBase(name) == isBase)
    }

    /// dnf's words are those of dnf 4.
    @Test(arguments: [
        ("No such command: download. Please use /usr/bin/dnf --help\n", "has no plugin 'download'. Install it there"),
        (
            "Error: Failed to download metadata for repo 'a': Cannot download repomd.xml\nIgnoring repositories: a\nNo package x available.\n",
            "reports:\nFailed to download metadata for repo 'a': Cannot download repomd.xml"
        ),
        ("Error: There are no enabled repositories in \"/etc/yum.repos.d\".\n", "has no package sources. Add them"),
    ])
    func dnfsErrorsSayWhatTheMachineLacks(output: String, part: String) {
        let problem = GuestPackages.dnfProblem(output, ["x", "y"]) ?? ""
        #expect(
            problem.hasPrefix("drydock: cannot fetch x, y: the host machine's dnf ") && problem.contains(part), "\(problem)")
        #expect(GuestPackages.dnfProblem("Error: No package x available.\n", ["x"]) == nil)
    }

    @Test func aptDownloadPlanAndErrorsAreParsed() {
        let plan = """
            Reading package lists...
            'http://deb.example.com/a/a_1%3a2-3_amd64.deb' a_1%3a2-3_amd64.deb 19628 MD5Sum:00
            'http://deb.example.com/b/b_1_all.deb' b_1_all.deb 10 SHA256:00
            'broken
            '' -o_1_all.deb 10 SHA256:00
            """
        let found = GuestPackages.downloads(plan)
        #expect(found.map(\.package) == ["a:amd64=1:2-3", "b=1"] && found.map(\.size) == [19628, 10])
        #expect(
            GuestPackages.refusal("E: Unable to locate package x\nE: Unable to locate package z", ["x", "y"]) == .unknown(["x"])
        )
        #expect(GuestPackages.refusal("E: Package 'x' has no installation candidate\n", ["x"]) == .unknown(["x"]))
        #expect(GuestPackages.refusal("noise\nE: Unmet dependencies\n", ["x"]) == .problem("E: Unmet dependencies"))
    }
}
