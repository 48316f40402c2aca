import AWSCore
import ArgumentParser
import Foundation

struct JournalCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "journal", abstract: "Show the requests of a running server, with caller and result.",
        discussion: """
            Prints one line per request; rejected requests have an explanation below. --json prints CloudTrail events, one \
            per line. Patterns may contain * and ?.

            Example: drydock journal --follow --errors
            """)

    @OptionGroup var server: ServerAddress
    @Flag(name: .shortAndLong, help: "Keep printing new entries.") var follow = false
    @Flag(help: "Print CloudTrail events, one per line.") var json = false
    @Flag(help: "Only rejected and failed requests.") var errors = false
    @Flag(
        help:
            "Include the routine requests of registry clients (authentication challenges, layer checks) and of Drydock's own commands."
    )
    var all = false
    @Option(help: ArgumentHelp("Only this service: ec2, ecr, iam, ssm or sts.", valueName: "service")) var service: String?
    @Option(help: ArgumentHelp("Only operations that match, such as Create*.", valueName: "pattern")) var operation: String?
    @Option(help: ArgumentHelp("Only requests of this caller: an ARN, a user name or an access key id.", valueName: "caller"))
    var caller: String?
    @Option(
        name: [.customShort("n"), .long], help: ArgumentHelp("At most this many requests, the latest.", valueName: "count"))
    var limit: Int?

    func validate() throws {
        if let limit, limit < 1 { throw ValidationError("--limit must be 1 or more, not \(limit).") }
    }

    func run() async throws {
        // With a limit, request the last entries; the answer gives the position to continue from.
        var position = limit == nil ? 0 : nil
        var isFirst = true, hasMore = false
        repeat {
            let answer = try await ask(since: position, isFirst: isFirst)
            let events = answer["events"]?.elements ?? []
            if case .integer(let lost)? = answer["lost"], lost > 0 { Self.tellLost(lost) }
            for event in events where json || all || !Self.isUsual(event) {
                print(json ? String(decoding: JSON.write(event), as: UTF8.self) : Self.line(event))
            }
            if isFirst, events.isEmpty, !follow, !json { print("There are no matching requests yet.") }
            fflush(nil)
            if case .integer(let next)? = answer["next"] { position = Int(next) }
            isFirst = false
            hasMore = answer["more"] == .bool(true)
        } while follow || hasMore
    }

    /// On standard error, because other programs may read the events.
    private static func tellLost(_ count: Int64) {
        let entries = count == 1 ? "1 entry is" : "\(count) entries are"
        StandardError.tell(
            "… \(entries) dropped: the journal was full ('serve --journal-limit' raises the limit).")
    }

    private func ask(since position: Int?, isFirst: Bool) async throws -> Node {
        var query: [String] = []
        if let position { query.append("since=\(position)") }
        if follow, !isFirst { query.append("wait=20s") }
        if errors { query.append("errors=true") }
        if isFirst, let limit { query.append("limit=\(limit)") }
        for (name, value) in [("service", service), ("operation", operation), ("caller", caller)] {
            if let value { query.append("\(name)=\(QueryString.encoded(value))") }
        }
        let answer = try await server.ask(.get, "journal?" + query.joined(separator: "&"))
        guard answer["events"] != nil else { throw Failure("\(server.endpoint) is not a Drydock server.") }
        return answer
    }

    // MARK: Human-readable output

    /// Whether an event is routine: the expected failures of every push, and read-only requests by Drydock's own commands.
    private static func isUsual(_ event: Node) -> Bool {
        if event["readOnly"] == .bool(true), event["userAgent"]?.string == RegistryOptions.userAgent { return true }
        guard event["eventSource"]?.string == "ecr.amazonaws.com", case .integer(let status)? = event["_drydock"]?["status"]
        else {
            return false
        }
        switch event["eventName"]?.string {
        case "Ping"?: return status == 401
        case "BatchCheckLayerAvailability"?, "BatchGetImage"?: return status == 404 && event["errorCode"]?.string == "NOT_FOUND"
        default: return false
        }
    }

    private static func line(_ event: Node) -> String {
        let notes = event["_drydock"]
        var time = event["eventTime"]?.string ?? ""
        time = time.replacing("T", with: " ").replacing("Z", with: "")
        let service = event["eventSource"]?.string?.prefix { $0 != "." } ?? ""
        let status: String
        if case .integer(let code)? = notes?["status"] { status = "\(code)" } else { status = "-" }
        var text = "\(time)  \(status)  \(service):\(event["eventName"]?.string ?? "?")"
        let parameters = summary(event["requestParameters"] ?? .null)
        if !parameters.isEmpty { text += "  \(parameters)" }
        text += "  by \(who(event["userIdentity"] ?? .null))"
        if let code = event["errorCode"]?.string {
            let message = (event["errorMessage"]?.string ?? "").trimmingCharacters(in: .whitespacesAndNewlines)
            text += "\n    \(code): \(message.replacing("\n", with: "\n    "))"
            if let explanation = notes?["explanation"]?.string { text += "\n    \(explanation)" }
        }
        return text
    }

    private static func who(_ identity: Node) -> String {
        let arn = identity["arn"]?.string
        switch identity["type"]?.string {
        case "Root"?: return "root"
        case "IAMUser"?: return "user \(identity["userName"]?.string ?? arn ?? "?")"
        case "AssumedRole"?: return "role \(arn?.split(separator: ":").last.map(String.init) ?? "?")"
        default: return arn ?? "unknown caller"
        }
    }

    /// Returns the parameters in a short form: `repositoryName=app imageTag=v1`.
    private static func summary(_ parameters: Node) -> String {
        let words = (parameters.fields ?? []).map { field in "\(field.name)=\(value(field.value))" }
        let text = words.joined(separator: " ")
        return text.count > 160 ? text.prefix(159) + "…" : text
    }

    private static func value(_ node: Node) -> String {
        switch node {
        case .string(let text): text
        case .object(let fields) where fields.count == 1 && fields[0].name == "items": value(fields[0].value)
        case .object(let fields) where fields.count == 1: value(fields[0].value)
        case .list(let elements): elements.map(value).joined(separator: ",")
        default: String(decoding: JSON.write(node), as: UTF8.self)
        }
    }
}
