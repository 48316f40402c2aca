import DrydockTesting
import Foundation
import Testing

@testable import Guests

/// Typical kinds of user data, a few lines each, in Programs/scripts. Their comments hold the expected results. `status:` is the
/// boot's final status (`stopped`: the instance stops). `console:` is a part of the console output. `port N:` is the page at that
/// port. `needs:` is a program that the machine must have.
@Suite(.serialized, .enabled(if: Playground.obstacle == nil, "apt-get install bubblewrap openssh-server openssh-client"))
struct UserDataScripts {
    struct Script: Sendable, CustomTestStringConvertible {
        let name, text: String
        var testDescription: String { name }

        func lines(_ word: String) -> [String] {
            text.split(separator: "\n").filter { $0.hasPrefix("# \(word): ") }.map { String($0.dropFirst(word.count + 4)) }
        }
        var status: String { lines("status").first ?? "" }
        /// The port to request, and the expected page.
        var port: (number: Int, page: String)? {
            text.firstMatch(of: /# port (\d+): (.*)/).flatMap { match in Int(match.1).map { ($0, String(match.2)) } }
        }
        var lacks: String? { lines("needs").first { Machine.find($0) == nil } }
    }

    static let scripts: [Script] = {
        let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().path + "/Programs/scripts"
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        return names.sorted().compactMap { name in
            let text = FileManager.default.contents(atPath: folder + "/" + name).map { String(decoding: $0, as: UTF8.self) }
            let script = Script(name: name, text: text ?? "")
            guard let program = script.lacks else { return script }
            print("\(name) is not tried: \(program) is missing on this machine")
            return nil
        }
    }()

    private static func hasEnded(_ status: String?) -> Bool {
        status.map { !["none", "pending", "running", "stopping"].contains($0) } ?? false
    }

    @Test func userDataScriptsAreFound() { #expect(Self.scripts.count >= 20) }

    @Test(arguments: scripts) func userDataScriptGivesExpectedResult(_ script: Script) async throws {
        try await Playground.with { playground in
            try playground.host.declare(
                .object([
                    .init(
                        "internet",
                        .object([
                            .init("https://files.example.com/included.sh", .string("#!/bin/sh\necho included by its address\n"))
                        ]))
                ]))
            let group = try await playground.defaultGroup
            let all = IpPermission(ipProtocol: "tcp", fromPort: 8000, toPort: 8999, ipRanges: [IpRange(cidrIp: "0.0.0.0/0")])
            _ = try await playground.aws.ec2.authorizeSecurityGroupIngress(
                AuthorizeSecurityGroupIngressRequest(groupId: group, ipPermissions: [all]))
            let person = try await playground.launch(userData: script.text, waits: script.status != "stopped")
            #expect(!script.status.isEmpty, "\(script.name) says nothing of its status")
            func status() async -> String? {
                if script.status == "stopped" {
                    let request = DescribeInstancesRequest(instanceIds: [person.id])
                    let shown = try? await playground.aws.ec2.describeInstances(request).reservations?.first?.instances?.first
                    return shown?.state?.name?.rawValue
                }
                return playground.host.description.elements?.first { $0["instance"]?.string == person.id }?["boot"]?.string
            }
            try await PlayedInstances.until { Self.hasEnded(await status()) }
            let end = await status(), console = try await playground.console(of: person.id)
            #expect(end == script.status, "\(script.name): \(console)")
            for line in script.lines("console") { #expect(console.contains(line), "\(line)\n\(console)") }
            if let (port, page) = script.port {
                try await PlayedInstances.until {
                    let answer = try? await person.run("curl", ["-sS", "-m", "2", "http://\(person.address):\(port)/"])
                    return answer?.output == page + "\n"
                }
            }
        }
    }
}
