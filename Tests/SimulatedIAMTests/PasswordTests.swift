import DrydockTesting
import Testing

@Suite(.simulator) struct Passwords {
    private let aws = AWS.current

    @Test func loginProfileIsCreatedUpdatedAndDeleted() async throws {
        try await aws.iam.createUser(.init(userName: "Worker"))
        let made = try await aws.iam.createLoginProfile(
            .init(userName: "Worker", password: "Sh1p-and-dock", passwordResetRequired: true))
        #expect(made.loginProfile?.userName == "Worker" && made.loginProfile?.passwordResetRequired == true)
        await refused("EntityAlreadyExists", "Login Profile for user Worker already exists.", status: 409) {
            try await aws.iam.createLoginProfile(.init(userName: "Worker", password: "Sh1p-and-dock"))
        }
        try await aws.iam.updateLoginProfile(.init(userName: "Worker", passwordResetRequired: false))
        #expect(
            try await aws.iam.getLoginProfile(.init(userName: "Worker")).loginProfile?.passwordResetRequired == false)
        await refused("DeleteConflict", "Cannot delete entity, must delete login profile first.", status: 409) {
            try await aws.iam.deleteUser(.init(userName: "Worker"))
        }
        try await aws.iam.deleteLoginProfile(.init(userName: "Worker"))
        await refused("NoSuchEntity", "Login Profile for User Worker cannot be found.", status: 404) {
            _ = try await aws.iam.getLoginProfile(.init(userName: "Worker"))
        }
    }

    @Test func passwordPolicyAppliesToNewPasswords() async throws {
        await refused("NoSuchEntity", "The Password Policy with domain name 123456789012 cannot be found.", status: 404) {
            _ = try await aws.iam.getAccountPasswordPolicy()
        }
        try await aws.iam.updateAccountPasswordPolicy(
            .init(
                minimumPasswordLength: 10, requireSymbols: true, requireNumbers: true, requireUppercaseCharacters: true,
                requireLowercaseCharacters: true, maxPasswordAge: 90, passwordReusePrevention: 2))
        let policy = try await aws.iam.getAccountPasswordPolicy().passwordPolicy
        #expect(policy?.expirePasswords == true && policy?.allowUsersToChangePassword == false)
        try await aws.iam.createUser(.init(userName: "Worker"))
        for (password, message) in [
            ("Sh1p-dock", "Password should have a minimum length of 10"),
            ("sh1p-and-dock", "Password should have at least one uppercase letter"),
            ("SH1P-AND-DOCK", "Password should have at least one lowercase letter"),
            ("Ship-and-dock", "Password should have at least one number"),
            ("Sh1pAndDock00", "Password should have at least one symbol"),
        ] {
            await refused("PasswordPolicyViolation", message, status: 400) {
                try await aws.iam.createLoginProfile(.init(userName: "Worker", password: password))
            }
        }
        try await aws.iam.createLoginProfile(.init(userName: "Worker", password: "Sh1p-and-dock"))
        await refused("PasswordPolicyViolation") {
            try await aws.iam.updateLoginProfile(.init(userName: "Worker", password: "Sh1p-and-dock"))
        }
        try await aws.iam.updateLoginProfile(.init(userName: "Worker", password: "Sh1p-and-dock2"))
        try await aws.iam.updateLoginProfile(.init(userName: "Worker", password: "Sh1p-and-dock3"))
        try await aws.iam.updateLoginProfile(.init(userName: "Worker", password: "Sh1p-and-dock"))
        try await aws.iam.deleteAccountPasswordPolicy()
        await refused("NoSuchEntity", "The account policy with name PasswordPolicy cannot be found.") {
            try await aws.iam.deleteAccountPasswordPolicy()
        }
    }

    @Test func changePasswordRequiresPermissionAndOldPassword() async throws {
        let worker = try await aws.worker()
        try await aws.iam.createLoginProfile(.init(userName: "Worker", password: "Sh1p-and-dock"))
        await refused("AccessDenied", explanation: "no identity-based policy") {
            try await worker.iam.changePassword(.init(oldPassword: "Sh1p-and-dock", newPassword: "D0ck-and-ship"))
        }
        try await aws.iam.updateAccountPasswordPolicy(.init(allowUsersToChangePassword: true))
        await refused("AccessDenied", "The old password was incorrect.", status: 403) {
            try await worker.iam.changePassword(.init(oldPassword: "another", newPassword: "D0ck-and-ship"))
        }
        try await worker.iam.changePassword(.init(oldPassword: "Sh1p-and-dock", newPassword: "D0ck-and-ship"))
        try await worker.iam.changePassword(.init(oldPassword: "D0ck-and-ship", newPassword: "Sh1p-and-dock"))
        await refused("InvalidUserType", status: 400) {
            try await aws.iam.changePassword(.init(oldPassword: "a-password", newPassword: "b-password"))
        }
    }
}
