public import AWSCore

extension Context {
    /// Checks and accepts a reference to a resource of a service that is not simulated.
    ///
    /// The reference must have the kind's form and the request's partition and region. If ``Configuration/existing`` lists the
    /// kind, the resource must be listed. Otherwise the reference is accepted, and the journal's entry lists it under
    /// `_drydock.unchecked`.
    /// - Parameters:
    ///   - text: an ARN, or the kind's short form.
    ///   - malformed: AWS's error for a text that cannot refer to such a resource from here.
    ///   - absent: AWS's error for a resource that does not exist.
    /// - Returns: the resource's ARN.
    public func external(
        _ kind: ExternalKind, _ text: String, malformed: @autoclosure () -> AWSError, absent: @autoclosure () -> AWSError
    ) throws -> String {
        guard let arn = externalARN(kind, text) else { throw malformed() }
        switch configuration.existing.contains(identity(of: arn, kind), kind) {
        case true?: break
        case false?: throw absent()
        case nil: noteUnchecked(arn)
        }
        return arn
    }

    /// Returns the KMS key that an id, an ARN or an alias refers to. Aliases of AWS's own keys (`alias/aws/ebs`) always exist.
    /// - Returns: the key's ARN. An unlisted alias gets a generated key, always the same one.
    public func kmsKey(
        _ text: String, malformed: @autoclosure () -> AWSError, absent: @autoclosure () -> AWSError
    ) throws -> String {
        guard let alias = externalARN(.kmsAlias, text) else {
            if text == managedKey(of: text) { return text }
            return try external(.kmsKey, text, malformed: malformed(), absent: absent())
        }
        let name = alias.split(separator: ":", maxSplits: 5).last ?? ""
        if name.hasPrefix("alias/aws/") { return managedKey(String(name.dropFirst("alias/aws/".count))) }
        if let aliases = configuration.existing.aliases {
            guard let key = aliases[alias] else { throw absent() }
            return key
        }
        noteUnchecked(alias)
        let id = IDGenerator(seed: configuration.seed, scope: alias).uuid()
        return alias.split(separator: ":").prefix(5).joined(separator: ":") + ":key/\(id)"
    }

    /// Whether a key, by its ARN or an alias's ARN, is known not to exist. Unlisted kinds are unknown.
    public func isAbsentKey(_ arn: String) -> Bool {
        if arn == managedKey(of: arn) { return false }
        if externalARN(.kmsAlias, arn) != nil { return configuration.existing.aliases.map { $0[arn] == nil } ?? false }
        return configuration.existing.contains(arn, .kmsKey) == false
    }

    /// Returns the ARN of the key that AWS manages for a service in the account and region, such as the key of `alias/aws/ebs`.
    public func managedKey(_ service: String) -> String {
        let id = IDGenerator(seed: configuration.seed, scope: "\(account)/\(region)/alias/aws/\(service)").uuid()
        return arn("kms", "key/\(id)")
    }

    private func managedKey(of text: String) -> String? {
        ["ebs", "ecr", "ssm"].map { managedKey($0) }.first { $0 == text }
    }

    /// Returns the ARN that a text refers to; nil if it lacks the kind's form, or has another partition or region.
    private func externalARN(_ kind: ExternalKind, _ text: String) -> String? {
        guard text.hasPrefix("arn:") else {
            guard let resource = kind.expanded(text) else { return nil }
            return kind.isRegional ? arn(kind.service, resource) : "arn:\(partition):\(kind.service):::\(resource)"
        }
        let parts = text.split(separator: ":", maxSplits: 5, omittingEmptySubsequences: false)
        guard parts.count == 6, parts[1] == partition, parts[2] == kind.service, kind.isResource(parts[5]) else { return nil }
        guard kind.isRegional else { return parts[3].isEmpty && parts[4].isEmpty ? text : nil }
        let isAccount = parts[4].isAccountId
        return parts[3] == region && isAccount ? text : nil
    }

    private func identity(of arn: String, _ kind: ExternalKind) -> String {
        let parts = arn.split(separator: ":", maxSplits: 5, omittingEmptySubsequences: false)
        return parts.prefix(5).joined(separator: ":") + ":" + kind.identity(parts[5])
    }
}
