import AWSCore
import GRDB
import SSMAPI
import SimulatorCore

extension SSMSimulation {
    /// How many versions of a parameter are kept.
    static let versionLimit = 100

    public func putParameter(_ input: PutParameterRequest, _ context: Context) throws -> PutParameterResult {
        let name = input.name.trimmingSpaces
        try ParameterName.check(name, context)
        let overwrites = input.overwrite ?? false
        guard !overwrites || input.tags?.isEmpty != false else { throw AWSError.tagsWhileOverwriting }
        guard !input.value.isEmpty else { throw AWSError.emptyValue }
        guard input.value.firstRange(of: "{{") == nil else { throw AWSError.nested(input.value) }
        let versions = try ParameterRecord.versions(ParameterName.key(name), context)
        if !versions.isEmpty, !overwrites { throw AWSError.parameterExists }
        var record = try ParameterRecord(input, name: name, after: versions.last, context)
        try checkImage(input.value, record, context)
        try record.chooseTier(asked: input.tier?.rawValue, size: input.value.utf8.count, before: versions.last, context)
        if record.isSecret {
            try EncryptionKey.authorize("kms:Encrypt", record.keyId ?? "", of: record.arn(context), self, context)
            record.value = try SealedValue(context).seal(input.value, of: record.arn(context), key: record.keyId ?? "")
        }
        // AWS checks the image only after it has responded, so the request succeeds although nothing is created.
        if record.namesImage, try context.query((any ImageDirectory).self, { try $0.hasImage(input.value, $1) }) == false {
            return PutParameterResult(version: record.version, tier: ParameterTier(record.tier))
        }
        try deleteOldestVersion(for: record, versions, context)
        try record.insert(context)
        if let tags = input.tags { try setTags(tags, on: record.arn(context), context) }
        try record.schedule(context)
        return PutParameterResult(version: record.version, tier: ParameterTier(record.tier))
    }

    /// Requires `ec2:DescribeImages` for a parameter that names an image.
    /// https://docs.aws.amazon.com/systems-manager/latest/userguide/parameter-store-ec2-aliases.html
    private func checkImage(_ value: String, _ record: ParameterRecord, _ context: Context) throws {
        guard record.namesImage else { return }
        try context.authorize(AuthorizationTarget(action: "ec2:DescribeImages"), self)
    }

    /// Deletes the oldest version if the limit is reached.
    /// - Throws: `ParameterMaxVersionLimitExceeded` if the oldest version has a label.
    private func deleteOldestVersion(for record: ParameterRecord, _ versions: [ParameterRecord], _ context: Context) throws {
        guard versions.count >= Self.versionLimit, let oldest = versions.first else { return }
        guard try ParameterLabel.all(record.key, context).allSatisfy({ $0.version != oldest.version }) else {
            throw AWSError.versionsFull(record.name, oldest: oldest.version)
        }
        try ParameterRecord.deleteVersion(oldest.version, of: record.key, context)
    }
}

extension ParameterRecord {
    /// Creates a new version. Members that the request omits have the last version's values. The value is not yet encrypted.
    fileprivate init(
        _ input: PutParameterRequest, name: String, after last: ParameterRecord?, _ context: Context
    ) throws {
        guard let type = input.type?.rawValue ?? last?.type else { throw AWSError.typeNeeded }
        if let last, last.type != type, name.dropFirst().contains("/") { throw AWSError.typeChanged }
        key = ParameterName.key(name)
        self.name = last?.name ?? name
        version = (last?.version ?? 0) + 1
        self.type = type
        value = input.value
        description = input.description ?? last?.description
        let wanted = input.allowedPattern ?? last?.pattern
        pattern = wanted?.isEmpty == false ? wanted : nil
        tier = last?.tier ?? "Standard"
        dataType = input.dataType.flatMap { $0.isEmpty ? nil : $0 } ?? last?.dataType ?? "text"
        policies = try input.policies.map { try ParameterPolicy.parse($0, context) } ?? last?.policies ?? []
        modifiedAt = context.now
        modifiedBy = context.caller.arn
        if type == "SecureString" {
            let key = input.keyId ?? (last?.isSecret == true ? last?.keyId : nil) ?? EncryptionKey.usual
            try EncryptionKey.check(key, context)
            keyId = key
        } else if input.keyId != nil {
            throw AWSError.keyWithoutSecret
        }
        if let pattern { try Self.check(input.value, pattern) }
        try ParameterDataType.check(input.value, dataType, type: type, context)
    }

    var namesImage: Bool { dataType == ParameterDataType.image }

    private static func check(_ value: String, _ pattern: String) throws {
        guard let expression = AllowedPattern(pattern) else { throw AWSError.invalidPattern(pattern) }
        guard expression.matches(value) else { throw AWSError.patternMismatch(pattern) }
    }
}
