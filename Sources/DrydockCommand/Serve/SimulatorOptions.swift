import AWSCore
import ArgumentParser
import Drydock
import Logging
import SimulatorCore

/// A simulator's account, and how its time passes.
struct SimulatorOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "The account id. (default: that of the state or snapshot, else 123456789012)", valueName: "12 digits"))
    var account: String?
    @Option(help: ArgumentHelp("The region of requests that do not specify one.", valueName: "region")) var region = "us-east-1"
    @Option(
        help: ArgumentHelp(
            "The seed of generated ids: the same seed and requests give the same ids. (default: that of the state or snapshot, else 1)",
            valueName: "number"))
    var seed: UInt64?
    @Option(help: ArgumentHelp("The clock: real, manual, or scaled:N for N times real speed.", valueName: "clock"))
    var clock = ClockOption.real
    @Option(
        help: ArgumentHelp(
            "How long state changes take: instant (no time), quick (shortened) or aws (as in AWS).", valueName: "pace"))
    var transitions = Transitions.quick
    @Option(
        help: ArgumentHelp(
            "The memory limit of the journal, such as 512KiB; the oldest entries are dropped first.", valueName: "size"))
    var journalLimit = ByteSize(count: 32 << 20)
    @Option(help: ArgumentHelp("The least severe level that is logged to standard error.", valueName: "level"))
    var logLevel = LogLevel.notice
    @Option(
        name: .customLong("log"),
        help: ArgumentHelp("Events to log to standard error in addition to errors: requests.", valueName: "what"))
    var logged: [LogTopic] = []

    func validate() throws {
        if let account { try RegistryOptions.check(account: account) }
        try RegistryOptions.check(region: region)
    }

    /// - Parameter owner: the owner of the state or snapshot that the simulator continues; nil for a new simulator.
    func configuration(
        owner: StateOwner?, isStrict: Bool = false, stateFolder: String? = nil, registryHost: String?,
        usesLoopbackAddresses: Bool = false
    ) -> Configuration {
        var configuration = Configuration(
            account: account ?? owner?.account ?? "123456789012", region: region, seed: seed ?? owner?.seed ?? 1,
            clock: clock.make(), transitions: transitions, isStrict: isStrict, stateFolder: stateFolder,
            registryHost: registryHost, usesLoopbackAddresses: usesLoopbackAddresses)
        configuration.journalLimit = journalLimit.count
        configuration.logsRequests = logged.contains(.requests)
        configuration.controlToken = NetworkOptions.controlToken
        TerminalLog.level = Logger.Level(logLevel)
        return configuration
    }
}

/// How a simulator's clock runs.
enum ClockOption: ExpressibleByArgument, CustomStringConvertible {
    case real
    case manual
    case scaled(Double)

    init?(argument: String) {
        switch argument {
        case "real": self = .real
        case "manual": self = .manual
        default:
            guard argument.hasPrefix("scaled:"), let factor = Double(argument.dropFirst(7)), factor > 0, factor <= 1_000_000
            else {
                return nil
            }
            self = .scaled(factor)
        }
    }

    var description: String {
        switch self {
        case .real: "real"
        case .manual: "manual"
        case .scaled(let factor): "scaled:\(factor == factor.rounded() ? "\(Int(factor))" : "\(factor)")"
        }
    }

    func make() -> SimulatedClock {
        switch self {
        case .real: .real()
        case .manual: .manual()
        case .scaled(let factor): .scaled(factor)
        }
    }
}

extension Transitions: ExpressibleByArgument {}

/// The lowest level of log lines on standard error.
enum LogLevel: String, ExpressibleByArgument, CaseIterable {
    case debug, info, notice, warning, error
}

extension Logger.Level {
    fileprivate init(_ level: LogLevel) {
        self =
            switch level {
            case .debug: .debug
            case .info: .info
            case .notice: .notice
            case .warning: .warning
            case .error: .error
            }
    }
}

/// Events that are logged in addition to errors.
enum LogTopic: String, ExpressibleByArgument, CaseIterable {
    case requests
}
