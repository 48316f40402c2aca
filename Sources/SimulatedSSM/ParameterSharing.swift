import AWSCore
import Crypto
import GRDB
import SSMAPI
import SimulatorCore

// https://docs.aws.amazon.com/systems-manager/latest/userguide/parameter-store-shared-parameters.html

/// A parameter's resource policy, which shares it with other accounts.
struct ParameterSharing {
    static let migration = Migration(
        "ssm.sharing",
        """
        CREATE TABLE ssm_resource_policy (
            arn TEXT PRIMARY KEY, id TEXT NOT NULL, hash TEXT NOT NULL, policy TEXT NOT NULL
        ) WITHOUT ROWID
        """)
    static let largest = 1024

    let id, hash, policy: String

    static func find(_ arn: String, _ context: Context) throws -> ParameterSharing? {
        let statement = try context.db.cachedStatement(sql: "SELECT id, hash, policy FROM ssm_resource_policy WHERE arn = ?")
        return try StoredRow.first(statement, [arn]) { try ParameterSharing(id: $0[0], hash: $0[1], policy: $0[2]) }
    }

    static func deleteAll(_ arn: String, _ context: Context) throws {
        try context.db.cachedStatement(sql: "DELETE FROM ssm_resource_policy WHERE arn = ?").execute(arguments: [arn])
    }
}

extension SSMSimulation {
    public func putResourcePolicy(
        _ input: PutResourcePolicyRequest, _ context: Context
    ) throws -> PutResourcePolicyResponse {
        let record = try shareable(input.resourceArn, "PutResourcePolicy", context), arn = record.arn(context)
        guard record.tier == "Advanced" else {
            throw Self.invalid("ResourceArn", "To share a parameter, it must be in the advanced parameter tier.")
        }
        if record.isSecret, try EncryptionKey.check(record.keyId ?? "", context) == context.managedKey("ssm") {
            throw Self.invalid(
                "ResourceArn",
                "To share a SecureString parameter, it must be encrypted with a customer managed key. AWS managed keys cannot be "
                    + "shared.")
        }
        guard input.policy.utf8.count <= ParameterSharing.largest else {
            throw AWSError(
                "ResourcePolicyLimitExceededException",
                "A policy can't be greater than \(ParameterSharing.largest) bytes in size.",
                details: [.init("Limit", ParameterSharing.largest), .init("LimitType", "Size")])
        }
        do { _ = try PolicyDocument(parsing: input.policy, as: .resource) } catch {
            throw AWSError(
                "MalformedResourcePolicyDocumentException", "The specified policy document is malformed or invalid.",
                explanation: "\(error)")
        }
        let there = try ParameterSharing.find(arn, context)
        if input.policyId != nil || input.policyHash != nil {
            try Self.check(there, input.policyId, input.policyHash)
        } else if there != nil {
            throw AWSError(
                "ResourcePolicyLimitExceededException", "Only one policy can be attached to a parameter.",
                details: [.init("Limit", 1), .init("LimitType", "Count")])
        }
        let id = there?.id ?? context.ids.uuid()
        let hash = SHA256.hash(data: Bytes((id + input.policy).utf8)).map { byte in
            (byte < 16 ? "0" : "") + String(byte, radix: 16)
        }.joined()
        try context.db.cachedStatement(sql: "INSERT OR REPLACE INTO ssm_resource_policy VALUES (?, ?, ?, ?)")
            .execute(arguments: [arn, id, hash, input.policy])
        return PutResourcePolicyResponse(policyId: id, policyHash: hash)
    }

    public func getResourcePolicies(
        _ input: GetResourcePoliciesRequest, _ context: Context
    ) throws -> GetResourcePoliciesResponse {
        let arn = try shareable(input.resourceArn, "GetResourcePolicies", context).arn(context)
        let policies = try ParameterSharing.find(arn, context).map { [$0] } ?? []
        let page = try page(policies, input.maxResults ?? 50, input.nextToken, context) { .name($0.id) }
        return GetResourcePoliciesResponse(
            nextToken: page.nextToken,
            policies: page.items.map { .init(policyId: $0.id, policyHash: $0.hash, policy: $0.policy) })
    }

    public func deleteResourcePolicy(
        _ input: DeleteResourcePolicyRequest, _ context: Context
    ) throws -> DeleteResourcePolicyResponse {
        let arn = try shareable(input.resourceArn, "DeleteResourcePolicy", context).arn(context)
        try Self.check(ParameterSharing.find(arn, context), input.policyId, input.policyHash)
        try ParameterSharing.deleteAll(arn, context)
        return DeleteResourcePolicyResponse()
    }

    /// - Throws: `ResourceNotFoundException` if the parameter is missing; not simulated for other resources.
    private func shareable(_ arn: String, _ operation: String, _ context: Context) throws -> ParameterRecord {
        let parts = arn.split(separator: ":", maxSplits: 5, omittingEmptySubsequences: false)
        guard parts.count == 6, parts[2] == "ssm" else {
            throw Self.invalid("ResourceArn", "The resource ARN is not valid.")
        }
        guard parts[5].hasPrefix("parameter/") else {
            throw AWSError.notSimulated("ssm", "\(operation) of anything but parameters")
        }
        guard parts[4] == context.account, parts[3] == context.region, let reference = try? ParameterReference(arn),
            let record = try ParameterRecord.find(reference.key, context)
        else {
            throw AWSError("ResourceNotFoundException", "The specified parameter to be shared could not be found.")
        }
        return record
    }

    private static func check(_ there: ParameterSharing?, _ id: String?, _ hash: String?) throws {
        guard let there, there.id == id else {
            throw AWSError(
                "ResourcePolicyNotFoundException", "No policies with the specified policy ID and hash could be found.")
        }
        guard there.hash == hash else {
            throw AWSError(
                "ResourcePolicyConflictException", "The hash provided in the call doesn't match the stored hash.")
        }
    }

    private static func invalid(_ member: String, _ message: String) -> AWSError {
        AWSError("ResourcePolicyInvalidParameterException", message, explanation: "The parameter is \(member).")
    }
}
