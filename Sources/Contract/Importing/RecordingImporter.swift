import AWSCore
import AWSModels
import Foundation

/// The recording formats of other tools.
public enum ImportFormat: String, Sendable, CaseIterable {
    /// VCR interactions, one or many per file, as YAML or JSON; also the event traffic of AWS's Rust SDK.
    case vcr
    /// Raw response bodies. The root element, the file name or the folder name gives the operation.
    case bodies
    /// placebo's `service.Operation_1.json` with `{status_code, data}`.
    case placebo
    /// LocalStack's snapshots.
    case snapshot
    /// Documented inputs and outputs: botocore's and AWS CLI's examples.
    case examples
}

/// Converts other tools' recordings to exchanges.
public struct RecordingImporter: Sendable {
    public let format: ImportFormat

    public init(_ format: ImportFormat) { self.format = format }

    /// Reads one file, or all files below a folder in the order of their paths.
    ///
    /// - Throws: ``RecordingError`` if the folder cannot be read, or errors of `write`. A file that cannot be parsed
    ///   becomes a skipped exchange with the reason.
    public func importAll(_ folder: String, write: (RecordedExchange) throws -> Void) throws {
        for path in try Self.files(folder) {
            let name = path.split(separator: "/").last.map(String.init) ?? path
            guard !name.hasPrefix("."), !name.uppercased().hasPrefix("README"), !name.uppercased().hasPrefix("LICENSE") else {
                continue
            }
            let parts = path.split(separator: "/").suffix(4).joined(separator: "/")
            let file = ImportedFile(path: path, source: parts)
            do {
                guard let data = FileManager.default.contents(atPath: path) else {
                    throw ImportFailure("the file cannot be read")
                }
                for var exchange in try exchanges(file, Bytes(data)) {
                    exchange.notes.origin = format.rawValue
                    try write(exchange)
                }
            } catch let failure as ImportFailure {
                try write(file.skipped(failure.reason))
            } catch let error as MalformedMessage {
                try write(file.skipped("the file is not a \(format.rawValue) recording: \(error)"))
            }
        }
    }

    private func exchanges(_ file: ImportedFile, _ bytes: Bytes) throws -> [RecordedExchange] {
        switch format {
        case .vcr: try file.vcr(try (try? JSON.parse(bytes)) ?? CassetteYAML.parse(bytes))
        case .bodies: try file.bodies(bytes)
        case .placebo: try file.placebo(try JSON.parse(bytes))
        case .snapshot: try file.snapshot(try JSON.parse(bytes))
        case .examples: try file.examples(try JSON.parse(bytes))
        }
    }

    private static func files(_ folder: String) throws -> [String] {
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: folder, isDirectory: &isFolder) else {
            throw RecordingError(folder, "no such file or folder")
        }
        guard isFolder.boolValue else { return [folder] }
        guard let names = try? FileManager.default.subpathsOfDirectory(atPath: folder) else {
            throw RecordingError(folder, "the folder cannot be read")
        }
        let base = folder.hasSuffix("/") ? String(folder.dropLast()) : folder
        return names.sorted().map { "\(base)/\($0)" }.filter { path in
            var isFolder: ObjCBool = false
            return FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) && !isFolder.boolValue
        }
    }
}

struct ImportFailure: Error {
    let reason: String
    init(_ reason: String) { self.reason = reason }
}

/// A file to import, and the service that its path names.
struct ImportedFile {
    let path: String
    /// The end of the path, shown in reports.
    let source: String

    /// The file name without folder and extension.
    var stem: String {
        let name = path.split(separator: "/").last.map(String.init) ?? path
        return name.lastIndex(of: ".").map { String(name[..<$0]) } ?? name
    }

    var folderName: String { path.split(separator: "/").dropLast().last.map(String.init) ?? "" }

    /// The last part of the path that names a service: `…/ec2/x.xml`, `sts-get-session-token.xml`.
    var service: String? {
        let known = ModelTable.all.map(\.model.id)
        let words = path.split(separator: "/").map { $0.lowercased().split { !$0.isLetter && !$0.isNumber }.map(String.init) }
        for part in words.reversed() {
            if let first = part.first, known.contains(first) { return first }
            if let last = part.last, known.contains(last) { return last }
        }
        if words.contains(where: { $0.contains("vpc") }) { return "ec2" }
        for part in words.reversed() { if let word = part.first(where: known.contains) { return word } }
        return nil
    }

    func skipped(_ reason: String, _ part: String = "", service: String? = nil, operation: String? = nil) -> RecordedExchange {
        var exchange = exchange(
            service: service ?? self.service ?? "unknown", operation: operation ?? stem, status: 200, body: [],
            encoding: .parsed)
        exchange.notes.skip = reason
        if !part.isEmpty { exchange.notes.source = "\(source)#\(part)" }
        return exchange
    }

    /// Creates an exchange without a recorded request.
    func exchange(
        service: String?, operation: String?, status: Int, body: Bytes, encoding: RecordedExchange.BodyEncoding,
        part: String = ""
    ) -> RecordedExchange {
        var notes = RecordedExchange.Notes(service: service, operation: operation)
        notes.encoding = encoding
        notes.hasRequest = false
        notes.source = part.isEmpty ? source : "\(source)#\(part)"
        let table = service.flatMap(ModelTable.named)
        let type =
            switch (encoding, table?.model.wire) {
            case (.parsed, _): "application/json"
            case (_, .awsJson1_1): "application/x-amz-json-1.1"
            case (_, .ec2Query): "text/xml;charset=UTF-8"
            default: "text/xml"
            }
        return RecordedExchange(
            request: .init(url: "https://\(table?.model.endpointPrefix ?? service ?? "unknown").amazonaws.com/"),
            response: .init(status: status, headers: [.init("Content-Type", type)], body: body), notes: notes)
    }

    func parsed(service: String?, operation: String?, status: Int = 200, _ node: Node, part: String = "") -> RecordedExchange {
        exchange(service: service, operation: operation, status: status, body: JSON.write(node), encoding: .parsed, part: part)
    }
}
