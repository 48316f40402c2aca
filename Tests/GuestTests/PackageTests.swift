import DrydockTesting
import Foundation
import Testing

@testable import Guests

/// Package managers, the instance's volumes and AWS's own tools, on Ubuntu and Amazon Linux. Assumed: the packages' versions.
@Suite(.serialized, .enabled(if: Playground.obstacle == nil, "apt-get install bubblewrap openssh-server openssh-client"))
struct PackagesOfGuests {
    static func amazonLinux(_ playground: Playground) async throws -> String {
        let images = try await playground.aws.ec2.describeImages(
            EC2API.DescribeImagesRequest(
                owners: ["amazon"], filters: [Filter(name: "name", values: ["al2023-ami-2023.*-x86_64"])]))
        return try #require(images.images?.first?.imageId)
    }

    /// A package whose program the machine lacks cannot be located; the caller, the journal and the console get instructions.
    @Test(.enabled(if: Machine.find("haproxy") == nil, "this machine has haproxy, which the test takes for absent"))
    func packageWithoutHostProgramIsNotFound() async throws {
        try await Playground.with { playground in
            let person = try await playground.launch()
            _ = try await person.ssh("cloud-init status --wait")
            let answer = try await person.ssh(
                "exec 2>&1; sudo apt-get install -y haproxy; echo $?; sudo journalctl -t drydock -o cat; dpkg -s haproxy; echo $?"
            )
            let hint =
                "package haproxy needs 'haproxy', which the host machine does not have: install it there; or start the server with --guest-packages online"
            #expect(
                answer.output.contains("E: Unable to locate package haproxy\n") && answer.output.contains("\n100\n"),
                "\(answer.output)")
            #expect(answer.output.contains("drydock: \(hint)\n") && answer.output.contains("\n\(hint)\n"), "\(answer.output)")
            #expect(answer.output.hasSuffix("package 'haproxy' is not installed and no information is available\n1\n"))
            try await PlayedInstances.until { (try? await playground.console(of: person.id).contains(hint)) == true }
        }
    }

    @Test func aptAndDpkgReportInstalledPackages() async throws {
        try await Playground.with { playground in
            let person = try await playground.launch()
            let answer = try await person.ssh(
                """
                exec 2>&1; dpkg -s git > /dev/null 2>&1; echo $?; sudo apt-get install -y git=1:2 | tail -1
                dpkg -l git | tail -1 | cut -c 1-8; dpkg-query -W -f '${Status}\\n' git; sudo apt-get -qq install git | tail -2
                sudo apt-get remove -y git; dpkg -s git > /dev/null 2>&1; echo $?; dpkg --print-architecture
                sudo add-apt-repository -y ppa:some/one > /dev/null; cat /etc/apt/sources.list.d/*.list
                apt-cache policy nothing-such; sudo apt-get frobnicate; echo $?; dnf install git; echo $?
                apt list --installed 2> /dev/null | grep -c '^bash/'
                """)
            #expect(
                answer.output == """
                    1
                    Setting up git ...
                    ii  git 
                    install ok installed
                    git is already the newest version.
                    0 upgraded, 0 newly installed, 0 to remove and 0 not upgraded.
                    Removing git ...
                    1
                    amd64
                    deb https://ppa.launchpadcontent.net/some/one/ubuntu/ jammy main
                    N: Unable to locate package nothing-such
                    E: Invalid operation frobnicate
                    100
                    bash: dnf: command not found
                    127
                    1

                    """, "\(answer.output)")
        }
    }

    /// A user's own package: its program, its unit and its installation script.
    @Test(.enabled(if: Machine.find("dpkg-deb") != nil, "dpkg-deb is missing"))
    func debFileIsInstalled() async throws {
        try await Playground.with { playground in
            let person = try await playground.launch()
            let answer = try await person.ssh(
                """
                exec 2>&1; mkdir -p own/DEBIAN own/usr/bin own/etc own/lib/systemd/system
                printf 'Package: own\\nVersion: 1.2\\nArchitecture: all\\nMaintainer: me <me@example.com>\\nDescription: mine\\n' > own/DEBIAN/control
                printf '#!/bin/sh\\necho configured $1 > /configured\\n' > own/DEBIAN/postinst; chmod 755 own/DEBIAN/postinst
                printf '#!/bin/sh\\necho runs\\n' > own/usr/bin/own; chmod 755 own/usr/bin/own; echo a=1 > own/etc/own.conf
                printf '[Service]\\nExecStart=/bin/sleep 1000\\n' > own/lib/systemd/system/own.service
                dpkg-deb --build --root-owner-group own own.deb > /dev/null
                sudo apt-get install -y ./own.deb > /dev/null; own; cat /etc/own.conf /configured; sudo systemctl start own; systemctl is-active own
                dpkg-query -W own | cut -f1; sudo dpkg -i missing.deb; echo $?
                """)
            #expect(
                answer.output == """
                    runs
                    a=1
                    configured configure
                    active
                    own
                    dpkg: error: cannot access archive 'missing.deb': No such file or directory
                    2

                    """, "\(answer.output)")
        }
    }

    /// A user's own package for Amazon Linux, in every compression that such packages have.
    @Test(.enabled(if: Machine.find("rpmbuild") != nil, "apt-get install rpm"))
    func rpmFileIsInstalledAndRemoved() async throws {
        let script = #"""
            exec 2>&1; mkdir own; cd own; cat > own.spec <<'X'
            Name: own
            Version: 1.2
            Release: 3
            Summary: mine
            License: MIT
            BuildArch: noarch
            %description
            mine
            %install
            mkdir -p %{buildroot}/usr/bin %{buildroot}/etc %{buildroot}/usr/share/own %{buildroot}/usr/lib/systemd/system
            printf '#!/bin/sh\ncat /usr/share/own/text\n' > %{buildroot}/usr/bin/own; chmod 755 %{buildroot}/usr/bin/own
            echo runs > %{buildroot}/usr/share/own/text; ln %{buildroot}/usr/share/own/text %{buildroot}/usr/share/own/hard
            ln -s text %{buildroot}/usr/share/own/soft; echo a=1 > %{buildroot}/etc/own.conf
            printf '[Service]\nExecStart=/bin/sleep 1000\n' > %{buildroot}/usr/lib/systemd/system/own.service
            %post
            echo configured $1 > /configured
            %files
            /usr/bin/own
            /usr/share/own
            /usr/lib/systemd/system/own.service
            %config /etc/own.conf
            X
            for kind in w19.zstdio w6.xzdio w9.gzdio w9.bzdio; do
              rpmbuild -bb --quiet --define "_topdir $PWD/$kind" --define "_binary_payload $kind" own.spec > $kind.log 2>&1 || cat $kind.log
              sudo dnf install -y ./$kind/RPMS/noarch/own-1.2-3.noarch.rpm | grep own-; own; cat /configured; sudo rm /configured
              rpm -q own; sudo dnf remove -y own > /dev/null; hash -r; command -v own || echo gone; rpm -q own
            done
            sudo rpm -i w9.gzdio/RPMS/noarch/own-1.2-3.noarch.rpm; cat /usr/local/share/own/hard /usr/local/share/own/soft /etc/own.conf
            sudo systemctl start own; systemctl is-active own; rpm -qp w9.gzdio/RPMS/noarch/own-1.2-3.noarch.rpm; rpm -ql own | head -1
            echo no > no.rpm; sudo rpm -i no.rpm; echo $?; sudo dnf install -y ./absent.rpm; echo $?
            """#
        try await Playground.with { playground in
            let person = try await playground.launch(image: try await Self.amazonLinux(playground))
            let answer = try await person.ssh(script, user: "ec2-user")
            let each = """
                  own-1.2-3.\(Self.machine)
                runs
                configured 1
                own-1.2-3.\(Self.machine)
                gone
                package own is not installed

                """
            let shown = answer.output
            #expect(shown.hasPrefix(String(repeating: each, count: 4)), "\(shown)")
            #expect(
                shown.hasSuffix(
                    """
                    package own is not installed
                    runs
                    runs
                    a=1
                    active
                    own-1.2-3.noarch
                    /etc/own.conf
                    error: no.rpm: not an rpm package (or package manifest)
                    1
                    error: open of ./absent.rpm failed: No such file or directory
                    1

                    """), "\(shown)")
        }
    }

    private static let machine = Machine.output(["/bin/uname", "-m"]).trimmingCharacters(in: .whitespacesAndNewlines)

    /// dpkg's own comparison, and what marks packages.
    @Test func dpkgComparesVersionsAndAptMarksPackages() async throws {
        try await Playground.with { playground in
            let person = try await playground.launch()
            let answer = try await person.ssh(
                """
                exec 2>&1; for pair in "1.10 gt 1.9" "1.0~rc1 lt 1.0" "1:0.1 gt 2.0" "1.0-1 eq 1.0-1" "2.0 le 1.0" "1.0 ne 1.0"; do dpkg --compare-versions $pair; echo -n "$? "; done; echo
                sudo apt-get install -y git=1:2.43 > /dev/null; dpkg-query -W git; sudo apt-mark hold git; apt-mark showhold; sudo apt-mark unhold git
                sudo apt-mark manual nothing-such; echo $?; apt-mark frob; echo $?; ps -p 1 -o comm=
                python3 -c 'import apt; c = apt.Cache(); print(c["git"].installed.version, c["jq"].is_installed, "nothing-such" in c)'
                """)
            #expect(
                answer.output == """
                    0 0 0 0 1 1 
                    git\t1:2.43
                    git set on hold.
                    git
                    Canceled hold on git.
                    E: Unable to locate package nothing-such
                    100
                    E: Invalid operation frob
                    100
                    systemd
                    1:2.43 False False

                    """, "\(answer.output)")
        }
    }

    @Test func dnfAndRpmReportInstalledPackages() async throws {
        try await Playground.with { playground in
            let person = try await playground.launch(image: try await Self.amazonLinux(playground))
            let answer = try await person.ssh(
                """
                exec 2>&1; rpm -q git; sudo dnf install -y git | tail -1; rpm -q git | cut -d. -f1; dnf list installed git | tail -1 | cut -d. -f1
                dnf info git | grep Name; sudo dnf remove -y git | tail -1; rpm -q git; echo $?; dnf list nothing-such; echo $?
                sudo dnf install -y nothing-such; echo $?; sudo dnf groupinstall -y 'Nothing Such'; echo $?
                sudo dnf frobnicate; apt-get update; ec2-metadata -i | cut -c 1-15; ec2-metadata --quiet -t
                /opt/aws/bin/cfn-signal -e 0 --stack s --resource r; echo $?; crontab -l
                """, user: "ec2-user")
            #expect(
                answer.output == """
                    package git is not installed
                    Complete!
                    git-0-drydock
                    git
                    Name         : git
                    Complete!
                    package git is not installed
                    1
                    Error: No matching Packages to list
                    1
                    No match for argument: nothing-such
                    Error: Unable to find a match: nothing-such
                    drydock: package nothing-such is not in the catalogue of guests: add it under 'packages:' of a scenario, with the program of the host machine that it provides, or '-'; or start the server with --guest-packages online
                    1
                    Module or Group 'Nothing Such' is not available.
                    Error: Nothing to do.
                    1
                    No such command: frobnicate. Please use /usr/bin/dnf --help
                    bash: apt-get: command not found
                    instance-id: i-
                    t2.micro
                    cfn-signal: Drydock does not simulate CloudFormation
                    1
                    bash: crontab: command not found

                    """, "\(answer.output)")
            if Machine.find("aws") != nil { #expect(try await person.ssh("aws --version", user: "ec2-user").status == 0) }
        }
    }

    @Test func lsblkShowsAttachedVolumes() async throws {
        try await Playground.with { playground in
            let person = try await playground.launch()
            let request = DescribeInstancesRequest(instanceIds: [person.id])
            let shown = try await playground.aws.ec2.describeInstances(request).reservations?.first?.instances?.first
            let volume = try await playground.aws.ec2.createVolume(
                CreateVolumeRequest(availabilityZone: shown?.placement?.availabilityZone, size: 20))
            let root = try await person.ssh(
                "lsblk; df -h / | tail -1 | tr -s ' ' | cut -d' ' -f1,2,6; df --output=target /tmp | tail -1")
            #expect(
                root.output == """
                    NAME    MAJ:MIN RM SIZE RO TYPE MOUNTPOINTS
                    xvda    202:0    0   8G  0 disk
                    └─xvda1 202:1    0   8G  0 part /
                    /dev/xvda1 7.8G /
                    /

                    """, "\(root.output)")
            _ = try await playground.aws.ec2.attachVolume(
                AttachVolumeRequest(device: "/dev/sdf", instanceId: person.id, volumeId: volume.volumeId ?? ""))
            #expect(try await person.ssh("lsblk -dno NAME,SIZE,TYPE").output == "xvda  8G disk\nxvdf 20G disk\n")
            let serial = (volume.volumeId ?? "").replacing("-", with: "")
            #expect(try await person.ssh("lsblk -J -o name,serial | jq -r '.blockdevices[1].serial'").output == serial + "\n")
            #expect(
                try await person.ssh("exec 2>&1; lsblk /dev/xvdz; echo $?; df --frob; echo $?").output.contains(
                    "not a block device\n32\n"))
        }
    }

    @Test func checkIPReturnsPublicAddress() async throws {
        try await Playground.with { playground in
            let person = try await playground.launch()
            #expect(try await person.ssh("curl -s https://checkip.amazonaws.com").output == person.address + "\n")
        }
    }
}
