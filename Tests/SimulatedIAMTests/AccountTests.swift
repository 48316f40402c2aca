import DrydockTesting
import Testing

@Suite(.simulator) struct Account {
    private let aws = AWS.current

    @Test func accountHasOneAlias() async throws {
        try await aws.iam.createAccountAlias(.init(accountAlias: "my-company"))
        await refused("EntityAlreadyExists", "The account alias my-company already exists.", status: 409) {
            try await aws.iam.createAccountAlias(.init(accountAlias: "my-company"))
        }
        let other = aws.acting(as: Credentials(accessKeyId: "999999999999", secretAccessKey: "test"))
        await refused("EntityAlreadyExists") {
            try await other.iam.createAccountAlias(.init(accountAlias: "my-company"))
        }
        await refused("ValidationError") { try await aws.iam.createAccountAlias(.init(accountAlias: "my--company")) }
        try await aws.iam.createAccountAlias(.init(accountAlias: "second"))
        #expect(try await aws.iam.listAccountAliases().accountAliases == ["second"])
        await refused("NoSuchEntity", status: 404) {
            try await aws.iam.deleteAccountAlias(.init(accountAlias: "my-company"))
        }
        try await aws.iam.deleteAccountAlias(.init(accountAlias: "second"))
        #expect(try await aws.iam.listAccountAliases().accountAliases == [])
    }

    @Test func getAccountSummaryCountsResources() async throws {
        _ = try await aws.worker(allowing: allow("ecr:*"))
        try await aws.iam.createGroup(.init(groupName: "Web"))
        try await aws.iam.createPolicy(.init(policyName: "P", policyDocument: allow("ecr:*")))
        try await aws.iam.setSecurityTokenServicePreferences(.init(globalEndpointTokenVersion: .v2Token))
        let summary = try #require(try await aws.iam.getAccountSummary().summaryMap)
        #expect(summary["Users"] == 1 && summary["Groups"] == 1 && summary["Policies"] == 1)
        #expect(summary["PolicyVersionsInUse"] == 1 && summary["GlobalEndpointTokenVersion"] == 2)
        #expect(summary["UsersQuota"] == 5000 && summary["AccountAccessKeysPresent"] == 0)
        _ = try await aws.key(of: nil)
        #expect(try await aws.iam.getAccountSummary().summaryMap?["AccountAccessKeysPresent"] == 1)
    }

    @Test func accountAuthorizationDetailsAreFilteredAndPaginated() async throws {
        _ = try await aws.worker(allowing: allow("ecr:*"))
        try await aws.iam.createGroup(.init(groupName: "Web"))
        try await aws.iam.addUserToGroup(.init(groupName: "Web", userName: "Worker"))
        try await aws.iam.createRole(.init(roleName: "Deploy", assumeRolePolicyDocument: trust(#"{"AWS":"123456789012"}"#)))
        try await aws.iam.createPolicy(.init(policyName: "P", policyDocument: allow("ecr:*")))
        let managed = "arn:aws:iam::aws:policy/AmazonEC2ContainerRegistryReadOnly"
        try await aws.iam.attachRolePolicy(.init(roleName: "Deploy", policyArn: managed))
        let all = try await aws.iam.getAccountAuthorizationDetails()
        #expect(all.userDetailList?.first?.groupList == ["Web"])
        #expect(all.userDetailList?.first?.userPolicyList?.map(\.policyName) == ["Work"])
        #expect(all.groupDetailList?.map(\.groupName) == ["Web"])
        #expect(all.roleDetailList?.first?.attachedManagedPolicies?.map(\.policyArn) == [managed])
        #expect(all.policies?.map(\.policyName) == ["P", "AmazonEC2ContainerRegistryReadOnly"])
        let local = try await aws.iam.getAccountAuthorizationDetails(.init(filter: ["LocalManagedPolicy"]))
        #expect(local.policies?.map(\.policyName) == ["P"] && local.userDetailList?.isEmpty == true)
        let first = try await aws.iam.getAccountAuthorizationDetails(.init(maxItems: 2))
        #expect(first.isTruncated == true && first.roleDetailList?.isEmpty == true)
        let rest = try await aws.iam.getAccountAuthorizationDetails(.init(marker: first.marker))
        #expect(rest.roleDetailList?.count == 1 && rest.policies?.count == 2 && rest.isTruncated == false)
    }

    @Test(.simulator(transitions: .aws)) func credentialReportIsGeneratedAndExpires() async throws {
        let aws = AWS.current
        await refused("ReportNotPresent", status: 410) { _ = try await aws.iam.getCredentialReport() }
        _ = try await aws.worker()
        try await aws.iam.createLoginProfile(.init(userName: "Worker", password: "Sh1p-and-dock"))
        #expect(try await aws.iam.generateCredentialReport().state == .started)
        #expect(try await aws.iam.generateCredentialReport().state == .inprogress)
        await refused("ReportInProgress", status: 404) { _ = try await aws.iam.getCredentialReport() }
        aws.clock.advance(by: .seconds(10))
        #expect(try await aws.iam.generateCredentialReport().state == .complete)
        let report = try await aws.iam.getCredentialReport()
        let lines = String(decoding: try #require(report.content), as: UTF8.self).split(separator: "\n")
        #expect(report.reportFormat?.rawValue == "text/csv" && lines.count == 3)
        #expect(lines[0].hasPrefix("user,arn,user_creation_time,password_enabled,") && lines[1].hasPrefix("<root_account>,"))
        let worker = lines[2].split(separator: ",", omittingEmptySubsequences: false)
        #expect(worker.count == lines[0].split(separator: ",").count)
        #expect(worker[0] == "Worker" && worker[3] == "true" && worker[7] == "false" && worker[8] == "true")
        aws.clock.advance(by: .hours(4))
        await refused("ReportExpired", status: 410) { _ = try await aws.iam.getCredentialReport() }
    }

    @Test func serviceLastAccessedDetailsMatchJournal() async throws {
        let worker = try await aws.worker(allowing: allow("ecr:*", "ec2:Describe*"))
        _ = try await worker.ecr.describeRepositories()
        let arn = "arn:aws:iam::123456789012:user/Worker"
        let job = try #require(
            try await aws.iam.generateServiceLastAccessedDetails(.init(arn: arn, granularity: .actionLevel)).jobId)
        let details = try await aws.iam.getServiceLastAccessedDetails(.init(jobId: job))
        #expect(details.jobStatus == .completed && details.jobType == .actionLevel)
        let services = details.servicesLastAccessed ?? []
        #expect(services.map(\.serviceNamespace) == ["ec2", "ecr"])
        #expect(services[0].lastAuthenticated == nil && services[0].totalAuthenticatedEntities == 0)
        #expect(services[1].lastAuthenticatedEntity == arn && services[1].lastAuthenticatedRegion == "us-east-1")
        #expect(services[1].trackedActionsLastAccessed?.map(\.actionName) == ["DescribeRepositories"])
        let entities = try await aws.iam.getServiceLastAccessedDetailsWithEntities(
            .init(jobId: job, serviceNamespace: "ecr"))
        #expect(entities.entityDetailsList?.first?.entityInfo?.name == "Worker")
        #expect(entities.entityDetailsList?.first?.lastAuthenticated != nil)
        await refused("NoSuchEntity") {
            _ = try await aws.iam.getServiceLastAccessedDetails(.init(jobId: "00000000-0000-0000-0000-000000000000"))
        }
        let granting = try await aws.iam.listPoliciesGrantingServiceAccess(.init(arn: arn, serviceNamespaces: ["ecr", "s3"]))
        #expect(granting.policiesGrantingServiceAccess?.map { $0.policies?.map(\.policyName) ?? [] } == [["Work"], []])
    }

    @Test(.simulator(transitions: .aws)) func serviceLinkedRoleIsModifiableOnlyByAWS() async throws {
        let aws = AWS.current
        let made = try await aws.iam.createServiceLinkedRole(.init(awsServiceName: "ecs.amazonaws.com")).role
        let name = "AWSServiceRoleForECS"
        #expect(made?.arn == "arn:aws:iam::123456789012:role/aws-service-role/ecs.amazonaws.com/\(name)")
        #expect(
            try await aws.iam.listAttachedRolePolicies(.init(roleName: name)).attachedPolicies?.map(\.policyName)
                == ["AmazonECSServiceRolePolicy"])
        await refused(
            "InvalidInput", "Service role name \(name) has been taken in this account, please try a different suffix."
        ) { try await aws.iam.createServiceLinkedRole(.init(awsServiceName: "ecs.amazonaws.com")) }
        await refused("InvalidInput", "Custom suffix is not allowed for ecs.amazonaws.com") {
            try await aws.iam.createServiceLinkedRole(.init(awsServiceName: "ecs.amazonaws.com", customSuffix: "x"))
        }
        let suffixed = try await aws.iam.createServiceLinkedRole(
            .init(awsServiceName: "autoscaling.amazonaws.com", customSuffix: "mine")
        ).role
        #expect(suffixed?.roleName == "AWSServiceRoleForAutoScaling_mine")
        let scaling = try await aws.iam.createServiceLinkedRole(
            .init(awsServiceName: "custom-resource.application-autoscaling.amazonaws.com")
        ).role
        #expect(scaling?.roleName == "AWSServiceRoleForApplicationAutoScaling_CustomResource")
        for change in ["put", "delete", "attach"] {
            await refused(
                "UnmodifiableEntity",
                "Cannot perform the operation on the protected role '\(name)' - this role is only modifiable by AWS",
                status: 400
            ) {
                switch change {
                case "put":
                    try await aws.iam.putRolePolicy(.init(roleName: name, policyName: "P", policyDocument: allow("ecr:*")))
                case "delete": try await aws.iam.deleteRole(.init(roleName: name))
                default:
                    try await aws.iam.attachRolePolicy(
                        .init(roleName: name, policyArn: "arn:aws:iam::aws:policy/AdministratorAccess"))
                }
            }
        }
        let task = try #require(try await aws.iam.deleteServiceLinkedRole(.init(roleName: name)).deletionTaskId)
        #expect(task.hasPrefix("task/aws-service-role/ecs.amazonaws.com/\(name)/"))
        func status() async throws -> DeletionTaskStatusType? {
            try await aws.iam.getServiceLinkedRoleDeletionStatus(.init(deletionTaskId: task)).status
        }
        #expect(try await status() == .inProgress)
        _ = try await aws.iam.getRole(.init(roleName: name))
        aws.clock.advance(by: .seconds(10))
        #expect(try await status() == .succeeded)
        await refused("NoSuchEntity") { _ = try await aws.iam.getRole(.init(roleName: name)) }
        await refused("NotSimulated", explanation: "AWS has more") {
            try await aws.iam.createServiceLinkedRole(.init(awsServiceName: "unknown.amazonaws.com"))
        }
    }

    /// The formats are documented. Assumed: the messages, and that no property is known.
    @Test func putAccountPropertiesValidatesKeys() async throws {
        #expect(try await aws.iam.getAccountProperties().properties?.isEmpty != false)
        for name in ["Enabled", "RoleManager/", "RoleManager/A/B", "A/" + String(repeating: "a", count: 49)] {
            await refused(
                "InvalidInput", "Invalid property key: \(name). It must be in the format Namespace/PropertyName.", status: 400
            ) { _ = try await aws.iam.putAccountProperties(.init(properties: [name: "true"])) }
        }
        await refused("InvalidInput", "All properties in a request must belong to the same namespace.") {
            _ = try await aws.iam.putAccountProperties(.init(properties: ["A/B": "true", "C/B": "true"]))
        }
        await refused(
            "InvalidInput", "Unknown account property: RoleManager/Enabled.", explanation: "Drydock has none of the features"
        ) { _ = try await aws.iam.putAccountProperties(.init(properties: ["RoleManager/Enabled": "true"])) }
    }

    @Test func delegationRequestsAreEmpty() async throws {
        await refused(
            "AccessDenied", "User: arn:aws:iam::123456789012:root is not authorized to perform: iam:CreateDelegationRequest",
            status: 403, explanation: "onboarded partners"
        ) {
            _ = try await aws.iam.createDelegationRequest(
                .init(
                    description: "for tests",
                    permissions: .init(policyTemplateArn: "arn:aws:iam:::delegation-template/partner"),
                    requestorWorkflowId: "workflow",
                    notificationChannel: "arn:aws:sns:us-east-1:123456789012:partner", sessionDuration: 900))
        }
        #expect(try await aws.iam.listDelegationRequests().delegationRequests?.isEmpty == true)
        await refused("NoSuchEntity") {
            _ = try await aws.iam.getDelegationRequest(.init(delegationRequestId: "dr-1234567890123456"))
        }
    }
}
