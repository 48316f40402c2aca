import AWSCore
import AWSModels
import SSMAPI
public import SimulatorCore

/// The simulation of AWS Systems Manager's Parameter Store. Handlers are extensions in the files of their resources.
public struct SSMSimulation: SSMService, SimulatedService {
    public typealias Context = SimulatorCore.Context

    public init() {}

    public var model: ServiceModel { SSM.model }

    /// Append only. Each migration is in its resource's file.
    public static let migrations: [Migration] = [
        SealedValue.migration, ParameterRecord.migration, ParameterLabel.migration, ServiceSettingRecord.migration,
        ParameterSharing.migration,
    ]

    private static let table = OperationTable(SSMSimulation(), handler)

    public func operation(_ name: String) -> ServiceOperation? { Self.table[name] }

    /// CloudTrail hides a parameter's value, whatever its type.
    public var trailStyle: TrailStyle {
        var style = TrailStyle()
        let mask = style.mask
        style.complete = { fields, operation in
            guard operation == "PutParameter" else { return }
            for index in fields.indices where fields[index].name == "value" { fields[index].value = .string(mask) }
        }
        return style
    }

    public func settle(_ kind: String, _ due: [Due], _ context: Context) throws {
        guard kind == ParameterPolicy.dueKind else {
            throw DamagedState("a change of the unknown kind '\(kind)' is due in SSM")
        }
        for due in due { try expire(due.id, context) }
    }
}
