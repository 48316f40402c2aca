import AWSCore
import Crypto
import IAMAPI
import SimulatorCore

/// Console passwords of users and the account's password policy. There is no console to sign in to.
enum Passwords {
    static let profiles = IAMDocumentKind<LoginProfile>("login-profile")
    static let policies = IAMDocumentKind<PasswordPolicy>("password-policy")

    /// AWS's default requirements for accounts without a password policy.
    /// https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_passwords_account-policy.html
    private static let shortest = 8, leastKinds = 3

    static func policy(_ context: Context) throws -> PasswordPolicy? {
        try policies.find(context.account, context)?.content
    }

    static func profile(_ user: UserRecord, _ context: Context) throws -> IAMDocumentKind<LoginProfile>.Document {
        guard let found = try profiles.find(user.id, context) else {
            throw AWSError.noSuchEntity("Login Profile for User \(user.name) cannot be found.")
        }
        return found
    }

    /// Rejects a password that the account's policy does not allow.
    /// - Parameter earlier: hashes of the user's earlier passwords, the latest first.
    static func check(_ password: String, for user: UserRecord, earlier: [String], _ context: Context) throws {
        let kinds = Kinds(password)
        guard let policy = try policy(context) else {
            guard password.count >= shortest else { throw violation("Password should have a minimum length of \(shortest)") }
            guard kinds.count >= leastKinds else {
                throw violation(
                    "Password should have at least three of: uppercase letters, lowercase letters, numbers, symbols")
            }
            guard password.lowercased() != user.name.lowercased() else {
                throw violation("Password should not be the user's name")
            }
            return
        }
        let length = policy.minimumPasswordLength ?? 6
        guard password.count >= length else { throw violation("Password should have a minimum length of \(length)") }
        if policy.requireUppercaseCharacters == true, !kinds.upper {
            throw violation("Password should have at least one uppercase letter")
        }
        if policy.requireLowercaseCharacters == true, !kinds.lower {
            throw violation("Password should have at least one lowercase letter")
        }
        if policy.requireNumbers == true, !kinds.digit { throw violation("Password should have at least one number") }
        if policy.requireSymbols == true, !kinds.symbol { throw violation("Password should have at least one symbol") }
        if let count = policy.passwordReusePrevention, earlier.prefix(count).contains(hash(password, user)) {
            throw violation("Password cannot be one of the last \(count) passwords")
        }
    }

    /// Most of the messages are assumed.
    private static func violation(_ message: String) -> AWSError { AWSError("PasswordPolicyViolation", message) }

    private struct Kinds {
        var upper = false, lower = false, digit = false, symbol = false
        var count: Int { [upper, lower, digit, symbol].count { $0 } }
        init(_ password: String) {
            for byte in password.utf8 {
                switch byte {
                case 65...90: upper = true
                case 97...122: lower = true
                case 48...57: digit = true
                case 33...126: symbol = true
                default: break
                }
            }
        }
    }

    static func hash(_ password: String, _ user: UserRecord) -> String {
        Base64.encode(Bytes(SHA256.hash(data: Bytes("\(user.id):\(password)".utf8))))
    }

    /// Returns the stored form of the current and earlier password hashes, with the time of the change.
    static func secret(_ hashes: [String], _ context: Context) -> Node {
        .object([
            .init("passwords", .list(hashes.prefix(25).map(Node.string))),
            .init("changed", .integer(context.now.milliseconds)),
        ])
    }

    static func hashes(_ found: IAMDocumentKind<LoginProfile>.Document) -> [String] {
        (found.secret["passwords"]?.elements ?? []).compactMap(\.string)
    }

    static func changedAt(_ found: IAMDocumentKind<LoginProfile>.Document) -> Instant {
        if case .integer(let time)? = found.secret["changed"] { return Instant(milliseconds: time) }
        return found.createdAt
    }
}

extension IAMSimulation {
    public func createLoginProfile(_ input: CreateLoginProfileRequest, _ context: Context) throws -> CreateLoginProfileResponse
    {
        guard let user = try UserRecord.namedOrCaller(input.userName, context) else { throw AWSError.userNameNeeded }
        if try Passwords.profiles.find(user.id, context) != nil {
            throw AWSError.alreadyExists("Login Profile for user \(user.name) already exists.")
        }
        guard let password = input.password else {
            // AWS accepts a missing password only for the root user of a member account.
            throw AWSError.validation(
                "1 validation error detected: Value null at 'password' failed to satisfy constraint: Member must not be null")
        }
        try Passwords.check(password, for: user, earlier: [], context)
        let profile = LoginProfile(
            userName: user.name, createDate: context.now, passwordResetRequired: input.passwordResetRequired ?? false,
            maxSigninSessionDuration: input.maxSigninSessionDuration)
        try Passwords.profiles.insert(
            profile, id: user.id, owner: user.id, secret: Passwords.secret([Passwords.hash(password, user)], context), context)
        return CreateLoginProfileResponse(loginProfile: profile)
    }

    public func getLoginProfile(_ input: GetLoginProfileRequest, _ context: Context) throws -> GetLoginProfileResponse {
        guard let user = try UserRecord.namedOrCaller(input.userName, context) else { throw AWSError.userNameNeeded }
        var profile = try Passwords.profile(user, context).content
        profile.userName = user.name
        return GetLoginProfileResponse(loginProfile: profile)
    }

    public func updateLoginProfile(_ input: UpdateLoginProfileRequest, _ context: Context) throws -> EmptyShape {
        let user = try UserRecord.named(input.userName, context)
        var found = try Passwords.profile(user, context)
        if let password = input.password {
            let earlier = Passwords.hashes(found)
            try Passwords.check(password, for: user, earlier: earlier, context)
            found.secret = Passwords.secret([Passwords.hash(password, user)] + earlier, context)
        }
        if let reset = input.passwordResetRequired { found.content.passwordResetRequired = reset }
        if let duration = input.maxSigninSessionDuration { found.content.maxSigninSessionDuration = duration }
        if input.resetMaxSigninSessionDuration == true { found.content.maxSigninSessionDuration = nil }
        try Passwords.profiles.update(found, context)
        return EmptyShape()
    }

    public func deleteLoginProfile(_ input: DeleteLoginProfileRequest, _ context: Context) throws -> EmptyShape {
        guard let user = try UserRecord.namedOrCaller(input.userName, context) else { throw AWSError.userNameNeeded }
        _ = try Passwords.profile(user, context)
        try Passwords.profiles.delete(user.id, context)
        return EmptyShape()
    }

    public func changePassword(_ input: ChangePasswordRequest, _ context: Context) throws -> EmptyShape {
        guard case .user(let name) = context.caller.kind else {
            throw AWSError("InvalidUserType", "Only IAM Users can change their own password")
        }
        let user = try UserRecord.named(name, context)
        var found = try Passwords.profile(user, context)
        let earlier = Passwords.hashes(found)
        guard earlier.first == Passwords.hash(input.oldPassword, user) else {
            throw AWSError.accessDenied("The old password was incorrect.")
        }
        try Passwords.check(input.newPassword, for: user, earlier: earlier, context)
        found.secret = Passwords.secret([Passwords.hash(input.newPassword, user)] + earlier, context)
        found.content.passwordResetRequired = false
        try Passwords.profiles.update(found, context)
        return EmptyShape()
    }
}

// MARK: The account's policy

extension IAMSimulation {
    public func getAccountPasswordPolicy(
        _ input: EmptyShape, _ context: Context
    ) throws -> GetAccountPasswordPolicyResponse {
        guard let policy = try Passwords.policy(context) else {
            throw AWSError.noSuchEntity("The Password Policy with domain name \(context.account) cannot be found.")
        }
        return GetAccountPasswordPolicyResponse(passwordPolicy: policy)
    }

    /// As in AWS, members that the request omits return to their defaults.
    public func updateAccountPasswordPolicy(
        _ input: UpdateAccountPasswordPolicyRequest, _ context: Context
    ) throws -> EmptyShape {
        let policy = PasswordPolicy(
            minimumPasswordLength: input.minimumPasswordLength ?? 6, requireSymbols: input.requireSymbols ?? false,
            requireNumbers: input.requireNumbers ?? false,
            requireUppercaseCharacters: input.requireUppercaseCharacters ?? false,
            requireLowercaseCharacters: input.requireLowercaseCharacters ?? false,
            allowUsersToChangePassword: input.allowUsersToChangePassword ?? false,
            expirePasswords: (input.maxPasswordAge ?? 0) > 0, maxPasswordAge: input.maxPasswordAge,
            passwordReusePrevention: input.passwordReusePrevention, hardExpiry: input.hardExpiry)
        try Passwords.policies.delete(context.account, context)
        try Passwords.policies.insert(policy, id: context.account, context)
        return EmptyShape()
    }

    public func deleteAccountPasswordPolicy(_ input: EmptyShape, _ context: Context) throws -> EmptyShape {
        guard try Passwords.policy(context) != nil else {
            throw AWSError.noSuchEntity("The account policy with name PasswordPolicy cannot be found.")
        }
        try Passwords.policies.delete(context.account, context)
        return EmptyShape()
    }
}
