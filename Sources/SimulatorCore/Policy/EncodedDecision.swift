import AWSCore
import Crypto

/// The encoded message at the end of EC2's denials. Callers with permission for `sts:DecodeAuthorizationMessage` can read it.
/// https://docs.aws.amazon.com/STS/latest/APIReference/API_DecodeAuthorizationMessage.html
///
/// AWS does not document its encoding. Drydock masks the decision's JSON with a stream derived from the simulator's seed, so that
/// it is unreadable at sight and repeats with the seed. With a seal, the message is encrypted.
public enum EncodedDecision {
    private static let mark = Bytes("drydock:".utf8)

    package static func encode(_ decision: Decision, _ request: AuthorizationRequest, _ configuration: Configuration)
        -> String
    {
        let message = mark + JSON.write(node(decision, request))
        return Base64.encode(sealed(message, configuration) ?? covered(message, seed: configuration.seed))
            .replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
    }

    /// Returns the decision as JSON; nil if a simulator of this seed and seal did not make the text.
    public static func decode(_ text: String, _ configuration: Configuration) -> String? {
        let plain = text.replacing("-", with: "+").replacing("_", with: "/")
        let padded = plain + String(repeating: "=", count: (4 - plain.utf8.count % 4) % 4)
        guard let bytes = Base64.decode(padded) else { return nil }
        let message = configuration.isSealed ? opened(bytes, configuration) : covered(bytes, seed: configuration.seed)
        return message.starts(with: mark) ? String(decoding: message.dropFirst(mark.count), as: UTF8.self) : nil
    }

    private static func sealed(_ message: Bytes, _ configuration: Configuration) -> Bytes? {
        guard configuration.isSealed else { return nil }
        let box = try? AES.GCM.seal(message, using: configuration.key(for: .encodedMessage, else: Bytes()))
        return box?.combined.map { Bytes($0) } ?? []
    }

    private static func opened(_ bytes: Bytes, _ configuration: Configuration) -> Bytes {
        guard let box = try? AES.GCM.SealedBox(combined: bytes),
            let message = try? AES.GCM.open(box, using: configuration.key(for: .encodedMessage, else: Bytes()))
        else { return [] }
        return Bytes(message)
    }

    private static func covered(_ bytes: Bytes, seed: UInt64) -> Bytes {
        let stream = IDGenerator(seed: seed, scope: "authorization messages").bytes(bytes.count)
        return zip(bytes, stream).map { $0 ^ $1 }
    }

    private static func node(_ decision: Decision, _ request: AuthorizationRequest) -> Node {
        var denying: [Node] = []
        if case .explicitDeny(let statement) = decision {
            denying.append(
                .object([.init("statementId", .string(statement.sid ?? "")), .init("effect", .string("DENY"))]))
        }
        let conditions = request.context.sorted { $0.key < $1.key }.map { key, values in
            Node.object([
                .init("key", .string(key)),
                .init("values", items(values.map { .object([.init("value", .string($0))]) })),
            ])
        }
        return .object([
            .init("allowed", .bool(decision.isAllowed)), .init("explicitDeny", .bool(!denying.isEmpty)),
            .init("matchedStatements", items(denying)), .init("failures", items([])),
            .init(
                "context",
                .object([
                    .init(
                        "principal",
                        .object([
                            .init("id", .string(request.principal.userId ?? "")),
                            .init("name", .string(request.principal.userName ?? "")),
                            .init("arn", .string(request.principal.arn)),
                        ])),
                    .init("action", .string(request.action)), .init("resource", .string(request.resource)),
                    .init("conditions", .object([.init("items", .list(conditions))])),
                ])),
        ])
    }

    private static func items(_ nodes: [Node]) -> Node { .object([.init("items", .list(nodes))]) }
}
