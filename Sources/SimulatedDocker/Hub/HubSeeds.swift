import AWSCore
import OCI

/// The public images of a new Hub. They are Drydock's own, with a few files each. Names, tags, commands and layer counts are
/// those of the real images; the content is a placeholder that says so.
struct HubSeed {
    let name: String
    /// The description in `docker search`.
    let description: String
    let tags: [String]
    let created: Instant
    let command: [String]
    var ports: [String] = []
    var workingDirectory = ""
    var environment: [String] = []
    /// The content of each layer above the first, lowest first.
    var layers: [(createdBy: String, files: [LayerEntry])] = []
    var base = "debian"

    struct Image {
        let repository: RepositoryName
        let tag: Tag
        let manifest: Manifest
        let description: String
    }

    /// Builds all images into a store, always with the same bytes.
    static func build(into store: any BlobStore) throws -> [Image] {
        let built = try Self.built.get()
        for digest in built.blobs.digests() {
            if case .bytes(let bytes)? = built.blobs.open(digest) { try store.store(bytes) }
        }
        return built.images
    }

    /// Built once per process and shared by all Hubs.
    private static let built: Result<(images: [Image], blobs: MemoryBlobStore), any Error> = Result {
        let blobs = MemoryBlobStore()
        let images = try all.flatMap { seed -> [Image] in
            guard let repository = RepositoryName(seed.name) else { return [] }
            return try seed.tags.compactMap { text in
                guard let tag = Tag(text) else { return nil }
                return Image(
                    repository: repository, tag: tag, manifest: try seed.image(tag, into: blobs).manifest,
                    description: seed.description)
            }
        }
        return (images, blobs)
    }

    private func image(_ tag: Tag, into store: any BlobStore) throws -> ImageBuilder.Image {
        var builder = ImageBuilder()
        builder.created = created
        builder.execution.command = command
        builder.execution.exposedPorts = ports
        builder.execution.workingDirectory = workingDirectory
        builder.execution.environment += environment
        if base.isEmpty {
            builder.addLayer([.file("hello", Self.greeting, mode: 0o755)], createdBy: "COPY hello / # buildkit")
        } else {
            builder.addLayer(
                Self.root(base, version: layers.isEmpty ? tag.description : ""), createdBy: "/bin/sh -c #(nop) ADD rootfs in /")
        }
        for layer in layers { builder.addLayer(layer.files, createdBy: layer.createdBy) }
        return try builder.build(into: store)
    }

    /// Returns a minimal root file system.
    private static func root(_ system: String, version: String) -> [LayerEntry] {
        let id = version.isEmpty || version == "latest" ? "" : "VERSION_ID=\"\(version)\"\n"
        return [
            .directory("tmp", mode: 0o1777), .directory("root", mode: 0o700), .directory("var/lib"), .directory("home"),
            .file("etc/os-release", "ID=\(system)\nNAME=\"\(system)\"\n\(id)VARIANT=\"stand-in made by Drydock\"\n"),
            .file("etc/passwd", "root:x:0:0:root:/root:/bin/sh\n"), .file("etc/group", "root:x:0:\n"),
            .file("bin/sh", "#!/bin/sh\n# A stand-in: this image holds no programs.\n", mode: 0o755),
        ]
    }

    private static let greeting = """
        #!/bin/sh
        echo 'Hello from Docker!'
        echo 'This message shows that your installation appears to be working correctly.'

        """

    private static func day(_ year: Int, _ month: Int, _ day: Int) -> Instant {
        Instant(year: year, month: month, day: day) ?? Instant(milliseconds: 0)
    }

    private static func program(_ path: String) -> LayerEntry {
        .file(path, "#!/bin/sh\n# A stand-in for \(path) made by Drydock.\n", mode: 0o755)
    }

    static let python: [(createdBy: String, files: [LayerEntry])] = [
        ("RUN /bin/sh -c apt-get install -y ca-certificates tzdata # buildkit", [.file("etc/timezone", "Etc/UTC\n")]),
        (
            "RUN /bin/sh -c ./configure && make && make install # buildkit",
            [program("usr/local/bin/python3"), .link("usr/local/bin/python", to: "python3")]
        ),
        ("RUN /bin/sh -c python get-pip.py # buildkit", [program("usr/local/bin/pip")]),
    ]

    static let all: [HubSeed] = [
        HubSeed(
            name: "library/hello-world", description: "An image that says hello", tags: ["latest"], created: day(2023, 5, 2),
            command: ["/hello"], base: ""),
        HubSeed(
            name: "library/alpine", description: "A small distribution of Linux", tags: ["latest", "3", "3.18", "3.19"],
            created: day(2023, 12, 7), command: ["/bin/sh"],
            base: "alpine"),
        HubSeed(
            name: "library/busybox", description: "Small Unix tools in one program", tags: ["latest", "1.36"],
            created: day(2023, 7, 18), command: ["sh"], base: "busybox"),
        HubSeed(
            name: "library/ubuntu", description: "The distribution Ubuntu", tags: ["latest", "20.04", "22.04"],
            created: day(2023, 12, 12), command: ["/bin/bash"],
            base: "ubuntu"),
        HubSeed(
            name: "library/debian", description: "The distribution Debian", tags: ["latest", "bookworm", "bookworm-slim"],
            created: day(2023, 11, 21), command: ["bash"]
        ),
        HubSeed(
            name: "library/nginx", description: "The web server and proxy nginx", tags: ["latest", "1.25", "alpine"],
            created: day(2023, 10, 24),
            command: ["nginx", "-g", "daemon off;"], ports: ["80/tcp"],
            layers: [
                ("RUN /bin/sh -c apt-get install -y nginx # buildkit", [program("usr/sbin/nginx")]),
                ("COPY docker-entrypoint.sh / # buildkit", [program("docker-entrypoint.sh")]),
                (
                    "COPY index.html /usr/share/nginx/html # buildkit",
                    [.file("usr/share/nginx/html/index.html", "<h1>Welcome to nginx!</h1>\n")]
                ),
            ]),
        HubSeed(
            name: "library/redis", description: "The store of keys and values Redis", tags: ["latest", "7"],
            created: day(2023, 11, 1), command: ["redis-server"],
            ports: ["6379/tcp"],
            layers: [("RUN /bin/sh -c make -C /usr/src/redis install # buildkit", [program("usr/local/bin/redis-server")])]),
        HubSeed(
            name: "library/postgres", description: "The database PostgreSQL", tags: ["latest", "16"],
            created: day(2023, 11, 21), command: ["postgres"],
            ports: ["5432/tcp"],
            layers: [("RUN /bin/sh -c apt-get install -y postgresql # buildkit", [program("usr/lib/postgresql/bin/postgres")])]),
        HubSeed(
            name: "library/python", description: "The language Python", tags: ["latest", "3", "3.12", "3.12-slim"],
            created: day(2023, 12, 8),
            command: ["python3"], environment: ["LANG=C.UTF-8"], layers: python),
        HubSeed(
            name: "library/node", description: "Node.js, which runs JavaScript", tags: ["latest", "20"],
            created: day(2023, 11, 23), command: ["node"],
            layers: [("RUN /bin/sh -c install node # buildkit", [program("usr/local/bin/node")])]),
        // The course's own public image: a Flask application based on python.
        HubSeed(
            name: "pedroheeger/curso084-flask", description: "A small Flask application", tags: ["v1"],
            created: day(2023, 12, 17), command: ["python", "app.py"],
            ports: ["5000/tcp"], workingDirectory: "/app", environment: ["LANG=C.UTF-8"],
            layers: python + [
                ("WORKDIR /app", [.directory("app")]),
                (
                    "RUN /bin/sh -c pip install flask # buildkit",
                    [.file("usr/local/lib/python3/site-packages/flask/__init__.py", "# A stand-in made by Drydock.\n")]
                ),
                (
                    "COPY app.py . # buildkit",
                    [
                        .file(
                            "app/app.py",
                            "from flask import Flask\n\napp = Flask(__name__)\n\n\n@app.route(\"/\")\ndef hello():\n    return \"Hello\"\n"
                        )
                    ]
                ),
            ]),
    ]
}
