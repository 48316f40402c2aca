import AWSCore
import Foundation
import Testing

@testable import Guests

/// Tests that need no sandbox.
@Suite struct GuestPieces {
    @Test(arguments: [
        ("ubuntu/images/hvm-ssd/ubuntu-jammy-22.04-amd64-server-20231207", "ubuntu"),
        ("al2023-ami-2023.3.20231211.4-kernel-6.1-x86_64", "ec2-user"), ("debian-12-amd64-20231013-1532", "admin"),
    ])
    func loginUserFollowsFromImageName(image: String, user: String) {
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
    func osReleaseFollowsFromImageName(image: String, name: String, line: String) {
        let system = GuestSystem(imageName: image)
        #expect(system.name == name)
        #expect(system.osRelease.hasPrefix("PRETTY_NAME=\"\(name)\"\n") && system.osRelease.contains(line))
    }

    /// The guest programs' parsers for YAML, templates and the parts of user data.
    @Test func guestProgramParsersPassTheirTests() async throws {
        let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        let programs = folder.deletingLastPathComponent().deletingLastPathComponent().path + "/Sources/Guests/Programs"
        let answer = try await Person.run("/usr/bin/python3", [folder.path + "/Programs/pieces.py", programs])
        #expect(answer.output.hasSuffix("all held\n") && answer.status == 0, "\(answer.output)")
    }

    @Test func nameServerResolvesKnownNames() throws {
        func question(_ name: String, kind: UInt8) -> Bytes {
            let labels = name.split(separator: ".").flatMap { [UInt8($0.utf8.count)] + Bytes($0.utf8) }
            return [0xAB, 0xCD, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0] + labels + [0, 0, kind, 0, 1]
        }
        func answer(_ name: String, kind: UInt8) throws -> Bytes {
            try #require(
                NameServer.answer(to: question(name, kind: kind)) {
                    switch $0 {
                    case "sts.amazonaws.com": .address(0x7F00_00FE)
                    case "off.example.com": .failure
                    default: .unknown
                    }
                })
        }
        let known = try answer("sts.amazonaws.com", kind: 1)
        #expect(known.prefix(2) == [0xAB, 0xCD] && known[3] & 15 == 0 && known.suffix(4) == [127, 0, 0, 254])
        let six = try answer("sts.amazonaws.com", kind: 28)
        #expect(six[3] & 15 == 0 && six[7] == 0)
        #expect(try answer("example.com", kind: 1)[3] & 15 == 3)
        #expect(try answer("off.example.com", kind: 1)[3] & 15 == 2)
        for broken in [[], [0, 1], Bytes(repeating: 0xFF, count: 40), question("a.b", kind: 1).dropLast(4)] as [Bytes] {
            _ = NameServer.answer(to: broken) { _ in .address(1) }
        }
    }

    @Test(arguments: [("127.16.0.1", UInt32(0x7F10_0001)), ("169.254.169.254", 0xA9FE_A9FE)])
    func ipv4AddressesConvertToNumbers(text: String, number: UInt32) {
        #expect(addressNumber(text) == number)
        #expect(addressText(number) == text)
    }

    @Test(arguments: ["127.0.0", "127.0.0.256", "a.b.c.d", ""]) func invalidAddressesAreNotParsed(text: String) {
        #expect(addressNumber(text) == nil)
    }
}
