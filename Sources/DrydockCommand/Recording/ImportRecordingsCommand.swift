import ArgumentParser
import Contract
import Foundation

struct ImportRecordingsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import", abstract: "Convert VCR, placebo and other recordings to HAR.",
        discussion: """
            Formats: vcr (cassettes of vcrpy or Ruby's VCR, YAML or JSON), bodies (raw responses), placebo ({status_code, \
            data}), snapshot (LocalStack's *.snapshot.json), examples (documented inputs and outputs). Entries that cannot be \
            read are kept with the reason; drydock verify lists them.

            Example: drydock import --format vcr cassettes/*.yaml --out cassettes.har
            """)

    @Option(help: ArgumentHelp("The format of the recordings.", valueName: "format")) var format: ImportFormat
    @Option(help: ArgumentHelp("The HAR file to write.", valueName: "file")) var out: String
    @Argument(help: "The folders or files to read.") var folders: [String]

    func run() throws {
        do {
            let writer = try HARWriter(path: out)
            var skipped = 0, reasons: [String] = []
            for folder in folders {
                try RecordingImporter(format).importAll(folder) { exchange in
                    if let reason = exchange.notes.skip {
                        skipped += 1
                        if reasons.count < 5 { reasons.append("\(exchange.notes.source ?? folder): \(reason)") }
                    }
                    try writer.write(exchange)
                }
            }
            try writer.close()
            guard skipped < writer.count else {
                try? FileManager.default.removeItem(atPath: out)
                throw Failure(
                    writer.count == 0
                        ? "no recordings were found in \(folders.joined(separator: ", "))."
                        : "no entry could be read as \(format.rawValue):\n  \(reasons.joined(separator: "\n  "))")
            }
            print("\(out): \(writer.count) recorded" + (skipped == 0 ? "" : ", \(skipped) of them cannot be compared"))
        } catch let error as RecordingError {
            throw Failure(error.description)
        }
    }
}

extension ImportFormat: ExpressibleByArgument {}
