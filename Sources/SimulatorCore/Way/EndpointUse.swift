/// The VPC endpoint by which a request came. Its policy has a say in what the request may do.
///
/// Whoever carries a guest's request to the simulator sets ``current`` for it.
package struct EndpointUse: Sendable {
    package let id: String
    package let vpcId: String
    /// The endpoint's policy; nil for services that have none.
    package let policy: String?

    package init(id: String, vpcId: String, policy: String?) {
        self.id = id
        self.vpcId = vpcId
        self.policy = policy
    }

    @TaskLocal package static var current: EndpointUse?

    var conditions: [String: [String]] { ["aws:SourceVpce": [id], "aws:SourceVpc": [vpcId]] }
}
