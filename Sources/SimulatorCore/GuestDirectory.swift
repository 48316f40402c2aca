public import AWSCore

/// Runs the guests of a simulator's instances.
public protocol GuestDirectory: AnyObject, Sendable {
    /// Returns the output of an instance's serial console; nil if it has no guest.
    func console(of instance: String) -> Bytes?
    /// Returns why a running instance cannot be reached; nil if it can.
    func problem(of instance: String) -> GuestProblem?
    /// Lets the holder of the private key log in as a user until the given time.
    func admit(publicKey: String, for user: String, to instance: String, until: Instant)
    /// Called when a request changed instances, after its commit and before its response.
    func instancesChanged()
    /// Restarts an instance's operating system; the instance's state does not change.
    func reboot(_ instance: String)
    /// Saves an instance's current disk for later launches from an image.
    func capture(_ instance: String, as image: String)
    /// Gives an image a copy of another image's disk.
    func copyImage(_ source: String, as image: String)
    /// Deletes the disk of a deregistered image. Instances keep theirs.
    func forgetImage(_ image: String)
    /// Adds to what guests can reach: `internet`, responses by URL, and `packages`, programs by package.
    /// - Throws: an error whose description says what is wrong with the declaration.
    func declare(_ declaration: Node) throws
    /// The guests as a list of objects, for the control plane.
    var description: Node { get }
}

/// The reason why an instance's guest does not run as it should.
public struct GuestProblem: Sendable {
    public let since: Instant
    public let reason: String

    public init(since: Instant, reason: String) {
        self.since = since
        self.reason = reason
    }
}
