import EC2API
import SimulatorCore

// The account's access to serial consoles.
// https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/configure-access-to-serial-console.html

extension EC2Simulation {
    private static let serialConsole = AccountDocument<GetSerialConsoleAccessStatusResult>("serial-console-access")

    public func getSerialConsoleAccessStatus(
        _ input: GetSerialConsoleAccessStatusRequest, _ context: Context
    ) throws -> GetSerialConsoleAccessStatusResult {
        try Self.serialConsole.get(context)
            ?? GetSerialConsoleAccessStatusResult(serialConsoleAccessEnabled: false, managedBy: .account)
    }

    public func enableSerialConsoleAccess(
        _ input: EnableSerialConsoleAccessRequest, _ context: Context
    ) throws -> EnableSerialConsoleAccessResult {
        try Self.serialConsole.set(.init(serialConsoleAccessEnabled: true, managedBy: .account), context)
        return EnableSerialConsoleAccessResult(serialConsoleAccessEnabled: true)
    }

    public func disableSerialConsoleAccess(
        _ input: DisableSerialConsoleAccessRequest, _ context: Context
    ) throws -> DisableSerialConsoleAccessResult {
        try Self.serialConsole.set(.init(serialConsoleAccessEnabled: false, managedBy: .account), context)
        return DisableSerialConsoleAccessResult(serialConsoleAccessEnabled: false)
    }
}
