import DrydockTesting
import EC2API
import Testing

extension AWS {
    /// Creates an image of a new instance and waits until it is available.
    func image(_ name: String = "golden", of instance: String? = nil) async throws -> String {
        var instance = instance
        if instance == nil { instance = try await self.instance() }
        let id = try #require(
            try await ec2.createImage(.init(instanceId: instance ?? "", name: name)).imageId)
        clock.advance(by: .minutes(5))
        return id
    }

    func describe(image id: String) async throws -> EC2API.Image {
        try #require(try await ec2.describeImages(.init(imageIds: [id], includeDisabled: true)).images?.first)
    }

    func share(image id: String, with users: [String]) async throws {
        try await ec2.modifyImageAttribute(
            .init(
                imageId: id,
                launchPermission: .init(add: users.map { $0 == "all" ? .init(group: .all) : .init(userId: $0) })))
    }
}
