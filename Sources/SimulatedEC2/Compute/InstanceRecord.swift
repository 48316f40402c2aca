import AWSCore
import EC2API
import GRDB
import SimulatorCore

struct InstanceRecord: StoredResource {
    static let kind = ResourceKind.instance
    static let columns: ColumnList = [
        "id", "reservation", "launch_index", "image", "type", "key_name", "zone", "vpc", "subnet", "private_address",
        "created_at", "phase", "phase_at", "previous_state", "doomed_at", "is_released", "reason", "launched_at",
        "architecture",
        "root_device", "is_windows", "platform_details", "usage_operation", "boot_mode", "tenancy", "core_count",
        "threads_per_core",
        "credits", "is_monitored", "is_ebs_optimized", "is_spot", "client_token", "profile_arn", "profile_id", "user_data",
        "protects_termination", "protects_stop", "shutdown_behavior", "http_tokens", "http_hop_limit",
        "http_endpoint", "http_ipv6", "http_tags", "is_enclave", "hibernates", "hostname_type", "dns_a", "dns_aaaa",
        "auto_recovery",
        "placement_group", "capacity_preference", "options",
    ]
    static let migration = Migration(
        "ec2.instance",
        """
        CREATE TABLE ec2_instance (
            number INTEGER PRIMARY KEY, account TEXT NOT NULL, region TEXT NOT NULL, id TEXT NOT NULL,
            reservation TEXT NOT NULL, launch_index INTEGER NOT NULL, image TEXT NOT NULL, type TEXT NOT NULL, key_name TEXT,
            zone TEXT NOT NULL, vpc TEXT NOT NULL, subnet TEXT NOT NULL, private_address TEXT NOT NULL,
            created_at INTEGER NOT NULL,
            phase TEXT NOT NULL CHECK (phase IN ('start', 'stop', 'terminate')), phase_at INTEGER NOT NULL,
            previous_state INTEGER NOT NULL, doomed_at INTEGER, is_released INTEGER NOT NULL, reason TEXT NOT NULL,
            launched_at INTEGER NOT NULL, architecture TEXT NOT NULL, root_device TEXT NOT NULL, is_windows INTEGER NOT NULL,
            platform_details TEXT NOT NULL, usage_operation TEXT NOT NULL, boot_mode TEXT, tenancy TEXT NOT NULL,
            core_count INTEGER NOT NULL, threads_per_core INTEGER NOT NULL, credits TEXT, is_monitored INTEGER NOT NULL,
            is_ebs_optimized INTEGER NOT NULL, is_spot INTEGER NOT NULL, client_token TEXT NOT NULL, profile_arn TEXT,
            profile_id TEXT, user_data TEXT, protects_termination INTEGER NOT NULL, protects_stop INTEGER NOT NULL,
            shutdown_behavior TEXT NOT NULL CHECK (shutdown_behavior IN ('stop', 'terminate')),
            http_tokens TEXT NOT NULL, http_hop_limit INTEGER NOT NULL,
            http_endpoint TEXT NOT NULL, http_ipv6 TEXT NOT NULL, http_tags TEXT NOT NULL, is_enclave INTEGER NOT NULL,
            hibernates INTEGER NOT NULL, hostname_type TEXT NOT NULL, dns_a INTEGER NOT NULL, dns_aaaa INTEGER NOT NULL,
            auto_recovery TEXT NOT NULL, placement_group TEXT NOT NULL, capacity_preference TEXT NOT NULL,
            UNIQUE (account, region, id)
        );
        CREATE INDEX ec2_instance_doomed ON ec2_instance (account, region, doomed_at) WHERE doomed_at IS NOT NULL
        """)

    /// The indexes that launches use: running instances by type, and the instances of a client token.
    static let launchMigration = Migration(
        "ec2.instance-launches",
        """
        CREATE INDEX ec2_instance_started ON ec2_instance (account, region, type) WHERE phase = 'start';
        CREATE INDEX ec2_instance_by_reservation ON ec2_instance (account, region, reservation)
        """)

    var id, reservation: String
    var launchIndex: Int
    var image, type: String
    var keyName: String?
    var zone, vpc, subnet: String
    /// Empty in an IPv6-only subnet.
    var privateAddress: String
    var createdAt: Instant
    /// The last change of the instance, and its time. The state follows from the time since then.
    var phase: Phase
    var phaseAt: Instant
    /// The code of the state before that change.
    var previousState: Int
    /// When shutting-down becomes terminated.
    var doomedAt: Instant?
    /// Whether its interfaces and volumes are released.
    var isReleased: Bool
    /// `User initiated (2023-12-17 09:30:10 GMT)` after a stop or a termination.
    var reason: String
    var launchedAt: Instant
    var architecture, rootDevice: String
    var isWindows: Bool
    var platformDetails, usageOperation: String
    var bootMode: String?
    var tenancy: String
    var coreCount, threadsPerCore: Int
    var credits: String?
    var isMonitored, isEbsOptimized, isSpot: Bool
    var clientToken: String
    var profileArn, profileId: String?
    /// Base64, as the request sent it.
    var userData: String?
    var protectsTermination, protectsStop: Bool
    var shutdownBehavior: String
    var httpTokens: String
    var httpHopLimit: Int
    var httpEndpoint, httpIPv6, httpTags: String
    var isEnclave, hibernates: Bool
    var hostnameType: String
    var dnsA, dnsAAAA: Bool
    var autoRecovery, placementGroup, capacityPreference: String
    var options = InstanceOptions()

    enum Phase: String, Sendable { case start, stop, terminate }
}

extension InstanceRecord {
    init(_ row: StoredRow) throws {
        var index = -1
        func next<Value: StatementColumnConvertible>() throws -> Value {
            index += 1
            return try row[index]
        }
        func optional<Value: StatementColumnConvertible>() throws -> Value? {
            index += 1
            return try row[index]
        }
        func instant() throws -> Instant { Instant(milliseconds: try next()) }
        func phase(_ text: String) throws -> Phase {
            guard let phase = Phase(rawValue: text) else { throw DamagedState("'\(text)' is not the phase of an instance") }
            return phase
        }
        try self.init(
            id: next(), reservation: next(), launchIndex: next(), image: next(), type: next(), keyName: optional(),
            zone: next(),
            vpc: next(), subnet: next(), privateAddress: next(), createdAt: instant(),
            phase: phase(next()), phaseAt: instant(), previousState: next(),
            doomedAt: (optional() as Int64?).map { Instant(milliseconds: $0) }, isReleased: next(), reason: next(),
            launchedAt: instant(), architecture: next(), rootDevice: next(), isWindows: next(), platformDetails: next(),
            usageOperation: next(), bootMode: optional(), tenancy: next(), coreCount: next(), threadsPerCore: next(),
            credits: optional(), isMonitored: next(), isEbsOptimized: next(), isSpot: next(), clientToken: next(),
            profileArn: optional(), profileId: optional(), userData: optional(), protectsTermination: next(),
            protectsStop: next(),
            shutdownBehavior: next(), httpTokens: next(), httpHopLimit: next(), httpEndpoint: next(),
            httpIPv6: next(), httpTags: next(), isEnclave: next(), hibernates: next(), hostnameType: next(), dnsA: next(),
            dnsAAAA: next(), autoRecovery: next(), placementGroup: next(), capacityPreference: next(),
            options: InstanceOptions(text: optional()))
    }

    var values: [(any DatabaseValueConvertible)?] {
        var values: [(any DatabaseValueConvertible)?] = [
            id, reservation, launchIndex, image, type, keyName, zone, vpc, subnet, privateAddress,
            createdAt.milliseconds, phase.rawValue, phaseAt.milliseconds, previousState, doomedAt?.milliseconds, isReleased,
            reason,
            launchedAt.milliseconds,
        ]
        values += [
            architecture, rootDevice, isWindows, platformDetails, usageOperation, bootMode, tenancy, coreCount, threadsPerCore,
            credits, isMonitored, isEbsOptimized, isSpot, clientToken, profileArn, profileId, userData,
        ]
        values += [
            protectsTermination, protectsStop, shutdownBehavior, httpTokens, httpHopLimit, httpEndpoint, httpIPv6,
            httpTags, isEnclave, hibernates, hostnameType, dnsA, dnsAAAA, autoRecovery, placementGroup, capacityPreference,
            options.text,
        ]
        return values
    }
}
