import AWSCore
import NIOCore
import NIOPosix

/// Answers a guest's DNS queries over UDP: a name has one IPv4 address or does not exist.
/// https://www.rfc-editor.org/rfc/rfc1035 §4
struct NameServer: Sendable {
    private let channel: any Channel

    /// Takes ownership of the socket and answers queries until ``close()``.
    static func start(_ socket: Int32, resolve: @escaping @Sendable (String) -> GuestResolution) async throws -> NameServer {
        let channel = try await DatagramBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(Answering(resolve: resolve))
                }
            }
            .withBoundSocket(socket).get()
        return NameServer(channel: channel)
    }

    func close() async { try? await channel.close() }

    private final class Answering: ChannelInboundHandler {
        typealias InboundIn = AddressedEnvelope<ByteBuffer>
        typealias OutboundOut = AddressedEnvelope<ByteBuffer>
        private let resolve: @Sendable (String) -> GuestResolution

        init(resolve: @escaping @Sendable (String) -> GuestResolution) { self.resolve = resolve }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            let envelope = unwrapInboundIn(data)
            guard let answer = NameServer.answer(to: Bytes(envelope.data.readableBytesView), resolve: resolve)
            else { return }
            context.writeAndFlush(
                wrapOutboundOut(AddressedEnvelope(remoteAddress: envelope.remoteAddress, data: ByteBuffer(bytes: answer))),
                promise: nil)
        }
    }

    /// Returns the response to a DNS message; nil if it isn't a query.
    static func answer(to message: Bytes, resolve: (String) -> GuestResolution) -> Bytes? {
        guard message.count > 12, message[2] & 0x80 == 0 else { return nil }
        var labels: [String] = []
        var offset = 12
        while offset < message.count, message[offset] != 0 {
            let length = Int(message[offset])
            guard length < 64, offset + 1 + length < message.count else { return nil }
            labels.append(String(decoding: message[(offset + 1)...(offset + length)], as: UTF8.self))
            offset += 1 + length
        }
        let end = offset + 5
        guard message[2] & 0x78 == 0, message[4] == 0, message[5] == 1, end <= message.count else {
            return head(of: message, code: 4, answers: 0, questions: 0)  // not implemented
        }
        let kind = Int(message[offset + 1]) << 8 | Int(message[offset + 2])
        var answered: UInt32?
        let code: UInt8
        switch resolve(labels.joined(separator: ".")) {
        case .address(let address):
            answered = kind == 1 ? address : nil  // A
            code = 0
        case .unknown: code = 3
        case .failure: code = 2
        }
        var answer = head(of: message, code: code, answers: answered == nil ? 0 : 1, questions: 1)
        answer += message[12..<end]
        if let address = answered {
            // The query's name, type A, class IN, a TTL of 60 seconds, and 4 bytes of data.
            answer += [0xC0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4] + [24, 16, 8, 0].map { UInt8(address >> UInt32($0) & 255) }
        }
        return answer
    }

    /// The message header: identifier, the flags "response" and "recursion available", the code, and the counts.
    private static func head(of message: Bytes, code: UInt8, answers: UInt8, questions: UInt8) -> Bytes {
        [message[0], message[1], 0x80 | message[2] & 0x79, 0x80 | code, 0, questions, 0, answers, 0, 0, 0, 0]
    }
}
