import AWSCore
import GRDB
import IAMAPI
import SimulatorCore

/// Roles that belong to a service: predefined in name, trust and permissions, changed by AWS alone.
enum ServiceLinkedRoles {
    /// What AWS predefines for a service.
    struct Service {
        /// Behind `AWSServiceRoleFor`.
        let name: String
        /// The managed policy, under `/aws-service-role/`.
        let policy: String
        /// Whether an account can have several, told apart by a suffix.
        var takesSuffix = false
    }

    static let prefix = "/aws-service-role/"
    static let deletions = IAMDocumentKind<GetServiceLinkedRoleDeletionStatusResponse>("slr-deletion")
    /// How long AWS takes to look whether the service still uses the role.
    static let deletionTime = Duration.seconds(10)

    /// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_aws-services-that-work-with-iam.html and the services' guides.
    static let services: [String: Service] = [
        "access-analyzer.amazonaws.com": .init(name: "AccessAnalyzer", policy: "AccessAnalyzerServiceRolePolicy"),
        "apprunner.amazonaws.com": .init(name: "AppRunner", policy: "AppRunnerServiceRolePolicy"),
        "autoscaling.amazonaws.com": .init(name: "AutoScaling", policy: "AutoScalingServiceRolePolicy", takesSuffix: true),
        "backup.amazonaws.com": .init(name: "Backup", policy: "AWSBackupServiceLinkedRolePolicyForBackup"),
        "batch.amazonaws.com": .init(name: "Batch", policy: "BatchServiceRolePolicy"),
        "cloudtrail.amazonaws.com": .init(name: "CloudTrail", policy: "CloudTrailServiceRolePolicy"),
        "config.amazonaws.com": .init(name: "Config", policy: "AWSConfigServiceRolePolicy"),
        "dax.amazonaws.com": .init(name: "DAX", policy: "DAXServiceRolePolicy"),
        "ec2-instance-connect.amazonaws.com": .init(name: "EC2InstanceConnect", policy: "Ec2InstanceConnectEndpoint"),
        "ec2fleet.amazonaws.com": .init(name: "EC2Fleet", policy: "AWSEC2FleetServiceRolePolicy"),
        "ecs.amazonaws.com": .init(name: "ECS", policy: "AmazonECSServiceRolePolicy"),
        "eks-fargate.amazonaws.com": .init(name: "AmazonEKSForFargate", policy: "AmazonEKSForFargateServiceRolePolicy"),
        "eks-nodegroup.amazonaws.com": .init(name: "AmazonEKSNodegroup", policy: "AWSServiceRoleForAmazonEKSNodegroup"),
        "eks.amazonaws.com": .init(name: "AmazonEKS", policy: "AmazonEKSServiceRolePolicy"),
        "elasticache.amazonaws.com": .init(name: "ElastiCache", policy: "ElastiCacheServiceRolePolicy"),
        "elasticbeanstalk.amazonaws.com": .init(name: "ElasticBeanstalk", policy: "AWSElasticBeanstalkServiceRolePolicy"),
        "elasticfilesystem.amazonaws.com": .init(
            name: "AmazonElasticFileSystem", policy: "AmazonElasticFileSystemServiceRolePolicy"),
        "elasticloadbalancing.amazonaws.com": .init(
            name: "ElasticLoadBalancing", policy: "AWSElasticLoadBalancingServiceRolePolicy"),
        "elasticmapreduce.amazonaws.com": .init(name: "EMRCleanup", policy: "AmazonEMRCleanupPolicy"),
        "es.amazonaws.com": .init(name: "AmazonElasticsearchService", policy: "AmazonElasticsearchServiceRolePolicy"),
        "events.amazonaws.com": .init(name: "CloudWatchEvents", policy: "CloudWatchEventsServiceRolePolicy"),
        "fsx.amazonaws.com": .init(name: "AmazonFSx", policy: "AmazonFSxServiceRolePolicy"),
        "globalaccelerator.amazonaws.com": .init(name: "GlobalAccelerator", policy: "AWSGlobalAcceleratorSLRPolicy"),
        "guardduty.amazonaws.com": .init(name: "AmazonGuardDuty", policy: "AmazonGuardDutyServiceRolePolicy"),
        "imagebuilder.amazonaws.com": .init(name: "ImageBuilder", policy: "AWSServiceRoleForImageBuilder"),
        "inspector2.amazonaws.com": .init(name: "AmazonInspector2", policy: "AmazonInspector2ServiceRolePolicy"),
        "ipam.amazonaws.com": .init(name: "IPAM", policy: "AWSIPAMServiceRolePolicy"),
        "kafka.amazonaws.com": .init(name: "Kafka", policy: "KafkaServiceRolePolicy"),
        "lex.amazonaws.com": .init(name: "LexBots", policy: "LexBotPolicy"),
        "macie.amazonaws.com": .init(name: "AmazonMacie", policy: "AmazonMacieServiceRolePolicy"),
        "mq.amazonaws.com": .init(name: "AmazonMQ", policy: "AmazonMQServiceRolePolicy"),
        "nat-gateway.amazonaws.com": .init(name: "NATGateway", policy: "AWSNATGatewayServiceRolePolicy"),
        "opensearchservice.amazonaws.com": .init(
            name: "AmazonOpenSearchService", policy: "AmazonOpenSearchServiceRolePolicy"),
        "organizations.amazonaws.com": .init(name: "Organizations", policy: "AWSOrganizationsServiceTrustPolicy"),
        "pullthroughcache.ecr.amazonaws.com": .init(
            name: "ECRPullThroughCache", policy: "AWSECRPullThroughCache_ServiceRolePolicy"),
        "ram.amazonaws.com": .init(name: "ResourceAccessManager", policy: "AWSResourceAccessManagerServiceRolePolicy"),
        "rds.amazonaws.com": .init(name: "RDS", policy: "AmazonRDSServiceRolePolicy"),
        "redshift.amazonaws.com": .init(name: "Redshift", policy: "AmazonRedshiftServiceLinkedRolePolicy"),
        "replication.ecr.amazonaws.com": .init(name: "ECRReplication", policy: "ECRReplicationServiceRolePolicy"),
        "replicator.lambda.amazonaws.com": .init(name: "LambdaReplicator", policy: "AWSLambdaReplicator"),
        "route53resolver.amazonaws.com": .init(name: "Route53Resolver", policy: "Route53ResolverServiceRolePolicy"),
        "securityhub.amazonaws.com": .init(name: "SecurityHub", policy: "AWSSecurityHubServiceRolePolicy"),
        "shield.amazonaws.com": .init(name: "AWSShield", policy: "AWSShieldServiceRolePolicy"),
        "spot.amazonaws.com": .init(name: "EC2Spot", policy: "AWSEC2SpotServiceRolePolicy"),
        "spotfleet.amazonaws.com": .init(name: "EC2SpotFleet", policy: "AWSEC2SpotFleetServiceRolePolicy"),
        "ssm.amazonaws.com": .init(name: "AmazonSSM", policy: "AmazonSSMServiceRolePolicy"),
        "sso.amazonaws.com": .init(name: "SSO", policy: "AWSSSOServiceRolePolicy"),
        "support.amazonaws.com": .init(name: "Support", policy: "AWSSupportServiceRolePolicy"),
        "transitgateway.amazonaws.com": .init(name: "VPCTransitGateway", policy: "AWSVPCTransitGatewayServiceRolePolicy"),
        "trustedadvisor.amazonaws.com": .init(name: "TrustedAdvisor", policy: "AWSTrustedAdvisorServiceRolePolicy"),
        "wafv2.amazonaws.com": .init(name: "WAFV2Logging", policy: "WAFV2LoggingServiceRolePolicy"),
        "template.ecr.amazonaws.com": .init(name: "ECRTemplate", policy: "ECRTemplateServiceRolePolicy"),
    ]
}

extension RoleRecord {
    static let limit = 1000

    var isServiceLinked: Bool { path.hasPrefix(ServiceLinkedRoles.prefix) }

    /// The role of that name, unless AWS alone may change it.
    static func changeable(_ name: String, _ context: Context) throws -> RoleRecord {
        let role = try named(name, context)
        guard !role.isServiceLinked else {
            throw AWSError(
                "UnmodifiableEntity",
                "Cannot perform the operation on the protected role '\(role.name)' - this role is only modifiable by AWS")
        }
        return role
    }

    static func refuseBeyondQuota(_ context: Context) throws {
        guard try context.count("SELECT COUNT(*) FROM iam_role WHERE account = ?", [context.account]) < limit else {
            throw AWSError.quotaExceeded("RolesPerAccount", limit)
        }
    }
}

extension IAMSimulation {
    public func createServiceLinkedRole(
        _ input: CreateServiceLinkedRoleRequest, _ context: Context
    ) throws -> CreateServiceLinkedRoleResponse {
        let principal = input.awsServiceName
        guard principal.hasSuffix(".amazonaws.com") else {
            throw AWSError.invalidInput("Service role \(principal) is not valid.")
        }
        guard let service = ServiceLinkedRoles.services[principal] else {
            var error = AWSError.notSimulated("iam", "CreateServiceLinkedRole for \(principal)")
            error.explanation =
                "Drydock knows the roles of \(ServiceLinkedRoles.services.count) services; AWS knows others. ServiceLinkedRoles.swift lists them."
            throw error
        }
        if input.customSuffix != nil, !service.takesSuffix {
            throw AWSError.invalidInput("Custom suffix is not allowed for \(principal)")
        }
        let name = "AWSServiceRoleFor\(service.name)" + (input.customSuffix.map { "_\($0)" } ?? "")
        if try RoleRecord.find(name, context) != nil {
            throw AWSError.invalidInput(
                "Service role name \(name) has been taken in this account, please try a different suffix.")
        }
        try RoleRecord.refuseBeyondQuota(context)
        let path = "\(ServiceLinkedRoles.prefix)\(principal)/", id = context.ids.iam("AROA")
        let trust =
            #"{"Version":"2012-10-17","Statement":[{"Action":["sts:AssumeRole"],"Effect":"Allow","Principal":{"Service":["\#(principal)"]}}]}"#
        try context.execute(
            "INSERT INTO iam_role (\(RoleRecord.columns)) VALUES (?, ?, ?, ?, ?, ?, ?, 3600, NULL, ?, NULL, NULL, NULL)",
            [
                id, context.account, name, path, context.iamArn("role", path: path, name: name), trust, input.description,
                context.now.milliseconds,
            ])
        let role = try RoleRecord.named(name, context)
        try PolicyOwner(role).attach(
            "arn:\(context.partition):iam::aws:policy\(ServiceLinkedRoles.prefix)\(service.policy)", context)
        var shape = try role.summary(context)
        shape.maxSessionDuration = nil
        return CreateServiceLinkedRoleResponse(role: shape)
    }

    /// The role goes when the task succeeds.
    public func deleteServiceLinkedRole(
        _ input: DeleteServiceLinkedRoleRequest, _ context: Context
    ) throws -> DeleteServiceLinkedRoleResponse {
        let role = try RoleRecord.named(input.roleName, context)
        guard role.isServiceLinked else {
            throw AWSError.invalidInput("Role \(role.name) is not a service-linked role.")
        }
        let id = "task\(role.path)\(role.name)/\(context.ids.uuid())"
        try ServiceLinkedRoles.deletions.insert(
            GetServiceLinkedRoleDeletionStatusResponse(status: .inProgress), id: id, owner: role.id, context)
        let duration = context.transitions.duration(ServiceLinkedRoles.deletionTime)
        if duration == .zero {
            try finishDeletion(id, context)
        } else {
            try Due.set("iam.slr-deletion", id, at: context.now + duration, context)
        }
        return DeleteServiceLinkedRoleResponse(deletionTaskId: id)
    }

    public func settle(_ kind: String, _ due: [Due], _ context: Context) throws {
        for item in due where kind == "iam.slr-deletion" { try finishDeletion(item.id, context) }
    }

    private func finishDeletion(_ id: String, _ context: Context) throws {
        guard var task = try ServiceLinkedRoles.deletions.find(id, context) else { return }
        if try context.count("SELECT COUNT(*) FROM iam_instance_profile WHERE role_id = ?", [task.owner]) > 0 {
            task.content.status = .failed
            task.content.reason = DeletionTaskFailureReasonType(reason: "The role is in an instance profile.")
        } else {
            try context.execute("DELETE FROM iam_attachment WHERE owner_id = ?", [task.owner])
            try context.execute("DELETE FROM iam_role WHERE id = ?", [task.owner])
            try IAMTags.removeAll(from: task.owner, context)
            task.content.status = .succeeded
        }
        try ServiceLinkedRoles.deletions.update(task, context)
    }

    public func getServiceLinkedRoleDeletionStatus(
        _ input: GetServiceLinkedRoleDeletionStatusRequest, _ context: Context
    ) throws -> GetServiceLinkedRoleDeletionStatusResponse {
        guard input.deletionTaskId.hasPrefix("task/") else {
            throw AWSError.invalidInput("DeletionTaskId \(input.deletionTaskId) is not valid.")
        }
        guard let task = try ServiceLinkedRoles.deletions.find(input.deletionTaskId, context) else {
            throw AWSError.noSuchEntity("Deletion task \(input.deletionTaskId) cannot be found.")
        }
        return task.content
    }
}
