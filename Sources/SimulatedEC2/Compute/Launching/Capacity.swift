public import AWSCore
import SimulatorCore

extension EC2Simulation {
    public var launchesFromPools: Set<String> {
        ["CreateFleet", "RequestSpotFleet", "CreateCapacityReservationFleet"]
    }

    public func noCapacity(for parameters: Node, region: String) -> AWSError {
        let type = parameters["InstanceType"]?.string ?? "m1.small"
        let zone = parameters["Placement"]?["AvailabilityZone"]?.string ?? "\(region)a"
        return .noCapacity(for: type, zone: zone, region: region)
    }
}

extension AWSError {
    /// AWS's error for Spot capacity in a fleet, as users report it.
    static let noSpotCapacity = AWSError(
        "InsufficientInstanceCapacity", status: 500, "There is no Spot capacity available that matches your request.")

    /// https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/troubleshooting-launch.html
    static func noCapacity(for type: String, zone: String, region: String) -> AWSError {
        let others = ["a", "b", "c"].map { region + $0 }.filter { $0 != zone }.joined(separator: ", ")
        return AWSError(
            "InsufficientInstanceCapacity", status: 500,
            """
            We currently do not have sufficient \(type) capacity in the Availability Zone you requested (\(zone)). Our system will \
            be working on provisioning additional capacity. You can currently get \(type) capacity by not specifying an \
            Availability Zone in your request or choosing \(others).
            """)
    }
}
