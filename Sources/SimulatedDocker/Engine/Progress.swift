public import OCI

extension DockerEngine {
    /// A step in the progress of a pull, push or load.
    public enum Progress: Sendable, Hashable {
        /// A separate line.
        case line(String)
        /// A tag or digest, and its status.
        case tag(String, String)
        /// A layer's short id and its status.
        case layer(String, String)
        /// A transfer in progress: a layer's short id, its status and the bytes done. Only terminals show it, as a bar.
        case moving(String, String, done: Int, total: Int)
        /// The result of a push.
        case pushed(tag: String, digest: Digest, size: Int)

        /// The line that the docker command prints without a terminal; nil for none.
        public var line: String? {
            switch self {
            case .line(let text): text
            case .tag(let id, let status), .layer(let id, let status): "\(id): \(status)"
            case .moving, .pushed: nil
            }
        }
    }

    /// Receives progress.
    public typealias Report = @Sendable (Progress) -> Void

    /// Returns a callback for a layer's bytes that reports at most every half MiB, as dockerd does.
    static func bar(_ id: String, _ status: String, total: Int, _ report: @escaping Report) -> @Sendable (Int) -> Void {
        let step = 512 << 10
        let told = Counter()
        return { done in
            if told.advance(to: done, by: step) || done == total { report(.moving(id, status, done: done, total: total)) }
        }
    }
}
