extension RegistryOperation {
    /// The operation's name in fault plans.
    public var name: String {
        switch self {
        case .ping: "Ping"
        case .listRepositories: "ListRepositories"
        case .checkBlob: "CheckBlob"
        case .fetchBlob: "FetchBlob"
        case .deleteBlob: "DeleteBlob"
        case .startUpload: "StartUpload"
        case .mountBlob: "MountBlob"
        case .checkUpload: "CheckUpload"
        case .appendToUpload: "AppendToUpload"
        case .finishUpload: "FinishUpload"
        case .cancelUpload: "CancelUpload"
        case .checkManifest: "CheckManifest"
        case .fetchManifest: "FetchManifest"
        case .putManifest: "PutManifest"
        case .deleteManifest: "DeleteManifest"
        case .listTags: "ListTags"
        case .listReferrers: "ListReferrers"
        }
    }

    public static let names = [
        "Ping", "ListRepositories", "CheckBlob", "FetchBlob", "DeleteBlob", "StartUpload", "MountBlob", "CheckUpload",
        "AppendToUpload", "FinishUpload", "CancelUpload", "CheckManifest", "FetchManifest", "PutManifest", "DeleteManifest",
        "ListTags", "ListReferrers",
    ]
}
