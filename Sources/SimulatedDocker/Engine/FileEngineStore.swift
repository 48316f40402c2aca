import AWSCore
import Foundation
public import OCI
import Synchronization

/// State in a file, which is rewritten with each change. It excludes logins, which belong to the command's configuration.
public final class FileEngineStore: EngineStore {
    private let path: String
    private let state: Mutex<EngineState>
    /// Why the existing file could not be read. The engine then starts empty.
    public let problem: String?

    public init(path: String) {
        self.path = path
        var read = EngineState(), problem: String?
        if let data = FileManager.default.contents(atPath: path) {
            do { read = try EngineState(Bytes(data)) } catch { problem = "\(path) does not hold an engine's images: \(error)" }
        }
        self.problem = problem
        state = Mutex(read)
    }

    public func read() -> EngineState { state.withLock { $0 } }

    public func update<T>(_ change: (inout EngineState) throws -> T) throws -> T {
        try state.withLock { state in
            var copy = state
            let result = try change(&copy)
            try Data(copy.bytes).write(to: URL(fileURLWithPath: path), options: .atomic)
            state = copy
            return result
        }
    }

    /// Returns the blobs that the engine in a file needs.
    public static func blobs(ofFile path: String) -> Set<Digest> {
        guard let data = FileManager.default.contents(atPath: path), let state = try? EngineState(Bytes(data)) else {
            return []
        }
        return state.blobs.union(state.pulled)
    }
}

extension EngineState {
    /// The state as JSON. Manifests and configurations are strings in it, because their bytes must not change.
    fileprivate var bytes: Bytes {
        let text = { (bytes: Bytes) in Node.string(String(decoding: bytes, as: UTF8.self)) }
        let images = images.values.sorted { $0.id < $1.id }.map { image -> Node in
            var fields: [Node.Field] = [
                .init("config", text(image.config.bytes)), .init("manifest", text(image.manifest.bytes)),
                .init("type", .string(image.manifest.mediaType.rawValue)),
                .init("sizes", .list(image.layerSizes.map { .integer(Int64($0)) })),
            ]
            if let tagged = image.lastTagged { fields.append(.init("tagged", .integer(tagged.milliseconds))) }
            return .object(fields)
        }
        let references = references.sorted { $0.key.description < $1.key.description }
        let origins = origins.sorted { $0.key < $1.key }.map { blob, origins -> Node.Field in
            .init(blob.description, .list(origins.map { .string("\($0.registry)/\($0.repository)") }))
        }
        return JSON.write(
            .object([
                .init("images", .list(images)),
                .init("names", .object(references.map { .init($0.key.description, .string($0.value.description)) })),
                .init("pulled", .list(pulled.sorted().map { .string($0.description) })), .init("origins", .object(origins)),
            ]))
    }

    /// - Throws: `MalformedMessage`, ``ManifestError`` for an invalid document.
    fileprivate init(_ bytes: Bytes) throws {
        self.init()
        let node = try JSON.parse(bytes)
        for item in node["images"]?.elements ?? [] {
            let config = try ImageConfig(parsing: Bytes((item["config"]?.string ?? "").utf8))
            let manifest = try Manifest(
                parsing: Bytes((item["manifest"]?.string ?? "").utf8), contentType: item["type"]?.string.map { MediaType($0) })
            let sizes = (item["sizes"]?.elements ?? []).map { if case .integer(let size) = $0 { Int(size) } else { 0 } }
            var image = EngineImage(config: config, manifest: manifest, layerSizes: sizes)
            if case .integer(let tagged)? = item["tagged"] { image.lastTagged = .init(milliseconds: tagged) }
            images[image.id] = image
        }
        for field in node["names"]?.fields ?? [] {
            let name = try ImageReference(parsing: field.name)
            guard let id = Digest(field.value.string ?? ""), images[id] != nil else { continue }
            references[name] = id
        }
        pulled = Set((node["pulled"]?.elements ?? []).compactMap { $0.string.flatMap { Digest($0) } })
        for field in node["origins"]?.fields ?? [] {
            guard let blob = Digest(field.name) else { continue }
            for text in field.value.elements?.compactMap(\.string) ?? [] {
                let name = try ImageReference(parsing: text)
                addOrigin(blob, Origin(registry: name.registry, repository: name.repository))
            }
        }
    }
}
