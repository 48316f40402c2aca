import AWSCore
import SSMAPI
import SimulatorCore

// https://docs.aws.amazon.com/systems-manager/latest/userguide/parameter-store-public-parameters.html

extension PublishedParameter {
    func shape(selector: String?, _ context: Context) -> Parameter {
        Parameter(
            name: name, type: "String", value: value, version: version, selector: selector.map { ":\($0)" },
            lastModifiedDate: modifiedAt, arn: ParameterName.arn(name, context), dataType: dataType)
    }
}

extension SSMSimulation {
    /// Returns a public parameter of AWS. The simulator's other services provide its value.
    func published(_ reference: ParameterReference, _ context: Context) throws -> PublishedParameter? {
        let there = reference.region.map { context.within(region: $0) } ?? context
        let answer = there.query((any ParameterPublisher).self) { $0.publishedParameter(reference.name, $1) }
        guard let found = answer.flatMap({ $0 }) else { return nil }
        if let selector = reference.selector, selector != "\(found.version)" {
            throw AWSError.versionNotFound(selector, of: reference.name)
        }
        return found
    }

    func published(below path: String, _ context: Context) -> [PublishedParameter] {
        context.query((any ParameterPublisher).self) { $0.publishedParameters(below: path, $1) } ?? []
    }
}
