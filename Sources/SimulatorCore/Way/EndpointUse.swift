/// The VPC endpoint that a request came through. Its policy limits what the request may do.
///
/// Code that passes a guest's request to the simulator sets ``current`` for it.
package struct EndpointUse: Sendable, Equatable {
    package let id: String
    package let vpcId: String
    /// The endpoint's policy; nil for services that have none.
    package let policy: String?
    /// The client's address within the VPC.
    package let sourceAddress: String

    package init(id: String, vpcId: String, policy: String?, sourceAddress: String) {
        self.id = id
        self.vpcId = vpcId
        self.policy = policy
        self.sourceAddress = sourceAddress
    }

    @TaskLocal package static var current: EndpointUse?

    /// Requests through an endpoint have no `aws:SourceIp`: their address is a private one, `aws:VpcSourceIp`.
    /// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-vpcsourceip
    var conditions: [String: [String]] {
        ["aws:SourceVpce": [id], "aws:SourceVpc": [vpcId], "aws:VpcSourceIp": [sourceAddress]]
    }
}
