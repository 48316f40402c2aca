import AWSCore

/// The `Principal` or `NotPrincipal` of a statement.
struct PolicyPrincipals: Sendable {
    /// How a statement names the caller; this decides which other policies apply.
    enum Match: Sendable, Comparable {
        case none
        /// The caller's account, which may grant the permission through identity-based policies.
        case account
        /// The role of the caller's session: boundaries and session policies still limit it.
        case role
        /// The user, the session itself, or every caller.
        case direct
    }

    var isNegated = false
    var isAnybody = false
    /// Account ids. `arns` has the ARNs of users, roles and sessions.
    var accounts: Set<String> = []
    var arns: Set<String> = []
    var services: Set<String> = []
    var federated: Set<String> = []

    func match(_ caller: AuthorizationRequest.Principal) -> Match {
        let named = nameMatch(caller)
        return isNegated ? (named == .none ? .direct : .none) : named
    }

    private func nameMatch(_ caller: AuthorizationRequest.Principal) -> Match {
        if isAnybody { return .direct }
        switch caller.kind {
        case .anonymous: return .none
        case .webIdentity: return caller.provider.map(federated.contains) == true ? .direct : .none
        case .service: return services.contains(caller.arn) ? .direct : .none
        case .root, .user, .assumedRole, .federatedUser:
            if arns.contains(caller.arn) || caller.provider.map(federated.contains) == true { return .direct }
            if let userId = caller.userId {
                if arns.contains(userId) { return .direct }
                // In a user id, a role's unique id precedes the session's name.
                if let colon = userId.firstIndex(of: ":"), arns.contains(String(userId[..<colon])) { return .role }
            }
            if let role = caller.roleARN, arns.contains(role) { return .role }
            guard accounts.contains(caller.account) else { return .none }
            return caller.kind == .root ? .direct : .account
        }
    }
}

extension PolicyPrincipals {
    /// Adds one entry of the `AWS` list.
    /// - Returns: false if it is not `*`, an account, a principal's ARN or a principal's unique id.
    mutating func add(aws entry: String) -> Bool {
        if entry == "*" {
            isAnybody = true
            return true
        }
        if entry.isAccountId {
            accounts.insert(entry)
            return true
        }
        let parts = entry.split(separator: ":", maxSplits: 5, omittingEmptySubsequences: false)
        guard parts.count == 6 else {
            guard entry.hasPrefix("AIDA") || entry.hasPrefix("AROA"), entry.utf8.count >= 16 else { return false }
            arns.insert(entry)
            return true
        }
        guard parts[0] == "arn", parts[1].hasPrefix("aws"), parts[3].isEmpty, String(parts[4]).isAccountId else { return false }
        if parts[2] == "iam", parts[5] == "root" {
            accounts.insert(String(parts[4]))
            return true
        }
        let kinds = parts[2] == "iam" ? ["user/", "role/"] : parts[2] == "sts" ? ["assumed-role/", "federated-user/"] : []
        guard let kind = kinds.first(where: parts[5].hasPrefix), parts[5].utf8.count > kind.utf8.count else { return false }
        guard !parts[5].contains(where: { $0 == "*" || $0 == "?" }) else { return false }
        arns.insert(entry)
        return true
    }
}
