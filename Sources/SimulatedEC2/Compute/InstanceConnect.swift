import AWSCore
public import AWSModels
import EC2API
public import SimulatorCore

/// EC2 Instance Connect: admits a public key to an instance for a minute. In AWS it is a separate service. One operation is
/// simulated; this file contains its few shapes.
/// https://docs.aws.amazon.com/ec2-instance-connect/latest/APIReference
public struct InstanceConnectSimulation: SimulatedService {
    /// How long a key is admitted.
    static let lifetime = Duration.seconds(60)

    public init() {}

    public let model = ServiceModel(
        id: "ec2-instance-connect", signingName: "ec2-instance-connect", endpointPrefix: "ec2-instance-connect",
        serviceId: "EC2 Instance Connect", apiVersion: "2018-04-02", wire: .awsJson1_1,
        targetPrefix: "AWSEC2InstanceConnectService", operationNames: "SendSSHPublicKey SendSerialConsoleSSHPublicKey")

    public func operation(_ name: String) -> ServiceOperation? { Self.table[name] }

    private static let table = OperationTable(InstanceConnectSimulation()) { name in
        guard name == "SendSSHPublicKey" else { return nil }
        let operation = Operation<SendSSHPublicKeyRequest, SendSSHPublicKeyResponse>(name, InstanceConnectSimulation().model)
        return OperationHandler(operation) { service in { input, context in try service.sendSSHPublicKey(input, context) } }
    }

    public var permissions: PermissionTable { .ec2InstanceConnect }

    public func resource(
        _ type: String, by member: String, _ value: String, _ question: PermissionQuestion
    ) throws -> PermissionResource? {
        PermissionResource(arn(type, value, question.context), tags: try Tags.of(value, question.context))
    }

    public func requestConditions(_ question: PermissionQuestion) -> [String: [String]] {
        ["ec2:osuser": question.values(at: "InstanceOSUser")]
    }

    public func error(for violations: [Violation], _ operation: String) -> AWSError {
        AWSError("InvalidArgsException", AWSError.invalid(violations, wire: model.wire).message)
    }

    /// Admits the key to the instance's guest. Without a guest it has no effect, because there is nothing to log in to.
    func sendSSHPublicKey(_ input: SendSSHPublicKeyRequest, _ context: Context) throws -> SendSSHPublicKeyResponse {
        guard let key = SSHPublicKey(reading: input.sshPublicKey) else {
            throw AWSError("InvalidArgsException", "Could not parse SSH public key")
        }
        guard let instance = try InstanceRecord.find(input.instanceId, context), instance.phase != .terminate else {
            throw AWSError("EC2InstanceNotFoundException", status: 404, "Instance not found")
        }
        if let zone = input.availabilityZone, zone != instance.zone {
            throw AWSError("EC2InstanceNotFoundException", status: 404, "Instance not found")
        }
        guard instance.state(context) == .running else {
            throw AWSError(
                "EC2InstanceStateInvalidException", "Unable to connect to target instance. Instance is not in a running state")
        }
        let line = key.line(comment: "ec2-instance-connect"), until = context.now + Self.lifetime
        let guests = context.simulator.guests
        context.afterCommit {
            guests?.admit(publicKey: line, for: input.instanceOSUser, to: input.instanceId, until: until)
        }
        return SendSSHPublicKeyResponse(requestId: context.requestId, success: true)
    }
}

struct SendSSHPublicKeyRequest: Shape {
    var instanceId, instanceOSUser, sshPublicKey: String
    var availabilityZone: String?

    static let schema = Schema(
        "SendSSHPublicKeyRequest",
        #"""
        InstanceId s = = ! min:10 max:32 ~^i-[a-f0-9]+$
        InstanceOSUser s = = ! min:1 max:32 ~^[A-Za-z_][A-Za-z0-9\@\._-]{0,30}[A-Za-z0-9\$_-]?$
        SSHPublicKey s = = ! min:80 max:4096
        AvailabilityZone s = = min:6 max:32
        """#)

    init(from reader: ShapeReader) {
        instanceId = reader.requiredString(0)
        instanceOSUser = reader.requiredString(1)
        sshPublicKey = reader.requiredString(2)
        availabilityZone = reader.string(3)
    }

    func write(to writer: inout ShapeWriter) {
        writer.write(0, instanceId)
        writer.write(1, instanceOSUser)
        writer.write(2, sshPublicKey)
        writer.write(3, availabilityZone)
    }
}

struct SendSSHPublicKeyResponse: Shape {
    var requestId: String?
    var success: Bool?

    static let schema = Schema("SendSSHPublicKeyResponse", "RequestId s = =\nSuccess b = =")

    init(requestId: String?, success: Bool?) {
        self.requestId = requestId
        self.success = success
    }

    init(from reader: ShapeReader) {
        requestId = reader.string(0)
        success = reader.bool(1)
    }

    func write(to writer: inout ShapeWriter) {
        writer.write(0, requestId)
        writer.write(1, success)
    }
}
