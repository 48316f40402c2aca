public import AWSCore
import GRDB
public import OCI
import STSAPI
public import SimulatorCore

/// The simulation of STS: caller identity and temporary credentials.
public struct STSSimulation: SimulatedService, STSService {
    public typealias Context = SimulatorCore.Context

    /// Fetches the keys of external issuers; if nil, only tokens signed by the simulator are accepted.
    let reader: IssuerReader?
    let issuerKeys = IssuerKeys()

    /// The external issuers whose keys may be fetched.
    let issuers: Set<String>

    public init(reader: IssuerReader? = nil, issuers: Set<String> = []) {
        self.reader = reader
        self.issuers = issuers
    }

    public var model: ServiceModel { STS.model }

    public func copied(sharing blobs: any BlobStore) -> STSSimulation { STSSimulation(reader: reader, issuers: issuers) }

    public static var migrations: [Migration] {
        [SessionRecord.migration, SessionRecord.proofMigration, SessionRecord.ageMigration, SessionRecord.factsMigration]
    }

    private static let table = OperationTable(STSSimulation(), handler)

    public func operation(_ name: String) -> ServiceOperation? { Self.table[name] }

    public func getCallerIdentity(
        _ input: GetCallerIdentityRequest, _ context: Context
    ) throws -> GetCallerIdentityResponse {
        GetCallerIdentityResponse(userId: context.caller.userId, account: context.caller.account, arn: context.caller.arn)
    }

    public func decodeAuthorizationMessage(
        _ input: DecodeAuthorizationMessageRequest, _ context: Context
    ) throws -> DecodeAuthorizationMessageResponse {
        guard let message = EncodedDecision.decode(input.encodedMessage, context.configuration) else {
            throw AWSError("InvalidAuthorizationMessageException", "Message is not valid")
        }
        return DecodeAuthorizationMessageResponse(decodedMessage: message)
    }

    public func getAccessKeyInfo(_ input: GetAccessKeyInfoRequest, _ context: Context) throws -> GetAccessKeyInfoResponse {
        if let account = AccessKeyId.account(of: input.accessKeyId) { return GetAccessKeyInfoResponse(account: account) }
        guard input.accessKeyId == context.caller.accessKeyId else {
            throw AWSError.validation("Invalid access key id: \(input.accessKeyId)")
        }
        return GetAccessKeyInfoResponse(account: context.caller.account)
    }
}
