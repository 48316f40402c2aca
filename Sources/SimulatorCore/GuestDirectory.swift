public import AWSCore

/// Who plays a simulator's instances, where somebody does.
public protocol GuestDirectory: AnyObject, Sendable {
    /// What an instance's serial console shows; nil if nobody plays it.
    func console(of instance: String) -> Bytes?
    /// Why an instance cannot be reached though it runs; nil while all is well.
    func problem(of instance: String) -> GuestProblem?
    /// Lets whoever has the private key log in as a user for a while.
    func admit(publicKey: String, for user: String, to instance: String, until: Instant)
    /// A request changed something of the instances: called once that is committed, before the request is answered.
    func instancesChanged()
    /// Starts an instance's operating system anew; its state does not change.
    func reboot(_ instance: String)
    /// Keeps an instance's disk as it is now, for those that will be launched from an image.
    func capture(_ instance: String, as image: String)
    /// Gives an image the disk that another one holds.
    func copyImage(_ source: String, as image: String)
    /// Forgets the disk of an image that was deregistered. Instances keep theirs.
    func forgetImage(_ image: String)
    /// Adds to what guests find beyond themselves: `internet`, answers by URL, and `packages`, programs by package.
    /// - Throws: an error whose description says what is wrong with it.
    func declare(_ declaration: Node) throws
    /// The guests as a list of objects, for the control plane.
    var description: Node { get }
}

/// What keeps an instance's guest from running as it should.
public struct GuestProblem: Sendable {
    public let since: Instant
    public let reason: String

    public init(since: Instant, reason: String) {
        self.since = since
        self.reason = reason
    }
}
