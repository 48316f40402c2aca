import DrydockTesting
import Testing

@Suite(.simulator(transitions: .aws)) struct InstanceOptionTests {
    private let aws = AWS.current

    /// Returns the id of a running instance.
    private func running(
        _ type: InstanceType = "t3.micro", _ change: (inout RunInstancesRequest) -> Void = { _ in }
    ) async throws -> String {
        let id = try #require(try await aws.run(type: type, change).first?.instanceId)
        aws.clock.advance(by: .minutes(1))
        return id
    }

    private func stop(_ id: String) async throws {
        _ = try await aws.ec2.stopInstances(.init(instanceIds: [id]))
        aws.clock.advance(by: .minutes(2))
    }

    @Test func metadataOptionsArePendingUntilTheyAreApplied() async throws {
        let id = try await running()
        let answer = try await aws.ec2.modifyInstanceMetadataOptions(
            .init(instanceId: id, httpTokens: .required, httpPutResponseHopLimit: 3, instanceMetadataTags: .enabled))
        #expect(answer.instanceMetadataOptions?.state == .pending && answer.instanceMetadataOptions?.httpTokens == .required)
        #expect(try await aws.describe(id)?.metadataOptions?.state == .pending)
        aws.clock.advance(by: .seconds(10))
        let options = try #require(try await aws.describe(id)?.metadataOptions)
        #expect(options.state == .applied && options.httpPutResponseHopLimit == 3)
        #expect(options.httpEndpoint == .enabled && options.instanceMetadataTags == .enabled)
        await refused("InvalidParameterValue") {
            try await aws.ec2.modifyInstanceMetadataOptions(.init(instanceId: id, httpPutResponseHopLimit: 65))
        }
        _ = try await aws.ec2.terminateInstances(.init(instanceIds: [id]))
        await refused("IncorrectInstanceState") {
            try await aws.ec2.modifyInstanceMetadataOptions(.init(instanceId: id, httpTokens: .optional))
        }
        await refused("InvalidInstanceID.NotFound") {
            try await aws.ec2.modifyInstanceMetadataOptions(.init(instanceId: "i-0123456789abcdef0"))
        }
    }

    @Test func launchUsesInstanceMetadataDefaults() async throws {
        #expect(try await aws.ec2.getInstanceMetadataDefaults(.init()).accountLevel?.managedBy == nil)
        _ = try await aws.ec2.modifyInstanceMetadataDefaults(
            .init(httpTokens: .optional, httpPutResponseHopLimit: 7, httpEndpoint: .disabled, instanceMetadataTags: .enabled))
        let defaults = try #require(try await aws.ec2.getInstanceMetadataDefaults(.init()).accountLevel)
        #expect(defaults.httpTokens == .optional && defaults.httpPutResponseHopLimit == 7 && defaults.managedBy == .account)
        var options = try #require(try await aws.describe(try await running())?.metadataOptions)
        #expect(options.httpTokens == .optional && options.httpPutResponseHopLimit == 7)
        #expect(options.httpEndpoint == .disabled && options.instanceMetadataTags == .enabled)
        // The launch's options take precedence.
        options = try #require(
            try await aws.describe(try await running { $0.metadataOptions = .init(httpTokens: .required) })?.metadataOptions)
        #expect(options.httpTokens == .required && options.httpPutResponseHopLimit == 7)
        _ = try await aws.ec2.modifyInstanceMetadataDefaults(.init(httpTokens: .noPreference, httpPutResponseHopLimit: -1))
        let rest = try #require(try await aws.ec2.getInstanceMetadataDefaults(.init()).accountLevel)
        #expect(rest.httpTokens == nil && rest.httpPutResponseHopLimit == nil && rest.httpEndpoint == .disabled)
        await refused("InvalidParameterValue") {
            try await aws.ec2.modifyInstanceMetadataDefaults(.init(httpPutResponseHopLimit: 0))
        }
        await refused("MissingParameter") { try await aws.ec2.modifyInstanceMetadataDefaults(.init()) }
    }

    @Test func httpTokensEnforcedRejectsOptionalTokens() async throws {
        let id = try await running()
        _ = try await aws.ec2.modifyInstanceMetadataDefaults(.init(httpTokensEnforced: .enabled))
        await refused("UnsupportedOperation") { try await aws.run { $0.metadataOptions = .init(httpTokens: .optional) } }
        await refused("UnsupportedOperation") {
            try await aws.ec2.modifyInstanceMetadataOptions(.init(instanceId: id, httpTokens: .optional))
        }
        _ = try await running { $0.metadataOptions = .init(httpTokens: .required) }
    }

    @Test func modifyCreditSpecificationReportsResultPerInstance() async throws {
        let small = try await running(), large = try await running("m5.large")
        let answer = try await aws.ec2.modifyInstanceCreditSpecification(
            .init(instanceCreditSpecifications: [
                .init(instanceId: small, cpuCredits: "standard"), .init(instanceId: large, cpuCredits: "standard"),
                .init(instanceId: "i-0123456789abcdef0", cpuCredits: "standard"),
            ]))
        #expect(answer.successfulInstanceCreditSpecifications?.map(\.instanceId) == [small])
        #expect(
            answer.unsuccessfulInstanceCreditSpecifications?.map(\.error?.code?.rawValue) == [
                "InstanceCreditSpecification.NotSupported", "InvalidInstanceID.NotFound",
            ])
        let told = try await aws.ec2.describeInstanceCreditSpecifications(.init(instanceIds: [small]))
        #expect(told.instanceCreditSpecifications?.first?.cpuCredits == "standard")
        await refused("InvalidParameterValue") {
            try await aws.ec2.modifyInstanceCreditSpecification(
                .init(instanceCreditSpecifications: [.init(instanceId: small, cpuCredits: "endless")]))
        }
    }

    @Test func launchUsesDefaultCreditSpecification() async throws {
        let t3 = GetDefaultCreditSpecificationRequest(instanceFamily: .t3)
        #expect(
            try await aws.ec2.getDefaultCreditSpecification(t3).instanceFamilyCreditSpecification?.cpuCredits == "unlimited")
        #expect(
            try await aws.ec2.getDefaultCreditSpecification(.init(instanceFamily: .t2)).instanceFamilyCreditSpecification?
                .cpuCredits == "standard")
        _ = try await aws.ec2.modifyDefaultCreditSpecification(.init(instanceFamily: .t3, cpuCredits: "standard"))
        let id = try await running()
        let told = try await aws.ec2.describeInstanceCreditSpecifications(.init(instanceIds: [id]))
        #expect(told.instanceCreditSpecifications?.first?.cpuCredits == "standard")
    }

    @Test func cpuOptionsNeedAStoppedInstance() async throws {
        let id = try await running("m5.2xlarge")
        let change = ModifyInstanceCpuOptionsRequest(instanceId: id, coreCount: 2, threadsPerCore: 1)
        let error = await refusal(of: { try await aws.ec2.modifyInstanceCpuOptions(change) })
        #expect(error?.code == "IncorrectInstanceState")
        #expect(error?.message == "The instance '\(id)' is not in the 'stopped' state.")
        try await stop(id)
        #expect(try await aws.ec2.modifyInstanceCpuOptions(change).coreCount == 2)
        let options = try #require(try await aws.describe(id)?.cpuOptions)
        #expect(options.coreCount == 2 && options.threadsPerCore == 1)
        await refused("InvalidParameterCombination") {
            try await aws.ec2.modifyInstanceCpuOptions(.init(instanceId: id, coreCount: 2))
        }
        await refused("InvalidParameterCombination") {
            try await aws.ec2.modifyInstanceCpuOptions(.init(instanceId: id, coreCount: 99, threadsPerCore: 1))
        }
        await refused("UnsupportedOperation") {
            try await aws.ec2.modifyInstanceCpuOptions(.init(instanceId: id, nestedVirtualization: .enabled))
        }
    }

    @Test func modifiedInstanceOptionsAreDescribed() async throws {
        let image = try await aws.ubuntu("arm64")
        let id = try await running("m8g.large") { $0.imageId = image }
        let maintenance = try await aws.ec2.modifyInstanceMaintenanceOptions(
            .init(instanceId: id, autoRecovery: .disabled, rebootMigration: .disabled))
        #expect(maintenance.autoRecovery == .disabled && maintenance.rebootMigration == .disabled)
        await refused("IncorrectInstanceState") {
            try await aws.ec2.modifyInstanceNetworkPerformanceOptions(.init(instanceId: id, bandwidthWeighting: .vpc1))
        }
        await refused("IncorrectInstanceState") {
            try await aws.ec2.modifyPrivateDnsNameOptions(.init(instanceId: id, privateDnsHostnameType: .resourceName))
        }
        try await stop(id)
        _ = try await aws.ec2.modifyInstanceNetworkPerformanceOptions(.init(instanceId: id, bandwidthWeighting: .vpc1))
        _ = try await aws.ec2.modifyPrivateDnsNameOptions(
            .init(instanceId: id, privateDnsHostnameType: .resourceName, enableResourceNameDnsARecord: true))
        _ = try await aws.ec2.modifyInstanceCapacityReservationAttributes(
            .init(instanceId: id, capacityReservationSpecification: .init(capacityReservationPreference: "none")))
        let instance = try #require(try await aws.describe(id))
        #expect(instance.maintenanceOptions?.autoRecovery == .disabled)
        #expect(instance.maintenanceOptions?.rebootMigration == .disabled)
        #expect(instance.networkPerformanceOptions?.bandwidthWeighting == .vpc1)
        #expect(instance.privateDnsNameOptions?.hostnameType == .resourceName)
        #expect(instance.privateDnsNameOptions?.enableResourceNameDnsARecord == true)
        #expect(instance.privateDnsName?.hasPrefix(id) == true)
        #expect(
            instance.capacityReservationSpecification?.capacityReservationPreference == "none")
        await refused("InvalidCapacityReservationId.NotFound") {
            try await aws.ec2.modifyInstanceCapacityReservationAttributes(
                .init(
                    instanceId: id,
                    capacityReservationSpecification: .init(
                        capacityReservationTarget: .init(capacityReservationId: "cr-0123456789abcdef0"))))
        }
        await refused("UnsupportedOperation") {
            try await aws.run(type: "m5.large") { $0.networkPerformanceOptions = .init(bandwidthWeighting: .vpc1) }
        }
    }

    @Test func placementNeedsAStoppedInstance() async throws {
        let id = try await running()
        await refused("IncorrectInstanceState") {
            try await aws.ec2.modifyInstancePlacement(.init(groupName: "near", instanceId: id))
        }
        await refused("MissingParameter") { try await aws.ec2.modifyInstancePlacement(.init(instanceId: id)) }
        try await stop(id)
        await refused("InvalidPlacementGroup.Unknown") {
            try await aws.ec2.modifyInstancePlacement(.init(groupName: "near", instanceId: id))
        }
        _ = try await aws.ec2.createPlacementGroup(.init(groupName: "near", strategy: .spread))
        _ = try await aws.ec2.modifyInstancePlacement(.init(groupName: "near", instanceId: id))
        #expect(try await aws.describe(id)?.placement?.groupName == "near")
        _ = try await aws.ec2.modifyInstancePlacement(.init(groupName: "", instanceId: id))
        #expect(try await aws.describe(id)?.placement?.groupName == "")
        await refused("InvalidHostID.NotFound") {
            try await aws.ec2.modifyInstancePlacement(.init(instanceId: id, hostId: "h-0123456789abcdef0"))
        }
        await refused("InvalidRequest") {
            try await aws.ec2.modifyInstancePlacement(.init(instanceId: id, tenancy: .dedicated))
        }
    }

    @Test func modifyInstanceAttributeChangesAreDescribed() async throws {
        let id = try await running("m5.xlarge")
        await refused("IncorrectInstanceState") {
            try await aws.ec2.modifyInstanceAttribute(.init(enclaveOptions: .init(enabled: true), instanceId: id))
        }
        try await stop(id)
        try await aws.ec2.modifyInstanceAttribute(.init(instanceId: id, enaSupport: .init(value: false)))
        try await aws.ec2.modifyInstanceAttribute(.init(enclaveOptions: .init(enabled: true), instanceId: id))
        #expect(
            try await aws.ec2.describeInstanceAttribute(.init(instanceId: id, attribute: .enaSupport)).enaSupport?.value
                == false)
        #expect(
            try await aws.ec2.describeInstanceAttribute(.init(instanceId: id, attribute: .enclaveOptions)).enclaveOptions?
                .enabled == true)
        await refused("InvalidParameterCombination") {
            try await aws.ec2.modifyInstanceAttribute(.init(instanceId: id, kernel: .init(value: "aki-12345678")))
        }
        try await aws.ec2.modifyInstanceAttribute(.init(sourceDestCheck: .init(value: false), instanceId: id))
        try await aws.ec2.resetInstanceAttribute(.init(instanceId: id, attribute: .sourceDestCheck))
        #expect(try await aws.describe(id)?.sourceDestCheck == true)
        await refused("InvalidParameterValue") {
            try await aws.ec2.resetInstanceAttribute(.init(instanceId: id, attribute: .userData))
        }
    }

    @Test func statusReportsAndInterruptsNeedRunningInstance() async throws {
        let image = try await aws.ubuntu(release: "focal-20.04")
        let id = try await running { $0.imageId = image }
        let report = ReportInstanceStatusRequest(
            instances: [id], status: .impaired, reasonCodes: [.unresponsive])
        try await aws.ec2.reportInstanceStatus(report)
        try await aws.ec2.sendDiagnosticInterrupt(.init(instanceId: id))
        let console = try await aws.ec2.getConsoleOutput(.init(instanceId: id)).output ?? ""
        #expect(String(decoding: Base64.decode(console) ?? [], as: UTF8.self).contains("NMI received"))
        await refused("InvalidInstanceEventIDNotFound") {
            try await aws.ec2.modifyInstanceEventStartTime(
                .init(instanceId: id, instanceEventId: "instance-event-0d59937288b749b32", notBefore: aws.clock.now))
        }
        try await stop(id)
        await refused("IncorrectInstanceState") { try await aws.ec2.reportInstanceStatus(report) }
        await refused("IncorrectInstanceState") { try await aws.ec2.sendDiagnosticInterrupt(.init(instanceId: id)) }
        await refused("UnsupportedOperation") { try await aws.ec2.getInstanceUefiData(.init(instanceId: id)) }
        await refused("UnsupportedOperation") {
            try await aws.ec2.getInstanceTpmEkPub(.init(instanceId: id, keyType: .rsa2048, keyFormat: .der))
        }
    }

    @Test func describeInstanceTopologyListsSupportedTypes() async throws {
        _ = try await aws.ec2.createPlacementGroup(.init(groupName: "near", strategy: .cluster))
        let instances = try await aws.run(2, type: "g4dn.xlarge") { $0.placement = .init(groupName: "near") }
        _ = try await running()
        let told = try await aws.ec2.describeInstanceTopology(.init()).instances ?? []
        #expect(told.map(\.instanceId) == instances.map(\.instanceId))
        #expect(told.allSatisfy { $0.networkNodes?.count == 3 && $0.groupName == "near" })
        #expect(told[0].networkNodes == told[1].networkNodes)
        #expect(try await aws.ec2.describeInstanceTopology(.init(groupNames: ["far"])).instances?.isEmpty == true)
        #expect(
            try await aws.ec2.describeInstanceTopology(
                .init(filters: [Filter(name: "instance-type", values: ["p*"])])
            ).instances?.isEmpty == true)
    }

    @Test func serialConsoleAccessCanBeEnabledAndDisabled() async throws {
        #expect(try await aws.ec2.getSerialConsoleAccessStatus(.init()).serialConsoleAccessEnabled == false)
        #expect(try await aws.ec2.enableSerialConsoleAccess(.init()).serialConsoleAccessEnabled == true)
        #expect(try await aws.ec2.getSerialConsoleAccessStatus(.init()).serialConsoleAccessEnabled == true)
        #expect(try await aws.ec2.disableSerialConsoleAccess(.init()).serialConsoleAccessEnabled == false)
        #expect(try await aws.ec2.getSerialConsoleAccessStatus(.init()).managedBy == .account)
    }

    @Test func describeIdFormatReportsLongIds() async throws {
        let all = try await aws.ec2.describeIdFormat(.init()).statuses ?? []
        #expect(all.count == 31 && all.allSatisfy { $0.useLongIds == true })
        #expect(try await aws.ec2.describeIdFormat(.init(resource: "volume")).statuses?.count == 1)
        await refused("InvalidParameterValue") { try await aws.ec2.describeIdFormat(.init(resource: "ship")) }
        #expect(try await aws.ec2.describeAggregateIdFormat(.init()).useLongIdsAggregated == true)
        #expect(try await aws.ec2.describePrincipalIdFormat(.init()).principals?.isEmpty == true)
        await refused("InvalidParameterValue") {
            try await aws.ec2.describeIdentityIdFormat(.init(principalArn: "arn:aws:iam::000000000000:root"))
        }
        #expect(try await aws.ec2.describeIdentityIdFormat(.init(principalArn: "all")).statuses?.count == 31)
    }

    @Test func availabilityZoneGroupsAreOptedIn() async throws {
        let group = try #require(
            try await aws.ec2.describeAvailabilityZones(.init()).availabilityZones?.first?.groupName)
        #expect(
            try await aws.ec2.modifyAvailabilityZoneGroup(.init(groupName: group, optInStatus: .optedIn)).return == true)
        await refused("UnsupportedOperation") {
            try await aws.ec2.modifyAvailabilityZoneGroup(.init(groupName: group, optInStatus: .notOptedIn))
        }
        await refused("InvalidParameterValue") {
            try await aws.ec2.modifyAvailabilityZoneGroup(.init(groupName: "us-east-1-bos-1", optInStatus: .optedIn))
        }
    }
}
