import AWSCore

/// The rules for a policy beyond its structure, with IAM's error messages.
struct PolicyRules {
    let kind: PolicyDocument.Kind
    /// The only partition that ARNs may have; nil accepts all of AWS's.
    let partition: String?

    func check(_ drafts: [PolicyParser.Draft]) throws {
        for draft in drafts where draft.effect != "Allow" && draft.effect != "Deny" {
            throw legacy("\(draft.path).Effect is '\(draft.effect)'; the values are Allow and Deny.")
        }
        if kind != .resource { try checkResources(drafts) { $0.isLegacy } }
        try checkSids(drafts)
        if kind != .identity { try checkPrincipals(drafts) }
        for draft in drafts where (draft.texts["Action"] ?? draft.texts["NotAction"] ?? []).isEmpty {
            throw error("Policy statement must contain actions.", "\(draft.path) has neither Action nor NotAction.")
        }
        switch kind {
        case .identity: try checkResources(drafts) { !$0.isLegacy }
        case .trust:
            for draft in drafts where draft.texts["Resource"] != nil || draft.texts["NotResource"] != nil {
                throw error("Has prohibited field Resource", "\(draft.path): a trust policy applies to its own role.")
            }
        case .resourceControl:
            // https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_rcps_syntax.html
            for draft in drafts where draft.effect == "Allow" || draft.texts["NotAction"] != nil {
                throw error(
                    "The provided policy document does not meet the requirements of the specified policy type.",
                    "\(draft.path): a resource control policy can only deny, and only by Action.")
            }
        case .resource: break
        }
        for draft in drafts {
            for action in draft.texts["Action"] ?? draft.texts["NotAction"] ?? [] { try check(action: action, at: draft.path) }
        }
        guard kind == .identity else { return }
        for draft in drafts where (draft.texts["Resource"] ?? draft.texts["NotResource"] ?? []).isEmpty {
            throw error("Policy statement must contain resources.", "\(draft.path) has neither Resource nor NotResource.")
        }
    }

    private func checkSids(_ drafts: [PolicyParser.Draft]) throws {
        var seen: Set<String> = []
        for draft in drafts {
            guard let sid = draft.sid, !sid.isEmpty else { continue }
            // ECR accepts duplicate Sids in a repository's policy.
            guard seen.insert(sid).inserted || kind == .resource else {
                throw error(
                    "Statement IDs (SID) in a single policy must be unique.", "\(draft.path): '\(sid)' occurs more than once.")
            }
            guard kind != .identity || sid.utf8.allSatisfy(\.isLetterOrDigit) else {
                throw error(
                    "Statement IDs (SID) must be alpha-numeric. Check that your input satisfies the regular expression "
                        + "[0-9A-Za-z]*", "\(draft.path).Sid is '\(sid)'.")
            }
        }
    }

    private func checkPrincipals(_ drafts: [PolicyParser.Draft]) throws {
        for draft in drafts {
            guard draft.principals != nil else {
                throw error("Missing required field Principal", "\(draft.path) has neither Principal nor NotPrincipal.")
            }
            guard kind == .trust else { continue }
            if draft.principals?.isNegated == true {
                throw error(
                    "Has prohibited field NotPrincipal",
                    "\(draft.path): a trust policy must name its principals with Principal.")
            }
            for action in draft.texts["Action"] ?? draft.texts["NotAction"] ?? [] where !Self.isTrustAction(action) {
                throw error(
                    "AssumeRole policy may only specify STS AssumeRole actions.", "\(draft.path).Action has '\(action)'.")
            }
        }
    }

    private static func isTrustAction(_ action: String) -> Bool {
        let action = action.lowercased()
        return action == "*" || action == "sts:*" || action.hasPrefix("sts:assumerole") || action == "sts:tagsession"
            || action == "sts:setsourceidentity" || action == "sts:setcontext"
    }

    private func check(action: String, at path: String) throws {
        if action == "*" { return }
        let parts = action.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count > 1 else {
            throw error(
                "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.",
                "\(path).Action: '\(action)' has no vendor, as in ecr:PutImage.")
        }
        guard parts.count == 2 else {
            throw error("Actions/Condition can contain only one colon.", "\(path).Action: '\(action)'.")
        }
        guard parts[0] == "*" || parts[0].utf8.allSatisfy({ $0.isLetterOrDigit || $0 == 45 || $0 == 46 }), !parts[0].isEmpty
        else { throw error("Vendor \(parts[0]) is not valid", "\(path).Action: '\(action)'.") }
    }

    // MARK: Resources

    private struct ResourceFault {
        var message: String
        var explanation: String
        var isLegacy = false
    }

    /// Rejects the first resource with a wanted fault: IAM reports the most severe fault of all resources first.
    private func checkResources(_ drafts: [PolicyParser.Draft], wanted: (ResourceFault) -> Bool) throws {
        for draft in drafts {
            for name in ["Resource", "NotResource"] {
                for resource in draft.texts[name] ?? [] {
                    guard let fault = fault(of: resource, at: "\(draft.path).\(name)"), wanted(fault) else { continue }
                    throw error(fault.message, fault.explanation)
                }
            }
        }
    }

    private static let iamPaths = [
        "user/", "federated-user/", "role/", "group/", "instance-profile/", "mfa/", "server-certificate/", "policy/",
        "sms-mfa/", "saml-provider/", "oidc-provider/", "report/", "access-report/",
    ]

    private func fault(of resource: String, at path: String) -> ResourceFault? {
        if resource == "*" { return nil }
        func fault(_ message: String) -> ResourceFault { .init(message: message, explanation: "\(path) has '\(resource)'.") }
        let parts = resource.split(separator: ":", maxSplits: 5, omittingEmptySubsequences: false)
        guard parts.count > 1 else { return fault("Resource \(resource) must be in ARN format or \"*\".") }
        guard parts[1] == "*" || partition.map({ parts[1] == $0 }) ?? RegionName.isPartition(parts[1]) else {
            let rest = (2..<6).map { parts.count > $0 ? String(parts[$0]) : "*" }.joined(separator: ":")
            return fault("Partition \"\(parts[1])\" is not valid for resource \"arn:\(parts[1]):\(rest)\".")
        }
        guard parts.count > 2 else {
            return fault("Resource vendor must be fully qualified and cannot contain regexes.")
        }
        // An ARN may be short, but must not have an empty part. Missing parts match anything.
        guard parts[0] == "arn", !parts[2].isEmpty, parts.count == 6 || !resource.contains("::") else {
            return .init(
                message: "The policy failed legacy parsing",
                explanation: "\(path) has '\(resource)'; an ARN is arn:partition:service:region:account:resource.",
                isLegacy: true)
        }
        guard parts.count == 6 else { return nil }
        if parts[2] == "iam" {
            if !parts[3].isEmpty { return fault("IAM resource \(resource) cannot contain region information.") }
            // `sts:AssumeRoot` applies to an account's root user.
            if parts[5] != "*", parts[5] != "root", !Self.iamPaths.contains(where: parts[5].hasPrefix) {
                return fault(
                    "IAM resource path must either be \"*\" or start with \(Self.iamPaths.joined(separator: ", ")).")
            }
        }
        // https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-points-policies.html
        if parts[2] == "s3", !parts[3].isEmpty, !parts[5].hasPrefix("accesspoint/"), !parts[5].hasPrefix("access-grants/") {
            return fault("Resource \(resource) can not contain region information.")
        }
        return nil
    }

    private func error(_ message: String, _ explanation: String) -> PolicySyntaxError {
        PolicySyntaxError(message: message, explanation: explanation)
    }

    private func legacy(_ explanation: String) -> PolicySyntaxError {
        PolicySyntaxError(message: "The policy failed legacy parsing", explanation: explanation)
    }
}

extension UInt8 {
    fileprivate var isLetterOrDigit: Bool {
        (48...57).contains(self) || (65...90).contains(self) || (97...122).contains(self)
    }
}
