/// An AWS region and its Availability Zones.
struct AWSRegion: Sendable {
    let name: String
    /// The console's name: `US East (N. Virginia)`.
    let longName: String
    /// Whether an account must opt in to use it. New accounts have not opted in.
    let isOptIn: Bool
    /// Its location in ISO 3166-2: `US-VA`.
    let geolocation: String
    let zones: [Zone]

    struct Zone: Sendable {
        let name: String
        let id: String
    }

    var endpoint: String { "ec2.\(name).amazonaws.com" + (name.hasPrefix("cn-") ? ".cn" : "") }
    var optInStatus: String { isOptIn ? "not-opted-in" : "opt-in-not-required" }
    var partition: String { name.hasPrefix("cn-") ? "aws-cn" : name.hasPrefix("us-gov-") ? "aws-us-gov" : "aws" }
    /// The zones' group: `us-east-1-zg-1` since 2024.
    var zoneGroup: String { "\(name)-zg-1" }
    var zoneGroupLongName: String { "\(longName) 1" }

    static func named(_ name: String) -> AWSRegion? { byName[name] }
    /// Returns the regions of a partition, sorted by name.
    static func all(partition: String) -> [AWSRegion] { all.filter { $0.partition == partition } }

    static let all: [AWSRegion] = table.split(separator: "\n").compactMap { line in
        let fields = line.split(separator: "|", omittingEmptySubsequences: false)
        guard fields.count == 6 else { return nil }
        let zones = fields[3].split(separator: " ").map { zone in
            let letter = zone.prefix(1), number = zone.dropFirst()
            return Zone(name: "\(fields[0])\(letter)", id: "\(fields[2])-az\(number)")
        }
        return AWSRegion(
            name: String(fields[0]), longName: String(fields[4]), isOptIn: fields[1] == "o",
            geolocation: String(fields[5]), zones: zones)
    }
    private static let byName = Dictionary(uniqueKeysWithValues: all.map { ($0.name, $0) })

    /// name | o for opt-in | prefix of zone ids | zone letter and number | long name | ISO 3166-2. AWS maps zone letters to zone
    /// ids per account; these are one real account's.
    private static let table = """
        af-south-1|o|afs1|a1 b2 c3|Africa (Cape Town)|ZA-WC
        ap-east-1|o|ape1|a1 b2 c3|Asia Pacific (Hong Kong)|CN-HK
        ap-east-2|o|ape2|a1 b2 c3|Asia Pacific (Taipei)|TW-TPE
        ap-northeast-1|n|apne1|a4 c1 d2|Asia Pacific (Tokyo)|JP-13
        ap-northeast-2|n|apne2|a1 b2 c3 d4|Asia Pacific (Seoul)|KR-28
        ap-northeast-3|n|apne3|a3 b1 c2|Asia Pacific (Osaka)|JP-27
        ap-south-1|n|aps1|a1 b3 c2|Asia Pacific (Mumbai)|IN-MH
        ap-south-2|o|aps2|a1 b2 c3|Asia Pacific (Hyderabad)|IN-TG
        ap-southeast-1|n|apse1|a1 b2 c3|Asia Pacific (Singapore)|SG-01
        ap-southeast-2|n|apse2|a1 b3 c2|Asia Pacific (Sydney)|AU-NSW
        ap-southeast-3|o|apse3|a1 b2 c3|Asia Pacific (Jakarta)|ID-JK
        ap-southeast-4|o|apse4|a1 b2 c3|Asia Pacific (Melbourne)|AU-VIC
        ap-southeast-5|o|apse5|a1 b2 c3|Asia Pacific (Malaysia)|MY-14
        ap-southeast-6|o|apse6|a1 b2 c3|Asia Pacific (New Zealand)|NZ-AUK
        ap-southeast-7|o|apse7|a1 b2 c3|Asia Pacific (Thailand)|TH-10
        ca-central-1|n|cac1|a1 b2 d4|Canada (Central)|CA-QC
        ca-west-1|o|caw1|a1 b2 c3|Canada West (Calgary)|CA-AB
        cn-north-1|n|cnn1|a1 b2 d4|China (Beijing)|CN-BJ
        cn-northwest-1|n|cnnw1|a1 b2 c3|China (Ningxia)|CN-NX
        eu-central-1|n|euc1|a2 b3 c1|Europe (Frankfurt)|DE-HE
        eu-central-2|o|euc2|a1 b2 c3|Europe (Zurich)|CH-ZH
        eu-north-1|n|eun1|a1 b2 c3|Europe (Stockholm)|SE-AB
        eu-south-1|o|eus1|a1 b2 c3|Europe (Milan)|IT-MI
        eu-south-2|o|eus2|a1 b2 c3|Europe (Spain)|ES-AR
        eu-west-1|n|euw1|a3 b1 c2|Europe (Ireland)|IE-D
        eu-west-2|n|euw2|a2 b3 c1|Europe (London)|GB-LND
        eu-west-3|n|euw3|a1 b2 c3|Europe (Paris)|FR-75C
        il-central-1|o|ilc1|a1 b2 c3|Israel (Tel Aviv)|IL-TA
        me-central-1|o|mec1|a1 b2 c3|Middle East (UAE)|AE-DU
        me-south-1|o|mes1|a1 b2 c3|Middle East (Bahrain)|BH-14
        mx-central-1|o|mxc1|a1 b2 c3|Mexico (Central)|MX-QUE
        sa-east-1|n|sae1|a1 b2 c3|South America (Sao Paulo)|BR-SP
        us-east-1|n|use1|a6 b1 c2 d4 e3 f5|US East (N. Virginia)|US-VA
        us-east-2|n|use2|a1 b2 c3|US East (Ohio)|US-OH
        us-gov-east-1|n|usge1|a1 b2 c3|AWS GovCloud (US-East)|US-OH
        us-gov-west-1|n|usgw1|a1 b2 c3|AWS GovCloud (US-West)|US-OR
        us-west-1|n|usw1|a3 b1|US West (N. California)|US-CA
        us-west-2|n|usw2|a2 b1 c3 d4|US West (Oregon)|US-OR
        """
}
