import AWSCore
import SSMAPI
import SimulatorCore

extension SSMSimulation {
    public func deleteParameter(_ input: DeleteParameterRequest, _ context: Context) throws -> DeleteParameterResult {
        guard let record = try deletable(input.name, context) else {
            throw AWSError.parameterNotFound(input.name, context)
        }
        try record.delete(context)
        return DeleteParameterResult()
    }

    public func deleteParameters(_ input: DeleteParametersRequest, _ context: Context) throws -> DeleteParametersResult {
        var deleted: [String] = [], invalid: [String] = []
        for name in input.names {
            if let record = try deletable(name, context) {
                try record.delete(context)
                deleted.append(name)
            } else if !deleted.contains(name), !invalid.contains(name) {
                invalid.append(name)
            }
        }
        return DeleteParametersResult(deletedParameters: deleted, invalidParameters: invalid)
    }

    /// Returns the named parameter; nil for an ARN or a selector, which cannot be deleted.
    private func deletable(_ name: String, _ context: Context) throws -> ParameterRecord? {
        guard let reference = try? ParameterReference(name), !reference.isARN, reference.selector == nil else { return nil }
        return try ParameterRecord.find(reference.key, context)
    }
}
