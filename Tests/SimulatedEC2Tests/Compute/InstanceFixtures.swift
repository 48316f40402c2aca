import DrydockTesting
import Testing

/// Returns the error of a call; nil if it succeeds.
func refusal<T>(of call: () async throws -> T) async -> AWSError? {
    do {
        _ = try await call()
        return nil
    } catch let error as AWSError {
        return error
    } catch {
        Issue.record("threw \(error), which is not AWS's")
        return nil
    }
}

extension AWS {
    /// Returns the id of the newest Ubuntu 24.04 image in the region.
    func ubuntu(_ architecture: ArchitectureValues = "x86_64", release: String = "noble-24.04") async throws -> String {
        let images =
            try await ec2.describeImages(
                .init(
                    owners: ["099720109477"],
                    filters: [
                        Filter(name: "name", values: ["ubuntu/images/hvm-ssd*/ubuntu-\(release)-*-server-*"]),
                        Filter(name: "architecture", values: [architecture.rawValue]),
                    ])
            ).images ?? []
        let newest = images.max { ($0.creationDate ?? "") < ($1.creationDate ?? "") }
        guard let id = newest?.imageId else { throw AWSError("Test", "no Ubuntu image") }
        return id
    }

    /// Runs instances with only the required parameters.
    @discardableResult
    func run(
        _ count: Int = 1, type: InstanceType = "t3.micro", _ change: (inout RunInstancesRequest) -> Void = { _ in }
    ) async throws -> [Instance] {
        var request = RunInstancesRequest(imageId: try await ubuntu(), maxCount: count, minCount: count)
        request.instanceType = type
        change(&request)
        return try await ec2.runInstances(request).instances ?? []
    }

    func describe(_ id: String?) async throws -> Instance? {
        try await ec2.describeInstances(.init(instanceIds: [id ?? ""])).reservations?.first?.instances?.first
    }
}
