import AWSCore
import EC2API
import SimulatorCore

// https://docs.aws.amazon.com/vpc/latest/privatelink/aws-services-privatelink-support.html

/// An AWS service to which endpoints lead.
struct AWSEndpointService: Sendable {
    /// The part of its name after the region: `ecr.dkr`.
    let suffix: String
    /// `Gateway` or `Interface`.
    let type: String
    let region: String

    var name: String { "com.amazonaws.\(region).\(suffix)" }
    var id: String { "vpce-svc-0" + IDGenerator(seed: 0, scope: "\(name) \(type)").hex(16) }

    private static func domain(_ region: String) -> String {
        region.hasPrefix("cn-") ? "amazonaws.com.cn" : "amazonaws.com"
    }

    /// The host names that clients use for the service, without region and domain.
    private var hosts: [String] { Self.hosts[suffix] ?? [suffix.split(separator: ".").reversed().joined(separator: ".")] }

    /// The names that resolve to an endpoint in a VPC with private DNS. `*.` stands for any prefix.
    var privateNames: [String] {
        guard type == "Interface", !Self.withoutPrivateNames.contains(suffix) else { return [] }
        return hosts.map { host in
            // Newer services have a domain of their own.
            host.hasSuffix(".api.aws") ? host.replacing("REGION", with: region) : "\(host).\(region).\(Self.domain(region))"
        }
    }

    /// The suffix of an endpoint's own names: `ec2.us-east-1.vpce.amazonaws.com`.
    var baseName: String {
        let host = (hosts.first ?? suffix).split(separator: ".").filter { $0 != "*" }.joined(separator: ".")
        if type == "Gateway" { return "\(host).\(region).\(Self.domain(region))" }
        let short = host.hasSuffix(".api.aws") ? String(suffix) : host
        return "\(short).\(region).vpce.\(Self.domain(region))"
    }

    var supportsPolicies: Bool { !Self.withoutPolicies.contains(suffix) }

    func shape(_ context: Context) -> ServiceDetail {
        let zones = AWSRegion.named(region)?.zones ?? []
        var detail = ServiceDetail()
        detail.serviceName = name
        detail.serviceId = id
        detail.serviceType = [ServiceTypeDetail(serviceType: ServiceType(type))]
        detail.serviceRegion = region
        detail.availabilityZones = zones.map(\.name)
        detail.availabilityZoneIds = zones.map(\.id)
        detail.owner = "amazon"
        detail.baseEndpointDnsNames = [baseName]
        if let first = privateNames.first {
            detail.privateDnsName = first
            detail.privateDnsNames = privateNames.map { PrivateDnsDetails(privateDnsName: $0) }
            detail.privateDnsNameVerificationState = "verified"
        }
        detail.vpcEndpointPolicySupported = supportsPolicies
        detail.acceptanceRequired = false
        detail.managesVpcEndpoints = false
        detail.tags = []
        detail.supportedIpAddressTypes = ["ipv4"]
        return detail
    }

    /// Returns the services sorted by name, gateway types first.
    static func all(_ region: String) -> [AWSEndpointService] {
        (interfaces.map { AWSEndpointService(suffix: $0, type: "Interface", region: region) }
            + ["dynamodb", "s3"].map { AWSEndpointService(suffix: $0, type: "Gateway", region: region) })
            .sorted { ($0.suffix, $0.type) < ($1.suffix, $1.type) }
    }

    static func named(_ name: String, _ region: String) -> [AWSEndpointService] {
        let start = "com.amazonaws.\(region)."
        guard name.hasPrefix(start) else { return [] }
        let suffix = String(name.dropFirst(start.count))
        return all(region).filter { $0.suffix == suffix }
    }

    private static let hosts: [String: [String]] = [
        "ecr.dkr": ["*.dkr.ecr"], "execute-api": ["*.execute-api"], "kinesis-streams": ["kinesis"],
        "kinesis-firehose": ["firehose"], "s3": ["s3", "*.s3", "*.s3-accesspoint", "*.s3-control"],
        "codeartifact.api": ["codeartifact"], "codeartifact.repositories": ["*.d.codeartifact"],
        "eks-auth": ["eks-auth.REGION.api.aws"],
        "elasticfilesystem": ["elasticfilesystem"], "elastic-inference.runtime": ["api.elastic-inference"],
        "appstream.api": ["appstream2"], "appstream.streaming": ["streaming.appstream"], "qldb.session": ["session.qldb"],
        "iot.data": ["data-ats.iot", "*.iot"], "iotsitewise.api": ["iotsitewise"], "iotsitewise.data": ["data.iotsitewise"],
        "timestream.query": ["query.timestream"], "timestream.ingest": ["ingest.timestream"],
        "transfer.server": ["server.transfer"],
        "aps-workspaces": ["aps-workspaces"], "ecs-agent": ["ecs-a", "*.ecs-a"], "ecs-telemetry": ["ecs-t", "*.ecs-t"],
        "dynamodb": ["dynamodb"], "lambda": ["lambda"], "sagemaker.api": ["api.sagemaker"],
        "sagemaker.runtime": ["runtime.sagemaker"], "s3express": ["*.s3express"], "emr-serverless": ["emr-serverless"],
        "guardduty-data": ["guardduty-data"], "inspector2": ["inspector2"], "bedrock-runtime": ["bedrock-runtime"],
    ]
    private static let withoutPrivateNames: Set<String> = ["dynamodb", "transfer.server"]
    private static let withoutPolicies: Set<String> = [
        "appmesh-envoy-management", "appstream.api", "appstream.streaming", "airflow.ops", "datasync", "elasticmapreduce",
        "fsx", "gameliftstreams", "git-codecommit-fips", "groundstation", "iot.data", "license-manager", "mgn", "nimble",
        "robomaker", "storagegateway", "transfer.server", "workspaces",
    ]
    private static let interfaces: [String] = """
        access-analyzer account acm-pca airflow.api airflow.env airflow.ops amplify app-integrations appconfig appconfigdata \
        appflow application-autoscaling appmesh appmesh-envoy-management apprunner apprunner.requests appstream.api \
        appstream.streaming appsync-api aps aps-workspaces arc-zonal-shift athena auditmanager autoscaling \
        autoscaling-plans awsconnector b2bi backup backup-gateway batch bedrock bedrock-agent bedrock-agent-runtime \
        bedrock-runtime billingconductor braket cassandra cassandra-fips cleanrooms cleanrooms-ml cloud9 cloudcontrolapi \
        clouddirectory cloudformation cloudhsmv2 cloudtrail cloudwatch codeartifact.api codeartifact.repositories codebuild \
        codebuild-fips codecommit codecommit-fips codedeploy codedeploy-commands-secure codeguru-profiler codeguru-reviewer \
        codepipeline codestar-connections.api codewhisperer comprehend comprehendmedical config connect-campaigns console \
        controltower cur-reports databrew dataexchange datasync datazone devicefarm devops-guru dms drs ds dynamodb ebs ec2 \
        ec2messages ecr.api ecr.dkr ecs ecs-agent ecs-telemetry eks eks-auth elastic-inference.runtime elasticache \
        elasticbeanstalk elasticbeanstalk-health elasticfilesystem elasticfilesystem-fips elasticloadbalancing \
        elasticmapreduce emr-containers emr-serverless emrwal.prod entityresolution events evidently evidently-dataplane \
        execute-api finspace finspace-api fis forecast forecastquery frauddetector fsx git-codecommit git-codecommit-fips \
        glue glue.dashboard grafana grafana-workspace greengrass groundstation guardduty guardduty-data healthlake \
        identitystore imagebuilder inmobi inspector-scan inspector2 internetmonitor iot.credentials iot.data \
        iot.fleethub.api iotfleetwise iotroborunner iotsitewise.api iotsitewise.data iottwinmaker.api iottwinmaker.data \
        iotwireless.api kafka kafka-fips kendra kendra-ranking kinesis-firehose kinesis-streams kms kms-fips lakeformation \
        lambda launchwizard lex models-v2-lex license-manager license-manager-user-subscriptions logs lookoutequipment \
        lookoutmetrics lookoutvision m2 macie2 managedblockchain-query mediaconnect memory-db memorydb-fips mgn \
        migrationhub-orchestrator migrationhub-strategy monitoring neptune-graph network-firewall networkflowmonitor \
        networkmonitor nimble omics organizations panorama payment-cryptography.controlplane payment-cryptography.dataplane \
        personalize personalize-events pinpoint pinpoint-sms-voice-v2 polly private-networks profile proton q qapps \
        qbusiness qldb.session ram rds rds-data redshift redshift-data redshift-fips redshift-serverless refactor-spaces \
        rekognition rekognition-fips resource-groups rolesanywhere rum s3 s3-outposts s3express sagemaker.api \
        sagemaker.featurestore-runtime sagemaker.metrics sagemaker.runtime sagemaker.runtime-fips scheduler schemas \
        secretsmanager securityhub securitylake serverlessrepo servicecatalog servicecatalog-appregistry servicediscovery \
        ses signin simspaceweaver snow-device-management sns sqs ssm ssm-contacts ssm-incidents ssm-quicksetup ssmmessages \
        states storagegateway sts swf swf-fips sync-states synthetics tagging tax textract textract-fips \
        thinclient.api timestream.ingest timestream.query transcribe transcribestreaming transfer transfer.server translate \
        trustedadvisor verifiedpermissions voiceid vpc-lattice wafv2 wellarchitected wisdom workmail workspaces \
        workspaces-web xray
        """.split(separator: " ").map(String.init)
}

/// AWS's private hosted zones for the names of endpoints.
enum EndpointZones {
    static func regional(_ region: String) -> String {
        zones[region] ?? "Z" + IDGenerator(seed: 0, scope: "vpce \(region)").string(13, from: alphabet)
    }

    /// Returns the zone that resolves a service's usual name to the VPC's endpoint.
    static func hidden(_ endpoint: String) -> String {
        "Z0" + IDGenerator(seed: 0, scope: "private \(endpoint)").string(19, from: alphabet)
    }

    private static let alphabet = Bytes("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ".utf8)
    private static let zones = [
        "us-east-1": "Z7HUB22UULQXV", "us-east-2": "ZC8PG0KIFKBRI", "us-west-1": "Z12I86A8N7VCZO",
        "us-west-2": "Z1YSA3EXCYUU9Z", "eu-west-1": "Z38GZ743OKFT7T", "eu-west-2": "Z7K1066E3PUKB",
        "eu-west-3": "Z1DWHTMFP0WECP", "eu-central-1": "Z273ZU8SZ5RJPC", "eu-north-1": "Z3J9O2G5AMN8ZZ",
        "ap-northeast-1": "Z2E726K9Y6RL4W", "ap-northeast-2": "Z27UANNT0PRK1T", "ap-southeast-1": "Z18LLCSTV4NVNL",
        "ap-southeast-2": "ZDK2GCRPAFKGO", "ap-south-1": "Z2KVTB3ZLFM7JR", "ca-central-1": "ZRCXCF510Y6P9",
        "sa-east-1": "Z2LXUWEVLCVZIB",
    ]
}
