import AWSCore
import EC2API
import SimulatedEC2
import SimulatorCore

/// What a guest needs to know of its instance, as EC2's own API tells it.
struct GuestInstance: Sendable, Equatable {
    var id, account, region: String
    /// `running`, `stopped` …
    var state: String
    var image, type, privateAddress, privateName: String
    var publicAddress, publicName: String?
    var zone, vpc, subnet, mac, interface, reservation, architecture: String
    var securityGroups: [String]
    var securityGroupIds: [String]
    var keyName: String?
    var launchIndex: Int
    /// Where the launch says otherwise than the type.
    var processors: Int?
    /// When it was last started.
    var launchedAt: Instant?
    var isSpot: Bool
    var profileArn, profileId: String?
    var tags: [String: String]
    /// `required` or `optional`.
    var metadataTokens: String
    var hasMetadata: Bool
    var hasMetadataTags: Bool

    init(_ instance: Instance, reservation: String, account: String, region: String) {
        let interface = instance.networkInterfaces?.first
        id = instance.instanceId ?? ""
        self.account = account
        self.region = region
        state = instance.state?.name?.rawValue ?? ""
        image = instance.imageId ?? ""
        type = instance.instanceType?.rawValue ?? ""
        privateAddress = instance.privateIpAddress ?? interface?.privateIpAddress ?? ""
        privateName = instance.privateDnsName ?? ""
        publicAddress = instance.publicIpAddress.flatMap { $0.isEmpty ? nil : $0 }
        publicName = instance.publicDnsName
        zone = instance.placement?.availabilityZone ?? ""
        vpc = instance.vpcId ?? ""
        subnet = instance.subnetId ?? ""
        mac = interface?.macAddress ?? ""
        self.interface = interface?.networkInterfaceId ?? ""
        self.reservation = reservation
        architecture = instance.architecture?.rawValue ?? "x86_64"
        securityGroups = instance.securityGroups?.compactMap(\.groupName) ?? []
        securityGroupIds = instance.securityGroups?.compactMap(\.groupId) ?? []
        keyName = instance.keyName
        launchIndex = instance.amiLaunchIndex ?? 0
        if let options = instance.cpuOptions, let cores = options.coreCount {
            processors = cores * (options.threadsPerCore ?? 1)
        }
        launchedAt = instance.launchTime
        isSpot = instance.instanceLifecycle?.rawValue == "spot"
        profileArn = instance.iamInstanceProfile?.arn
        profileId = instance.iamInstanceProfile?.id
        tags = Dictionary(
            (instance.tags ?? []).map { ($0.key ?? "", $0.value ?? "") }, uniquingKeysWith: { first, _ in first })
        metadataTokens = instance.metadataOptions?.httpTokens?.rawValue ?? "optional"
        hasMetadata = instance.metadataOptions?.httpEndpoint?.rawValue != "disabled"
        hasMetadataTags = instance.metadataOptions?.instanceMetadataTags?.rawValue == "enabled"
    }

    /// `ip-172-31-1-2`
    var hostName: String { "ip-" + privateAddress.split(separator: ".").joined(separator: "-") }
}

/// What is given to an instance once, at its first boot.
struct GuestLaunch: Sendable {
    var publicKey: String?
    var userData: Bytes
    var imageName: String
    var hostKey: InstanceHostKey

    /// Who logs in, by the image.
    var system: GuestSystem { GuestSystem(imageName: imageName) }
}

/// The way of a guest's request.
struct GuestPassage: Sendable {
    /// The endpoint of the VPC that serves it.
    let endpoint: EndpointUse?
    /// The address that the other side sees.
    let source: String

    /// Some address of the world, to ask rules about.
    static let elsewhere = "3.5.140.2"
}

extension Simulator {
    /// Every instance that there is, in all accounts and regions.
    func instances() throws -> [GuestInstance] {
        try places().flatMap { place in
            try inspect("ec2", account: place.account, region: place.region) { context in
                let result: DescribeInstancesResult? = try call("DescribeInstances", DescribeInstancesRequest(), context)
                return (result?.reservations ?? []).flatMap { reservation in
                    (reservation.instances ?? []).map {
                        GuestInstance(
                            $0, reservation: reservation.reservationId ?? "", account: place.account, region: place.region)
                    }
                }
            }
        }
    }

    /// The key, the user data and the image of an instance.
    func launch(of instance: GuestInstance) throws -> GuestLaunch {
        try inspect("ec2", account: instance.account, region: instance.region) { context in
            var launch = GuestLaunch(
                userData: [], imageName: "",
                hostKey: try InstanceHostKey(instance: instance.id, host: instance.hostName, seed: seed, configuration))
            if let name = instance.keyName {
                let pairs: DescribeKeyPairsResult? = try? call(
                    "DescribeKeyPairs", DescribeKeyPairsRequest(keyNames: [name], includePublicKey: true), context)
                launch.publicKey = pairs?.keyPairs?.first?.publicKey
            }
            let attribute: InstanceAttribute? = try? call(
                "DescribeInstanceAttribute", DescribeInstanceAttributeRequest(instanceId: instance.id, attribute: "userData"),
                context)
            launch.userData = attribute?.userData?.value.flatMap(Base64.decode) ?? []
            launch.imageName = systemName(of: instance.image, context)
            return launch
        }
    }

    /// The name of AWS's image that an image came from, however often it was copied and changed since.
    private func systemName(of image: String, _ context: Context) -> String {
        var id = image, place = context, name = ""
        for _ in 0..<16 {
            let images: DescribeImagesResult? = try? call(
                "DescribeImages", DescribeImagesRequest(imageIds: [id], includeDisabled: true), place)
            guard let found = images?.images?.first else { break }
            name = found.name ?? ""
            guard found.imageOwnerAlias == nil, let source = found.sourceImageId else { break }
            id = source
            place = place.within(region: found.sourceImageRegion)
        }
        return name
    }

    /// The images that accounts made, in all regions.
    func ownImages() throws -> Set<String> {
        try places().reduce(into: []) { ids, place in
            let images: DescribeImagesResult? = try inspect("ec2", account: place.account, region: place.region) { context in
                try call("DescribeImages", DescribeImagesRequest(owners: ["self"], includeDisabled: true), context)
            }
            ids.formUnion((images?.images ?? []).compactMap(\.imageId))
        }
    }

    /// Whether a connection to an instance gets through at this moment.
    func admits(_ instance: GuestInstance, from peer: String, port: Int) -> Bool {
        let decision = try? inspect("ec2", account: instance.account, region: instance.region) { context in
            try NetworkReachability(instance: instance.id, context)?.decide(.inbound, peer: peer, port: port).isAllowed
        }
        return (decision ?? nil) ?? false
    }

    /// How an instance's request to a host goes at this moment; nil if it doesn't get through.
    ///
    /// - Parameter host: the name that the instance asks for, which an endpoint of its VPC may serve.
    func passage(_ instance: GuestInstance, to host: String, port: Int) -> GuestPassage? {
        let decision = try? inspect("ec2", account: instance.account, region: instance.region) { context in
            try NetworkReachability(instance: instance.id, context)?
                .decide(.outbound, peer: GuestPassage.elsewhere, port: port, host: host)
        }
        guard let decision = decision ?? nil, decision.isAllowed else { return nil }
        return GuestPassage(
            endpoint: decision.endpoint, source: decision.translated ?? instance.publicAddress ?? "127.0.0.1")
    }

    /// Waits until a condition holds, which only a request or a moment's work of a guest can bring about.
    func untilChange(_ condition: () throws -> Bool) async throws {
        while try !condition() { try await Task.sleep(for: .milliseconds(20)) }
    }

    /// The processors and the memory of an instance.
    func size(of instance: GuestInstance) throws -> GuestSize? {
        try inspect("ec2", account: instance.account, region: instance.region) { context in
            let types: DescribeInstanceTypesResult? = try call(
                "DescribeInstanceTypes", DescribeInstanceTypesRequest(instanceTypes: [InstanceType(rawValue: instance.type)]),
                context)
            guard let found = types?.instanceTypes?.first, let processors = found.vCpuInfo?.defaultVCpus,
                let memory = found.memoryInfo?.sizeInMiB
            else { return nil }
            return GuestSize(
                processors: instance.processors ?? processors, memory: memory,
                manufacturer: found.processorInfo?.manufacturer ?? "Intel")
        }
    }

    /// The instances whose port 22 anybody of this machine gets through to at this moment.
    func reachable(_ instances: [GuestInstance]) throws -> Set<String> {
        let places = Dictionary(grouping: instances) { "\($0.account)/\($0.region)" }
        return try places.values.reduce(into: []) { reachable, instances in
            guard let place = instances.first else { return }
            let ids = try inspect("ec2", account: place.account, region: place.region) { context in
                try instances.map(\.id).filter {
                    try NetworkReachability(instance: $0, context)?.decide(.inbound, peer: "127.0.0.1", port: 22).isAllowed
                        ?? false
                }
            }
            reachable.formUnion(ids)
        }
    }

    /// An instance's operating system shut down.
    func shutDown(_ instance: GuestInstance) throws {
        let caller = Caller.root(of: instance.account, accessKeyId: "ec2.amazonaws.com")
        try perform("ec2", "StopInstances", as: caller, region: instance.region) { context in
            try EC2Simulation.shutDownFromWithin(instance.id, context)
        }
    }

    /// Gives an instance a tag that only Drydock gives.
    func tag(_ instance: GuestInstance, _ key: String, _ value: String) throws {
        let caller = Caller.root(of: instance.account, accessKeyId: "ec2.amazonaws.com")
        try perform("ec2", "CreateTags", as: caller, region: instance.region) { context in
            let _: EmptyShape? = try call(
                "CreateTags", CreateTagsRequest(resources: [instance.id], tags: [Tag(key: key, value: value)]), context)
        }
    }

    /// When a Spot Instance will be taken back; nil before its notice, and for every other.
    func spotInterruption(of instance: GuestInstance) -> EC2Simulation.SpotNotice? {
        guard instance.isSpot else { return nil }
        let end = try? inspect("ec2", account: instance.account, region: instance.region) { context in
            try EC2Simulation.spotInterruption(of: instance.id, context)
        }
        return end ?? nil
    }

    /// Fresh credentials of the role in an instance's profile.
    func roleCredentials(for instance: GuestInstance) -> LentRole? {
        guard let profile = instance.profileArn, let roles = directory?.roles else { return nil }
        let caller = Caller.root(of: instance.account, accessKeyId: "ec2.amazonaws.com")
        let made = try? perform("sts", "AssumeRole", as: caller, region: instance.region) { context in
            try roles.lend(
                roleOf: profile, to: "ec2.amazonaws.com", session: instance.id, seconds: InstanceMetadata.roleSeconds, context)
        }
        return made ?? nil
    }

    private func call<Output>(_ name: String, _ input: any Shape, _ context: Context) throws -> Output? {
        guard let service = services.first(where: { $0.model.id == "ec2" }), let operation = service.operation(name) else {
            return nil
        }
        return try operation.call(input, context) as? Output
    }
}
