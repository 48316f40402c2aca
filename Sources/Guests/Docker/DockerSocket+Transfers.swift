import AWSCore
import Foundation
import Glibc
import HTTPTypes
import OCI
import SimulatedDocker
import Synchronization

// Transfers that report progress: pull, push, load, import; and `docker save`.

extension DockerSocket {
    /// `POST /images/create`: a pull, or an import.
    func create(_ call: Call) async throws -> HTTPReply {
        let platform = try call.platform()
        guard let source = call["fromImage"] else { return try await importRoot(call, platform) }
        let tag = call["tag"]
        let name = tag.map { source + ($0.contains(":") ? "@" : ":") + $0 } ?? source
        let engine = engine(for: call, name)
        return await Self.progress { report in
            // The client itself prints the default tag and, at the end, the name.
            let told: DockerEngine.Report = { progress in
                if case .line(let text) = progress, !text.contains(" ") { return }
                report(Self.object(progress))
            }
            if tag == nil, !source.contains("@") {
                _ = try await engine.pullAll(source, platform: platform, report: told)
            } else {
                try await engine.pull(name, platform: platform, report: told)
            }
        }
    }

    func push(_ call: Call, _ name: String) async -> HTTPReply {
        let engine = engine(for: call, name)
        let tag = call["tag"]
        return await Self.progress { report in
            let told: DockerEngine.Report = { report(Self.object($0)) }
            if let tag {
                try await engine.push("\(name):\(tag)", report: told)
            } else {
                _ = try await engine.pushAll(name, report: told)
            }
        }
    }

    /// `POST /images/load`. Reports failures in the response stream, as dockerd does.
    func load(_ call: Call) async throws -> HTTPReply {
        let engine = engine
        let isQuiet = call["quiet"] == nil || call.isSet("quiet")
        let archive = try await TemporaryFile(call.body, in: layerStore)
        return await Self.progress(failsInside: true) { report in
            defer { withExtendedLifetime(archive) {} }
            try await engine.load(archive.body) { progress in
                switch progress {
                case .line(let text): report(.object([.init("stream", .string(text + "\n"))]))
                default: if !isQuiet { report(Self.object(progress)) }
                }
            }
        }
    }

    private func importRoot(_ call: Call, _ platform: Platform?) async throws -> HTTPReply {
        guard let source = call["fromSrc"] else {
            throw DockerFailure(400, "either 'fromImage' or 'fromSrc' must say what the image is made of")
        }
        let name = call["repo"].map { repository in call["tag"].map { "\(repository):\($0)" } ?? repository }
        let engine = engine, layerStore = layerStore
        let changes = call.all("changes")
        let message = call["message"] ?? "Imported from \(source)"
        let sent = source == "-" ? try await TemporaryFile(call.body, in: layerStore) : nil
        return await Self.progress { report in
            let archive: TemporaryFile
            if let sent {
                archive = sent
            } else {
                let url = source.contains("://") ? source : "http://\(source)"
                report(Self.object(.line("Downloading from \(url)")))
                archive = try await TemporaryFile(try await engine.download(url), in: layerStore)
            }
            defer { withExtendedLifetime(archive) {} }
            let id = try engine.importRoot(
                archive.body, as: name, message: message, changes: changes, platform: platform)
            report(Self.object(.line(id.description)))
        }
    }

    /// The archive of `docker save`.
    func save(_ names: [String]) async throws -> HTTPReply {
        let path = TemporaryFile.newPath()
        defer { for path in [path, path + ".part"] { unlink(path) } }
        try await engine.save(names, to: path)
        let file = try TemporaryFile(taking: path, in: layerStore)
        return HTTPReply(Self.head(200, "application/x-tar"), .stream(file.pieces, length: file.size))
    }

    // MARK: Progress

    /// Runs work that reports progress and streams its messages. A failure before the first message becomes the response's
    /// status, unless `failsInside`. The work is cancelled when the client disconnects.
    private static func progress(
        failsInside: Bool = false, _ work: @escaping @Sendable (@escaping @Sendable (Node) -> Void) async throws -> Void
    ) async -> HTTPReply {
        let (stream, messages) = AsyncThrowingStream<Bytes, any Error>.makeStream()
        let task = Task {
            do {
                try await work { messages.yield(JSON.write($0) + [13, 10]) }
                messages.finish()
            } catch { messages.finish(throwing: error) }
        }
        messages.onTermination = { _ in task.cancel() }
        let pieces = Pieces(stream.makeAsyncIterator())
        var first: Bytes?
        do { first = try await pieces.next() } catch {
            guard failsInside else { return failure((error as? DockerError)?.status ?? 500, message(of: error)) }
            first = failureMessage(error)
        }
        let begin = Mutex(first)
        let hasFailed = Mutex(false)
        let body = HTTPBodyStream {
            let first = begin.withLock { value in
                defer { value = nil }
                return value
            }
            if let first { return first }
            if hasFailed.withLock({ $0 }) { return nil }
            do { return try await pieces.next() } catch {
                hasFailed.withLock { $0 = true }
                return failureMessage(error)
            }
        }
        return HTTPReply(head(200, "application/json"), .stream(body, length: nil))
    }

    private static func message(of error: any Error) -> String { (error as? DockerError)?.message ?? "\(error)" }

    private static func failureMessage(_ error: any Error) -> Bytes {
        let message = Node.string(message(of: error))
        return JSON.write(.object([.init("errorDetail", .object([.init("message", message)])), .init("error", message)])) + [
            13, 10,
        ]
    }

    /// Converts progress to a message of the stream. The client draws the progress bars from the numbers.
    private static func object(_ progress: DockerEngine.Progress) -> Node {
        switch progress {
        case .line(let text): return .object([.init("status", .string(text))])
        case .tag(let id, let status): return .object([.init("status", .string(status)), .init("id", .string(id))])
        case .layer(let id, let status):
            return .object([
                .init("status", .string(status)), .init("progressDetail", .object([])), .init("id", .string(id)),
            ])
        case .moving(let id, let status, let done, let total):
            let detail = Node.object([.init("current", .integer(Int64(done))), .init("total", .integer(Int64(total)))])
            return .object([.init("status", .string(status)), .init("progressDetail", detail), .init("id", .string(id))])
        case .pushed(let tag, let digest, let size):
            let left = Node.object([
                .init("Tag", .string(tag)), .init("Digest", .string(digest.description)), .init("Size", .integer(Int64(size))),
            ])
            return .object([.init("progressDetail", .object([])), .init("aux", left)])
        }
    }
}

/// An iterator that different tasks may use, but never at the same time.
private final class Pieces: @unchecked Sendable {
    // Unchecked: the body's reader requests one piece after another.
    private var iterator: AsyncThrowingStream<Bytes, any Error>.AsyncIterator
    init(_ iterator: AsyncThrowingStream<Bytes, any Error>.AsyncIterator) { self.iterator = iterator }
    func next() async throws -> Bytes? { try await iterator.next() }
}
