import AWSCore
import Testing

@testable import Guests

/// What can be told without a sandbox.
@Suite struct GuestPieces {
    @Test(arguments: [
        ("ubuntu/images/hvm-ssd/ubuntu-jammy-22.04-amd64-server-20231207", "ubuntu"),
        ("al2023-ami-2023.3.20231211.4-kernel-6.1-x86_64", "ec2-user"), ("debian-12-amd64-20231013-1532", "admin"),
    ])
    func theUserFollowsFromTheImage(image: String, user: String) {
        #expect(GuestSystem(imageName: image).user == user)
    }

    @Test(arguments: [
        ("ubuntu/images/hvm-ssd/ubuntu-jammy-22.04-amd64-server-20231207", "Ubuntu 22.04 LTS", "UBUNTU_CODENAME=jammy\n"),
        ("ubuntu/images/hvm-ssd-gp3/ubuntu-noble-24.04-arm64-server-20251022", "Ubuntu 24.04 LTS", "(Noble Numbat)"),
        ("ubuntu/images/hvm-ssd-gp3/ubuntu-oracular-24.10-amd64-server-20241009", "Ubuntu 24.10", "VERSION_ID=\"24.10\"\n"),
        ("debian-12-amd64-20231013-1532", "Debian GNU/Linux 12 (bookworm)", "VERSION_CODENAME=bookworm\n"),
        ("al2023-ami-2023.3.20231211.4-kernel-6.1-x86_64", "Amazon Linux 2023", "ID=\"amzn\"\n"),
        ("amzn2-ami-kernel-5.10-hvm-2.0.20231206.0-x86_64-gp2", "Amazon Linux 2", "VERSION_ID=\"2\"\n"),
    ])
    func theSystemIsTheImages(image: String, name: String, line: String) {
        let system = GuestSystem(imageName: image)
        #expect(system.name == name)
        #expect(system.osRelease.hasPrefix("PRETTY_NAME=\"\(name)\"\n") && system.osRelease.contains(line))
    }

    @Test func cloudConfigBecomesAScript() throws {
        let text = """
            #cloud-config
            hostname: web
            packages: [unzip, git]
            write_files:
              - path: /etc/app/settings
                content: "a=1"
                permissions: '0600'
            runcmd:
              - [touch, "/tmp/it's"]
              - echo done > /tmp/done
            """
        let data = UserData(Bytes(text.utf8))
        let script = data.configuration
        #expect(data.hostName == "web")
        #expect(script.contains("echo 'YT0x' | base64 -d > '/etc/app/settings'\nchmod '0600' '/etc/app/settings'"))
        #expect(script.contains("install -y 'unzip' 'git'"))
        let run = try #require(data.scripts.first)
        #expect(run.name == "runcmd")
        #expect(String(decoding: run.bytes, as: UTF8.self) == "#!/bin/sh\n'touch' '/tmp/it'\\''s'\necho done > /tmp/done\n")
    }

    @Test func multipartMessagesAreTakenApart() throws {
        let script = "#!/bin/sh\necho encoded\n"
        let text = """
            Content-Type: multipart/mixed; boundary="=-=+="
            MIME-Version: 1.0

            --=-=+=
            Content-Type: text/cloud-config; charset="us-ascii"
            Content-Disposition: attachment; filename="config.yaml"

            #cloud-config
            hostname: parts
            --=-=+=
            Content-Type: text/x-shellscript
            Content-Transfer-Encoding: base64
            Content-Disposition: attachment; filename="a script.sh"

            \(Base64.encode(Bytes(script.utf8)))
            --=-=+=
            Content-Type: text/x-shellscript
            Content-Transfer-Encoding: quoted-printable

            #!/bin/sh
            echo a=3Db
            --=-=+=
            Content-Type: text/x-something

            what is this
            --=-=+=--

            """
        for message in [text, text.replacing("\n", with: "\r\n")] {
            let data = UserData(Bytes(message.utf8))
            #expect(data.hostName == "parts")
            #expect(data.scripts.map(\.name) == ["ascript.sh", "part-002"])
            #expect(String(decoding: data.scripts[0].bytes, as: UTF8.self) == script)
            #expect(String(decoding: data.scripts[1].bytes, as: UTF8.self).hasPrefix("#!/bin/sh\necho a=b"))
            #expect(data.warnings == ["Unhandled non-multipart (text/x-something) userdata"])
        }
    }

    /// `#!/bin/sh\necho packed\n` as gzip packs it.
    @Test func compressedUserDataIsUnpacked() throws {
        let packed = "H4sIAAAAAAACA1NW1E/KzNMvzuBKTc7IVyhITM5OTeECAPcM1z0WAAAA"
        let data = UserData(try #require(Base64.decode(packed)))
        #expect(data.scripts.map { String(decoding: $0.bytes, as: UTF8.self) } == ["#!/bin/sh\necho packed\n"])
        #expect(UserData([0x1F, 0x8B, 1, 2, 3]).warnings.count == 1)
    }

    @Test(arguments: [
        ("#include\nhttps://example.com/x\n", "included URLs are not fetched"),
        ("hello\n", "Unhandled non-multipart (text/x-not-multipart) userdata"),
    ])
    func whatIsNoScriptIsToldOf(text: String, warning: String) { #expect(UserData(Bytes(text.utf8)).warnings == [warning]) }

    @Test func brokenConfigurationsFailTheBootAndNothingElse() {
        let data = UserData(Bytes("#cloud-config\npackages: [a\n".utf8))
        #expect(data.configuration.contains("Failed loading yaml blob") && data.configuration.contains("failed=1"))
    }

    @Test func aNameServerKnowsWhatItIsTold() throws {
        func question(_ name: String, kind: UInt8) -> Bytes {
            let labels = name.split(separator: ".").flatMap { [UInt8($0.utf8.count)] + Bytes($0.utf8) }
            return [0xAB, 0xCD, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0] + labels + [0, 0, kind, 0, 1]
        }
        func answer(_ name: String, kind: UInt8) throws -> Bytes {
            try #require(
                NameServer.answer(to: question(name, kind: kind), address: 0x7F00_00FE) { $0 == "sts.amazonaws.com" })
        }
        let known = try answer("sts.amazonaws.com", kind: 1)
        #expect(known.prefix(2) == [0xAB, 0xCD] && known[3] & 15 == 0 && known.suffix(4) == [127, 0, 0, 254])
        let six = try answer("sts.amazonaws.com", kind: 28)
        #expect(six[3] & 15 == 0 && six[7] == 0)
        #expect(try answer("example.com", kind: 1)[3] & 15 == 3)
        for broken in [[], [0, 1], Bytes(repeating: 0xFF, count: 40), question("a.b", kind: 1).dropLast(4)] as [Bytes] {
            _ = NameServer.answer(to: broken, address: 1) { _ in true }
        }
    }

    @Test(arguments: [("127.16.0.1", UInt32(0x7F10_0001)), ("169.254.169.254", 0xA9FE_A9FE)])
    func addressesAreNumbers(text: String, number: UInt32) {
        #expect(addressNumber(text) == number)
        #expect(addressText(number) == text)
    }

    @Test(arguments: ["127.0.0", "127.0.0.256", "a.b.c.d", ""]) func whatIsNoAddressIsNone(text: String) {
        #expect(addressNumber(text) == nil)
    }
}
