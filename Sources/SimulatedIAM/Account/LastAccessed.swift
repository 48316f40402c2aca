import AWSCore
import IAMAPI
import SimulatorCore

/// When principals last used a service, according to the journal.
enum LastAccessed {
    static let kind = IAMDocumentKind<GetServiceLastAccessedDetailsResponse>("last-accessed")
    static let duration = Duration.seconds(5)

    struct Use {
        let service, operation, region, arn: String
        let at: Instant
    }

    /// AWS's display names of services.
    static let names = [
        "ec2": "Amazon EC2", "ecr": "Amazon Elastic Container Registry", "iam": "AWS Identity and Access Management",
        "sts": "AWS Security Token Service", "ssm": "AWS Systems Manager", "s3": "Amazon S3", "logs": "Amazon CloudWatch Logs",
        "ec2-instance-connect": "Amazon EC2 Instance Connect",
    ]

    static func uses(of arns: Set<String>, _ context: Context) -> [Use] {
        context.simulator.journal.entries.compactMap { entry in
            guard let caller = entry.caller, !entry.service.isEmpty else { return nil }
            let arn = caller.roleArn ?? caller.arn
            guard arns.contains(arn) else { return nil }
            return Use(
                service: entry.service, operation: entry.operation, region: entry.region, arn: arn, at: entry.time)
        }
    }

    /// Returns the principals that an ARN stands for, and their policy documents.
    static func subject(_ arn: String, _ context: Context) throws -> (arns: Set<String>, documents: [String]) {
        guard arn.contains(":policy/") else {
            let source = try PolicySource(arn, context)
            let documents = try source.policies(context).map(\.document)
            guard arn.contains(":group/") else { return ([arn], documents) }
            let name = arn.split(separator: "/").last.map(String.init) ?? ""
            let users = try GroupRecord.named(name, context).users(context).map(\.arn)
            return (Set(users), documents)
        }
        guard let policy = try ManagedPolicy.find(arn, context), let document = try policy.currentDocument(context) else {
            throw AWSError.noSuchEntity("ARN \(arn) is not found.")
        }
        let sql = """
            SELECT arn FROM iam_user WHERE id IN (SELECT owner_id FROM iam_attachment WHERE policy_arn = ?1 AND account = ?2)
                OR id IN (SELECT user_id FROM iam_membership WHERE group_id IN
                    (SELECT owner_id FROM iam_attachment WHERE policy_arn = ?1 AND account = ?2))
            UNION SELECT arn FROM iam_role WHERE id IN
                (SELECT owner_id FROM iam_attachment WHERE policy_arn = ?1 AND account = ?2)
            """
        return (Set(try context.rows(sql, [arn, context.account]).map { $0[0] }), [document])
    }

    /// Returns the services that the documents allow at least one action of. Considers the services that the
    /// documents name and the simulated ones.
    static func services(_ documents: [String], _ context: Context) throws -> [String] {
        let parsed = try documents.map { try PolicyDocument.checked($0, as: .identity) }
        let known = Set(parsed.flatMap(\.namedServices) + context.simulator.services.map(\.model.id))
        return known.filter { service in parsed.contains { $0.allows(service: service) } }.sorted()
    }
}

extension IAMSimulation {
    public func generateServiceLastAccessedDetails(
        _ input: GenerateServiceLastAccessedDetailsRequest, _ context: Context
    ) throws -> GenerateServiceLastAccessedDetailsResponse {
        let subject = try LastAccessed.subject(input.arn, context)
        let uses = LastAccessed.uses(of: subject.arns, context)
        let isByAction = input.granularity == .actionLevel
        let services = try LastAccessed.services(subject.documents, context).map { service in
            let own = uses.filter { $0.service == service }
            let last = own.max { $0.at < $1.at }
            var shape = ServiceLastAccessed(
                serviceName: LastAccessed.names[service] ?? service, lastAuthenticated: last?.at, serviceNamespace: service,
                lastAuthenticatedEntity: last?.arn, lastAuthenticatedRegion: last?.region,
                totalAuthenticatedEntities: Set(own.map(\.arn)).count)
            if isByAction, !own.isEmpty {
                shape.trackedActionsLastAccessed = Set(own.map(\.operation)).sorted().map { name in
                    let use = own.filter { $0.operation == name }.max { $0.at < $1.at }
                    return TrackedActionLastAccessed(
                        actionName: name, lastAccessedEntity: use?.arn, lastAccessedTime: use?.at,
                        lastAccessedRegion: use?.region)
                }
            }
            return shape
        }
        let id = context.ids.uuid()
        let used = Node.list(uses.map { .list([.string($0.service), .string($0.arn), .integer($0.at.milliseconds)]) })
        try LastAccessed.kind.insert(
            GetServiceLastAccessedDetailsResponse(
                jobStatus: .completed, jobType: isByAction ? .actionLevel : .serviceLevel, jobCreationDate: context.now,
                servicesLastAccessed: services), id: id, owner: input.arn, secret: used, context)
        return GenerateServiceLastAccessedDetailsResponse(jobId: id)
    }

    private func job(
        _ id: String, _ context: Context
    ) throws -> (found: IAMDocumentKind<GetServiceLastAccessedDetailsResponse>.Document, end: Instant) {
        guard let found = try LastAccessed.kind.find(id, context) else {
            throw AWSError.noSuchEntity("The job with id \(id) cannot be found.")
        }
        return (found, found.createdAt + context.transitions.duration(LastAccessed.duration))
    }

    public func getServiceLastAccessedDetails(
        _ input: GetServiceLastAccessedDetailsRequest, _ context: Context
    ) throws -> GetServiceLastAccessedDetailsResponse {
        let (found, end) = try job(input.jobId, context)
        var shape = found.content
        guard context.now >= end else {
            shape.jobStatus = .inProgress
            shape.servicesLastAccessed = []
            shape.jobCompletionDate = nil
            return shape
        }
        let page = try IAMPage(
            shape.servicesLastAccessed ?? [], by: { $0.serviceNamespace ?? "" }, marker: input.marker, maxItems: input.maxItems)
        shape.servicesLastAccessed = page.items
        shape.jobCompletionDate = end
        shape.isTruncated = page.isTruncated
        shape.marker = page.marker
        return shape
    }

    public func getServiceLastAccessedDetailsWithEntities(
        _ input: GetServiceLastAccessedDetailsWithEntitiesRequest, _ context: Context
    ) throws -> GetServiceLastAccessedDetailsWithEntitiesResponse {
        let (found, end) = try job(input.jobId, context)
        guard let service = found.content.servicesLastAccessed?.first(where: { $0.serviceNamespace == input.serviceNamespace })
        else { throw AWSError.invalidInput("The service namespace \(input.serviceNamespace) is not in the report.") }
        guard context.now >= end else {
            return GetServiceLastAccessedDetailsWithEntitiesResponse(
                jobStatus: .inProgress, jobCreationDate: found.createdAt, entityDetailsList: [])
        }
        var last: [String: Instant] = [:]
        for use in found.secret.elements ?? [] {
            guard let parts = use.elements, parts.count == 3, parts[0].string == service.serviceNamespace,
                let arn = parts[1].string, case .integer(let time) = parts[2]
            else { continue }
            last[arn] = max(last[arn] ?? Instant(milliseconds: 0), Instant(milliseconds: time))
        }
        let arns = try LastAccessed.subject(found.owner, context).arns
        let details = try arns.sorted().compactMap { arn in try Self.entity(arn, last[arn], context) }
        let page = try IAMPage(
            details, by: { $0.entityInfo?.arn ?? "" }, marker: input.marker, maxItems: input.maxItems)
        return GetServiceLastAccessedDetailsWithEntitiesResponse(
            jobStatus: .completed, jobCreationDate: found.createdAt, jobCompletionDate: end, entityDetailsList: page.items,
            isTruncated: page.isTruncated, marker: page.marker)
    }

    private static func entity(_ arn: String, _ at: Instant?, _ context: Context) throws -> EntityDetails? {
        let sql = """
            SELECT 'USER', name, id, path FROM iam_user WHERE arn = ?1
            UNION ALL SELECT 'ROLE', name, id, path FROM iam_role WHERE arn = ?1
            """
        guard let row = try context.row(sql, [arn]) else { return nil }
        return EntityDetails(
            entityInfo: EntityInfo(
                arn: arn, name: row[1], type: PolicyOwnerEntityType(row[0] as String), id: row[2], path: row[3]),
            lastAuthenticated: at)
    }

    public func listPoliciesGrantingServiceAccess(
        _ input: ListPoliciesGrantingServiceAccessRequest, _ context: Context
    ) throws -> ListPoliciesGrantingServiceAccessResponse {
        let policies = try PolicySource(input.arn, context).policies(context)
        let entries = try input.serviceNamespaces.map { service in
            let granting = try policies.filter {
                try PolicyDocument.checked($0.document, as: .identity).allows(service: service)
            }
            return ListPoliciesGrantingServiceAccessEntry(
                serviceNamespace: service,
                policies: granting.map { policy in
                    PolicyGrantingServiceAccess(
                        policyName: policy.name, policyType: policy.arn == nil ? .inline : .managed, policyArn: policy.arn,
                        entityType: policy.arn == nil ? PolicyOwnerEntityType(policy.owner.kind.rawValue.uppercased()) : nil,
                        entityName: policy.arn == nil ? policy.owner.name : nil)
                })
        }
        let page = try IAMPage(entries, by: { $0.serviceNamespace ?? "" }, marker: input.marker, maxItems: nil)
        return ListPoliciesGrantingServiceAccessResponse(
            policiesGrantingServiceAccess: page.items, isTruncated: page.isTruncated, marker: page.marker)
    }
}
