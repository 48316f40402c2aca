import AWSCore
import AWSModels
import IAMAPI
import SimulatorCore

/// A request to the policy simulator, evaluated by the engine that authorizes real requests.
private struct Simulation {
    /// A policy with the name and type that results refer to.
    struct Source {
        let id: String
        let type: PolicySourceType
        let text: String
        let document: PolicyDocument

        init(_ id: String, _ type: PolicySourceType, _ text: String, as kind: PolicyDocument.Kind = .identity) throws {
            self.id = id
            self.type = type
            self.text = text
            do { document = try PolicyDocument(parsing: text, as: kind) } catch let error as PolicySyntaxError {
                throw AWSError("InvalidInput", error.message, explanation: "\(id): \(error.explanation)")
            }
        }

        var named: NamedPolicy { NamedPolicy(id, document) }

        func statements(_ indices: [Int]) -> [Statement] {
            let places = PolicyDocument.positions(in: text)
            return indices.map { index in
                let place = index < places.count ? places[index] : nil
                return Statement(
                    sourcePolicyId: id, sourcePolicyType: type,
                    startPosition: place.map { Position(line: $0.start.line, column: $0.start.column) },
                    endPosition: place.map { Position(line: $0.end.line, column: $0.end.column) })
            }
        }
    }

    var identity: [Source] = []
    var boundary: Source?
    var resource: Source?
    var controls: [[Source]] = []
    var isInOrganization = false
    var principal: AuthorizationRequest.Principal
    var resourceOwner: String?
    var entries: [String: [String]] = [:]
    let context: Context

    func evaluate(_ action: String, on arns: [String]) -> EvaluationResult {
        let isEverything = arns == ["*"]
        let results = arns.map { result(action, $0) }
        let order: [PolicyEvaluationDecisionType] = [.explicitDeny, .implicitDeny, .allowed]
        let worst = order.first { decision in results.contains { $0.evalResourceDecision == decision } }
        var matched: [Statement] = []
        for statement in results.flatMap({ $0.matchedStatements ?? [] })
        where !matched.contains(where: {
            $0.sourcePolicyId == statement.sourcePolicyId && $0.startPosition?.line == statement.startPosition?.line
                && $0.startPosition?.column == statement.startPosition?.column
        }) {
            matched.append(statement)
        }
        return EvaluationResult(
            evalActionName: action, evalResourceName: template(action), evalDecision: worst,
            matchedStatements: matched,
            missingContextValues: Set(results.flatMap { $0.missingContextValues ?? [] }).sorted(),
            organizationsDecisionDetail: isInOrganization
                ? OrganizationsDecisionDetail(
                    allowedByOrganizations: arns.allSatisfy { allowsByControls(request(action, $0)) }) : nil,
            permissionsBoundaryDecisionDetail: results.compactMap(\.permissionsBoundaryDecisionDetail)
                .first { $0.allowedByPermissionsBoundary == false }
                ?? results.first?.permissionsBoundaryDecisionDetail,
            evalDecisionDetails: isEverything ? nil : [:], resourceSpecificResults: isEverything ? nil : results)
    }

    private func request(_ action: String, _ arn: String) -> AuthorizationRequest {
        AuthorizationRequest(
            principal: principal, action: action, resource: arn, resourceAccount: resourceOwner, now: context.now,
            region: nil, context: entries)
    }

    private func result(_ action: String, _ arn: String) -> ResourceSpecificResult {
        let request = request(action, arn)
        let set = PolicySet(
            identity: identity.map(\.named), resource: resource.map { [$0.named] } ?? [], boundary: boundary?.named,
            controls: controls.map { $0.map(\.named) })
        let decision = set.evaluate(request)
        let sources = identity + (resource.map { [$0] } ?? []) + (boundary.map { [$0] } ?? []) + controls.flatMap { $0 }
        var statements: [Statement] = []
        let kind: PolicyEvaluationDecisionType
        switch decision {
        case .allowed, .allowedAsRoot:
            kind = .allowed
            let granting = identity + (resource.map { [$0] } ?? [])
            statements = granting.flatMap { $0.statements($0.document.applying(.allow, request)) }
        case .explicitDeny:
            kind = .explicitDeny
            statements = sources.flatMap { $0.statements($0.document.applying(.deny, request)) }
        case .implicitDeny: kind = .implicitDeny
        }
        var details: [String: String]?
        if principal.account != request.resourceAccount {
            func words(_ sources: [Source]) -> String {
                if sources.contains(where: { !$0.document.applying(.deny, request).isEmpty }) { return "explicitDeny" }
                return sources.contains { !$0.document.applying(.allow, request).isEmpty } ? "allowed" : "implicitDeny"
            }
            details = ["IAM Policy": words(identity), "Resource Policy": words(resource.map { [$0] } ?? [])]
        }
        return ResourceSpecificResult(
            evalResourceName: arn, evalResourceDecision: kind, matchedStatements: statements,
            missingContextValues: Set(sources.flatMap { $0.document.missingKeys(request) }).sorted(),
            evalDecisionDetails: details,
            permissionsBoundaryDecisionDetail: boundary.map { boundary in
                let isAllowed =
                    boundary.document.applying(.deny, request).isEmpty && !boundary.document.applying(.allow, request).isEmpty
                return PermissionsBoundaryDecisionDetail(allowedByPermissionsBoundary: isAllowed)
            })
    }

    private func allowsByControls(_ request: AuthorizationRequest) -> Bool {
        controls.allSatisfy { level in
            level.contains { !$0.document.applying(.allow, request).isEmpty }
                && level.allSatisfy { $0.document.applying(.deny, request).isEmpty }
        }
    }

    /// Returns the ARN form of an action's resource, from AWS's reference.
    private func template(_ action: String) -> String {
        let parts = action.split(separator: ":", maxSplits: 1)
        guard parts.count == 2, let service = context.simulator.services.first(where: { $0.model.signingName == parts[0] }),
            let permission = service.permissions.operations.lazy.compactMap({ service.permissions.permission(for: $0) })
                .first(where: { $0.action.lowercased() == action.lowercased() }),
            let use = permission.resources.first, let type = service.permissions.resourceType(use.type)
        else { return "*" }
        return type.arnFormat
    }
}

extension IAMSimulation {
    public func simulateCustomPolicy(
        _ input: SimulateCustomPolicyRequest, _ context: Context
    ) throws -> SimulatePolicyResponse {
        var simulation = try Self.simulation(
            caller: input.callerArn, resourcePolicy: input.resourcePolicy, owner: input.resourceOwner,
            entries: input.contextEntries, context)
        simulation.identity = try Self.inputs(input.policyInputList)
        simulation.boundary = try Self.boundary(input.permissionsBoundaryPolicyInputList)
        if let levels = input.orderedOrganizationPolicyInputList {
            simulation.isInOrganization = true
            simulation.controls = try levels.enumerated().map { number, level in
                try (level.serviceControlPolicyInputList ?? []).enumerated().map {
                    try Simulation.Source(
                        "OrderedOrganizationPolicyInputList.\(number + 1).\($0 + 1)", PolicySourceType("none"), $1)
                }
            }
        }
        return try Self.answer(
            simulation, input.actionNames, input.resourceArns, marker: input.marker, maxItems: input.maxItems)
    }

    public func simulatePrincipalPolicy(
        _ input: SimulatePrincipalPolicyRequest, _ context: Context
    ) throws -> SimulatePolicyResponse {
        let source = try PolicySource(input.policySourceArn, context)
        var simulation = try Self.simulation(
            caller: input.callerArn ?? source.principalArn, resourcePolicy: input.resourcePolicy, owner: input.resourceOwner,
            entries: input.contextEntries, context)
        let excluded = input.policyExclusionList ?? []
        for policy in try source.policies(context) where !excluded.contains(where: policy.isNamed) {
            simulation.identity.append(try .init(policy.name, policy.type, policy.document))
        }
        simulation.identity += try Self.inputs(input.policyInputList ?? [])
        if let list = input.permissionsBoundaryPolicyInputList {
            simulation.boundary = try Self.boundary(list)
        } else if let arn = source.boundary, let document = try ManagedPolicy.find(arn, context)?.currentDocument(context) {
            simulation.boundary = try .init(arn, .userManaged, document)
        }
        if let organization = context.configuration.organization, organization.managementAccount != context.account {
            simulation.isInOrganization = true
            simulation.controls = try organization.serviceControls.map { level in
                try level.map { try Simulation.Source($0.name, PolicySourceType("none"), $0.document) }
            }
        }
        return try Self.answer(
            simulation, input.actionNames, input.resourceArns, marker: input.marker, maxItems: input.maxItems)
    }

    public func getContextKeysForCustomPolicy(
        _ input: GetContextKeysForCustomPolicyRequest, _ context: Context
    ) throws -> GetContextKeysForPolicyResponse {
        GetContextKeysForPolicyResponse(contextKeyNames: Self.keys(try Self.inputs(input.policyInputList)))
    }

    public func getContextKeysForPrincipalPolicy(
        _ input: GetContextKeysForPrincipalPolicyRequest, _ context: Context
    ) throws -> GetContextKeysForPolicyResponse {
        let source = try PolicySource(input.policySourceArn, context)
        let own = try source.policies(context).map { try Simulation.Source($0.name, $0.type, $0.document) }
        return GetContextKeysForPolicyResponse(
            contextKeyNames: Self.keys(own + (try Self.inputs(input.policyInputList ?? []))))
    }

    private static func keys(_ sources: [Simulation.Source]) -> [String] {
        var seen: Set<String> = []
        return sources.flatMap(\.document.contextKeys).filter { seen.insert($0.lowercased()).inserted }
    }

    private static func inputs(_ texts: [String]) throws -> [Simulation.Source] {
        try texts.enumerated().map { try .init("PolicyInputList.\($0 + 1)", PolicySourceType("none"), $1) }
    }

    private static func boundary(_ texts: [String]?) throws -> Simulation.Source? {
        guard let texts, let first = texts.first else { return nil }
        guard texts.count == 1 else { throw AWSError.invalidInput("Only one permissions boundary can be simulated.") }
        return try .init("PermissionsBoundaryPolicyInputList.1", PolicySourceType("none"), first)
    }

    private static func simulation(
        caller: String?, resourcePolicy: String?, owner: String?, entries: [ContextEntry]?, _ context: Context
    ) throws -> Simulation {
        var principal = AuthorizationRequest.Principal(
            kind: .user, arn: "arn:\(context.partition):iam::\(context.account):user/simulated", account: context.account)
        if let caller {
            let parts = caller.split(separator: ":", maxSplits: 5, omittingEmptySubsequences: false).map(String.init)
            guard parts.count == 6, parts[2] == "iam", ["user/", "role/", "group/"].contains(where: parts[5].hasPrefix) else {
                throw AWSError.invalidInput("Invalid CallerArn: \(caller)")
            }
            let isUser = parts[5].hasPrefix("user/")
            principal = .init(
                kind: isUser ? .user : .assumedRole, arn: caller, account: parts[4],
                userName: isUser ? parts[5].split(separator: "/").last.map(String.init) : nil, roleARN: isUser ? nil : caller)
        } else if resourcePolicy != nil {
            throw AWSError.invalidInput("CallerArn is required if ResourcePolicy is specified.")
        }
        var simulation = Simulation(principal: principal, context: context)
        for entry in entries ?? [] { simulation.entries[entry.contextKeyName ?? ""] = entry.contextKeyValues ?? [] }
        simulation.resource = try resourcePolicy.map { try .init("ResourcePolicy", .resource, $0, as: .resource) }
        simulation.resourceOwner = owner.map { $0.isARN ? RoleName.account($0) : $0 }
        return simulation
    }

    private static func answer(
        _ simulation: Simulation, _ actions: [String], _ arns: [String]?, marker: String?, maxItems: Int?
    ) throws -> SimulatePolicyResponse {
        for action in actions where action.contains("*") || !action.contains(":") {
            throw AWSError.invalidInput("Invalid Action: \(action)")
        }
        let arns = arns.flatMap { $0.isEmpty ? nil : $0 } ?? ["*"]
        for arn in arns where arn != "*" && !arn.isARN { throw AWSError.invalidInput("Invalid resource: \(arn)") }
        let numbered = actions.enumerated().map { (number: String($0 + 100_000), name: $1) }
        let page = try IAMPage(numbered, by: \.number, marker: marker, maxItems: maxItems)
        return SimulatePolicyResponse(
            evaluationResults: page.items.map { simulation.evaluate($0.name, on: arns) }, isTruncated: page.isTruncated,
            marker: page.marker)
    }
}

// MARK: Policy sources

/// A user, group or role, found by its ARN, with its policies.
struct PolicySource {
    struct Policy {
        let name: String
        let type: PolicySourceType
        let document: String
        /// The policy's ARN; nil for an inline policy.
        let arn: String?
        let owner: PolicyOwner

        func isNamed(by identifier: PolicyIdentifier) -> Bool {
            if let arn { return identifier.policyArn == arn }
            guard let inline = identifier.inlinePolicyIdentifier else { return false }
            return inline.policyName == name && inline.attachmentName == owner.name
                && inline.attachmentType.rawValue == owner.kind.rawValue
        }
    }

    let owners: [PolicyOwner]
    let arn: String
    let boundary: String?

    init(_ arn: String, _ context: Context) throws {
        guard arn.isARN else { throw AWSError.invalidInput("Invalid Entity Arn: \(arn)") }
        self.arn = arn
        let name = arn.split(separator: "/").last.map(String.init) ?? ""
        if arn.contains(":user/"), let user = try UserRecord.find(name, context), user.arn == arn {
            owners = [PolicyOwner(user)] + (try GroupRecord.of(user: user.id, context).map { PolicyOwner($0) })
            boundary = user.boundary
        } else if arn.contains(":role/"), let role = try RoleRecord.find(arn: arn, context) {
            owners = [PolicyOwner(role)]
            boundary = role.boundary
        } else if arn.contains(":group/"), let group = try GroupRecord.find(name, context), group.arn == arn {
            owners = [PolicyOwner(group)]
            boundary = nil
        } else {
            throw AWSError.noSuchEntity("ARN \(arn) is not found.")
        }
    }

    /// The ARN of the principal; nil for groups, which cannot make requests.
    var principalArn: String? { arn.contains(":group/") ? nil : arn }

    func policies(_ context: Context) throws -> [Policy] { try owners.flatMap { try Self.policies(of: $0, context) } }

    static func policies(of owner: PolicyOwner, _ context: Context) throws -> [Policy] {
        let inline = try owner.inlineNames(context).map { name in
            Policy(
                name: name, type: PolicySourceType(owner.kind.rawValue), document: try owner.inline(name, context), arn: nil,
                owner: owner)
        }
        let managed = try owner.attached(pathPrefix: nil, context).compactMap { attached -> Policy? in
            guard let policy = try ManagedPolicy.find(attached.policyArn ?? "", context),
                let document = try policy.currentDocument(context)
            else { return nil }
            return Policy(
                name: policy.name, type: policy.awsDocument == nil ? .userManaged : .awsManaged, document: document,
                arn: policy.arn, owner: owner)
        }
        return inline + managed
    }
}

extension ManagedPolicy {
    /// Returns the document of the default version.
    func currentDocument(_ context: Context) throws -> String? {
        try awsDocument ?? PolicyVersionRecord.named("v\(defaultVersion)", of: arn, context).document
    }
}
