import AWSCore
import Crypto
import CryptoExtras
import IAMAPI
import SimulatorCore

/// Users' SSH public keys for CodeCommit: RSA keys in OpenSSH or PEM encoding.
struct SSHPublicKeyText {
    static let kind = IAMDocumentKind<SSHPublicKey>("ssh-public-key")
    static let limit = 5

    let blob: Bytes
    private let modulus, exponent: Bytes

    /// - Returns: nil if the text is not an RSA key in either encoding.
    init?(_ text: String) {
        let text = text.split(whereSeparator: \.isNewline).joined(separator: "\n")
        if text.hasPrefix("-----BEGIN") {
            guard let key = try? _RSA.Signing.PublicKey(pemRepresentation: text),
                let parts = try? key.getKeyPrimitives()
            else { return nil }
            modulus = Bytes(parts.modulus)
            exponent = Bytes(parts.publicExponent)
            blob = Self.field(Bytes("ssh-rsa".utf8)) + Self.field(Self.signed(exponent)) + Self.field(Self.signed(modulus))
            return
        }
        let words = text.split(separator: " ")
        guard words.count >= 2, words[0] == "ssh-rsa", let blob = Base64.decode(String(words[1])) else { return nil }
        var rest = blob[...]
        guard let type = Self.take(&rest), type == Bytes("ssh-rsa".utf8), let exponent = Self.take(&rest),
            let modulus = Self.take(&rest), rest.isEmpty, modulus.count >= 128
        else { return nil }
        self.blob = blob
        self.modulus = Bytes(modulus.drop { $0 == 0 })
        self.exponent = Bytes(exponent.drop { $0 == 0 })
    }

    var openSSH: String { "ssh-rsa \(Base64.encode(blob))" }

    var pem: String? {
        try? _RSA.Signing.PublicKey(n: modulus, e: exponent).pemRepresentation
    }

    /// The key's MD5 hash as pairs of hexadecimal digits.
    var fingerprint: String {
        Insecure.MD5.hash(data: blob).map { String(hexOf: [$0]) }.joined(separator: ":")
    }

    private static func take(_ rest: inout ArraySlice<UInt8>) -> Bytes? {
        guard rest.count >= 4 else { return nil }
        let count = rest.prefix(4).reduce(0) { $0 << 8 | Int($1) }
        rest = rest.dropFirst(4)
        guard rest.count >= count else { return nil }
        defer { rest = rest.dropFirst(count) }
        return Bytes(rest.prefix(count))
    }

    private static func field(_ bytes: Bytes) -> Bytes {
        withUnsafeBytes(of: UInt32(bytes.count).bigEndian) { Bytes($0) } + bytes
    }

    private static func signed(_ bytes: Bytes) -> Bytes { (bytes.first ?? 0) & 0x80 == 0 ? bytes : [0] + bytes }
}

extension IAMSimulation {
    private func key(_ id: String, of user: UserRecord, _ context: Context) throws -> IAMDocumentKind<SSHPublicKey>.Document {
        guard let found = try SSHPublicKeyText.kind.find(id, context), found.owner == user.id else {
            throw AWSError.noSuchEntity("The Public Key with id \(id) cannot be found.")
        }
        return found
    }

    public func uploadSSHPublicKey(_ input: UploadSSHPublicKeyRequest, _ context: Context) throws -> UploadSSHPublicKeyResponse
    {
        let user = try UserRecord.named(input.userName, context)
        guard let key = SSHPublicKeyText(input.sshPublicKeyBody) else {
            throw AWSError(
                "InvalidPublicKey", "The public key is malformed or otherwise invalid.",
                explanation: "IAM accepts RSA keys in the format of OpenSSH (ssh-rsa …) or PEM.")
        }
        let others = try SSHPublicKeyText.kind.all(owner: user.id, context)
        if others.contains(where: { $0.content.fingerprint == key.fingerprint }) {
            throw AWSError("DuplicateSSHPublicKey", "The SSH public key is already associated with the specified IAM user.")
        }
        guard others.count < SSHPublicKeyText.limit else {
            throw AWSError.quotaExceeded("SSHPublicKeysPerUser", SSHPublicKeyText.limit)
        }
        let id = context.ids.iam("APKA")
        let shape = SSHPublicKey(
            userName: user.name, sshPublicKeyId: id, fingerprint: key.fingerprint, sshPublicKeyBody: input.sshPublicKeyBody,
            status: .active, uploadDate: context.now)
        try SSHPublicKeyText.kind.insert(shape, id: id, owner: user.id, context)
        return UploadSSHPublicKeyResponse(sshPublicKey: shape)
    }

    public func getSSHPublicKey(_ input: GetSSHPublicKeyRequest, _ context: Context) throws -> GetSSHPublicKeyResponse {
        let user = try UserRecord.named(input.userName, context)
        var shape = try key(input.sshPublicKeyId, of: user, context).content
        shape.userName = user.name
        let text = SSHPublicKeyText(shape.sshPublicKeyBody ?? "")
        switch input.encoding {
        case .ssh: shape.sshPublicKeyBody = text?.openSSH
        case .pem: shape.sshPublicKeyBody = text?.pem
        default:
            throw AWSError(
                "UnrecognizedPublicKeyEncoding", "Unsupported or unrecognized public key encoding: \(input.encoding)")
        }
        return GetSSHPublicKeyResponse(sshPublicKey: shape)
    }

    public func updateSSHPublicKey(_ input: UpdateSSHPublicKeyRequest, _ context: Context) throws -> EmptyShape {
        var found = try key(input.sshPublicKeyId, of: try UserRecord.named(input.userName, context), context)
        found.content.status = try StatusType.settable(input.status)
        try SSHPublicKeyText.kind.update(found, context)
        return EmptyShape()
    }

    public func deleteSSHPublicKey(_ input: DeleteSSHPublicKeyRequest, _ context: Context) throws -> EmptyShape {
        let found = try key(input.sshPublicKeyId, of: try UserRecord.named(input.userName, context), context)
        try SSHPublicKeyText.kind.delete(found.id, context)
        return EmptyShape()
    }

    public func listSSHPublicKeys(_ input: ListSSHPublicKeysRequest, _ context: Context) throws -> ListSSHPublicKeysResponse {
        guard let user = try UserRecord.namedOrCaller(input.userName, context) else {
            return ListSSHPublicKeysResponse(sshPublicKeys: [], isTruncated: false)
        }
        let keys = try SSHPublicKeyText.kind.all(owner: user.id, context)
        let page = try IAMPage(keys, by: \.id, marker: input.marker, maxItems: input.maxItems)
        return ListSSHPublicKeysResponse(
            sshPublicKeys: page.items.map {
                SSHPublicKeyMetadata(
                    userName: user.name, sshPublicKeyId: $0.id, status: $0.content.status, uploadDate: $0.content.uploadDate)
            }, isTruncated: page.isTruncated, marker: page.marker)
    }
}

extension StatusType {
    /// Rejects statuses other than Active and Inactive. The model also has Expired, which no caller
    /// can set.
    static func settable(_ status: StatusType) throws -> StatusType {
        guard status == .active || status == .inactive else {
            throw AWSError.validation("Status \(status) is not valid: it must be Active or Inactive.")
        }
        return status
    }
}
