import AWSCore
import EC2API
import Foundation
import GRDB
import SimulatorCore

/// What few instances have that no column holds. An instance without any costs nothing.
struct InstanceOptions: Codable, Equatable, Sendable {
    static let migration = Migration("ec2.instance-options", "ALTER TABLE ec2_instance ADD COLUMN options TEXT")
    /// Instances in reservations are counted at every launch of an account that has reservations.
    static let reservationMigration = Migration(
        "ec2.instance-reservation",
        """
        CREATE INDEX ec2_instance_in_reservation ON ec2_instance (account, region)
            WHERE options IS NOT NULL AND json_extract(options, '$.runsIn') IS NOT NULL
        """)
    /// The kind under which changed metadata options become due.
    static let settling = "instance-metadata-options"

    var rebootMigration, bandwidthWeighting: String?
    var nestedVirtualization, amdSevSnp: String?
    /// The Dedicated Host that it stands on, or stood on last, and whether it comes back to that one.
    var host, affinity: String?
    var partitionNumber: Int?
    var placementGroupId: String?
    /// The reservation, or the group of reservations, that it asks for.
    var capacityReservation, capacityReservationGroup: String?
    /// Whether it was launched for a Capacity Block.
    var isBlock: Bool?
    /// The reservation in which it was put when it started last.
    var runsIn: String?
    /// Whether the metadata options were changed and are not applied yet.
    var metadataIsPending: Bool?
    var enaSupport: Bool?
    var licenses: [String]?
    /// When each diagnostic interrupt came, in milliseconds.
    var interrupts: [Int64]?
    /// The variable store of an image that was registered with one.
    var uefiData: String?
    var tpmSupport: String?
    /// The Spot request that it was launched for.
    var spotRequest: String?
    var spotIsPersistent: Bool?
    /// What becomes of it at an interruption, if not its end: `stop` or `hibernate`.
    var spotInterruption: String?
    /// When the interruption stops it, in milliseconds, once it had its notice.
    var spotStopsAt: Int64?
    /// Whether it is interrupted because its price rose above what is paid.
    var spotIsTooDear: Bool?
    /// The fleet that launched it.
    var fleet: String?

    init() {}

    /// - Throws: ``DamagedState`` for what is no JSON of options.
    init(text: String?) throws {
        guard let text else { return }
        do {
            self = try JSONDecoder().decode(Self.self, from: Data(text.utf8))
        } catch {
            throw DamagedState("the options of an instance are damaged: \(error)")
        }
    }

    /// As it is kept; nil for an instance without options.
    var text: String? {
        guard self != Self() else { return nil }
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        return (try? encoder.encode(self)).map { String(decoding: $0, as: UTF8.self) }
    }
}

// MARK: At launch

extension InstanceOptions {
    /// - Throws: AWS's errors for options that the type does not have, and for what they name and is not there.
    init(_ input: RunInstancesRequest, _ type: InstanceTypeFigures, _ context: Context) throws {
        if let nested = input.cpuOptions?.nestedVirtualization {
            try Self.checkNested(nested, type)
            nestedVirtualization = nested.rawValue
        }
        if let snp = input.cpuOptions?.amdSevSnp {
            if snp == .enabled, !["m6a", "c6a", "r6a"].contains(type.family) {
                throw AWSError.unsupportedOption("AMD SEV-SNP", type)
            }
            amdSevSnp = snp.rawValue
        }
        if let weighting = input.networkPerformanceOptions?.bandwidthWeighting {
            try Self.checkWeighting(weighting, type)
            bandwidthWeighting = weighting.rawValue
        }
        (capacityReservation, capacityReservationGroup) = try Self.reservation(
            input.capacityReservationSpecification, context)
        switch input.instanceMarketOptions?.marketType {
        case "capacity-block":
            guard capacityReservation != nil else {
                throw AWSError.invalidCombination(
                    "The market type capacity-block needs a CapacityReservationTarget with a CapacityReservationId.")
            }
            isBlock = true
        case "interruptible-capacity-reservation":
            throw AWSError.notSimulated("ec2", "RunInstances with interruptible Capacity Reservations")
        default: break
        }
        licenses = input.licenseSpecifications?.compactMap(\.licenseConfigurationArn)
    }

    static func checkNested(_ nested: NestedVirtualizationSpecification, _ type: InstanceTypeFigures) throws {
        guard nested == .disabled || ["c8i", "m8i", "r8i"].contains(type.family) else {
            throw AWSError.unsupportedOption("Nested virtualization", type)
        }
    }

    static func checkWeighting(_ weighting: InstanceBandwidthWeighting, _ type: InstanceTypeFigures) throws {
        guard weighting == .default || type.list("nw").contains(Substring(weighting.rawValue)) else {
            throw AWSError.unsupportedOption("The bandwidth weighting '\(weighting.rawValue)'", type)
        }
    }

    /// The reservation or the group of reservations that a launch asks for.
    static func reservation(
        _ specification: CapacityReservationSpecification?, _ context: Context
    ) throws -> (id: String?, group: String?) {
        guard let target = specification?.capacityReservationTarget else { return (nil, nil) }
        if let preference = specification?.capacityReservationPreference, preference != .capacityReservationsOnly {
            throw AWSError.invalidCombination(
                "CapacityReservationPreference and CapacityReservationTarget may not be specified together.")
        }
        guard let id = target.capacityReservationId else { return (nil, target.capacityReservationResourceGroupArn) }
        guard target.capacityReservationResourceGroupArn == nil else {
            throw AWSError.invalidCombination(
                "CapacityReservationId and CapacityReservationResourceGroupArn may not be specified together.")
        }
        return (try Resource.capacityReservation.get(id, context).shape.capacityReservationId, nil)
    }

    /// What is kept of the preference: a target alone says the same as `capacity-reservations-only`.
    static func preference(_ specification: CapacityReservationSpecification?) -> String {
        specification?.capacityReservationPreference?.rawValue
            ?? (specification?.capacityReservationTarget == nil ? "open" : "")
    }
}

extension AWSError {
    /// What an instance type cannot do. The sentence is assumed.
    static func unsupportedOption(_ option: String, _ type: InstanceTypeFigures) -> AWSError {
        AWSError("UnsupportedOperation", "\(option) is not supported for instance type \(type.name).")
    }

    static func notStopped(_ id: String) -> AWSError {
        AWSError(
            "IncorrectInstanceState", "The instance '\(id)' is not in the 'stopped' state.",
            explanation: "StopInstances, and wait for the state 'stopped'.")
    }
}

extension InstanceRecord {
    /// The instance that a request would change.
    /// - Throws: the kind's errors for ids, `IncorrectInstanceState` for what is terminated or does not stand still.
    static func changeable(_ id: String, stopped: Bool = false, _ context: Context) throws -> InstanceRecord {
        guard !id.isEmpty else { throw AWSError.missingParameter("InstanceId") }
        let instance = try get(id, context)
        guard instance.phase != .terminate else { throw AWSError.notInState(id, "modified") }
        if stopped, instance.state(context) != .stopped { throw AWSError.notStopped(id) }
        return instance
    }
}
