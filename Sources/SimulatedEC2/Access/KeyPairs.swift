import AWSCore
import EC2API
import GRDB
import SimulatorCore

struct KeyPairRecord: StoredResource {
    static let kind = ResourceKind.keyPair
    static let columns: ColumnList = ["id", "name", "type", "fingerprint", "public_key", "created_at"]
    static let migration = Migration(
        "ec2.key_pair",
        """
        CREATE TABLE ec2_key_pair (
            number INTEGER PRIMARY KEY, account TEXT NOT NULL, region TEXT NOT NULL, id TEXT NOT NULL, name TEXT NOT NULL,
            type TEXT NOT NULL CHECK (type IN ('rsa', 'ed25519')), fingerprint TEXT NOT NULL, public_key TEXT NOT NULL,
            created_at INTEGER NOT NULL,
            UNIQUE (account, region, name), UNIQUE (account, region, id)
        )
        """)

    let id, name, type, fingerprint: String
    /// A line of `authorized_keys`.
    let publicKey: String
    let createdAt: Instant

    init(id: String, name: String, type: String, fingerprint: String, publicKey: String, createdAt: Instant) {
        self.id = id
        self.name = name
        self.type = type
        self.fingerprint = fingerprint
        self.publicKey = publicKey
        self.createdAt = createdAt
    }

    init(_ row: StoredRow) throws {
        try self.init(
            id: row[0], name: row[1], type: row[2], fingerprint: row[3], publicKey: row[4],
            createdAt: Instant(milliseconds: row[5]))
    }

    var values: [(any DatabaseValueConvertible)?] { [id, name, type, fingerprint, publicKey, createdAt.milliseconds] }

    static func named(_ name: String, _ context: Context) throws -> KeyPairRecord? {
        try first(context, "AND name = ?", [name])
    }
}

// MARK: Handlers

extension EC2Simulation {
    public func createKeyPair(_ input: CreateKeyPairRequest, _ context: Context) throws -> KeyPair {
        let tags = try TagSpecifications(input.tagSpecifications, allowed: .keyPair)
        try checkNewKeyName(input.keyName, context)
        let numbers = context.configuration.ids(for: .privateKey, else: context.ids)
        let key =
            input.keyType == "ed25519"
            ? try GeneratedKey.ed25519(numbers) : try context.inBackground(numbers) { GeneratedKey.rsa($0) }
        let pair = try storeKeyPair(input.keyName, key.publicKey, fingerprint: key.fingerprint, tags, context)
        return KeyPair(
            keyPairId: pair.id, tags: tags[.keyPair].orNone, keyName: pair.name, keyFingerprint: pair.fingerprint,
            keyMaterial: input.keyFormat == "ppk" ? key.ppk(comment: pair.name) : key.pem(comment: pair.name))
    }

    public func importKeyPair(_ input: ImportKeyPairRequest, _ context: Context) throws -> ImportKeyPairResult {
        let tags = try TagSpecifications(input.tagSpecifications, allowed: .keyPair)
        try checkNewKeyName(input.keyName, context)
        guard let key = SSHPublicKey(reading: String(decoding: input.publicKeyMaterial, as: UTF8.self)) else {
            throw AWSError.invalidKeyFormat
        }
        let pair = try storeKeyPair(input.keyName, key, fingerprint: key.importedFingerprint, tags, context)
        return ImportKeyPairResult(
            keyFingerprint: pair.fingerprint, keyName: pair.name, keyPairId: pair.id, tags: tags[.keyPair].orNone)
    }

    public func deleteKeyPair(_ input: DeleteKeyPairRequest, _ context: Context) throws -> DeleteKeyPairResult {
        let pair: KeyPairRecord?
        if let id = input.keyPairId, !id.isEmpty {
            try ResourceKind.keyPair.check(id)
            pair = try KeyPairRecord.find(id, context)
        } else if let name = input.keyName, !name.isEmpty {
            pair = try KeyPairRecord.named(name, context)
        } else {
            throw AWSError.missingParameter("KeyName")
        }
        try pair?.delete(context)
        // Deleting an absent pair succeeds.
        return DeleteKeyPairResult(return: true, keyPairId: pair?.id)
    }

    public func describeKeyPairs(_ input: DescribeKeyPairsRequest, _ context: Context) throws -> DescribeKeyPairsResult {
        var pairs = try KeyPairRecord.list(input.keyPairIds, context)
        if let names = input.keyNames, !names.isEmpty {
            pairs = pairs.filter { names.contains($0.name) }
            for name in names where !pairs.contains(where: { $0.name == name }) { throw AWSError.keyPairNotFound(name) }
        }
        let tags = try TagIndex(.keyPair, ids: pairs.map(\.id), context)
        let shapes = pairs.map { $0.shape(tags: tags[$0.id], includesKey: input.includePublicKey == true) }
        return DescribeKeyPairsResult(keyPairs: try KeyPairRecord.filters.apply(input.filters, to: shapes, context))
    }

    private func checkNewKeyName(_ name: String, _ context: Context) throws {
        guard !name.isEmpty else { throw AWSError.missingParameter("KeyName") }
        guard name.unicodeScalars.count <= 255, name.unicodeScalars.allSatisfy({ $0.isASCII && $0.value >= 32 }) else {
            throw AWSError(
                "InvalidParameterValue", "Invalid value '\(name)' for keyPairName. Key names are up to 255 ASCII characters.")
        }
        if try KeyPairRecord.named(name, context) != nil { throw AWSError.keyPairDuplicate(name) }
    }

    private func storeKeyPair(
        _ name: String, _ key: SSHPublicKey, fingerprint: String, _ tags: TagSpecifications, _ context: Context
    ) throws -> KeyPairRecord {
        let pair = KeyPairRecord(
            id: context.ids.resource("key"), name: name, type: key.type, fingerprint: fingerprint,
            publicKey: key.line(comment: name),
            createdAt: context.now)
        try pair.insert(context)
        try tags.apply(.keyPair, to: pair.id, context)
        return pair
    }
}

// MARK: Filters and rendering

extension KeyPairRecord {
    static let filters = FilterTable<KeyPairInfo>(
        [
            "fingerprint": { [$0.keyFingerprint] },
            "key-name": { [$0.keyName] },
            "key-pair-id": { [$0.keyPairId] },
        ], tags: { $0.tags })

    func shape(tags: [Tag], includesKey: Bool) -> KeyPairInfo {
        KeyPairInfo(
            keyPairId: id, keyType: KeyType(type), tags: tags, publicKey: includesKey ? publicKey : nil, createTime: createdAt,
            keyName: name, keyFingerprint: fingerprint)
    }
}

extension AWSError {
    static func keyPairDuplicate(_ name: String) -> AWSError {
        AWSError(
            "InvalidKeyPair.Duplicate", "The keypair already exists",
            explanation: "There is a key pair '\(name)' in this region.")
    }

    static func keyPairNotFound(_ name: String) -> AWSError {
        AWSError("InvalidKeyPair.NotFound", "The key pair '\(name)' does not exist")
    }

    static let invalidKeyFormat = AWSError(
        "InvalidKey.Format", "Key is not in valid OpenSSH public key format",
        explanation:
            "EC2 accepts ED25519 and RSA keys of 1024, 2048, 3072, 4096 or 8192 bits, in OpenSSH's, RFC 4716's or PEM form.")
}
