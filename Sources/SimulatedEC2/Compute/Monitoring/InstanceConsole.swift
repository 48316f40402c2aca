import AWSCore
import EC2API
import Foundation
import SimulatorCore

// MARK: Handlers

extension EC2Simulation {
    public func getConsoleOutput(_ input: GetConsoleOutputRequest, _ context: Context) throws -> GetConsoleOutputResult {
        guard !input.instanceId.isEmpty else { throw AWSError.missingParameter("InstanceId") }
        let instance = try InstanceRecord.get(input.instanceId, context)
        let isBooted = context.now >= instance.runningAt(context) || instance.phase != .start
        if isBooted, let shown = context.simulator.guests?.console(of: instance.id) {
            return GetConsoleOutputResult(instanceId: instance.id, timestamp: context.now, output: Base64.encode(shown))
        }
        return GetConsoleOutputResult(
            instanceId: instance.id, timestamp: isBooted ? instance.runningAt(context) : instance.createdAt,
            output: isBooted ? Base64.encode(Bytes(try instance.console(context).utf8)) : nil)
    }

    public func getPasswordData(_ input: GetPasswordDataRequest, _ context: Context) throws -> GetPasswordDataResult {
        guard !input.instanceId.isEmpty else { throw AWSError.missingParameter("InstanceId") }
        let instance = try InstanceRecord.get(input.instanceId, context)
        // The password is empty until Windows generates one. Windows doesn't boot in the simulator, so it stays empty.
        return GetPasswordDataResult(instanceId: instance.id, timestamp: instance.launchedAt, passwordData: "")
    }
}

// MARK: Rendering

extension InstanceRecord {
    /// Returns the serial console's output of a boot. User data runs only in a guest; without one the console says so.
    fileprivate func console(_ context: Context) throws -> String {
        let address = try privateAddress.orNil ?? ipv6Address(context) ?? "none"
        var lines = [
            "[    0.000000] Drydock: simulated boot of \(image) on \(type) (\(architecture))",
            "[    0.412000] \(platformDetails) instance \(id) in \(zone), private address \(address)",
        ]
        if let keyName { lines.append("[    1.870000] cloud-init: authorized key '\(keyName)' for the default user") }
        if userData != nil {
            lines.append("[    2.140000] cloud-init: user data was given; it runs only in a guest, and this instance has none")
        }
        lines.append("[    2.500000] \(hostName) login: ")
        for time in options.interrupts ?? [] {
            let seconds = Double(time - runningAt(context).milliseconds) / 1000
            lines.append("[\(String(format: "%12.6f", seconds))] Uhhuh. NMI received for unknown reason 00 on CPU 0.")
        }
        return lines.joined(separator: "\r\n") + "\r\n"
    }

    private var hostName: String {
        hostnameType == "resource-name" ? id : "ip-" + privateAddress.split(separator: ".").joined(separator: "-")
    }

    private func ipv6Address(_ context: Context) throws -> String? {
        guard let interface = try NetworkInterfaceRecord.of(instance: id, context).first else { return nil }
        return try InterfaceAddress.all(of: interface.id, context).first { $0.form == .ipv6 }?.text
    }
}
