import AWSCore
import EC2API
import SimulatorCore

// https://docs.aws.amazon.com/vpn/latest/s2svpn/VPNTunnels.html

/// Rules for the tunnels of all connections.
enum VpnTunnels {
    /// Returns the inside blocks of the connections' tunnels; blocks are unique within a gateway.
    static func blocks(of connections: [Stored<VpnConnection>]) -> [String] {
        connections.flatMap { $0.shape.options?.tunnelOptions?.flatMap(\.blocks) ?? [] }
    }

    static let keyAlphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._".utf8)
    static let linkLocal = IPv4Block(base: 169 << 24 | 254 << 16, prefix: 16)
    /// Blocks that AWS reserves.
    static let reserved: Set<String> = [
        "169.254.0.0/30", "169.254.1.0/30", "169.254.2.0/30", "169.254.3.0/30", "169.254.4.0/30", "169.254.5.0/30",
        "169.254.169.252/30",
    ]

    static func drawBlock(_ taken: [String], _ context: Context) -> String {
        while true {
            let base = linkLocal.base | UInt32(truncatingIfNeeded: context.ids.next() & 0xFFFC)
            let block = IPv4Block(base: base, prefix: 30).description
            if !reserved.contains(block), !taken.contains(block) { return block }
        }
    }

    static func drawIPv6Block(_ context: Context) -> String {
        let base = UInt128(0xfd) << 120 | UInt128(context.ids.next() & 0xFF_FFFF_FFFF) << 80
        return IPv6Block(base: base, prefix: 126).description
    }
}

extension VpnConnectionOptions {
    /// - Parameter taken: the inside blocks of the gateway's other tunnels.
    init(_ given: VpnConnectionOptionsSpecification?, isTransit: Bool, taken: [String], _ context: Context) throws {
        if given?.enableAcceleration == true, !isTransit {
            throw AWSError.invalidCombination("Acceleration needs a transit gateway.")  // assumed
        }
        if given?.transportTransitGatewayAttachmentId?.orNil != nil {
            throw AWSError.notSimulated("ec2", "CreateVpnConnection with private addresses")
        }
        if let type = given?.outsideIpAddressType?.orNil, type != "PublicIpv4" {
            guard ["PrivateIpv4", "Ipv6"].contains(type) else {
                throw AWSError.invalidValue(type, for: "outsideIpAddressType")
            }
            throw AWSError.notSimulated("ec2", "CreateVpnConnection with the outside address type '\(type)'")
        }
        let version = given?.tunnelInsideIpVersion ?? .ipv4
        if version == .ipv6, !isTransit {
            throw AWSError.invalidCombination("IPv6 inside tunnels needs a transit gateway.")  // assumed
        }
        let specified = given?.tunnelOptions ?? []
        guard specified.count <= 2 else {
            throw AWSError("InvalidParameterValue", "A VPN connection has two tunnels.")  // assumed
        }
        var taken = taken
        var tunnels: [TunnelOption] = []
        for index in 0..<2 {
            let given = specified.indices.contains(index) ? specified[index] : VpnTunnelOptionsSpecification()
            let tunnel = try TunnelOption(given, isIPv6: version == .ipv6, taken: taken, context)
            taken += tunnel.blocks
            tunnels.append(tunnel)
        }
        self.init(
            enableAcceleration: given?.enableAcceleration ?? false, staticRoutesOnly: given?.staticRoutesOnly ?? false,
            outsideIpAddressType: "PublicIpv4", tunnelInsideIpVersion: version, tunnelOptions: tunnels,
            tunnelBandwidth: try Self.bandwidth(given?.tunnelBandwidth, isTransit: isTransit) ?? .standard)
        try change(
            ModifyVpnConnectionOptionsRequest(
                vpnConnectionId: "", localIpv4NetworkCidr: given?.localIpv4NetworkCidr,
                remoteIpv4NetworkCidr: given?.remoteIpv4NetworkCidr, localIpv6NetworkCidr: given?.localIpv6NetworkCidr,
                remoteIpv6NetworkCidr: given?.remoteIpv6NetworkCidr), isTransit: isTransit)
        if version == .ipv4 {
            localIpv4NetworkCidr = localIpv4NetworkCidr ?? "0.0.0.0/0"
            remoteIpv4NetworkCidr = remoteIpv4NetworkCidr ?? "0.0.0.0/0"
        } else {
            localIpv6NetworkCidr = localIpv6NetworkCidr ?? "::/0"
            remoteIpv6NetworkCidr = remoteIpv6NetworkCidr ?? "::/0"
        }
    }

    private static func bandwidth(_ given: VpnTunnelBandwidth?, isTransit: Bool) throws -> VpnTunnelBandwidth? {
        if given == .large, !isTransit {
            throw AWSError.invalidCombination("The tunnel bandwidth 'large' needs a transit gateway.")  // assumed
        }
        return given
    }

    mutating func change(_ given: ModifyVpnConnectionOptionsRequest, isTransit: Bool) throws {
        let isIPv6 = tunnelInsideIpVersion == .ipv6
        func block(_ text: String?, _ name: String, ofIPv6: Bool, _ old: String?) throws -> String? {
            guard let text = text.flatMap(\.orNil) else { return old }
            guard isIPv6 == ofIPv6 else {
                throw AWSError.invalidCombination(
                    "The parameter \(name) does not fit the IP version inside the tunnels.")  // assumed
            }
            guard let block = ofIPv6 ? IPv6Block(text)?.description : IPv4Block(text)?.description else {
                throw AWSError.invalidValue(text, for: name, "This is not a valid CIDR block.")
            }
            return block
        }
        tunnelBandwidth = try Self.bandwidth(given.tunnelBandwidth, isTransit: isTransit) ?? tunnelBandwidth
        localIpv4NetworkCidr = try block(
            given.localIpv4NetworkCidr, "localIpv4NetworkCidr", ofIPv6: false, localIpv4NetworkCidr)
        remoteIpv4NetworkCidr = try block(
            given.remoteIpv4NetworkCidr, "remoteIpv4NetworkCidr", ofIPv6: false, remoteIpv4NetworkCidr)
        localIpv6NetworkCidr = try block(
            given.localIpv6NetworkCidr, "localIpv6NetworkCidr", ofIPv6: true, localIpv6NetworkCidr)
        remoteIpv6NetworkCidr = try block(
            given.remoteIpv6NetworkCidr, "remoteIpv6NetworkCidr", ofIPv6: true, remoteIpv6NetworkCidr)
    }
}

extension TunnelOption {
    var blocks: [String] { [tunnelInsideCidr, tunnelInsideIpv6Cidr].compactMap(\.self) }

    fileprivate init(
        _ given: VpnTunnelOptionsSpecification, isIPv6: Bool, taken: [String], _ context: Context
    ) throws {
        self.init(
            outsideIpAddress: IPv4Block.text(try PublicAddresses.draw(context)),
            logOptions: VpnTunnelLogOptions(cloudWatchLogOptions: CloudWatchLogOptions(logEnabled: false)),
            enableTunnelLifecycleControl: false)
        try change(given, taken: taken, context)
        if tunnelInsideCidr == nil { tunnelInsideCidr = VpnTunnels.drawBlock(taken, context) }
        if isIPv6, tunnelInsideIpv6Cidr == nil { tunnelInsideIpv6Cidr = VpnTunnels.drawIPv6Block(context) }
        // A key cannot begin with 0.
        if preSharedKey == nil { preSharedKey = "k" + context.ids.string(31, from: VpnTunnels.keyAlphabet) }
    }

    /// Applies the members that the request has. AWS's responses leave out options without a value.
    mutating func change(_ given: VpnTunnelOptionsSpecification, taken: [String], _ context: Context) throws {
        guard given.phase1AdditionalKeyExchanges?.isEmpty ?? true, given.phase2AdditionalKeyExchanges?.isEmpty ?? true else {
            throw AWSError.notSimulated("ec2", "\(context.operation) with additional key exchanges")
        }
        try changeBlocks(given, taken: taken)
        if let key = given.preSharedKey {
            let isOfAlphabet = key.utf8.allSatisfy { VpnTunnels.keyAlphabet.contains($0) }
            guard (8...64).contains(key.utf8.count), isOfAlphabet, !key.hasPrefix("0") else {
                throw AWSError(
                    "InvalidParameterValue",  // assumed
                    "The pre-shared key must be 8 to 64 alphanumeric characters, periods and underscores, and cannot start with 0."
                )
            }
            preSharedKey = key
        }
        try changeNumbers(given)
        func text(_ value: String?, _ known: Set<String>, _ name: String, _ old: String?) throws -> String? {
            guard let value else { return old }
            guard known.contains(value) else { throw AWSError.invalidValue(value, for: name) }
            return value
        }
        dpdTimeoutAction = try text(
            given.dpdTimeoutAction, ["clear", "none", "restart"], "dpdTimeoutAction", dpdTimeoutAction)
        startupAction = try text(given.startupAction, ["add", "start"], "startupAction", startupAction)
        enableTunnelLifecycleControl = given.enableTunnelLifecycleControl ?? enableTunnelLifecycleControl
        if let log = given.logOptions?.cloudWatchLogOptions {
            logOptions = VpnTunnelLogOptions(cloudWatchLogOptions: try CloudWatchLogOptions(log, context))
        }
        try changeAlgorithms(given)
    }

    private mutating func changeBlocks(_ given: VpnTunnelOptionsSpecification, taken: [String]) throws {
        if let text = given.tunnelInsideCidr?.orNil {
            guard let block = IPv4Block(text), block.prefix == 30, VpnTunnels.linkLocal.contains(block),
                !VpnTunnels.reserved.contains(block.description)
            else {
                throw AWSError.invalidValue(
                    text, for: "tunnelInsideCidr", "It must be a size /30 CIDR block from 169.254.0.0/16 that is not reserved.")
            }
            guard !taken.contains(block.description) else {
                throw AWSError.invalidValue(text, for: "tunnelInsideCidr", "It is in use by another tunnel.")
            }
            tunnelInsideCidr = block.description
        }
        if let text = given.tunnelInsideIpv6Cidr?.orNil {
            guard let block = IPv6Block(text), block.prefix == 126,
                IPv6Block(base: UInt128(0xfd) << 120, prefix: 8).contains(block)
            else {
                throw AWSError.invalidValue(
                    text, for: "tunnelInsideIpv6Cidr", "It must be a size /126 CIDR block from fd00::/8.")
            }
            guard !taken.contains(block.description) else {
                throw AWSError.invalidValue(text, for: "tunnelInsideIpv6Cidr", "It is in use by another tunnel.")
            }
            tunnelInsideIpv6Cidr = block.description
        }
    }

    private mutating func changeNumbers(_ given: VpnTunnelOptionsSpecification) throws {
        func number(_ value: Int?, _ bounds: ClosedRange<Int>, _ name: String, _ old: Int?) throws -> Int? {
            guard let value else { return old }
            guard bounds.contains(value) else {
                throw AWSError.invalidValue(
                    "\(value)", for: name, "It must be between \(bounds.lowerBound) and \(bounds.upperBound).")
            }
            return value
        }
        phase1LifetimeSeconds = try number(
            given.phase1LifetimeSeconds, 900...28800, "phase1LifetimeSeconds", phase1LifetimeSeconds)
        phase2LifetimeSeconds = try number(
            given.phase2LifetimeSeconds, 900...3600, "phase2LifetimeSeconds", phase2LifetimeSeconds)
        let second = phase2LifetimeSeconds ?? 3600
        guard second < phase1LifetimeSeconds ?? 28800 else {
            throw AWSError.invalidValue(
                "\(second)", for: "phase2LifetimeSeconds", "It must be less than phase1LifetimeSeconds.")
        }
        rekeyMarginTimeSeconds = try number(
            given.rekeyMarginTimeSeconds, 60...(second / 2), "rekeyMarginTimeSeconds", rekeyMarginTimeSeconds)
        rekeyFuzzPercentage = try number(given.rekeyFuzzPercentage, 0...100, "rekeyFuzzPercentage", rekeyFuzzPercentage)
        replayWindowSize = try number(given.replayWindowSize, 64...2048, "replayWindowSize", replayWindowSize)
        dpdTimeoutSeconds = try number(given.dpdTimeoutSeconds, 30...Int(Int32.max), "dpdTimeoutSeconds", dpdTimeoutSeconds)
    }

    private mutating func changeAlgorithms(_ given: VpnTunnelOptionsSpecification) throws {
        func each<Value: Hashable>(_ values: [Value?]?, _ known: Set<Value>, _ name: String) throws -> [Value]? {
            guard let values, !values.isEmpty else { return nil }
            return try values.map { value in
                guard let value, known.contains(value) else {
                    throw AWSError.invalidValue(value.map { "\($0)" } ?? "", for: name)
                }
                return value
            }
        }
        let ciphers: Set = ["AES128", "AES256", "AES128-GCM-16", "AES256-GCM-16"]
        let hashes: Set = ["SHA1", "SHA2-256", "SHA2-384", "SHA2-512"]
        let groups = Set(14...24).union([2, 35])
        if let values = try each(given.phase1EncryptionAlgorithms?.map(\.value), ciphers, "phase1EncryptionAlgorithm") {
            phase1EncryptionAlgorithms = values.map { .init(value: $0) }
        }
        if let values = try each(given.phase2EncryptionAlgorithms?.map(\.value), ciphers, "phase2EncryptionAlgorithm") {
            phase2EncryptionAlgorithms = values.map { .init(value: $0) }
        }
        if let values = try each(given.phase1IntegrityAlgorithms?.map(\.value), hashes, "phase1IntegrityAlgorithm") {
            phase1IntegrityAlgorithms = values.map { .init(value: $0) }
        }
        if let values = try each(given.phase2IntegrityAlgorithms?.map(\.value), hashes, "phase2IntegrityAlgorithm") {
            phase2IntegrityAlgorithms = values.map { .init(value: $0) }
        }
        if let values = try each(given.phase1DHGroupNumbers?.map(\.value), groups, "phase1DHGroupNumber") {
            phase1DHGroupNumbers = values.map { .init(value: $0) }
        }
        if let values = try each(
            given.phase2DHGroupNumbers?.map(\.value), groups.union([5, 36, 37]), "phase2DHGroupNumber")
        {
            phase2DHGroupNumbers = values.map { .init(value: $0) }
        }
        if let values = try each(given.ikeVersions?.map(\.value), ["ikev1", "ikev2"], "ikeVersion") {
            ikeVersions = values.map { .init(value: $0) }
        }
    }
}

extension CloudWatchLogOptions {
    fileprivate init(_ given: CloudWatchLogOptionsSpecification, _ context: Context) throws {
        func group(_ isOn: Bool?, _ arn: String?, _ name: String) throws -> String? {
            guard isOn == true else { return nil }
            guard let arn = arn.flatMap(\.orNil) else { throw AWSError.missingParameter(name) }
            let wrong = AWSError.invalidValue(arn, for: name, "This is not the ARN of a log group.")
            guard arn.hasPrefix("arn:") else { throw wrong }
            return try context.external(.logGroup, arn, malformed: wrong, absent: wrong)
        }
        func format(_ isOn: Bool?, _ text: String?, _ name: String) throws -> String? {
            guard isOn == true, let text = text.flatMap(\.orNil) else { return nil }
            guard ["json", "text"].contains(text) else { throw AWSError.invalidValue(text, for: name) }
            return text
        }
        self.init(
            logEnabled: given.logEnabled ?? false,
            logGroupArn: try group(given.logEnabled, given.logGroupArn, "logGroupArn"),
            logOutputFormat: try format(given.logEnabled, given.logOutputFormat, "logOutputFormat"),
            bgpLogEnabled: given.bgpLogEnabled,
            bgpLogGroupArn: try group(given.bgpLogEnabled, given.bgpLogGroupArn, "bgpLogGroupArn"),
            bgpLogOutputFormat: try format(given.bgpLogEnabled, given.bgpLogOutputFormat, "bgpLogOutputFormat"))
    }
}

extension VpnTunnelOptionsSpecification {
    /// Converts the options of ModifyVpnTunnelOptions.
    init(_ given: ModifyVpnTunnelOptionsSpecification) {
        self.init(
            tunnelInsideCidr: given.tunnelInsideCidr, tunnelInsideIpv6Cidr: given.tunnelInsideIpv6Cidr,
            preSharedKey: given.preSharedKey, phase1LifetimeSeconds: given.phase1LifetimeSeconds,
            phase2LifetimeSeconds: given.phase2LifetimeSeconds, rekeyMarginTimeSeconds: given.rekeyMarginTimeSeconds,
            rekeyFuzzPercentage: given.rekeyFuzzPercentage, replayWindowSize: given.replayWindowSize,
            dpdTimeoutSeconds: given.dpdTimeoutSeconds, dpdTimeoutAction: given.dpdTimeoutAction,
            phase1EncryptionAlgorithms: given.phase1EncryptionAlgorithms,
            phase2EncryptionAlgorithms: given.phase2EncryptionAlgorithms,
            phase1IntegrityAlgorithms: given.phase1IntegrityAlgorithms,
            phase2IntegrityAlgorithms: given.phase2IntegrityAlgorithms, phase1DHGroupNumbers: given.phase1DHGroupNumbers,
            phase2DHGroupNumbers: given.phase2DHGroupNumbers, ikeVersions: given.ikeVersions,
            startupAction: given.startupAction, logOptions: given.logOptions,
            enableTunnelLifecycleControl: given.enableTunnelLifecycleControl,
            phase1AdditionalKeyExchanges: given.phase1AdditionalKeyExchanges,
            phase2AdditionalKeyExchanges: given.phase2AdditionalKeyExchanges)
    }
}
