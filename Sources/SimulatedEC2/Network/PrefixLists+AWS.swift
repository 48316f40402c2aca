import AWSCore
import EC2API
import SimulatorCore

// https://docs.aws.amazon.com/vpc/latest/userguide/working-with-aws-managed-prefix-lists.html

/// A prefix list that AWS manages: the addresses of one service. Every account can read it, none can change it.
struct AWSPrefixList: Sendable {
    let id, name: String
    let family: String
    let blocks: [String]
    /// The number of rules or routes that a reference counts as.
    let weight: Int

    func shape(_ context: Context) -> ManagedPrefixList {
        var shape = ManagedPrefixList()
        shape.prefixListId = id
        shape.prefixListName = name
        shape.addressFamily = family
        shape.state = "create-complete"
        shape.prefixListArn = "arn:\(context.partition):ec2:\(context.region):aws:prefix-list/\(id)"
        shape.ownerId = "AWS"
        shape.tags = []
        return shape
    }

    static func find(_ id: String, _ region: String) -> AWSPrefixList? { all(region).first { $0.id == id } }

    /// Returns the list of a service with a gateway endpoint: `s3`, `dynamodb`.
    static func of(service: String, _ region: String) -> AWSPrefixList? {
        all(region).first { $0.name == "com.amazonaws.\(region).\(service)" }
    }

    static func all(_ region: String) -> [AWSPrefixList] {
        let known = ids[region]
        let s3 = blocks[region]?.s3 ?? ["52.219.0.0/16", "3.5.128.0/17"]
        let dynamodb = blocks[region]?.dynamodb ?? ["52.94.8.0/21", "52.119.240.0/21"]
        return [
            list("com.amazonaws.\(region).s3", known?.s3, s3, 1, region),
            list("com.amazonaws.\(region).dynamodb", known?.dynamodb, dynamodb, 1, region),
            list("com.amazonaws.global.cloudfront.origin-facing", known?.cloudfront, cloudfront, 55, region),
            list("com.amazonaws.global.groundstation", nil, ["3.2.16.0/20"], 5, region),
            list("com.amazonaws.\(region).vpc-lattice", nil, ["169.254.171.0/24"], 10, region),
            list("com.amazonaws.\(region).ipv6.vpc-lattice", nil, ["fd00:ec2:80::/64"], 10, region),
        ]
    }

    private static func list(
        _ name: String, _ id: String?, _ blocks: [String], _ weight: Int, _ region: String
    ) -> AWSPrefixList {
        // An unknown id is generated, the same for every account.
        AWSPrefixList(
            id: "pl-" + (id ?? IDGenerator(seed: 0, scope: "\(region) \(name)").hex(8)), name: name,
            family: name.contains(".ipv6.") ? "IPv6" : "IPv4", blocks: blocks, weight: weight)
    }

    private static let cloudfront = [
        "120.52.22.96/27", "205.251.249.0/24", "180.163.57.128/26", "204.246.168.0/22", "111.13.171.128/26", "18.160.0.0/15",
        "205.251.252.0/23", "54.192.0.0/16", "204.246.173.0/24", "54.230.200.0/21", "120.253.240.192/26", "116.129.226.128/26",
        "130.176.0.0/17", "108.156.0.0/14", "99.86.0.0/16", "13.32.0.0/15", "13.224.0.0/14", "70.132.0.0/18", "15.158.0.0/16",
        "13.249.0.0/16", "18.238.0.0/15", "18.244.0.0/15", "205.251.208.0/20", "3.165.0.0/16", "3.168.0.0/14",
        "64.252.128.0/18",
        "99.84.0.0/16", "52.124.128.0/17", "204.246.164.0/22", "13.35.0.0/16", "204.246.174.0/23", "3.164.0.0/18",
        "3.172.0.0/18", "64.252.64.0/18", "54.239.208.0/21", "205.251.218.0/24",
    ]

    private struct Ids: Sendable {
        let s3, dynamodb, cloudfront: String
        init(_ s3: String, _ dynamodb: String, _ cloudfront: String) {
            self.s3 = s3
            self.dynamodb = dynamodb
            self.cloudfront = cloudfront
        }
    }

    /// Ids in the most used regions, as accounts see them.
    private static let ids: [String: Ids] = [
        "us-east-1": Ids("63a5400a", "02cd2c6b", "3b927c52"), "us-east-2": Ids("7ba54012", "4ca54025", "b6a144df"),
        "us-west-1": Ids("6ba54002", "6ea54007", "4ea04527"), "us-west-2": Ids("68a54001", "00a54069", "82a045eb"),
        "ca-central-1": Ids("7da54014", "4ea54027", "38a64351"), "sa-east-1": Ids("6aa54003", "5fa54036", "5da64334"),
        "eu-west-1": Ids("6da54004", "6fa54006", "4fa04526"), "eu-west-2": Ids("7ca54015", "b3a742da", "93a247fa"),
        "eu-west-3": Ids("23ad484a", "abb451c2", "75b1541c"), "eu-central-1": Ids("6ea54007", "66a5400f", "a3a144ca"),
        "eu-north-1": Ids("c3aa4faa", "adae4bc4", "fab65393"), "ap-south-1": Ids("78a54011", "66a7420f", "9aa247f3"),
        "ap-northeast-1": Ids("61a54008", "78a54011", "58a04531"), "ap-northeast-2": Ids("78a54011", "48a54021", "22a6434b"),
        "ap-northeast-3": Ids("a4a540cd", "90a444f9", "31a14458"), "ap-southeast-1": Ids("6fa54006", "67a5400e", "31a34658"),
        "ap-southeast-2": Ids("6ca54005", "62a5400b", "b8a742d1"),
    ]

    /// Part of the address ranges that AWS publishes.
    private static let blocks: [String: (s3: [String], dynamodb: [String])] = [
        "us-east-1": (
            ["54.231.0.0/16", "52.216.0.0/15", "3.5.0.0/19", "16.182.0.0/16", "18.34.0.0/19", "18.34.232.0/21"],
            ["52.94.0.0/22", "52.119.224.0/20", "3.218.180.0/22"]
        ),
        "us-east-2": (["52.219.80.0/20", "52.219.96.0/20", "3.5.128.0/21"], ["52.94.4.0/24", "52.119.226.0/23"]),
        "us-west-2": (
            ["52.92.128.0/17", "52.218.128.0/17", "3.5.76.0/22", "18.34.48.0/20"], ["52.94.10.0/24", "52.94.12.0/24"]
        ),
        "eu-west-1": (["52.218.0.0/17", "52.92.0.0/17", "3.5.64.0/21", "18.34.240.0/22"], ["52.94.5.0/24", "52.94.24.0/23"]),
        "eu-central-1": (["52.219.140.0/24", "52.219.168.0/21", "3.5.136.0/22", "52.219.44.0/22"], ["52.94.17.0/24"]),
    ]
}
