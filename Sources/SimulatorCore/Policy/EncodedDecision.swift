import AWSCore

/// The encoded message at the end of EC2's refusals, which only who may call `sts:DecodeAuthorizationMessage` can read.
/// https://docs.aws.amazon.com/STS/latest/APIReference/API_DecodeAuthorizationMessage.html
///
/// AWS doesn't say how it encodes; here the decision's JSON is covered with a stream that follows from the simulator's seed,
/// so that it tells nothing at sight and repeats with the seed.
public enum EncodedDecision {
    private static let mark = Bytes("drydock:".utf8)

    package static func encode(_ decision: Decision, _ request: AuthorizationRequest, seed: UInt64) -> String {
        Base64.encode(covered(mark + JSON.write(node(decision, request)), seed: seed))
            .replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
    }

    /// The decision as JSON; nil if the text was not made by a simulator of this seed.
    public static func decode(_ text: String, seed: UInt64) -> String? {
        let plain = text.replacing("-", with: "+").replacing("_", with: "/")
        let padded = plain + String(repeating: "=", count: (4 - plain.utf8.count % 4) % 4)
        guard let bytes = Base64.decode(padded) else { return nil }
        let message = covered(bytes, seed: seed)
        return message.starts(with: mark) ? String(decoding: message.dropFirst(mark.count), as: UTF8.self) : nil
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
