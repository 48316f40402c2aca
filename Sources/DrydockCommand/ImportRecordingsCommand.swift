import ArgumentParser
import Contract

struct ImportRecordingsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import", abstract: "Turn other people's recordings of AWS into a HAR file.",
        discussion: """
            vcr: interactions as JSON. bodies: raw responses. placebo: {status_code, data}. snapshot: LocalStack's *.snapshot.json. \
            examples: documented inputs and outputs. What cannot be read is kept with the reason, and named by drydock verify.
            """)

    @Option(help: "vcr, bodies, placebo, snapshot or examples.") var format: ImportFormat
    @Option(help: "The HAR file to write.") var out: String
    @Argument(help: "Folders or files to read.") var folders: [String]

    func run() throws {
        do {
            let writer = try HARWriter(path: out)
            var skipped = 0
            for folder in folders {
                try RecordingImporter(format).importAll(folder) { exchange in
                    if exchange.notes.skip != nil { skipped += 1 }
                    try writer.write(exchange)
                }
            }
            try writer.close()
            print("\(out): \(writer.count) recorded" + (skipped == 0 ? "" : ", \(skipped) of them cannot be compared"))
        } catch let error as RecordingError {
            throw Failure(error.description)
        }
    }
}

extension ImportFormat: ExpressibleByArgument {}
