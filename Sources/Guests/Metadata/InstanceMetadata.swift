import AWSCore
import Certificates
import Foundation
import HTTPTypes
import SimulatedEC2
import SimulatorCore
import Synchronization

/// The metadata service of one instance at 169.254.169.254. It accepts requests with session tokens (IMDSv2), and without a token
/// unless the instance requires one.
final class InstanceMetadata: Sendable {
    private let clock: SimulatedClock
    private let instance: @Sendable () -> GuestInstance
    private let launch: @Sendable () -> GuestLaunch?
    private let interruption: @Sendable (GuestInstance) -> EC2Simulation.SpotNotice?
    private let ranges: @Sendable (GuestInstance) -> GuestRanges?
    private let freshRole: @Sendable (GuestInstance) -> InstanceRole?
    private let identity: @Sendable () -> InstanceIdentity?
    private let tokens = Mutex<[String: Instant]>([:])
    private let role = Mutex<Role?>(nil)

    /// The role's credentials that were last returned.
    private struct Role {
        var profile: String
        var name: String
        var credentials: Credentials?
        var since: Instant
    }

    /// The lifetime of a role's credentials in seconds, and the age at which they are renewed. AWS promises new credentials five
    /// minutes before the old ones expire, and provides them much earlier.
    static let roleSeconds = 6 * 3600
    private static let renewal = Duration.hours(1)

    /// - Parameters:
    ///   - interruption: when and how the Spot Instance will be interrupted; nil before the notice.
    ///   - ranges: the address blocks of the instance's subnet and VPC.
    ///   - identity: signs the identity document; nil if there are no certificates.
    ///   - role: creates credentials for the role in the instance's profile; nil if there is none.
    init(
        clock: SimulatedClock, instance: @escaping @Sendable () -> GuestInstance,
        launch: @escaping @Sendable () -> GuestLaunch?,
        interruption: @escaping @Sendable (GuestInstance) -> EC2Simulation.SpotNotice? = { _ in nil },
        ranges: @escaping @Sendable (GuestInstance) -> GuestRanges? = { _ in nil },
        identity: @escaping @Sendable () -> InstanceIdentity? = { nil },
        role: @escaping @Sendable (GuestInstance) -> InstanceRole?
    ) {
        self.clock = clock
        self.instance = instance
        self.launch = launch
        self.interruption = interruption
        self.ranges = ranges
        self.identity = identity
        freshRole = role
    }

    private static let token = HTTPField.Name("X-aws-ec2-metadata-token")!  // a constant
    private static let lifetime = HTTPField.Name("X-aws-ec2-metadata-token-ttl-seconds")!  // a constant

    func respond(to request: HTTPRequest) -> HTTPReply {
        let instance = instance()
        guard instance.hasMetadata else { return Self.failure(403, "Forbidden") }
        let path = request.pathOnly.split(separator: "/").joined(separator: "/")
        if request.method == .put, path == "latest/api/token" { return newToken(request) }
        guard request.method == .get || request.method == .head else { return Self.failure(405, "Not Allowed") }
        if let token = request.headerFields[Self.token] {
            guard let end = tokens.withLock({ $0[token] }), clock.now < end else { return Self.failure(401, "Unauthorized") }
        } else if instance.metadataTokens == "required" {
            return Self.failure(401, "Unauthorized")
        }
        guard let bytes = content(path, instance) else { return Self.failure(404, "Not Found") }
        return Self.reply(200, bytes, type: path.hasSuffix("user-data") ? "application/octet-stream" : "text/plain")
    }

    private func newToken(_ request: HTTPRequest) -> HTTPReply {
        // Proxies add this header. A proxy must not obtain a token.
        if request.headerFields[HTTPField.Name("X-Forwarded-For")!] != nil { return Self.failure(403, "Forbidden") }
        guard let text = request.headerFields[Self.lifetime], let seconds = Int(text), (1...21600).contains(seconds) else {
            return Self.failure(400, "Bad Request")
        }
        let token =
            "AQAE"
            + Base64.encode((0..<38).map { _ in UInt8.random(in: 0...255) }).replacing("/", with: "_").replacing("+", with: "-")
        let now = clock.now
        tokens.withLock { tokens in
            tokens = tokens.filter { now < $0.value }
            tokens[token] = now + .seconds(seconds)
        }
        var reply = Self.reply(200, token)
        reply.response.headerFields[Self.lifetime] = "\(seconds)"
        return reply
    }

    /// Returns the value at a path, or the list of entries below it.
    private func content(_ path: String, _ instance: GuestInstance) -> Bytes? {
        if path.isEmpty { return Bytes((Self.versions + ["latest"]).joined(separator: "\n").utf8) }
        var words = path.split(separator: "/").map(String.init)
        let version = words.removeFirst()
        guard version == "latest" || Self.versions.contains(version) else { return nil }
        if words.isEmpty {
            let isGiven = launch().map { !$0.userData.isEmpty } ?? false
            return Bytes((["dynamic", "meta-data"] + (isGiven ? ["user-data"] : [])).joined(separator: "\n").utf8)
        }
        let rest = words.joined(separator: "/")
        if rest == "user-data" {
            guard let data = launch()?.userData, !data.isEmpty else { return nil }
            return data
        }
        let leaves = leaves(
            instance, asksForRole: rest.hasPrefix("meta-data/iam"),
            asksForRanges: rest.hasPrefix("meta-data/network") || rest.hasPrefix("meta-data/placement"))
        if let leaf = leaves[rest] { return leaf.value().map { Bytes($0.utf8) } }
        let prefix = rest.isEmpty ? "" : rest + "/"
        let below = Set(
            leaves.keys.filter { $0.hasPrefix(prefix) }.map { key -> String in
                let tail = key.dropFirst(prefix.count)
                guard let slash = tail.firstIndex(of: "/") else { return String(tail) }
                return String(tail[...slash])
            })
        guard !below.isEmpty else { return nil }
        return Bytes(below.filter { !below.contains($0 + "/") }.sorted().joined(separator: "\n").utf8)
    }

    /// In the order in which 169.254.169.254 lists them.
    static let versions = [
        "1.0", "2007-01-19", "2007-03-01", "2007-08-29", "2007-10-10", "2007-12-15", "2008-02-01", "2008-09-01", "2009-04-04",
        "2011-01-01", "2011-05-01", "2012-01-12", "2014-02-25", "2014-11-05", "2015-10-20", "2016-04-19", "2016-06-30",
        "2016-09-02", "2018-03-28", "2018-08-17", "2018-09-24", "2019-10-01", "2020-10-27", "2021-01-03", "2021-03-23",
        "2021-07-15", "2022-09-24", "2024-04-11",
    ]

    /// The value at a path. The tree also lists values that cost something, such as signatures.
    private struct Leaf {
        let value: () -> String?
        init(_ value: @escaping () -> String?) { self.value = value }
    }

    private func leaves(_ instance: GuestInstance, asksForRole: Bool, asksForRanges: Bool) -> [String: Leaf] {
        var leaves: [String: String] = [
            "ami-id": instance.image, "ami-launch-index": "\(instance.launchIndex)", "ami-manifest-path": "(unknown)",
            "hostname": instance.privateName, "instance-action": "none", "instance-id": instance.id,
            "instance-life-cycle": instance.isSpot ? "spot" : "on-demand",
            "instance-type": instance.type, "local-hostname": instance.privateName,
            "mac": instance.mac, "placement/availability-zone": instance.zone, "placement/region": instance.region,
            "profile": "default-hvm", "reservation-id": instance.reservation,
            "security-groups": instance.securityGroups.joined(separator: "\n"), "services/domain": "amazonaws.com",
            "services/partition": Context.partition(of: instance.region),
        ]
        if let address = instance.publicAddress { leaves["public-ipv4"] = address }
        if let name = instance.publicName, !name.isEmpty { leaves["public-hostname"] = name }
        if let name = instance.keyName {
            leaves["public-keys"] = "0=\(name)"
            if let key = launch()?.publicKey { leaves["public-keys/0/openssh-key"] = key }
        }
        // Before the notice, the path is missing and not listed.
        if instance.isSpot, let notice = interruption(instance) {
            let time = notice.time.iso8601(milliseconds: false)
            leaves["spot/instance-action"] = #"{"action":"\#(notice.action)","time":"\#(time)"}"#
            if notice.action == "terminate" { leaves["spot/termination-time"] = time }
        }
        // Create credentials only for requests to the role's paths; other requests see the folder.
        if asksForRole { addRole(of: instance, to: &leaves) } else if instance.profileArn != nil { leaves["iam/info"] = "" }
        // In an IPv6-only subnet there is no private IPv4 address.
        if !instance.privateAddress.isEmpty { leaves["local-ipv4"] = instance.privateAddress }
        if let address = instance.addressesOfSix.first { leaves["ipv6"] = address }
        for interface in instance.interfaces {
            var place = instance
            place.subnet = interface.subnet
            for (name, value) in interface.values(asksForRanges ? ranges(place) : nil) {
                leaves["network/interfaces/macs/\(interface.mac)/\(name)"] = value
            }
        }
        let own = asksForRanges ? ranges(instance) : nil
        addPlace(of: instance, zoneId: instance.zoneId ?? own?.zoneId, to: &leaves)
        if instance.hasMetadataTags { for (key, value) in instance.tags { leaves["tags/instance/" + key] = value } }
        var all: [String: Leaf] = Dictionary(
            uniqueKeysWithValues: leaves.map { name, value in ("meta-data/" + name, Leaf { value }) })
        let identityPath = "dynamic/instance-identity/"
        all[identityPath + "document"] = Leaf { self.document(instance) }
        all[identityPath + "signature"] = Leaf { try? self.identity()?.signature(of: Bytes(self.document(instance).utf8)) }
        for name in ["pkcs7", "rsa2048"] { all[identityPath + name] = Leaf { self.signedMessage(instance) } }
        all["dynamic/fws/instance-monitoring"] = Leaf { instance.isMonitored ? "enabled" : "disabled" }
        return all
    }

    /// Adds the placement, the devices and scheduled events.
    private func addPlace(of instance: GuestInstance, zoneId: String?, to leaves: inout [String: String]) {
        if let zoneId { leaves["placement/availability-zone-id"] = zoneId }
        if let group = instance.placementGroup { leaves["placement/group-name"] = group }
        if let partition = instance.partition { leaves["placement/partition-number"] = "\(partition)" }
        if let host = instance.host { leaves["placement/host-id"] = host }
        func short(_ device: String) -> String { device.hasPrefix("/dev/") ? String(device.dropFirst(5)) : device }
        leaves["block-device-mapping/ami"] = instance.isNitro ? instance.rootDevice : short(instance.rootDevice)
        leaves["block-device-mapping/root"] = instance.rootDevice
        for (index, device) in instance.volumes.keys.filter({ $0 != instance.rootDevice }).sorted().enumerated() {
            leaves["block-device-mapping/ebs\(index + 1)"] = short(device)
        }
        leaves["events/maintenance/history"] = "[]"
        leaves["events/maintenance/scheduled"] = "[]"
        leaves["identity-credentials/ec2/info"] = Self.json([
            ("Code", "Success"), ("LastUpdated", (instance.launchedAt ?? clock.now).iso8601(milliseconds: false)),
            ("AccountId", instance.account),
        ])
        leaves["metrics/vhostmd"] = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>"
        leaves["system"] = instance.isNitro ? "nitro" : "xen"
        if !instance.productCodes.isEmpty { leaves["product-codes"] = instance.productCodes.joined(separator: "\n") }
    }

    private static func json(_ fields: [(String, String)]) -> String {
        String(decoding: JSON.write(.object(fields.map { Node.Field($0.0, .string($0.1)) }), pretty: true), as: UTF8.self)
    }

    private func addRole(of instance: GuestInstance, to leaves: inout [String: String]) {
        guard let profile = instance.profileArn else { return }
        let now = clock.now
        let role = role.withLock { role -> Role? in
            // The role's credentials are kept unless the clock moved back, the profile changed or an hour passed.
            if let known = role, known.profile == profile, known.credentials != nil, known.since <= now,
                now < known.since + Self.renewal
            {
                return known
            }
            role = freshRole(instance).map {
                Role(profile: profile, name: $0.role, credentials: $0.credentials, since: now)
            }
            return role
        }
        let updated = (role?.since ?? now).iso8601(milliseconds: false)
        leaves["iam/info"] = Self.json([
            ("Code", role == nil ? "InstanceProfileNotFound" : "Success"), ("LastUpdated", updated),
            ("InstanceProfileArn", profile), ("InstanceProfileId", instance.profileId ?? ""),
        ])
        guard let role else { return }
        let path = "iam/security-credentials/\(role.name)"
        guard let credentials = role.credentials else {
            leaves[path] = Self.json([
                ("Code", "AssumeRoleUnauthorizedAccess"),
                (
                    "Message",
                    "EC2 cannot assume the role \(role.name). Please see documentation at "
                        + "https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_iam-ec2.html"
                ), ("LastUpdated", updated),
            ])
            return
        }
        leaves[path] = Self.json([
            ("Code", "Success"), ("LastUpdated", updated), ("Type", "AWS-HMAC"),
            ("AccessKeyId", credentials.accessKeyId), ("SecretAccessKey", credentials.secretAccessKey),
            ("Token", credentials.sessionToken ?? ""),
            ("Expiration", credentials.expiration?.iso8601(milliseconds: false) ?? ""),
        ])
    }

    /// Returns the identity document as a signed message; nil without certificates.
    private func signedMessage(_ instance: GuestInstance) -> String? {
        let time = instance.launchedAt ?? clock.now
        return try? identity()?.message(
            with: Bytes(document(instance).utf8), signedAt: Date(timeIntervalSince1970: Double(time.milliseconds) / 1000))
    }

    private func document(_ instance: GuestInstance) -> String {
        let fields: [(String, Node)] = [
            ("accountId", .string(instance.account)), ("architecture", .string(instance.architecture)),
            ("availabilityZone", .string(instance.zone)), ("billingProducts", .null), ("devpayProductCodes", .null),
            ("marketplaceProductCodes", .null), ("imageId", .string(instance.image)), ("instanceId", .string(instance.id)),
            ("instanceType", .string(instance.type)), ("kernelId", .null),
            ("privateIp", instance.privateAddress.isEmpty ? .null : .string(instance.privateAddress)),
            ("pendingTime", instance.launchedAt.map { .string($0.iso8601(milliseconds: false)) } ?? .null),
            ("ramdiskId", .null),
            ("region", .string(instance.region)), ("version", .string("2017-09-30")),
        ]
        return String(decoding: JSON.write(.object(fields.map { Node.Field($0.0, $0.1) }), pretty: true), as: UTF8.self)
    }

    private static func failure(_ status: Int, _ text: String) -> HTTPReply {
        reply(
            status,
            "<?xml version=\"1.0\" encoding=\"iso-8859-1\"?>\n<html><head><title>\(status) - \(text)</title></head>"
                + "<body><h1>\(status) - \(text)</h1></body></html>\n", type: "text/html")
    }

    private static func reply(_ status: Int, _ text: String, type: String = "text/plain") -> HTTPReply {
        reply(status, Bytes(text.utf8), type: type)
    }

    private static func reply(_ status: Int, _ bytes: Bytes, type: String) -> HTTPReply {
        var response = HTTPResponse(status: .init(code: status))
        response.headerFields[.contentType] = type
        response.headerFields[.server] = "EC2ws"
        return HTTPReply(response, .bytes(bytes))
    }
}
