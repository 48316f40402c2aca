import DrydockTesting
import Foundation
import Testing

@testable import Guests

/// Images made from guests contain their disks.
@Suite(.serialized, .enabled(if: Playground.obstacle == nil, "apt-get install bubblewrap openssh-server openssh-client"))
struct ImagedGuests {
    private func image(_ name: String, of person: Person, in playground: Playground) async throws -> String {
        try #require(
            try await playground.aws.ec2.createImage(.init(instanceId: person.id, name: name, noReboot: true)).imageId)
    }

    @Test func createImageKeepsGuestPackagesAndFiles() async throws {
        try await Playground.with { playground in
            let first = try await playground.launch(userData: "#!/bin/sh\necho first >> /runs\n")
            let made = try await first.ssh(
                "cloud-init status --wait > /dev/null; echo kept > note; sudo mkdir /etc/app; echo 1 | sudo tee /etc/app/conf; "
                    + "sudo apt-get install -y docker.io > /dev/null; ln -s /etc/shadow link; hostname")
            #expect(made.status == 0, "\(made.output)")
            let image = try await image("golden", of: first, in: playground)
            let second = try await playground.launch(userData: "#!/bin/sh\necho second >> /runs\n", image: image)
            let found = try await second.ssh(
                "cloud-init status --wait > /dev/null; cat note /etc/app/conf /runs; readlink link; hostname")
            let lines = found.output.split(separator: "\n").map(String.init)
            #expect(lines.prefix(4) == ["kept", "1", "first", "second"], "\(found.output)")
            #expect(lines.dropFirst(4).first == "/etc/shadow", "\(found.output)")
            // Installed programs are there too, if the machine has them.
            let programs = try await [first, second].asyncMap { try await $0.ssh("command -v docker").output }
            #expect(programs[0] == programs[1])
            // The host name and the host key are its own.
            #expect(lines.last != made.output.split(separator: "\n").map(String.init).last)
            let keys = try await [first, second].asyncMap { try await $0.ssh("cat /etc/ssh/ssh_host_ed25519_key.pub").output }
            #expect(keys[0] != keys[1])
            // Keys of the first instance work for the second, unless they were removed.
            #expect(try await second.ssh("true", key: first.keyFile).status == 0)
            // The image, and a copy of it, outlive the first instance.
            _ = try await playground.aws.ec2.terminateInstances(.init(instanceIds: [first.id]))
            let copy = try #require(
                try await playground.aws.ec2.copyImage(
                    .init(name: "copied", sourceImageId: image, sourceRegion: "us-east-1")
                ).imageId)
            _ = try await playground.aws.ec2.deregisterImage(.init(imageId: image))
            let third = try await playground.launch(image: copy)
            #expect(try await third.ssh("cat note").output == "kept\n")
            #expect(try await third.ssh("id -un").output == "ubuntu\n")
        }
    }

    @Test func imageSymlinksDoNotLeaveGuestRoot() async throws {
        try await Playground.with { playground in
            let first = try await playground.launch()
            let target = playground.folder + "/outside"
            try Data("untouched".utf8).write(to: URL(fileURLWithPath: target))
            let done = try await first.ssh(
                "sudo rm -f /etc/hostname; sudo ln -s \(target) /etc/hostname; "
                    + "sudo rm -rf /var/lib/cloud; sudo ln -s \(playground.folder) /var/lib/cloud; "
                    + "rm -rf .ssh; ln -s \(playground.folder) .ssh; true")
            #expect(done.status == 0, "\(done.output)")
            let image = try await image("linked", of: first, in: playground)
            let second = try await playground.launch(image: image)
            #expect(try await second.ssh("cat /etc/hostname").output.hasPrefix("ip-"))
            #expect(try String(contentsOfFile: target, encoding: .utf8) == "untouched")
            let outside = try FileManager.default.contentsOfDirectory(atPath: playground.folder)
            #expect(!outside.contains("instance") && !outside.contains("authorized_keys"))
        }
    }
}

extension Array {
    fileprivate func asyncMap<T>(_ body: (Element) async throws -> T) async rethrows -> [T] {
        var result: [T] = []
        for element in self { result.append(try await body(element)) }
        return result
    }
}

/// Stock Packer with the built program.
@Suite(
    .serialized, .enabled(if: Playground.obstacle == nil, "apt-get install bubblewrap openssh-server openssh-client"),
    .enabled(if: GuestServer.program != nil, "build the product drydock"),
    .enabled(if: Machine.find("packer") != nil, "packer is missing: apt-get install packer"),
    .enabled(if: Machine.find("aws") != nil, "install the AWS CLI"))
struct PackerBuilds {
    private func template(_ server: GuestServer) -> String {
        """
        {
          "builders": [{
            "type": "amazon-ebs", "access_key": "test", "secret_key": "test", "region": "us-east-1",
            "custom_endpoint_ec2": "\(server.url)", "skip_region_validation": true, "skip_metadata_api_check": true,
            "source_ami_filter": {
              "filters": {
                "name": "ubuntu/images/hvm-ssd/ubuntu-jammy-22.04-amd64-server-*", "root-device-type": "ebs",
                "virtualization-type": "hvm"
              },
              "owners": ["099720109477"], "most_recent": true
            },
            "instance_type": "t2.micro", "ssh_username": "ubuntu", "ssh_port": \(server.hasPort22 ? 22 : 2222),
            "ssh_clear_authorized_keys": true,
            "ami_name": "packed", "ami_description": "built by Packer", "ami_users": ["210987654321"],
            "tags": {"Builder": "packer"}, "snapshot_tags": {"Builder": "packer"}
          }],
          "provisioners": [
            {"type": "shell", "inline": [
              "sudo apt-get update -qq", "sudo apt-get install -y docker.io", "echo provisioned | sudo tee /etc/provisioned"]}
          ]
        }
        """
    }

    @Test func packerImageContainsProvisionedFiles() async throws {
        try await GuestServer.with { server in
            let file = server.folder + "/template.json"
            try Data(template(server).utf8).write(to: URL(fileURLWithPath: file))
            let built = try await Person.run(
                "packer", ["build", "-color=false", file],
                environment: ["AWS_POLL_DELAY_SECONDS": "1", "PACKER_CONFIG_DIR": server.folder, "CHECKPOINT_DISABLE": "1"])
            #expect(built.status == 0, "\(built.output)")
            let image = try await server.aws(
                "ec2 describe-images --owners self --filters Name=tag:Builder,Values=packer --query Images[0].ImageId --output text"
            ).trimmingCharacters(in: .whitespacesAndNewlines)
            #expect(image.hasPrefix("ami-") && built.output.contains(image))
            let permission = try await server.aws(
                "ec2 describe-image-attribute --image-id \(image) --attribute launchPermission --query LaunchPermissions[0].UserId --output text"
            )
            #expect(permission == "210987654321\n")
            // Packer leaves only the image.
            let left = try await server.aws(
                "ec2 describe-instances --query Reservations[].Instances[?State.Name!='terminated'][] --output text")
            #expect(left.trimmingCharacters(in: .whitespacesAndNewlines).isEmpty, "\(left)")
            let person = try await server.launch(image: image)
            let answer = try await person.ssh("cat /etc/provisioned")
            #expect(answer.output == "provisioned\n", "\(answer.output)")
        }
    }
}
