import AWSCore
import ArgumentParser
import Contract
import DrydockServer
import Foundation

struct ReplayCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "replay", abstract: "Serve the responses of a recording.",
        discussion: """
            Matches requests by operation and parameters, in recorded order; a request that repeats more often than recorded \
            gets its last response again. A request that was not recorded fails; the error shows the closest recorded request \
            and the differences.

            Example: drydock replay vpcs.har --port 4567
            """)

    @Argument(help: "The HAR file.") var file: String
    @Option(help: ArgumentHelp("The address to listen on.", valueName: "address")) var host = "127.0.0.1"
    @Option(help: ArgumentHelp("The port to listen on; 0 chooses a free one.", valueName: "port")) var port = 4566
    @OptionGroup var webPages: WebPageOptions

    func validate() throws {
        guard (0...65535).contains(port) else { throw ValidationError("--port must be between 0 and 65535, not \(port).") }
    }

    func run() async throws {
        do {
            let transport = try RecordedTransport(file: file)
            let host = host
            var options = Server.Options(host: host, port: port)
            webPages.apply(to: &options)
            let server = TransportServer(transport, options) { failure in
                StandardError.tell("\(failure)")
            }
            try await server.run { port in
                print("Replaying \(transport.count) exchanges of \(file) on http://\(host):\(port).")
                fflush(nil)
            }
        } catch let error as RecordingError {
            throw Failure(error.description)
        } catch let error as ServerError {
            throw Failure(error.description)
        }
    }
}
