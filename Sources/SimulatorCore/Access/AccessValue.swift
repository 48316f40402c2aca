import AWSCore
import Crypto
import Foundation

/// The generated values that grant access. The list is complete; ``Configuration``'s functions below make all of them.
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
    /// Returns the generator for a value that is stored or handed out once.
    ///
    /// - Parameter ids: the request's generator. It is used without a seal, so that the value follows from the seed.
    public func ids(for value: AccessValue, else ids: IDGenerator) -> IDGenerator {
        seal?.ids(for: value, salt: AccessSeal.randomBytes(32)) ?? ids
    }

    /// Returns the generator for a lasting value, which is the same each time.
    ///
    /// - Parameters:
    ///   - name: the value's owner; empty for the simulator.
    ///   - ids: used without a seal.
    public func ids(for value: AccessValue, of name: String, else ids: IDGenerator) -> IDGenerator {
        seal?.ids(for: value, salt: Bytes(name.utf8)) ?? ids
    }

    /// Returns the key that seals or signs values.
    ///
    /// - Parameter material: the key's material without a seal.
    public func key(for value: AccessValue, else material: some ContiguousBytes) -> SymmetricKey {
        seal?.key(for: value) ?? SymmetricKey(data: material)
    }

    /// Whether a key seals the values that grant access; otherwise they follow from the seed.
    public var isSealed: Bool { seal != nil }
}
