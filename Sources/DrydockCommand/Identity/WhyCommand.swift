import AWSCore
import ArgumentParser
import HTTPTypes

struct WhyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "why", abstract: "Explain why a running server allowed or rejected a request.",
        discussion: """
            The request id is in the response (x-amzn-RequestId, RequestId) and in the journal. Without an id, explains the \
            latest rejected request.

            Example: drydock why
            """)

    @Argument(help: "The request id. (default: the latest rejected request)") var requestId: String?
    @OptionGroup var server: ServerAddress

    func run() async throws {
        let query = requestId.map { "?id=\(QueryString.encoded($0))" } ?? ""
        let event = try await server.ask(.get, "why" + query)
        let service = event["eventSource"]?.string?.prefix { $0 != "." } ?? ""
        print("\(service):\(event["eventName"]?.string ?? "?") by \(event["userIdentity"]?["arn"]?.string ?? "unknown caller")")
        print("Request \(event["requestID"]?.string ?? "?"), \(event["eventTime"]?.string ?? "?")")
        let notes = event["_drydock"]
        print("Decision: \(notes?["authorization"]?.string ?? "not checked")")
        if let code = event["errorCode"]?.string { print("Error: \(code): \(event["errorMessage"]?.string ?? "")") }
        if let explanation = notes?["explanation"]?.string { print("Reason: \(explanation)") }
    }
}
