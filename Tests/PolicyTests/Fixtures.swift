import AWSCore

@testable import SimulatorCore

let account = "123456789012"
let stranger = "999999999999"
let noon = Instant(seconds: 1_702_814_400 as Int64)  // 2023-12-17T12:00:00Z

typealias Caller = AuthorizationRequest.Principal

let worker = Caller(
    kind: .user, arn: "arn:aws:iam::\(account):user/Worker", account: account, userId: "AIDAWORKER0000000000",
    userName: "Worker", tags: ["team": "web"])
let session = Caller(
    kind: .assumedRole, arn: "arn:aws:sts::\(account):assumed-role/Deploy/ci", account: account,
    userId: "AROADEPLOY0000000000:ci", roleARN: "arn:aws:iam::\(account):role/Deploy")
let visitor = Caller(
    kind: .user, arn: "arn:aws:iam::\(stranger):user/Visitor", account: stranger, userId: "AIDAVISITOR000000000",
    userName: "Visitor")

let repository = "arn:aws:ecr:us-east-1:\(account):repository/universal"

func ask(
    _ caller: Caller = worker, _ action: String = "ecr:PutImage", on resource: String = repository,
    _ context: [String: [String]] = [:]
) -> AuthorizationRequest {
    AuthorizationRequest(
        principal: caller, action: action, resource: resource, now: noon, region: "us-east-1", context: context)
}

func policy(_ statements: String, as kind: PolicyDocument.Kind = .identity) throws -> PolicyDocument {
    try PolicyDocument(parsing: #"{"Version":"2012-10-17","Statement":\#(statements)}"#, as: kind)
}

func named(_ name: String, _ statements: String, as kind: PolicyDocument.Kind = .identity) throws -> NamedPolicy {
    NamedPolicy(name, try policy(statements, as: kind))
}

let allowAll = #"{"Effect":"Allow","Action":"*","Resource":"*"}"#
