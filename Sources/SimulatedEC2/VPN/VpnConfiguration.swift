import EC2API
import SimulatorCore

/// The configuration of a customer gateway device in AWS's native XML format.
///
/// Elements and order follow published configurations and Terraform's provider:
/// https://docs.aws.amazon.com/vpn/latest/s2svpn/SetUpVPNConnections.html
indirect enum VpnConfiguration {
    case text(String, String)
    case group(String, [VpnConfiguration])

    /// Returns the customer gateway's ASN in a configuration.
    static func asn(in text: String) -> String? {
        guard let end = text.firstRange(of: "</asn>") else { return nil }
        guard let start = text[..<end.lowerBound].firstRange(of: "<asn>") else { return nil }
        return String(text[start.upperBound..<end.lowerBound])
    }

    /// Returns the element's lines. Values are not escaped: none can contain XML's special characters.
    func lines(_ indentation: String = "") -> [String] {
        switch self {
        case .text(let name, let text): ["\(indentation)<\(name)>\(text)</\(name)>"]
        case .group(let name, let parts):
            ["\(indentation)<\(name)>"] + parts.flatMap { $0.lines(indentation + "  ") }
                + ["\(indentation)</\(name.prefix { $0 != " " })>"]
        }
    }
}

extension VpnConnection {
    /// Generates the configuration from the current gateways and tunnels.
    mutating func configure(_ context: Context) throws {
        let customer = try Resource.customerGateway.find(customerGatewayId ?? "", context)?.shape
        let isStatic = options?.staticRoutesOnly == true
        var asn = 64512
        var parts: [VpnConfiguration] = [.text("customer_gateway_id", customerGatewayId ?? "")]
        if let id = transitGatewayId {
            parts.append(.text("transit_gateway_id", id))
            asn = try Resource.transitGateway.find(id, context)?.shape.options?.amazonSideAsn ?? asn
        } else {
            parts.append(.text("vpn_gateway_id", vpnGatewayId ?? ""))
            asn = try Resource.vpnGateway.find(vpnGatewayId ?? "", context)?.shape.amazonSideAsn ?? asn
        }
        parts.append(.text("vpn_connection_type", "ipsec.1"))
        if isStatic { parts.append(.text("vpn_connection_attributes", "NoBGPVPNConnection")) }
        let customerAsn = customer?.bgpAsn ?? customer?.bgpAsnExtended
        parts += (options?.tunnelOptions ?? []).map {
            $0.configuration(
                customer: (customer?.ipAddress ?? "", isStatic ? nil : customerAsn), asn: isStatic ? nil : "\(asn)")
        }
        let root = VpnConfiguration.group("vpn_connection id=\"\(vpnConnectionId ?? "")\"", parts)
        customerGatewayConfiguration =
            (["<?xml version=\"1.0\" encoding=\"UTF-8\"?>"] + root.lines()).joined(separator: "\n")
    }
}

extension TunnelOption {
    fileprivate func configuration(customer: (address: String, asn: String?), asn: String?) -> VpnConfiguration {
        let inside = tunnelInsideCidr.flatMap { IPv4Block($0) } ?? IPv4Block(base: 0, prefix: 30)
        func end(_ name: String, outside: String, inside address: UInt32, asn: String?) -> VpnConfiguration {
            var parts: [VpnConfiguration] = [
                .group("tunnel_outside_address", [.text("ip_address", outside)]),
                .group(
                    "tunnel_inside_address",
                    [
                        .text("ip_address", IPv4Block.text(address)), .text("network_mask", "255.255.255.252"),
                        .text("network_cidr", "30"),
                    ]),
            ]
            if let asn { parts.append(.group("bgp", [.text("asn", asn), .text("hold_time", "30")])) }
            return .group(name, parts)
        }
        return .group(
            "ipsec_tunnel",
            [
                // AWS's side has the first address of the inside block, the customer's side the second.
                end("customer_gateway", outside: customer.address, inside: inside.address(2), asn: customer.asn),
                end("vpn_gateway", outside: outsideIpAddress ?? "", inside: inside.address(1), asn: asn), ike, ipsec,
            ])
    }

    /// IKE settings: the first permitted algorithm of each kind; by default AWS's oldest (assumed).
    private var ike: VpnConfiguration {
        .group(
            "ike",
            [
                .text("authentication_protocol", phase1IntegrityAlgorithms?.first?.value?.lowercased() ?? "sha1"),
                .text("encryption_protocol", Self.cipher(phase1EncryptionAlgorithms?.first?.value)),
                .text("lifetime", "\(phase1LifetimeSeconds ?? 28800)"),
                .text("perfect_forward_secrecy", "group\(phase1DHGroupNumbers?.first?.value ?? 2)"), .text("mode", "main"),
                .text("pre_shared_key", preSharedKey ?? ""),
            ])
    }

    private var ipsec: VpnConfiguration {
        let hash = phase2IntegrityAlgorithms?.first?.value ?? "SHA1"
        let integrity = hash == "SHA1" ? "hmac-sha1-96" : "hmac-\(hash.lowercased())"
        return .group(
            "ipsec",
            [
                .text("protocol", "esp"),
                .text("authentication_protocol", integrity),
                .text("encryption_protocol", Self.cipher(phase2EncryptionAlgorithms?.first?.value)),
                .text("lifetime", "\(phase2LifetimeSeconds ?? 3600)"),
                .text("perfect_forward_secrecy", "group\(phase2DHGroupNumbers?.first?.value ?? 2)"), .text("mode", "tunnel"),
                .text("clear_df_bit", "true"), .text("fragmentation_before_encryption", "true"),
                .text("tcp_mss_adjustment", "1379"),
                .group(
                    "dead_peer_detection",
                    [.text("interval", "\((dpdTimeoutSeconds ?? 30) / 3)"), .text("retries", "3")]),
            ])
    }

    /// Converts `AES128-GCM-16` to `aes-128-gcm-16`.
    private static func cipher(_ name: String?) -> String {
        guard let name else { return "aes-128-cbc" }
        let text = "aes-" + name.lowercased().dropFirst(3)
        return text.contains("gcm") ? text : text + "-cbc"
    }
}
