import AWSCore
import ArgumentParser
import Drydock
import Foundation
import SimulatedDocker
import SimulatedEC2
import SimulatedECR
import SimulatorCore

/// Resources outside the account: public images, other services' resources, Docker Hub's images.
struct ContentOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            """
            Additional public images: a file with the output of 'aws ec2 describe-images', or an id and the name (or a pattern) of \
            an image of the catalogue: ami-0fb653ca2d3203ac1=*ubuntu-focal*amd64-server*. Repeatable.
            """, valueName: "file|id=name"))
    var images: [String] = []
    @Flag(help: "Treat every well-formed image id as a public Linux image.") var anyImage = false
    @Option(
        help: ArgumentHelp(
            "A JSON file of resources in services that are not simulated, such as KMS keys and S3 buckets. References to the listed kinds are checked; without the file, every well-formed reference is accepted.",
            valueName: "file"))
    var existing: String?
    @Option(
        help: ArgumentHelp(
            "A JSON file of additional users and images on the simulated Docker Hub.", valueName: "file"))
    var hub: String?

    func existingResources(account: String, region: String) throws -> ExistingResources {
        guard let existing else { return .unknown }
        guard let data = FileManager.default.contents(atPath: existing) else { throw Failure("cannot read '\(existing)'.") }
        do {
            return try ExistingResources(parsing: Bytes(data), account: account, region: region)
        } catch { throw Failure("'\(existing)' is not a list of existing resources: \(error).") }
    }

    func fillHub(of simulator: Simulator) throws {
        guard let hub else { return }
        guard let data = FileManager.default.contents(atPath: hub) else { throw Failure("cannot read '\(hub)'.") }
        do {
            try simulator.fillHub(HubContents(parsing: Bytes(data)))
        } catch let error as HubContentsError {
            throw Failure("'\(hub)' does not describe Docker Hub's contents: \(error).")
        }
    }

    func addedImages() throws -> AddedImages {
        var pairs: [(id: String, name: String)] = [], documents: [Node] = []
        for argument in images {
            let parts = argument.split(separator: "=", maxSplits: 1).map(String.init)
            if parts.count == 2, parts[0].hasPrefix("ami-") {
                pairs.append((parts[0], parts[1]))
                continue
            }
            guard let data = FileManager.default.contents(atPath: argument) else {
                throw Failure("--images: cannot read '\(argument)'. Write an id as ami-0fb653ca2d3203ac1=NAME.")
            }
            do { documents.append(try JSON.parse(Bytes(data))) } catch {
                throw Failure("--images: '\(argument)' is not JSON: \(error).")
            }
        }
        do { return try AddedImages(pairs, documents: documents, takesAnyId: anyImage) } catch {
            throw Failure("--images: \(error).")
        }
    }
}

/// The ECR registry's name, and its upstream registries.
struct ServedRegistryOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "The registry host in repository URIs: 'aws' for AWS's own names, or host:port. (default: localhost and the port)",
            valueName: "name"))
    var registryHost: String?
    @Option(
        name: .customLong("upstream"),
        help: ArgumentHelp(
            "The registry that pull-through cache rules for a host fetch from: ghcr.io=http://localhost:5000. Repeatable.",
            valueName: "host=url"))
    var upstreams: [String] = []
    @Option(help: ArgumentHelp("A JSON file of security advisories for image scans.", valueName: "file"))
    var advisories: String?
    @Flag(
        help:
            "Follow the OCI specification where ECR deviates from it: blobs can be deleted, and a push creates its repository.")
    var ociDeletes = false

    func validate() throws {
        do { _ = try upstreamRegistries() } catch { throw ValidationError("--upstream: \(error).") }
    }

    func upstreamRegistries() throws(UpstreamError) -> UpstreamRegistries {
        var registries = UpstreamRegistries()
        for upstream in upstreams { try registries.add(upstream) }
        return registries
    }

    func advisoryList() throws -> AdvisoryList {
        guard let advisories else { return .none }
        guard let data = FileManager.default.contents(atPath: advisories) else {
            throw Failure("cannot read the advisories '\(advisories)'.")
        }
        do {
            return try AdvisoryList(parsing: Bytes(data))
        } catch { throw Failure("the advisories '\(advisories)' are not a list: \(error).") }
    }

    /// With guests, the registry has its real names, because guests use these.
    func name(port: Int, hasGuests: Bool) -> String? {
        registryHost == "aws" || registryHost == nil && hasGuests ? nil : registryHost ?? "localhost:\(port)"
    }
}
