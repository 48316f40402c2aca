import AWSCore
import OCI
import Testing

@Suite struct Manifests {
    static let digest = "sha256:" + String(repeating: "a", count: 64)
    static let descriptor = #"{"mediaType":"x/y","size":3,"digest":"\#(digest)"}"#

    static func image(_ middle: String) -> Bytes { Bytes(#"{"schemaVersion":2,\#(middle)}"#.utf8) }

    @Test func parsedManifestKeepsItsBytes() throws {
        let bytes = Self.image(#" "config" : \#(Self.descriptor) ,  "layers":[\#(Self.descriptor)], "unheardOf": 1 "#)
        let manifest = try Manifest(parsing: bytes)
        #expect(manifest.bytes == bytes)
        #expect(manifest.digest == Digest(of: bytes))
        #expect(manifest.mediaType == .ociManifest)
        #expect(manifest.blobs.map(\.size) == [3, 3])
        #expect(manifest.imageSize == 6)
    }

    @Test func manifestsRoundTrip() throws {
        let config = Descriptor(mediaType: .dockerConfig, digest: Digest(of: [1]), size: 1)
        let layer = Descriptor(mediaType: .dockerLayer, digest: Digest(of: [2]), size: 2)
        let written = Manifest(image: config, layers: [layer])
        let read = try Manifest(parsing: written.bytes, contentType: .dockerManifest)
        #expect(read == written)
        #expect(read.config == config)
        #expect(read.layers == [layer])

        let subject = written.descriptor
        let signature = Manifest(
            image: config, layers: [], mediaType: .ociManifest, artifactType: "a/b", subject: subject, annotations: ["k": "v"])
        let again = try Manifest(parsing: signature.bytes)
        #expect(again.subject == subject)
        #expect(again.annotations == ["k": "v"])
        #expect(again.effectiveArtifactType == "a/b")

        var entry = written.descriptor
        entry.platform = Platform(os: "linux", architecture: "arm64", variant: "v8")
        let index = Manifest(index: [entry])
        #expect(try Manifest(parsing: index.bytes).manifests == [entry])
    }

    @Test func foreignLayersAreExcludedFromBlobs() throws {
        let config = Descriptor(mediaType: .dockerConfig, digest: Digest(of: [1]), size: 1)
        let foreign = Descriptor(mediaType: .dockerForeignLayer, digest: Digest(of: [2]), size: 2)
        #expect(Manifest(image: config, layers: [foreign]).blobs == [config])
    }

    @Test(arguments: [
        ("", "unexpected token at byte 0"),
        ("[]", "manifest must be an object"),
        ("{}", "schemaVersion must be 2"),
        (#"{"schemaVersion":1}"#, "schemaVersion 1 is not supported any more; push the image with a current client"),
        (#"{"schemaVersion":2}"#, "config is required"),
        (#"{"schemaVersion":2,"config":{}}"#, "layers must be a list"),
        (#"{"schemaVersion":2,"config":{},"layers":[]}"#, "config.mediaType is required"),
        (#"{"schemaVersion":2,"mediaType":"text/plain"}"#, "mediaType text/plain is not supported"),
        (
            #"{"schemaVersion":2,"config":\#(descriptor),"layers":[\#(descriptor),{"mediaType":"x","digest":"sha256:1","size":1}]}"#,
            "layers[1].digest invalid checksum digest length"
        ),
        (
            #"{"schemaVersion":2,"config":{"mediaType":"x","digest":"\#(digest)","size":-1},"layers":[]}"#,
            "config.size must not be negative"
        ),
        (
            #"{"schemaVersion":2,"config":{"mediaType":"x","digest":"\#(digest)","size":9223372036854775807},"layers":[]}"#,
            "config.size must not be more than 35184372088832"
        ),
        (#"{"schemaVersion":2,"manifests":[],"layers":[]}"#, "index has members of an image"),
    ])
    func invalidManifestErrorNamesMember(_ text: String, message: String) {
        do throws(ManifestError) {
            _ = try Manifest(parsing: Bytes(text.utf8))
            Issue.record("was taken")
        } catch {
            if text.isEmpty { #expect(!error.description.isEmpty) } else { #expect(error.description == message) }
        }
    }

    @Test func contentTypeMustMatchManifestMediaType() {
        let config = Descriptor(mediaType: .dockerConfig, digest: Digest(of: [1]), size: 1)
        let manifest = Manifest(image: config, layers: [])
        #expect(throws: ManifestError.self) { try Manifest(parsing: manifest.bytes, contentType: .ociManifest) }
    }

    @Test func deeplyNestedJSONIsRejected() {
        let bomb = Bytes(repeating: 91, count: 1_000_000)
        #expect(throws: ManifestError.self) { try Manifest(parsing: bomb) }
    }
}

@Suite struct ImageConfigurations {
    @Test func imageConfigRoundTrips() throws {
        var run = ImageConfig.Execution()
        run.command = ["sh"]
        run.exposedPorts = ["8080/tcp"]
        let config = ImageConfig(
            created: Instant(milliseconds: 1_700_000_000_000), execution: run, diffIDs: [Digest(of: [7])],
            history: [.init(createdBy: "ADD"), .init(createdBy: "CMD", emptyLayer: true)])
        let read = try ImageConfig(parsing: config.bytes)
        #expect(read.digest == config.digest)
        #expect(read.created == Instant(milliseconds: 1_700_000_000_000))
        #expect(read.diffIDs == [Digest(of: [7])])
        #expect(read.platform == .linuxAMD64)
        #expect(read.history.map(\.emptyLayer) == [false, true])
        #expect(read.node["config"]?["Cmd"]?.elements == [.string("sh")])
    }
}
