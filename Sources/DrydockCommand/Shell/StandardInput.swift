import Foundation

enum StandardInput {
    /// Copies standard input to a file.
    /// - Throws: ``Failure`` if the file cannot be written, `CancellationError` if the command is interrupted.
    static func spool(to path: String) throws {
        guard FileManager.default.createFile(atPath: path, contents: nil), let file = FileHandle(forWritingAtPath: path) else {
            throw Failure("\(path) cannot be written")
        }
        do {
            while let piece = try FileHandle.standardInput.read(upToCount: 1 << 20), !piece.isEmpty {
                try Task.checkCancellation()
                try file.write(contentsOf: piece)
            }
            try file.close()
        } catch let error as CocoaError { throw Failure("\(path): \(error.localizedDescription)") }
    }
}
