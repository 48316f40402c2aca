import AWSCore
import Foundation
import HTTPTypes
import OCI
import SimulatedDocker
import Synchronization

extension DockerSocket {
    func images(_ call: Call) async throws -> HTTPReply {
        let words = call.words
        switch (call.method, words.count > 1 ? words[1] : "") {
        case (.get, "json") where words.count == 2: return Self.json(try list(call))
        case (.post, "create"):
            guard let source = call.parameters["fromImage"], !source.isEmpty else {
                throw DockerFailure(501, "this engine does not import file systems")
            }
            let tag = call.parameters["tag"] ?? ""
            let name = tag.isEmpty ? source : source + (tag.contains(":") ? "@" : ":") + tag
            let engine = engine(for: call, name)
            return await progress { report in
                if tag.isEmpty, !source.contains("@") {
                    _ = try await engine.pullAll(source, report: report)
                } else {
                    try await engine.pull(name, report: report)
                }
            }
        case (.post, "prune"): return Self.json(try prune(call))
        case (.get, "get") where words.count == 2: return try await save(call.names)
        case (.post, "load"):
            let lines = try await engine.load(call.body)
            var told = Bytes()
            for line in lines { told += JSON.write(.object([.init("stream", .string(line + "\n"))])) + [13, 10] }
            return Self.reply(200, told, type: "application/json")
        case (.get, "search"): throw DockerFailure(501, "this engine does not search")
        default: break
        }
        guard words.count > 1 else { throw DockerFailure(404, "page not found") }
        let name = words[1...].joined(separator: "/")
        switch call.method {
        case .delete:
            let removals = try engine.remove(name, force: call.isSet("force"))
            return Self.json(.list(removals.map(Self.node)))
        case .get where words.count > 2 && words.last == "json": return Self.json(try engine.inspect(Self.stem(words)))
        case .get where words.count > 2 && words.last == "get": return try await save([Self.stem(words)])
        case .get where words.count > 2 && words.last == "history":
            let steps = try engine.history(Self.stem(words))
            return Self.json(.list(steps.map(Self.node)))
        case .post where words.count > 2 && words.last == "tag":
            let target = call.parameters["repo"] ?? "", tag = call.parameters["tag"] ?? ""
            try engine.tag(Self.stem(words), tag.isEmpty ? target : "\(target):\(tag)")
            return HTTPReply(Self.head(201, "application/json"))
        case .post where words.count > 2 && words.last == "push":
            let tag = call.parameters["tag"] ?? "", stem = Self.stem(words)
            let engine = engine(for: call, stem)
            return await progress { report in
                if tag.isEmpty {
                    _ = try await engine.pushAll(stem, report: report)
                } else {
                    _ = try await engine.push("\(stem):\(tag)", report: report)
                }
            }
        default: throw DockerFailure(404, "page not found")
        }
    }

    /// The archive of `docker save`, through a file that is gone before its bytes are sent.
    private func save(_ names: [String]) async throws -> HTTPReply {
        let path = FileManager.default.temporaryDirectory.path + "/drydock-save-\(UUID().uuidString).tar"
        defer { try? FileManager.default.removeItem(atPath: path) }
        try await engine.save(names, to: path)
        let bytes = try Bytes(Data(contentsOf: URL(fileURLWithPath: path), options: .alwaysMapped))
        return Self.reply(200, bytes, type: "application/x-tar")
    }

    private static func stem(_ words: [String]) -> String { words[1..<(words.count - 1)].joined(separator: "/") }

    // MARK: Lists

    private func list(_ call: Call) throws -> Node {
        let state = engine.store.read()
        var wanted: Set<Digest>?
        if let text = call.parameters["filters"], let filters = try? JSON.parse(text) {
            for name in Self.names(filters["reference"]) {
                let pattern = try engine.images(name).map(\.id)
                wanted = (wanted ?? []).union(pattern)
            }
            if let dangling = Self.names(filters["dangling"]).first {
                let matching = state.images.keys.filter {
                    state.names(of: $0).allSatisfy { $0.tag == nil } == ["true", "1"].contains(dangling)
                }
                wanted = wanted.map { $0.intersection(matching) } ?? Set(matching)
            }
        }
        let images = state.images.values.filter { wanted?.contains($0.id) ?? true }.sorted { a, b in
            let first = a.config.created?.milliseconds ?? 0, second = b.config.created?.milliseconds ?? 0
            return first == second ? a.id.hex < b.id.hex : first > second
        }
        return .list(
            images.map { image in
                let names = state.names(of: image.id)
                return .object([
                    .init("Containers", .integer(-1)),
                    .init("Created", .integer((image.config.created ?? Instant(milliseconds: 0)).seconds)),
                    .init("Id", .string(image.id.description)), .init("Labels", .null), .init("ParentId", .string("")),
                    .init("RepoDigests", .list(names.filter { $0.tag == nil }.map { .string($0.familiar) })),
                    .init("RepoTags", .list(names.filter { $0.tag != nil }.map { .string($0.familiar) })),
                    .init("SharedSize", .integer(-1)), .init("Size", .integer(Int64(image.size))),
                ])
            })
    }

    /// The values of a filter, in the form of the API's older and newer versions.
    private static func names(_ node: Node?) -> [String] {
        if let fields = node?.fields { return fields.map(\.name) }
        return node?.elements?.compactMap(\.string) ?? []
    }

    private func prune(_ call: Call) throws -> Node {
        let filters = call.parameters["filters"].flatMap { try? JSON.parse($0) }
        let isAll = Self.names(filters?["dangling"]).contains { $0 == "false" || $0 == "0" }
        let result = try engine.prune(all: isAll)
        return .object([
            .init("ImagesDeleted", result.removals.isEmpty ? .null : .list(result.removals.map(Self.node))),
            .init("SpaceReclaimed", .integer(Int64(result.reclaimed))),
        ])
    }

    private static func node(_ removal: DockerEngine.Removal) -> Node {
        switch removal {
        case .untagged(let name): .object([.init("Untagged", .string(name))])
        case .deleted(let digest): .object([.init("Deleted", .string(digest.description))])
        }
    }

    private static func node(_ step: DockerEngine.Step) -> Node {
        .object([
            .init("Comment", .string(step.comment)), .init("Created", .integer(step.created.seconds)),
            .init("CreatedBy", .string(step.createdBy)), .init("Id", .string(step.id?.description ?? "<missing>")),
            .init("Size", .integer(Int64(step.size))), .init("Tags", .null),
        ])
    }

    // MARK: Progress

    /// Runs a pull or push; its lines go out as they come, as the objects that the client turns into lines again. What fails
    /// before the first of them is an error of the request.
    private func progress(_ work: @escaping @Sendable (@escaping DockerEngine.Report) async throws -> Void) async -> HTTPReply {
        let (stream, lines) = AsyncThrowingStream<Bytes, any Error>.makeStream()
        let task = Task {
            do {
                let isOver = Mutex(false)
                try await work { line in
                    // The client itself tells of the default tag, and of the name at the end.
                    if line.hasPrefix("Using default tag:") || isOver.withLock({ $0 }) { return }
                    if line.hasPrefix("Status: ") { isOver.withLock { $0 = true } }
                    lines.yield(JSON.write(Self.status(line)) + [13, 10])
                }
                lines.finish()
            } catch { lines.finish(throwing: error) }
        }
        lines.onTermination = { _ in task.cancel() }
        let pieces = Pieces(stream.makeAsyncIterator())
        let first: Bytes?
        do { first = try await pieces.next() } catch {
            return Self.failure(Self.status(of: error), Self.message(of: error))
        }
        let isFirst = Mutex(true)
        let hasFailed = Mutex(false)
        let body = HTTPBodyStream {
            if isFirst.withLock({ value in
                defer { value = false }; return value
            }) {
                return first
            }
            if hasFailed.withLock({ $0 }) { return nil }
            do { return try await pieces.next() } catch {
                hasFailed.withLock { $0 = true }
                let message = Node.string(Self.message(of: error))
                return JSON.write(
                    .object([.init("errorDetail", .object([.init("message", message)])), .init("error", message)])) + [13, 10]
            }
        }
        return HTTPReply(Self.head(200, "application/json"), .stream(body, length: nil))
    }

    /// `4f4fb700ef54: Pull complete` is the status of a layer, `v1: Pulling from …` of a tag; anything else is a line.
    private static func status(_ line: String) -> Node {
        if let colon = line.firstRange(of: ": ") {
            let id = line[..<colon.lowerBound], rest = String(line[colon.upperBound...])
            let isLayer = id.utf8.count == 12 && id.utf8.allSatisfy { (48...57).contains($0) || (97...102).contains($0) }
            if isLayer || rest.hasPrefix("Pulling from ") {
                var fields: [Node.Field] = [.init("status", .string(rest)), .init("id", .string(String(id)))]
                if isLayer { fields.append(.init("progressDetail", .object([]))) }
                return .object(fields)
            }
        }
        return .object([.init("status", .string(line))])
    }
}

/// An iterator that is asked from one place at a time, but not always from the same task.
private final class Pieces: @unchecked Sendable {
    // Unchecked: the body's reader asks for one piece after the other, never for two at once.
    private var iterator: AsyncThrowingStream<Bytes, any Error>.AsyncIterator
    init(_ iterator: AsyncThrowingStream<Bytes, any Error>.AsyncIterator) { self.iterator = iterator }
    func next() async throws -> Bytes? { try await iterator.next() }
}
