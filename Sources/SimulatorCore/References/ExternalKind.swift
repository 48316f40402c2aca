import AWSCore

/// A kind of resource in a service that is not simulated, to which simulated resources refer.
///
/// `Context.external` checks such a reference: its form, partition, region and account, and, where
/// ``Configuration/existing`` lists the kind, whether the resource exists.
public struct ExternalKind: Sendable {
    /// The kind's member in a file of existing resources: `kms-keys`.
    public let name: String
    /// The service in the resource's ARN.
    let service: String
    /// Whether the ARN has a region and an account. ARNs of S3 buckets do not.
    let isRegional: Bool
    /// Whether the last part of an ARN is of this kind: `key/1234abcd-…`.
    let isResource: @Sendable (Substring) -> Bool
    /// Returns the last part of the ARN for a short form, such as a bucket's name; nil if the text is not a short form.
    let expanded: @Sendable (String) -> String?
    /// Returns the part of the ARN's last part that identifies the resource, such as a bucket without the path in it.
    let identity: @Sendable (Substring) -> Substring

    private init(
        _ name: String, service: String, isRegional: Bool = true, isResource: @escaping @Sendable (Substring) -> Bool,
        expanded: @escaping @Sendable (String) -> String? = { _ in nil },
        identity: @escaping @Sendable (Substring) -> Substring = { $0 }
    ) {
        self.name = name
        self.service = service
        self.isRegional = isRegional
        self.isResource = isResource
        self.expanded = expanded
        self.identity = identity
    }

    /// KMS keys, by id or ARN. ``Context/kmsKey(_:malformed:absent:)`` accepts aliases too.
    public static let kmsKey = ExternalKind(
        "kms-keys", service: "kms", isResource: { $0.hasPrefix("key/") && isKeyId($0.dropFirst(4)) },
        expanded: { isKeyId($0[...]) ? "key/\($0)" : nil })
    static let kmsAlias = ExternalKind(
        "kms-aliases", service: "kms", isResource: { isAlias($0) }, expanded: { isAlias($0[...]) ? $0 : nil })
    /// S3 buckets, by name or ARN; the ARN may continue with a path.
    public static let s3Bucket = ExternalKind(
        "s3-buckets", service: "s3", isRegional: false, isResource: { isBucketName($0.prefix { $0 != "/" }) },
        expanded: { isBucketName($0[...]) ? $0 : nil }, identity: { $0.prefix { $0 != "/" } })
    /// CloudWatch log groups, by name or ARN; the ARN may end with `:*`.
    public static let logGroup = ExternalKind(
        "log-groups", service: "logs", isResource: { $0.hasPrefix("log-group:") && isLogGroupName(logGroupName($0)) },
        expanded: { isLogGroupName($0[...]) ? "log-group:\($0)" : nil }, identity: { "log-group:\(logGroupName($0))" })
    /// Firehose delivery streams, by ARN.
    public static let deliveryStream = ExternalKind(
        "delivery-streams", service: "firehose", isResource: { $0.hasPrefix("deliverystream/") && $0.utf8.count > 15 })
    /// SNS topics, by ARN.
    public static let snsTopic = ExternalKind(
        "sns-topics", service: "sns", isResource: { !$0.isEmpty && $0.allSatisfy { isWordCharacter($0) || $0 == "." } })
    /// Load balancers of all types, by ARN.
    public static let loadBalancer = ExternalKind(
        "load-balancers", service: "elasticloadbalancing", isResource: { $0.hasPrefix("loadbalancer/") && $0.utf8.count > 13 })
    /// Certificates of the Certificate Manager, by ARN.
    public static let certificate = ExternalKind(
        "certificates", service: "acm", isResource: { $0.hasPrefix("certificate/") && $0.utf8.count > 12 })
    /// Lambda functions, by ARN.
    public static let lambdaFunction = ExternalKind(
        "lambda-functions", service: "lambda", isResource: { $0.hasPrefix("function:") && $0.utf8.count > 9 })
    /// Directories of the Directory Service, by id or ARN.
    public static let directory = ExternalKind(
        "directories", service: "ds", isResource: { $0.hasPrefix("directory/") && isDirectoryId($0.dropFirst(10)) },
        expanded: { isDirectoryId($0[...]) ? "directory/\($0)" : nil })

    static let all = [
        kmsKey, kmsAlias, s3Bucket, logGroup, deliveryStream, snsTopic, loadBalancer, certificate, lambdaFunction, directory,
    ]
}

// MARK: Forms

extension ExternalKind {
    /// `1234abcd-12ab-34cd-56ef-1234567890ab`, or `mrk-` and 32 hex digits for a multi-Region key.
    private static func isKeyId(_ text: Substring) -> Bool {
        if text.hasPrefix("mrk-") { return text.utf8.count == 36 && text.dropFirst(4).allSatisfy(\.isHexDigit) }
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        return parts.map(\.utf8.count) == [8, 4, 4, 4, 12] && parts.allSatisfy { $0.allSatisfy(\.isHexDigit) }
    }

    /// `d-` and ten hex digits.
    private static func isDirectoryId(_ text: Substring) -> Bool {
        text.hasPrefix("d-") && text.utf8.count == 12 && text.dropFirst(2).allSatisfy(\.isHexDigit)
    }

    private static func isAlias(_ text: Substring) -> Bool {
        text.hasPrefix("alias/") && (7...256).contains(text.utf8.count)
            && text.allSatisfy { isWordCharacter($0) || $0 == "/" || $0 == ":" }
    }

    /// https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
    private static func isBucketName(_ text: Substring) -> Bool {
        (3...63).contains(text.utf8.count)
            && text.utf8.allSatisfy { (97...122).contains($0) || (48...57).contains($0) || $0 == 45 || $0 == 46 }
            && text.first.map { $0 != "-" && $0 != "." } ?? false && text.last.map { $0 != "-" && $0 != "." } ?? false
            && !text.contains("..")
    }

    private static func logGroupName(_ resource: Substring) -> Substring {
        let name = resource.dropFirst("log-group:".count)
        return name.hasSuffix(":*") ? name.dropLast(2) : name
    }

    private static func isLogGroupName(_ text: Substring) -> Bool {
        (1...512).contains(text.utf8.count)
            && text.allSatisfy { isWordCharacter($0) || $0 == "/" || $0 == "." || $0 == "#" }
    }

    private static func isWordCharacter(_ character: Character) -> Bool {
        character.isASCII && (character.isLetter || character.isNumber || character == "_" || character == "-")
    }
}
