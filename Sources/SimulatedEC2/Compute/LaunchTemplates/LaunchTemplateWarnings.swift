import AWSCore
import EC2API
import SimulatorCore

extension ResponseLaunchTemplateData {
    /// Returns a warning for the parts that no launch could use now: AWS creates the template anyway. Assumed: the warning has
    /// the errors of a launch.
    func warning(_ context: Context) throws -> ValidationWarning? {
        let launch = try LaunchTemplateData.launch(RunInstancesRequest(maxCount: 1, minCount: 1), with: self)
        let interfaces = launch.networkInterfaces ?? []
        var checks: [() throws -> Void] = []
        if let image = launch.imageId?.orNil, ImageParameter.name(image) == nil {
            checks.append { _ = try VisibleImage.launchable(image, context) }
        }
        if let type = launch.instanceType?.rawValue { checks.append { _ = try LaunchSettings.type(named: type) } }
        if let name = launch.keyName?.orNil {
            checks.append {
                if try KeyPairRecord.named(name, context) == nil { throw AWSError.keyPairNotFound(name) }
            }
        }
        if let profile = launch.iamInstanceProfile, profile.arn?.orNil != nil || profile.name?.orNil != nil {
            checks.append { _ = try InstanceProfile(profile, context) }
        }
        for group in (launch.securityGroupIds ?? []) + interfaces.flatMap({ $0.groups ?? [] }) {
            checks.append { _ = try SecurityGroupRecord.get(group, context) }
        }
        for subnet in ([launch.subnetId] + interfaces.map(\.subnetId)).compactMap({ $0?.orNil }) {
            checks.append { _ = try SubnetRecord.get(subnet, context) }
        }
        let errors = try checks.compactMap { check -> ValidationError? in
            do { try check() } catch let error as AWSError where error.code != "NotSimulated" {
                return ValidationError(code: error.code, message: error.message)
            }
            return nil
        }
        return errors.isEmpty ? nil : ValidationWarning(errors: errors)
    }
}
