public import OCI

extension DockerEngine {
    /// Something that a pull, push or load has got to.
    public enum Progress: Sendable, Hashable {
        /// A line of its own.
        case line(String)
        /// A tag, or a digest, and what is done with it.
        case tag(String, String)
        /// A layer by its short id, and its state.
        case layer(String, String)
        /// A layer that moves: what is done, and how much of it. A terminal shows a bar, nothing else shows anything.
        case moving(String, String, done: Int, total: Int)
        /// What a push left in the registry.
        case pushed(tag: String, digest: Digest, size: Int)

        /// What the docker command prints where there is no terminal; nil for nothing.
        public var line: String? {
            switch self {
            case .line(let text): text
            case .tag(let id, let status), .layer(let id, let status): "\(id): \(status)"
            case .moving, .pushed: nil
            }
        }
    }

    /// Takes progress as it comes.
    public typealias Report = @Sendable (Progress) -> Void

    /// Progress of a layer's bytes, not more often than each half MiB, as dockerd tells it.
    static func bar(_ id: String, _ status: String, total: Int, _ report: @escaping Report) -> @Sendable (Int) -> Void {
        let step = 512 << 10
        let told = Counter()
        return { done in
            if told.advance(to: done, by: step) || done == total { report(.moving(id, status, done: done, total: total)) }
        }
    }
}
