import DrydockTesting
import Testing

@Suite(.simulator) struct InstanceSelections {
    private let aws = AWS.current

    private func types(
        _ cpus: ClosedRange<Int> = 2...4, _ memory: Int = 4096, _ architecture: ArchitectureType = "x86_64",
        _ change: (inout InstanceRequirementsRequest) -> Void = { _ in }
    ) async throws -> Set<String> {
        var requirements = InstanceRequirementsRequest(
            vCpuCount: .init(min: cpus.lowerBound, max: cpus.upperBound), memoryMiB: .init(min: memory))
        change(&requirements)
        let found = try await aws.ec2.getInstanceTypesFromInstanceRequirements(
            .init(architectureTypes: [architecture], virtualizationTypes: ["hvm"], instanceRequirements: requirements))
        return Set(found.instanceTypes?.compactMap(\.instanceType) ?? [])
    }

    @Test func instanceRequirementsSelectMatchingTypes() async throws {
        let plain = try await types()
        #expect(plain.isSuperset(of: ["m5.large", "c5.large", "r5.xlarge", "m5a.large"]))
        // Burstable and bare metal types only for who asks for them.
        #expect(plain.isDisjoint(with: ["t3.medium", "m5.2xlarge", "m6g.large", "c5.metal"]))
        let burstable = try await types { $0.burstablePerformance = .required }
        #expect(
            burstable.isSuperset(of: ["t2.medium", "t3.medium", "t3a.medium"]) && burstable.allSatisfy { $0.hasPrefix("t") })
        #expect(try await types { $0.burstablePerformance = .included }.isSuperset(of: ["t3.medium", "m5.large"]))
        #expect(try await types(2...4, 4096, "arm64").isSuperset(of: ["m6g.large", "c7g.large"]))
        #expect(try await types(96...96, 1024) { $0.bareMetal = .required }.contains("c5.metal"))
        let amd = try await types { $0.cpuManufacturers = ["amd"] }
        #expect(amd.contains("m5a.large") && !amd.contains("m5.large"))
        let old = try await types { $0.instanceGenerations = [.previous] }
        #expect(old.contains("m3.large") && !old.contains("m7i.large"))
        let dense = try await types { $0.memoryGiBPerVCpu = .init(min: 8) }
        #expect(dense.contains("r5.large") && !dense.contains("m5.large"))
        let disks = try await types {
            $0.localStorage = .required; $0.localStorageTypes = [.ssd]
        }
        #expect(disks.contains("m5d.large") && !disks.contains("m5.large"))
        #expect(try await !types { $0.excludedInstanceTypes = ["m5*", "c5*"] }.contains { $0.hasPrefix("m5") })
        #expect(try await types { $0.allowedInstanceTypes = ["m5.*"] } == ["m5.large", "m5.xlarge"])
        let graphics = try await types(4...8, 1024) {
            $0.acceleratorTypes = ["gpu"]
            $0.acceleratorManufacturers = ["nvidia"]
            $0.acceleratorNames = ["t4"]
        }
        #expect(graphics == ["g4dn.xlarge", "g4dn.2xlarge"])
        #expect(try await !types(4...8, 1024) { $0.acceleratorCount = .init(max: 0) }.contains("g4dn.xlarge"))
        #expect(try await types { $0.networkBandwidthGbps = .init(min: 3) }.contains("c5n.large"))
        #expect(try await !types { $0.networkBandwidthGbps = .init(min: 3) }.contains("m5.large"))
        #expect(try await !types { $0.baselineEbsBandwidthMbps = .init(min: 2000) }.contains("m5.large"))
    }

    /// The sentences are assumed.
    @Test func contradictoryInstanceRequirementsAreRejected() async throws {
        await refused("InvalidParameterValue") { _ = try await types { $0.vCpuCount = .init(min: 8, max: 4) } }
        await refused("InvalidParameterCombination") {
            _ = try await types {
                $0.allowedInstanceTypes = ["m5.*"]; $0.excludedInstanceTypes = ["c5.*"]
            }
        }
        await refused("InvalidParameterCombination") {
            _ = try await types {
                $0.spotMaxPricePercentageOverLowestPrice = 50
                $0.maxSpotPriceAsPercentageOfOptimalOnDemandPrice = 50
            }
        }
        await refused("NotSimulated") {
            _ = try await types { $0.baselinePerformanceFactors = .init(cpu: .init(references: [.init(instanceFamily: "m5")])) }
        }
    }
}
