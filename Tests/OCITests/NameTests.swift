import OCI
import Testing

@Suite struct ImageReferences {
    /// The expected forms are Docker 28's for the same texts.
    static let taken: [(String, String, String)] = [
        ("ubuntu", "docker.io/library/ubuntu", "ubuntu"),
        ("ubuntu:22.04", "docker.io/library/ubuntu:22.04", "ubuntu:22.04"),
        ("pedroheeger/test1:v1", "docker.io/pedroheeger/test1:v1", "pedroheeger/test1:v1"),
        ("index.docker.io/library/alpine", "docker.io/library/alpine", "alpine"),
        ("docker.io/a/b/c", "docker.io/a/b/c", "a/b/c"),
        ("localhost/x", "localhost/x", "localhost/x"),
        ("localhost:5000/x:y", "localhost:5000/x:y", "localhost:5000/x:y"),
        ("Foo.bar/x", "Foo.bar/x", "Foo.bar/x"),
        ("HOST/x", "HOST/x", "HOST/x"),
        ("[::1]:5000/x", "[::1]:5000/x", "[::1]:5000/x"),
        ("a__b/c--d.e_f", "docker.io/a__b/c--d.e_f", "a__b/c--d.e_f"),
        (
            "001727357081.dkr.ecr.us-east-1.amazonaws.com/repository_test1:v1",
            "001727357081.dkr.ecr.us-east-1.amazonaws.com/repository_test1:v1",
            "001727357081.dkr.ecr.us-east-1.amazonaws.com/repository_test1:v1"
        ),
    ]

    @Test(arguments: taken)
    func referencesNormaliseLikeDocker(_ text: String, full: String, familiar: String) throws {
        let reference = try ImageReference(parsing: text)
        #expect(reference.description == full)
        #expect(reference.familiar == familiar)
    }

    static let refused: [(String, String)] = [
        ("Ubuntu", "invalid reference format: repository name (library/Ubuntu) must be lowercase"),
        ("a/B:x", "invalid reference format: repository name (a/B) must be lowercase"),
        ("localhost/Foo", "invalid reference format: repository name (Foo) must be lowercase"),
        ("x:!", "invalid reference format"),
        ("", "invalid reference format"),
        (":tag", "invalid reference format"),
        ("x:", "invalid reference format"),
        ("a//b", "invalid reference format"),
        ("foo:bar:baz", "invalid reference format"),
        ("foo/-bar", "invalid reference format"),
        ("a___b", "invalid reference format"),
        ("a..b/c", "invalid reference format"),
        ("-host.com/x", "invalid reference format"),
        ("host.com:port/x", "invalid reference format"),
        ("ubuntu@sha256:abc", "invalid reference format"),
        ("x@sha512:" + String(repeating: "a", count: 50), "invalid checksum digest length"),
        ("x@md5:" + String(repeating: "a", count: 32), "unsupported digest algorithm"),
        (
            String(repeating: "a", count: 64),
            "invalid repository name (\(String(repeating: "a", count: 64))), cannot specify 64-byte hexadecimal strings"
        ),
        (String(repeating: "b", count: 300), "repository name must not be more than 255 characters"),
    ]

    @Test(arguments: refused)
    func invalidReferencesAreRejectedWithDockerMessage(_ text: String, message: String) {
        #expect(throws: ReferenceError.self) { try ImageReference(parsing: text) }
        do throws(ReferenceError) { _ = try ImageReference(parsing: text) } catch { #expect(error.description == message) }
    }

    @Test func defaultTagIsLatestUnlessPinnedByDigest() throws {
        #expect(try ImageReference(parsing: "ubuntu").withDefaultTag.familiar == "ubuntu:latest")
        let digest = Digest(of: [1])
        let pinned = try ImageReference(parsing: "ubuntu@\(digest)")
        #expect(pinned.withDefaultTag.tag == nil)
        #expect(pinned.manifestReference == .digest(digest))
    }

    @Test func dockerHubReferencesUseRegistryHost() throws {
        #expect(try ImageReference(parsing: "ubuntu").registryHost == "registry-1.docker.io")
        #expect(try ImageReference(parsing: "x.io/ubuntu").registryHost == "x.io")
    }
}

@Suite struct Digests {
    @Test func digestsMatchKnownValues() {
        #expect(
            Digest(of: "abc".utf8).description == "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
        var digester = Digester(.sha512)
        digester.update(Array("abc".utf8))
        #expect(digester.finish().hex.hasPrefix("ddaf35a193617abacc417349ae204131"))
        #expect(digester.count == 3)
    }

    @Test func digesterIgnoresChunkBoundaries() {
        let content = (0..<10_000).map { UInt8(truncatingIfNeeded: $0 &* 7) }
        var digester = Digester()
        var rest = content[...]
        for size in [1, 63, 64, 65, 1000, 10_000] where !rest.isEmpty {
            digester.update(Array(rest.prefix(size)))
            rest = rest.dropFirst(size)
        }
        #expect(digester.finish() == Digest(of: content))
    }

    static let hex = String(repeating: "a", count: 64)
    static let others: [(String, DigestError)] = [
        ("abc", .format("abc")),
        ("sha1:abc", .algorithm("sha1:abc")),
        ("sha256:abc", .length("sha256:abc")),
        ("SHA256:\(hex)", .algorithm("SHA256:\(hex)")),
        ("sha256:\(hex.uppercased())", .format("sha256:\(hex.uppercased())")),
        ("sha512:\(hex)", .length("sha512:\(hex)")),
    ]

    @Test(arguments: others)
    func invalidDigestsAreRejected(_ text: String, error: DigestError) {
        #expect(throws: error) { try Digest(parsing: text) }
    }
}

@Suite struct UploadIDs {
    @Test(arguments: ["", ".", "..", "../x", "a/b", "a b", String(repeating: "x", count: 129), "ü"])
    func unsafeUploadIDsAreRejected(_ text: String) { #expect(UploadID(text) == nil) }

    @Test func randomUploadIDsAreUUIDs() {
        let text = UploadID.random().description
        #expect(text.count == 36)
        #expect(UploadID(text)?.description == text)
        #expect(UploadID.random() != UploadID.random())
    }
}
