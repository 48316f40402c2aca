import AWSCore
import HTTPTypes
import SimulatedEC2
import SimulatorCore
import Synchronization

/// The metadata service of one instance, as it answers at 169.254.169.254: with session tokens (IMDSv2), and without unless
/// the instance requires them.
final class InstanceMetadata: Sendable {
    private let clock: SimulatedClock
    private let instance: @Sendable () -> GuestInstance
    private let launch: @Sendable () -> GuestLaunch?
    private let interruption: @Sendable (GuestInstance) -> EC2Simulation.SpotNotice?
    private let freshRole: @Sendable (GuestInstance) -> LentRole?
    private let tokens = Mutex<[String: Instant]>([:])
    private let role = Mutex<Role?>(nil)

    /// A role's credentials as last given out.
    private struct Role {
        var profile: String
        var name: String
        var credentials: Credentials?
        var since: Instant
    }

    /// How long a role's credentials are good, and after how long there are new ones. AWS promises new ones five minutes before
    /// the old ones expire, and has them much earlier.
    static let roleSeconds = 6 * 3600
    private static let renewal = Duration.hours(1)

    /// - Parameters:
    ///   - interruption: when and how the Spot Instance will be taken back; nil while it had no notice.
    ///   - role: makes credentials of the role in the instance's profile; nil if there is none.
    init(
        clock: SimulatedClock, instance: @escaping @Sendable () -> GuestInstance,
        launch: @escaping @Sendable () -> GuestLaunch?,
        interruption: @escaping @Sendable (GuestInstance) -> EC2Simulation.SpotNotice? = { _ in nil },
        role: @escaping @Sendable (GuestInstance) -> LentRole?
    ) {
        self.clock = clock
        self.instance = instance
        self.launch = launch
        self.interruption = interruption
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
        guard let text = answer(path, instance) else { return Self.failure(404, "Not Found") }
        return Self.reply(200, text)
    }

    private func newToken(_ request: HTTPRequest) -> HTTPReply {
        // Proxies add this header; a token must not leave through one.
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

    /// A value, or the list of what is below a path.
    private func answer(_ path: String, _ instance: GuestInstance) -> String? {
        if path.isEmpty { return "1.0\n2007-01-19\n2021-07-15\nlatest" }
        var words = path.split(separator: "/").map(String.init)
        let version = words.removeFirst()
        guard version == "latest" || version.first?.isNumber == true else { return nil }
        let rest = words.joined(separator: "/")
        if rest == "user-data" {
            guard let data = launch()?.userData, !data.isEmpty else { return nil }
            return String(decoding: data, as: UTF8.self)
        }
        let leaves = leaves(instance, asksForRole: rest.hasPrefix("meta-data/iam"))
        if let value = leaves[rest] { return value }
        let prefix = rest.isEmpty ? "" : rest + "/"
        let below = Set(
            leaves.keys.filter { $0.hasPrefix(prefix) }.map { key -> String in
                let tail = key.dropFirst(prefix.count)
                guard let slash = tail.firstIndex(of: "/") else { return String(tail) }
                return String(tail[...slash])
            })
        return below.isEmpty ? nil : below.filter { !below.contains($0 + "/") }.sorted().joined(separator: "\n")
    }

    private func leaves(_ instance: GuestInstance, asksForRole: Bool) -> [String: String] {
        var leaves: [String: String] = [
            "ami-id": instance.image, "ami-launch-index": "\(instance.launchIndex)", "ami-manifest-path": "(unknown)",
            "hostname": instance.privateName, "instance-action": "none", "instance-id": instance.id,
            "instance-life-cycle": instance.isSpot ? "spot" : "on-demand",
            "instance-type": instance.type, "local-hostname": instance.privateName, "local-ipv4": instance.privateAddress,
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
        // Not there, and not in the list, before the notice.
        if instance.isSpot, let notice = interruption(instance) {
            let time = notice.time.iso8601(milliseconds: false)
            leaves["spot/instance-action"] = #"{"action":"\#(notice.action)","time":"\#(time)"}"#
            if notice.action == "terminate" { leaves["spot/termination-time"] = time }
        }
        // Credentials are made for who asks for them; to others there is a folder.
        if asksForRole { addRole(of: instance, to: &leaves) } else if instance.profileArn != nil { leaves["iam/info"] = "" }
        let card = "network/interfaces/macs/\(instance.mac)/"
        leaves[card + "device-number"] = "0"
        leaves[card + "interface-id"] = instance.interface
        leaves[card + "local-ipv4s"] = instance.privateAddress
        leaves[card + "mac"] = instance.mac
        leaves[card + "owner-id"] = instance.account
        leaves[card + "security-group-ids"] = instance.securityGroupIds.joined(separator: "\n")
        leaves[card + "security-groups"] = instance.securityGroups.joined(separator: "\n")
        leaves[card + "subnet-id"] = instance.subnet
        leaves[card + "vpc-id"] = instance.vpc
        if let address = instance.publicAddress { leaves[card + "public-ipv4s"] = address }
        if instance.hasMetadataTags { for (key, value) in instance.tags { leaves["tags/instance/" + key] = value } }
        var all = Dictionary(uniqueKeysWithValues: leaves.map { ("meta-data/" + $0.key, $0.value) })
        all["dynamic/instance-identity/document"] = document(instance)
        return all
    }

    private func addRole(of instance: GuestInstance, to leaves: inout [String: String]) {
        guard let profile = instance.profileArn else { return }
        let now = clock.now
        let role = role.withLock { role -> Role? in
            // A moved clock, a changed profile, or an hour gone by.
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
        func json(_ fields: [(String, String)]) -> String {
            String(
                decoding: JSON.write(.object(fields.map { Node.Field($0.0, .string($0.1)) }), pretty: true), as: UTF8.self)
        }
        let updated = (role?.since ?? now).iso8601(milliseconds: false)
        leaves["iam/info"] = json([
            ("Code", role == nil ? "InstanceProfileNotFound" : "Success"), ("LastUpdated", updated),
            ("InstanceProfileArn", profile), ("InstanceProfileId", instance.profileId ?? ""),
        ])
        guard let role else { return }
        let path = "iam/security-credentials/\(role.name)"
        guard let credentials = role.credentials else {
            leaves[path] = json([
                ("Code", "AssumeRoleUnauthorizedAccess"),
                (
                    "Message",
                    "EC2 cannot assume the role \(role.name). Please see documentation at "
                        + "https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_iam-ec2.html"
                ), ("LastUpdated", updated),
            ])
            return
        }
        leaves[path] = json([
            ("Code", "Success"), ("LastUpdated", updated), ("Type", "AWS-HMAC"),
            ("AccessKeyId", credentials.accessKeyId), ("SecretAccessKey", credentials.secretAccessKey),
            ("Token", credentials.sessionToken ?? ""),
            ("Expiration", credentials.expiration?.iso8601(milliseconds: false) ?? ""),
        ])
    }

    private func document(_ instance: GuestInstance) -> String {
        let fields: [(String, Node)] = [
            ("accountId", .string(instance.account)), ("architecture", .string(instance.architecture)),
            ("availabilityZone", .string(instance.zone)), ("billingProducts", .null), ("devpayProductCodes", .null),
            ("marketplaceProductCodes", .null), ("imageId", .string(instance.image)), ("instanceId", .string(instance.id)),
            ("instanceType", .string(instance.type)), ("kernelId", .null), ("privateIp", .string(instance.privateAddress)),
            ("ramdiskId", .null), ("region", .string(instance.region)), ("version", .string("2017-09-30")),
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
        var response = HTTPResponse(status: .init(code: status))
        response.headerFields[.contentType] = type
        response.headerFields[.server] = "EC2ws"
        return HTTPReply(response, .bytes(Bytes(text.utf8)))
    }
}
