import AWSCore
import EC2API
import SimulatedEC2
import SimulatorCore

/// The facts about an instance that its guest needs, read through EC2's own API.
struct GuestInstance: Sendable, Equatable {
    var id, account, region: String
    /// `running`, `stopped` …
    var state: String
    var image, type, privateAddress, privateName: String
    var publicAddress, publicName: String?
    var zone, vpc, subnet, mac, reservation, architecture: String
    var securityGroups: [String]
    var keyName: String?
    var launchIndex: Int
    /// The launch's number of processors, if it overrides the type's.
    var processors: Int?
    /// When it was last started.
    var launchedAt: Instant?
    var isSpot: Bool
    var profileArn, profileId: String?
    var tags: [String: String]
    var zoneId, placementGroup, host: String?
    var partition: Int?
    /// The root device's name, and the volumes by device name.
    var rootDevice: String
    var volumes: [String: String]
    /// By device index.
    var interfaces: [GuestInterface]
    /// The IPv6 addresses of the first interface.
    var addressesOfSix: [String] { interfaces.first?.addressesOfSix ?? [] }
    var productCodes: [String]
    var isMonitored: Bool
    /// `required` or `optional`.
    var metadataTokens: String
    var hasMetadata: Bool
    var hasMetadataTags: Bool

    init(_ instance: Instance, reservation: String, account: String, region: String) {
        let attached = (instance.networkInterfaces ?? []).sorted {
            $0.attachment?.deviceIndex ?? 0 < $1.attachment?.deviceIndex ?? 0
        }
        let interface = attached.first
        interfaces = attached.map { GuestInterface($0, account: account) }
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
        self.reservation = reservation
        architecture = instance.architecture?.rawValue ?? "x86_64"
        securityGroups = instance.securityGroups?.compactMap(\.groupName) ?? []
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
        zoneId = instance.placement?.availabilityZoneId
        placementGroup = instance.placement?.groupName.flatMap { $0.isEmpty ? nil : $0 }
        host = instance.placement?.hostId
        partition = instance.placement?.partitionNumber
        rootDevice = instance.rootDeviceName ?? "/dev/sda1"
        volumes = Dictionary(
            (instance.blockDeviceMappings ?? []).compactMap { mapping in
                mapping.ebs?.volumeId.map { (mapping.deviceName ?? "", $0) }
            }, uniquingKeysWith: { first, _ in first })
        productCodes = (instance.productCodes ?? []).compactMap(\.productCodeId)
        isMonitored = instance.monitoring?.state == .enabled
        metadataTokens = instance.metadataOptions?.httpTokens?.rawValue ?? "optional"
        hasMetadata = instance.metadataOptions?.httpEndpoint?.rawValue != "disabled"
        hasMetadataTags = instance.metadataOptions?.instanceMetadataTags?.rawValue == "enabled"
    }

    /// `ip-172-31-1-2`, or the instance's id in an IPv6-only subnet.
    var hostName: String {
        privateAddress.isEmpty ? id : "ip-" + privateAddress.split(separator: ".").joined(separator: "-")
    }
}

/// The data that an instance gets once, at its first boot.
struct GuestLaunch: Sendable {
    var publicKey: String?
    var userData: Bytes
    var imageName: String
    var hostKey: InstanceHostKey

    /// The operating system, derived from the image's name.
    var system: GuestSystem { GuestSystem(imageName: imageName) }
}

/// How a guest's request reaches its target.
struct GuestEgress: Sendable {
    /// The VPC endpoint that serves it; nil without one.
    let endpoint: EndpointUse?
    /// The source address that the target sees.
    let source: String
}

extension Simulator {
    /// Returns every instance, in all accounts and regions.
    func instances() throws -> [GuestInstance] {
        try activeRegions().flatMap { scope in
            try inspect("ec2", account: scope.account, region: scope.region) { context in
                let result: DescribeInstancesResult? = try call("DescribeInstances", DescribeInstancesRequest(), context)
                return (result?.reservations ?? []).flatMap { reservation in
                    (reservation.instances ?? []).map {
                        GuestInstance(
                            $0, reservation: reservation.reservationId ?? "", account: scope.account, region: scope.region)
                    }
                }
            }
        }
    }

    /// Returns an instance's key, user data and image.
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

    /// Returns the name of the AWS image that an image descends from, through any copies and changes.
    private func systemName(of image: String, _ context: Context) -> String {
        var id = image, scope = context, name = ""
        for _ in 0..<16 {
            let images: DescribeImagesResult? = try? call(
                "DescribeImages", DescribeImagesRequest(imageIds: [id], includeDisabled: true), scope)
            guard let found = images?.images?.first else { break }
            name = found.name ?? ""
            guard found.imageOwnerAlias == nil, let source = found.sourceImageId else { break }
            id = source
            scope = scope.within(region: found.sourceImageRegion)
        }
        return name
    }

    /// Returns the images that accounts own, in all regions.
    func ownImages() throws -> Set<String> {
        try activeRegions().reduce(into: []) { ids, scope in
            let images: DescribeImagesResult? = try inspect("ec2", account: scope.account, region: scope.region) { context in
                try call("DescribeImages", DescribeImagesRequest(owners: ["self"], includeDisabled: true), context)
            }
            ids.formUnion((images?.images ?? []).compactMap(\.imageId))
        }
    }

    /// Whether a connection to an instance is allowed now.
    func admits(_ instance: GuestInstance, from peer: String, port: Int, protocol name: String = "tcp") -> Bool {
        let decision = try? inspect("ec2", account: instance.account, region: instance.region) { context in
            try NetworkReachability(instance: instance.id, context)?
                .decide(.inbound, peer: peer, port: port, protocol: name).isAllowed
        }
        return (decision ?? nil) ?? false
    }

    /// Returns those of the ports on which the instance accepts connections now.
    func admitted(_ instance: GuestInstance, from peer: String, ports: Set<UInt16>) -> Set<UInt16> {
        let admitted = try? inspect("ec2", account: instance.account, region: instance.region) { context in
            let reachability = try NetworkReachability(instance: instance.id, context)
            return ports.filter { reachability?.decide(.inbound, peer: peer, port: Int($0)).isAllowed ?? false }
        }
        return admitted ?? []
    }

    /// Whether an instance may open a connection to another instance now.
    func admits(_ flow: GuestFlow, from own: GuestInstance, to other: GuestInstance) -> Bool {
        func allows(_ instance: GuestInstance, _ direction: NetworkReachability.Direction, _ peer: String) -> Bool {
            let decision = try? inspect("ec2", account: instance.account, region: instance.region) { context in
                try NetworkReachability(instance: instance.id, context)?
                    .decide(direction, peer: peer, port: Int(flow.otherPort), protocol: flow.kind.name).isAllowed
            }
            return (decision ?? nil) ?? false
        }
        return allows(own, .outbound, other.privateAddress) && allows(other, .inbound, own.privateAddress)
    }

    /// Returns the address blocks of an instance's subnet and VPC.
    func ranges(of instance: GuestInstance) throws -> GuestRanges? {
        try inspect("ec2", account: instance.account, region: instance.region) { context in
            let subnets: DescribeSubnetsResult? = try call(
                "DescribeSubnets", DescribeSubnetsRequest(subnetIds: [instance.subnet]), context)
            let vpcs: DescribeVpcsResult? = try call("DescribeVpcs", DescribeVpcsRequest(vpcIds: [instance.vpc]), context)
            guard let subnet = subnets?.subnets?.first, let vpc = vpcs?.vpcs?.first else { return nil }
            // An IPv6-only subnet has no IPv4 block.
            let text = subnet.cidrBlock ?? ""
            let associated = (vpc.cidrBlockAssociationSet ?? []).compactMap(\.cidrBlock)
            let blocks = associated.isEmpty ? [vpc.cidrBlock ?? ""] : associated
            return GuestRanges(
                subnetPrefix: GuestRanges.block(text)?.prefix ?? 0, blocks: blocks.compactMap(GuestRanges.block), subnet: text,
                vpc: blocks,
                subnetOfSix: (subnet.ipv6CidrBlockAssociationSet ?? []).compactMap(\.ipv6CidrBlock),
                vpcOfSix: (vpc.ipv6CidrBlockAssociationSet ?? []).compactMap(\.ipv6CidrBlock),
                zoneId: subnet.availabilityZoneId)
        }
    }

    /// Returns how an instance's request to a host is routed now; nil if it is blocked.
    ///
    /// - Parameter host: the name that the instance requests. An endpoint of its VPC may serve it.
    func passage(_ instance: GuestInstance, to host: String, port: Int) -> GuestEgress? {
        let decision = try? inspect("ec2", account: instance.account, region: instance.region) { context in
            try NetworkReachability(instance: instance.id, context)?.decide(host: host, port: port)
        }
        guard let decision = decision ?? nil, decision.isAllowed else { return nil }
        return GuestEgress(
            endpoint: decision.endpoint, source: decision.translated ?? instance.publicAddress ?? "127.0.0.1")
    }

    /// Polls until a condition is true. Requests and a guest's short operations can change it.
    func untilChange(_ condition: () throws -> Bool) async throws {
        while try !condition() { try await Task.sleep(for: .milliseconds(20)) }
    }

    /// Returns an instance's processors and memory.
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

    /// Returns the instances whose port 22 is reachable from this machine now.
    func reachable(_ instances: [GuestInstance]) throws -> Set<String> {
        let scopes = Dictionary(grouping: instances) { "\($0.account)/\($0.region)" }
        return try scopes.values.reduce(into: []) { reachable, instances in
            guard let scope = instances.first else { return }
            let ids = try inspect("ec2", account: scope.account, region: scope.region) { context in
                try instances.map(\.id).filter {
                    try NetworkReachability(instance: $0, context)?.decide(.inbound, peer: "127.0.0.1", port: 22).isAllowed
                        ?? false
                }
            }
            reachable.formUnion(ids)
        }
    }

    /// Returns the instance's volumes, root first, in the format that the guest's `lsblk` reads.
    func volumes(of instance: GuestInstance) throws -> Node {
        let sizes: [String: Int] = try inspect("ec2", account: instance.account, region: instance.region) { context in
            let found: DescribeVolumesResult? = try call(
                "DescribeVolumes", DescribeVolumesRequest(volumeIds: Array(instance.volumes.values)), context)
            return Dictionary(
                (found?.volumes ?? []).map { ($0.volumeId ?? "", $0.size ?? 0) }, uniquingKeysWith: { first, _ in first })
        }
        let devices = instance.volumes.keys.sorted {
            ($0 != instance.rootDevice ? 1 : 0, $0) < ($1 != instance.rootDevice ? 1 : 0, $1)
        }
        return .list(
            devices.map { device in
                let id = instance.volumes[device] ?? ""
                return .object([
                    .init("device", .string(device)), .init("id", .string(id)), .init("size", .integer(Int64(sizes[id] ?? 0))),
                    .init("nvme", .bool(instance.isNitro)),
                ])
            })
    }

    /// Stops an instance whose operating system has shut down.
    func shutDown(_ instance: GuestInstance) throws {
        let caller = Caller.root(of: instance.account, accessKeyId: "ec2.amazonaws.com")
        try perform("ec2", "StopInstances", as: caller, region: instance.region) { context in
            try EC2Simulation.shutDownFromWithin(instance.id, context)
        }
    }

    /// Returns when a Spot Instance will be interrupted; nil before the notice, and for other instances.
    func spotInterruption(of instance: GuestInstance) -> EC2Simulation.SpotNotice? {
        guard instance.isSpot else { return nil }
        let end = try? inspect("ec2", account: instance.account, region: instance.region) { context in
            try EC2Simulation.spotInterruption(of: instance.id, context)
        }
        return end ?? nil
    }

    /// Returns new credentials for the role in an instance's profile.
    func roleCredentials(for instance: GuestInstance) -> InstanceRole? {
        guard let profile = instance.profileArn, let roles = directory?.roles else { return nil }
        let caller = Caller.root(of: instance.account, accessKeyId: "ec2.amazonaws.com")
        let made = try? perform("sts", "AssumeRole", as: caller, region: instance.region) { context in
            try roles.credentials(
                forRoleOf: profile, to: "ec2.amazonaws.com", session: instance.id, seconds: InstanceMetadata.roleSeconds,
                context)
        }
        return made ?? nil
    }

    func call<Output>(_ name: String, _ input: any Shape, _ context: Context) throws -> Output? {
        guard let service = services.first(where: { $0.model.id == "ec2" }), let operation = service.operation(name) else {
            return nil
        }
        return try operation.call(input, context) as? Output
    }
}
