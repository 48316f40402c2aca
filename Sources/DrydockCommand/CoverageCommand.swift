import AWSCore
import ArgumentParser
import Drydock

struct CoverageCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "coverage", abstract: "List the AWS operations that are simulated.",
        discussion: "Example: drydock coverage --service ec2 --missing")

    @Option(help: ArgumentHelp("Only this service: ec2, ecr, iam, ssm or sts.", valueName: "service")) var service: String?
    @Flag(help: "Print JSON.") var json = false
    @Flag(help: "List missing operations too.") var missing = false

    func run() throws {
        var services = try Coverage().services
        if let service {
            guard services.contains(where: { $0.id == service }) else {
                throw ValidationError(
                    "--service must be one of \(services.map(\.id).joined(separator: ", ")), not '\(service)'.")
            }
            services.removeAll { $0.id != service }
        }
        if json {
            let node = Node.object(
                services.map { service in
                    .init(
                        service.id,
                        .object([
                            .init("simulated", .list(service.simulated.map(Node.string))),
                            .init("missing", .list(service.missing.map(Node.string))),
                        ]))
                })
            print(String(decoding: JSON.write(node, pretty: true), as: UTF8.self))
            return
        }
        for entry in services {
            print("\(entry.id): \(entry.simulated.count) of \(entry.total) operations")
            if service != nil || missing {
                for name in entry.simulated { print("  ✓ \(name)") }
                for name in entry.missing where missing || service != nil { print("  · \(name)") }
            }
        }
    }
}
