import DrydockTesting
import Testing

let account = "123456789012"

/// Returns a policy that allows the actions on all resources.
func allow(_ actions: String..., resource: String = "*", condition: String? = nil) -> String {
    let list = actions.map { "\"\($0)\"" }.joined(separator: ",")
    let condition = condition.map { ",\"Condition\":\($0)" } ?? ""
    return
        #"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":[\#(list)],"Resource":"\#(resource)"\#(condition)}]}"#
}

func deny(_ action: String, sid: String) -> String {
    #"{"Version":"2012-10-17","Statement":[{"Sid":"\#(sid)","Effect":"Deny","Action":"\#(action)","Resource":"*"}]}"#
}

func trust(_ principal: String) -> String {
    #"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":\#(principal),"Action":["sts:AssumeRole","sts:TagSession"]}]}"#
}

/// Expects an error with this code and, if given, this message.
func refused(
    _ code: String, _ message: String? = nil, status: Int? = nil, explanation: String? = nil,
    sourceLocation: SourceLocation = #_sourceLocation, _ body: () async throws -> Void
) async {
    do {
        try await body()
        Issue.record("was not refused with \(code)", sourceLocation: sourceLocation)
    } catch let error as AWSError {
        #expect(error.code == code, "\(error)", sourceLocation: sourceLocation)
        if let message { #expect(error.message == message, sourceLocation: sourceLocation) }
        if let status { #expect(error.status == status, sourceLocation: sourceLocation) }
        if let explanation {
            #expect(
                error.explanation?.contains(explanation) == true, "\(error.explanation ?? "none")",
                sourceLocation: sourceLocation)
        }
    } catch {
        Issue.record("threw \(error)", sourceLocation: sourceLocation)
    }
}

extension AWS {
    /// Creates a user with an access key and, unless nil, one inline policy. Returns clients that act as the user.
    func worker(_ name: String = "Worker", allowing policy: String? = nil) async throws -> Clients {
        try await iam.createUser(.init(userName: name))
        if let policy {
            try await iam.putUserPolicy(.init(userName: name, policyName: "Work", policyDocument: policy))
        }
        return acting(as: try await key(of: name))
    }

    func key(of name: String?) async throws -> Credentials {
        let key = try await iam.createAccessKey(.init(userName: name)).accessKey
        return Credentials(accessKeyId: try #require(key?.accessKeyId), secretAccessKey: try #require(key?.secretAccessKey))
    }
}
