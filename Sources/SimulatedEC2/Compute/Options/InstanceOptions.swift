import AWSCore
import EC2API
import Foundation
import GRDB
import SimulatorCore

/// Properties that few instances have and that have no column of their own. An instance without any stores nothing.
struct InstanceOptions: Codable, Equatable, Sendable {
    static let migration = Migration("ec2.instance-options", "ALTER TABLE ec2_instance ADD COLUMN options TEXT")
    /// The index for instances in reservations, which every launch counts if the account has reservations.
    static let reservationMigration = Migration(
        "ec2.instance-reservation",
        """
        CREATE INDEX ec2_instance_in_reservation ON ec2_instance (account, region)
            WHERE options IS NOT NULL AND json_extract(options, '$.runsIn') IS NOT NULL
        """)
    /// The due kind for changed metadata options.
    static let settling = "instance-metadata-options"

    var rebootMigration, bandwidthWeighting: String?
    var nestedVirtualization, amdSevSnp: String?
    /// The Dedicated Host that it runs on or ran on last, and whether it must return to that host.
    var host, affinity: String?
    var partitionNumber: Int?
    var placementGroupId: String?
    /// The reservation, or the group of reservations, that the launch targets.
    var capacityReservation, capacityReservationGroup: String?
    /// Whether it was launched for a Capacity Block.
    var isBlock: Bool?
    /// The reservation that it was assigned to at its last start.
    var runsIn: String?
    /// Whether changed metadata options are not applied yet.
    var metadataIsPending: Bool?
    var enaSupport: Bool?
    var licenses: [String]?
    /// The times of its diagnostic interrupts, in milliseconds.
    var interrupts: [Int64]?
    /// The UEFI variable store of its image, if the image was registered with one.
    var uefiData: String?
    var tpmSupport: String?
    /// The Spot request that it was launched for.
    var spotRequest: String?
    var spotIsPersistent: Bool?
    /// The interruption behavior if it isn't termination: `stop` or `hibernate`.
    var spotInterruption: String?
    /// When the interruption stops it, in milliseconds; set once it has got its notice.
    var spotStopsAt: Int64?
    /// Whether it is interrupted because the Spot price rose above its maximum price.
    var spotIsTooDear: Bool?
    /// The fleet that launched it.
    var fleet: String?

    init() {}

    /// - Throws: ``DamagedState`` for text that is not the JSON of options.
    init(text: String?) throws {
        guard let text else { return }
        do {
            self = try JSONDecoder().decode(Self.self, from: Data(text.utf8))
        } catch {
            throw DamagedState("the options of an instance are damaged: \(error)")
        }
    }

    /// The stored form; nil for an instance without options.
    var text: String? {
        guard self != Self() else { return nil }
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        return (try? encoder.encode(self)).map { String(decoding: $0, as: UTF8.self) }
    }
}

// MARK: At launch

extension InstanceOptions {
    /// - Throws: AWS's errors for options that the type does not support, and for absent resources.
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

    /// Returns the reservation or the group of reservations that a launch targets.
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

    /// Returns the stored preference. It is empty for a target without a preference, which means `capacity-reservations-only`.
    static func preference(_ specification: CapacityReservationSpecification?) -> String {
        specification?.capacityReservationPreference?.rawValue
            ?? (specification?.capacityReservationTarget == nil ? "open" : "")
    }
}

extension AWSError {
    /// Returns the error for an option that an instance type lacks. The message is assumed.
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
    /// Returns the instance that a request changes.
    /// - Throws: the kind's errors for ids, `IncorrectInstanceState` if it is terminated, or not stopped although `stopped` is
    ///   set.
    static func changeable(_ id: String, stopped: Bool = false, _ context: Context) throws -> InstanceRecord {
        guard !id.isEmpty else { throw AWSError.missingParameter("InstanceId") }
        let instance = try get(id, context)
        guard instance.phase != .terminate else { throw AWSError.notInState(id, "modified") }
        if stopped, instance.state(context) != .stopped { throw AWSError.notStopped(id) }
        return instance
    }
}
