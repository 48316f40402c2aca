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
        let script = try #require(UserData(Bytes(text.utf8)).scripts.first?.text)
        #expect(script.contains("hostnamectl set-hostname 'web'"))
        #expect(script.contains("echo 'YT0x' | base64 -d > '/etc/app/settings'\nchmod '0600' '/etc/app/settings'"))
        #expect(script.contains("apt-get install -y 'unzip' 'git'"))
        #expect(script.hasSuffix("'touch' '/tmp/it'\\''s'\necho done > /tmp/done\n"))
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
