import AWSCore

/// Who plays a simulator's instances, where somebody does.
public protocol GuestDirectory: AnyObject, Sendable {
    /// What an instance's serial console shows; nil if nobody plays it.
    func console(of instance: String) -> Bytes?
    /// The guests as a list of objects, for the control plane.
    var description: Node { get }
}
