import AWSCore
import Crypto
import Foundation

/// The made-up values that grant access to something. Every value that opens a door is in this list and is made by
/// ``Configuration``'s functions below.
public enum AccessValue: String, CaseIterable, Sendable {
    /// Secret access keys of IAM and STS.
    case secretKey
    /// Session tokens of STS.
    case sessionToken
    /// Passwords of ECR's registry.
    case registryPassword
    /// Signatures in the URLs of layers.
    case storageURL
    /// Tokens of Docker Hub.
    case hubToken
    /// Private keys of EC2's key pairs.
    case privateKey
    /// Encoded authorization messages.
    case encodedMessage
    /// SSH host keys of guests.
    case hostKey
    /// Keys that sign web tokens.
    case issuerKey
    /// Seeds of virtual MFA devices.
    case mfaSeed
}

extension Configuration {
    /// The numbers that a value is made of which is stored or handed out once.
    ///
    /// - Parameter ids: the request's numbers. Without a seal, they are used, so that the value follows from the seed.
    public func ids(for value: AccessValue, else ids: IDGenerator) -> IDGenerator {
        seal?.ids(for: value, salt: AccessSeal.randomBytes(32)) ?? ids
    }

    /// The numbers that a lasting value is made of, which is the same whenever it is asked for.
    ///
    /// - Parameters:
    ///   - name: whose value it is; empty for the simulator's.
    ///   - ids: used without a seal.
    public func ids(for value: AccessValue, of name: String, else ids: IDGenerator) -> IDGenerator {
        seal?.ids(for: value, salt: Bytes(name.utf8)) ?? ids
    }

    /// The key that values are sealed or signed with.
    ///
    /// - Parameter material: what the key is made of without a seal.
    public func key(for value: AccessValue, else material: some ContiguousBytes) -> SymmetricKey {
        seal?.key(for: value) ?? SymmetricKey(data: material)
    }

    /// Whether the values that grant access are sealed with a key, instead of following from the seed.
    public var isSealed: Bool { seal != nil }
}
