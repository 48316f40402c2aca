import AWSCore
import IAMAPI
import SimulatorCore

/// A table of the account's users and credentials at the time of the request.
/// https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_getting-report.html
enum CredentialReport {
    static let kind = IAMDocumentKind<GetCredentialReportResponse>("credential-report")
    /// A report is valid for four hours, and takes some seconds to create.
    static let lifetime = Duration.hours(4)
    static let duration = Duration.seconds(10)

    private static let columns = [
        "user", "arn", "user_creation_time", "password_enabled", "password_last_used", "password_last_changed",
        "password_next_rotation", "mfa_active", "access_key_1_active", "access_key_1_last_rotated",
        "access_key_1_last_used_date", "access_key_1_last_used_region", "access_key_1_last_used_service",
        "access_key_2_active", "access_key_2_last_rotated", "access_key_2_last_used_date", "access_key_2_last_used_region",
        "access_key_2_last_used_service", "cert_1_active", "cert_1_last_rotated", "cert_2_active", "cert_2_last_rotated",
        "additional_credentials_info",
    ]

    static func text(_ context: Context) throws -> String {
        var lines = [columns.joined(separator: ",")]
        let root =
            try [
                "<root_account>", "arn:\(context.partition):iam::\(context.account):root",
                time(User.root(context).createDate ?? context.now), "not_supported", "no_information", "not_supported",
                "not_supported", flag(MFADevices.kind.count(owner: context.account, context) > 0),
            ] + credentials(context.account, context)
        lines.append(root.joined(separator: ","))
        for user in try UserRecord.all(context) { lines.append(try line(user, context).joined(separator: ",")) }
        return lines.joined(separator: "\n")
    }

    private static func line(_ user: UserRecord, _ context: Context) throws -> [String] {
        var password = ["false", "N/A", "N/A", "N/A"]
        if let profile = try Passwords.profiles.find(user.id, context) {
            let changed = Passwords.changedAt(profile)
            let age = try Passwords.policy(context)?.maxPasswordAge
            password = ["true", "no_information", time(changed), age.map { time(changed + .days(Int64($0))) } ?? "N/A"]
        }
        return try [user.name, user.arn, time(user.createdAt)] + password
            + [flag(MFADevices.kind.count(owner: user.id, context) > 0)] + credentials(user.id, context)
    }

    private static func credentials(_ owner: String, _ context: Context) throws -> [String] {
        var fields: [String] = []
        let keys = try AccessKeyRecord.of(owner, context)
        for index in 0..<2 {
            guard index < keys.count else {
                fields += ["false", "N/A", "N/A", "N/A", "N/A"]
                continue
            }
            let key = keys[index]
            fields += [flag(key.status == "Active"), time(key.createdAt)]
            fields += key.lastUse.map { [time($0.at), $0.region, $0.service] } ?? ["N/A", "N/A", "N/A"]
        }
        let certificates = try SigningCertificates.kind.all(owner: owner, context).map(\.content)
        for index in 0..<2 {
            guard index < certificates.count else {
                fields += ["false", "N/A"]
                continue
            }
            fields += [
                flag(certificates[index].status == .active), certificates[index].uploadDate.map(time) ?? "N/A",
            ]
        }
        return fields + ["N/A"]
    }

    private static func flag(_ value: Bool) -> String { value ? "true" : "false" }
    private static func time(_ instant: Instant) -> String {
        instant.iso8601(milliseconds: false).replacing("Z", with: "+00:00")
    }
}

extension IAMSimulation {
    /// Starts a report, unless a valid one exists.
    public func generateCredentialReport(_ input: EmptyShape, _ context: Context) throws -> GenerateCredentialReportResponse {
        let wait = context.transitions.duration(CredentialReport.duration)
        if let found = try CredentialReport.kind.find("report", context),
            context.now < found.createdAt + CredentialReport.lifetime
        {
            return GenerateCredentialReportResponse(state: context.now < found.createdAt + wait ? .inprogress : .complete)
        }
        try CredentialReport.kind.delete("report", context)
        try CredentialReport.kind.insert(
            GetCredentialReportResponse(
                content: Bytes(try CredentialReport.text(context).utf8), reportFormat: .textCsv, generatedTime: context.now),
            id: "report", context)
        return GenerateCredentialReportResponse(
            state: .started, description: "No report exists. Starting a new report generation task")
    }

    public func getCredentialReport(_ input: EmptyShape, _ context: Context) throws -> GetCredentialReportResponse {
        guard let found = try CredentialReport.kind.find("report", context) else {
            throw AWSError("ReportNotPresent", status: 410, "No report exists.")
        }
        guard context.now >= found.createdAt + context.transitions.duration(CredentialReport.duration) else {
            throw AWSError("ReportInProgress", status: 404, "Report generation is in progress.")
        }
        guard context.now < found.createdAt + CredentialReport.lifetime else {
            throw AWSError("ReportExpired", status: 410, "The most recent credential report has expired.")
        }
        return found.content
    }
}
