import DrydockTesting
import EC2API
import Testing

extension AWS {
    /// Creates a volume of 10 GiB in the region's first zone, ready to be attached.
    func volume(_ change: (inout CreateVolumeRequest) -> Void = { _ in }) async throws -> String {
        var request = CreateVolumeRequest(availabilityZone: "us-east-1a", size: 10)
        change(&request)
        let id = try #require(try await ec2.createVolume(request).volumeId)
        clock.advance(by: .minutes(1))
        return id
    }

    /// Runs an instance in the region's first zone.
    func instance(type: InstanceType = "t3.micro", zone: String = "us-east-1a") async throws -> String {
        let id = try #require(
            try await run(type: type) { $0.placement = .init(availabilityZone: zone) }.first?.instanceId)
        clock.advance(by: .minutes(1))
        return id
    }

    /// Creates a snapshot of a volume and waits for its completion.
    func snapshot(of volume: String) async throws -> String {
        let id = try #require(try await ec2.createSnapshot(.init(volumeId: volume)).snapshotId)
        clock.advance(by: .minutes(5))
        return id
    }

    func describe(volume id: String) async throws -> Volume {
        try #require(try await ec2.describeVolumes(.init(volumeIds: [id])).volumes?.first)
    }

    func describe(snapshot id: String) async throws -> EC2API.Snapshot {
        try #require(try await ec2.describeSnapshots(.init(snapshotIds: [id])).snapshots?.first)
    }

    /// Another account without access to the first.
    var stranger: Clients { acting(as: Credentials(accessKeyId: "210987654321", secretAccessKey: "test")) }
}
