import AWSCore
import EC2API
import SimulatorCore

// https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/burstable-performance-instances-unlimited-mode.html

enum CreditOptions {
    /// Returns the family's CPU credit option for launches that don't specify one.
    static func standard(of family: String, _ context: Context) throws -> String {
        try setting(family).get(context)?.cpuCredits ?? (family == "t2" ? "standard" : "unlimited")
    }

    fileprivate static func setting(_ family: String) -> AccountDocument<InstanceFamilyCreditSpecification> {
        AccountDocument("default-credits-\(family)")
    }

    /// - Throws: `InvalidParameterValue` for values other than `standard` and `unlimited`.
    static func check(_ credits: String) throws {
        guard credits == "standard" || credits == "unlimited" else {
            throw AWSError("InvalidParameterValue", "Invalid value '\(credits)' for CpuCredits.")
        }
    }
}

extension EC2Simulation {
    public func modifyInstanceCreditSpecification(
        _ input: ModifyInstanceCreditSpecificationRequest, _ context: Context
    ) throws -> ModifyInstanceCreditSpecificationResult {
        guard !input.instanceCreditSpecifications.isEmpty else {
            throw AWSError.missingParameter("InstanceCreditSpecifications")
        }
        for specification in input.instanceCreditSpecifications {
            try CreditOptions.check(specification.cpuCredits ?? "")
        }
        var result = ModifyInstanceCreditSpecificationResult(
            successfulInstanceCreditSpecifications: [], unsuccessfulInstanceCreditSpecifications: [])
        // Each instance succeeds or fails separately.
        for specification in input.instanceCreditSpecifications {
            let id = specification.instanceId
            do {
                var instance = try InstanceRecord.get(id, context)
                guard [.running, .stopped].contains(instance.state(context)) else {
                    throw AWSError.notInState(id, "modified")
                }
                guard instance.credits != nil else {
                    throw AWSError(
                        "InstanceCreditSpecification.NotSupported",
                        "The instance type '\(instance.type)' does not support CPU credit specifications.")
                }
                instance.credits = specification.cpuCredits
                try instance.update(context)
                result.successfulInstanceCreditSpecifications?.append(.init(instanceId: id))
            } catch let error as AWSError {
                result.unsuccessfulInstanceCreditSpecifications?.append(
                    .init(instanceId: id, error: .init(code: .init(error.code), message: error.message)))
            }
        }
        return result
    }

    public func getDefaultCreditSpecification(
        _ input: GetDefaultCreditSpecificationRequest, _ context: Context
    ) throws -> GetDefaultCreditSpecificationResult {
        GetDefaultCreditSpecificationResult(
            instanceFamilyCreditSpecification: .init(
                instanceFamily: input.instanceFamily,
                cpuCredits: try CreditOptions.standard(of: input.instanceFamily.rawValue, context)))
    }

    public func modifyDefaultCreditSpecification(
        _ input: ModifyDefaultCreditSpecificationRequest, _ context: Context
    ) throws -> ModifyDefaultCreditSpecificationResult {
        try CreditOptions.check(input.cpuCredits)
        let specification = InstanceFamilyCreditSpecification(
            instanceFamily: input.instanceFamily, cpuCredits: input.cpuCredits)
        try CreditOptions.setting(input.instanceFamily.rawValue).set(specification, context)
        return ModifyDefaultCreditSpecificationResult(instanceFamilyCreditSpecification: specification)
    }
}
