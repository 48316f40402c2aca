import DrydockTesting
import Testing

@Suite(.simulator) struct ParameterLists {
    let aws = AWS.current

    private func put(_ names: String..., type: ParameterType = "String") async throws {
        for name in names { try await aws.ssm.putParameter(.init(name: name, value: "value of \(name)", type: type)) }
    }

    private func described(_ key: String, _ option: String? = nil, _ values: String...) async throws -> [String?] {
        try await aws.ssm.describeParameters(.init(parameterFilters: [.init(key: key, option: option, values: values)]))
            .parameters?.map(\.name) ?? []
    }

    @Test func getParametersByPathListsOneLevelOrRecursively() async throws {
        try await put("/a/b/c", "/a/b/d", "/a/e", "/ab/f", "plain")
        func below(_ path: String, recursive: Bool? = nil) async throws -> [String?] {
            try await aws.ssm.getParametersByPath(.init(path: path, recursive: recursive)).parameters?.map(\.name) ?? []
        }
        #expect(try await below("/a") == ["/a/e"])
        #expect(try await below("/a/") == ["/a/e"])
        #expect(try await below("/a", recursive: true) == ["/a/b/c", "/a/b/d", "/a/e"])
        #expect(try await below("/a/b") == ["/a/b/c", "/a/b/d"])
        #expect(try await below("/nothing") == [])
        #expect(try await below("/", recursive: true).count == 5)
        let wrong = await refusal { try await aws.ssm.getParametersByPath(.init(path: "a")) }
        #expect(wrong?.code == "ValidationException")
        #expect(wrong?.message.contains("The parameter name must begin with a forward slash \"/\".") == true)
    }

    @Test func parameterPagesContinueAfterDeletedParameters() async throws {
        for number in 10..<35 { try await put("/p/\(number)") }
        var names: [String?] = [], token: String?
        repeat {
            let page = try await aws.ssm.getParametersByPath(.init(path: "/p", nextToken: token))
            #expect(page.parameters?.count ?? 0 <= 10)
            names += page.parameters?.map(\.name) ?? []
            token = page.nextToken
            try await aws.ssm.deleteParameter(.init(name: "/p/\(9 + names.count)"))
        } while token != nil
        #expect(names == (10..<35).map { "/p/\($0)" })
        let bad = await refusal { try await aws.ssm.getParametersByPath(.init(path: "/p", nextToken: "x")) }
        #expect(bad?.code == "InvalidNextToken")
        #expect(
            await refusal { try await aws.ssm.getParametersByPath(.init(path: "/p", maxResults: 11)) }?.code
                == "ValidationException")
        let page = try await aws.ssm.describeParameters(.init(maxResults: 5))
        #expect(page.parameters?.count == 5 && page.nextToken != nil)
    }

    @Test func getParametersReportsInvalidNames() async throws {
        try await put("/b", "/a/x")
        let got = try await aws.ssm.getParameters(.init(names: ["/b", "/missing", "/a/x", "/b:7", "a b"]))
        #expect(got.parameters?.map(\.name) == ["/a/x", "/b"])
        #expect(got.invalidParameters == ["/missing", "/b:7", "a b"])
        let many = await refusal { try await aws.ssm.getParameters(.init(names: (0..<11).map { "/n\($0)" })) }
        #expect(many?.code == "ValidationException")
        let deleted = try await aws.ssm.deleteParameters(.init(names: ["/b", "/missing"]))
        #expect(deleted.deletedParameters == ["/b"] && deleted.invalidParameters == ["/missing"])
    }

    @Test func describeParametersSupportsEveryFilter() async throws {
        try await put("/a/one", "/a/b/two", "three")
        try await put("/s", type: "SecureString")
        try await put("/l", type: "StringList")
        try await aws.ssm.putParameter(
            .init(name: "/big", value: "v", type: "String", tags: [.init(key: "Team", value: "web")], tier: "Advanced"))
        #expect(try await described("Name", nil, "/a/one", "three") == ["/a/one", "three"])
        #expect(try await described("Name", "BeginsWith", "/a/") == ["/a/b/two", "/a/one"])
        #expect(try await described("Name", "Contains", "wo") == ["/a/b/two"])
        #expect(try await described("Type", nil, "SecureString", "StringList") == ["/l", "/s"])
        #expect(try await described("KeyId", "BeginsWith", "alias/aws") == ["/s"])
        #expect(try await described("Tier", nil, "Advanced") == ["/big"])
        #expect(try await described("DataType", nil, "text").count == 6)
        #expect(try await described("Path", nil, "/a") == ["/a/one"])
        #expect(try await described("Path", "Recursive", "/a") == ["/a/b/two", "/a/one"])
        #expect(try await described("tag:Team", nil, "web") == ["/big"])
        #expect(try await described("tag:Team", "BeginsWith", "x") == [])
        let older = try await aws.ssm.describeParameters(.init(filters: [.init(key: "Type", values: ["StringList"])]))
        #expect(older.parameters?.map(\.name) == ["/l"])
    }

    @Test(
        arguments: [
            ("Label", nil, ["x"], "InvalidFilterKey"), ("Path", "Equals", ["/a"], "InvalidFilterOption"),
            ("Type", "Contains", ["String"], "InvalidFilterOption"), ("Type", nil, ["Text"], "InvalidFilterOption"),
            ("Tier", nil, ["Gold"], "InvalidFilterOption"), ("Name", nil, [], "InvalidFilterValue"),
            ("Path", nil, ["/aws/x"], "ValidationException"), ("Path", nil, ["a"], "ValidationException"),
            ("Colour", nil, ["red"], "ValidationException"),
        ] as [(String, String?, [String], String)])
    func describeParametersRejectsInvalidFilters(_ key: String, _ option: String?, _ values: [String], _ code: String) async {
        let error = await refusal {
            try await aws.ssm.describeParameters(
                .init(parameterFilters: [.init(key: key, option: option, values: values.isEmpty ? nil : values)]))
        }
        #expect(error?.code == code)
    }

    @Test func getParametersByPathSupportsFewerFilters() async throws {
        try await put("/p/a")
        try await put("/p/s", type: "SecureString")
        func below(_ filter: ParameterStringFilter) async throws -> [String?] {
            try await aws.ssm.getParametersByPath(.init(path: "/p", parameterFilters: [filter])).parameters?.map(\.name) ?? []
        }
        #expect(try await below(.init(key: "Type", values: ["SecureString"])) == ["/p/s"])
        _ = try await aws.ssm.labelParameterVersion(.init(name: "/p/a", labels: ["live"]))
        #expect(try await below(.init(key: "Label", values: ["live"])) == ["/p/a"])
        let error = await refusal { _ = try await below(.init(key: "Name", values: ["x"])) }
        #expect(error?.code == "InvalidFilterKey")
        #expect(error?.message == "The following filter key is not valid: Name. Valid filter keys include: [Type, KeyId].")
        let twice = await refusal {
            try await aws.ssm.describeParameters(
                .init(parameterFilters: [.init(key: "Name", values: ["a"]), .init(key: "Name", values: ["b"])]))
        }
        #expect(twice?.code == "InvalidFilterKey")
    }
}

@Suite(.simulator) struct ParameterVersions {
    let aws = AWS.current

    private func put(_ value: String) async throws {
        try await aws.ssm.putParameter(.init(name: "/p", value: value, type: "String", overwrite: true))
    }

    private func value(_ name: String) async throws -> String? {
        try await aws.ssm.getParameter(.init(name: name)).parameter?.value
    }

    @Test func parameterSelectorsUseVersionsAndLabels() async throws {
        for number in 1...3 { try await put("v\(number)") }
        let labelled = try await aws.ssm.labelParameterVersion(
            .init(name: "/p", parameterVersion: 2, labels: ["prod", "9lives", "awsome", "a b"]))
        #expect(labelled.invalidLabels == ["9lives", "awsome", "a b"] && labelled.parameterVersion == 2)
        #expect(try await value("/p:1") == "v1")
        #expect(try await value("/p:prod") == "v2")
        let selected = try await aws.ssm.getParameter(.init(name: "/p:prod")).parameter
        #expect(selected?.name == "/p" && selected?.selector == ":prod" && selected?.version == 2)
        #expect(try await value("arn:aws:ssm:us-east-1:123456789012:parameter/p:1") == "v1")
        let version = await refusal { _ = try await value("/p:4") }
        #expect(version?.code == "ParameterVersionNotFound")
        #expect(
            version?.message == "Systems Manager could not find version 4 of /p. Verify the version and try again.")
        #expect(await refusal { _ = try await value("/p:none") }?.code == "ParameterVersionNotFound")
        #expect(await refusal { _ = try await value("/p:a:b") }?.code == "ValidationException")
        // A label moves to another version and can be removed.
        _ = try await aws.ssm.labelParameterVersion(.init(name: "/p", labels: ["prod"]))
        #expect(try await value("/p:prod") == "v3")
        let removed = try await aws.ssm.unlabelParameterVersion(
            .init(name: "/p", parameterVersion: 3, labels: ["prod", "other"]))
        #expect(removed.removedLabels == ["prod"] && removed.invalidLabels == ["other"])
        #expect(await refusal { _ = try await value("/p:prod") }?.code == "ParameterVersionNotFound")
        let absent = await refusal { try await aws.ssm.labelParameterVersion(.init(name: "/q", labels: ["x"])) }
        #expect(absent?.code == "ParameterNotFound")
        let wrong = await refusal {
            try await aws.ssm.labelParameterVersion(.init(name: "/p", parameterVersion: 9, labels: ["x"]))
        }
        #expect(wrong?.code == "ParameterVersionNotFound")
    }

    @Test func parameterVersionIsLimitedToTenLabels() async throws {
        try await put("v")
        _ = try await aws.ssm.labelParameterVersion(.init(name: "/p", labels: (0..<10).map { "l\($0)" }))
        _ = try await aws.ssm.labelParameterVersion(.init(name: "/p", labels: ["l3"]))
        let error = await refusal { try await aws.ssm.labelParameterVersion(.init(name: "/p", labels: ["l10"])) }
        #expect(error?.code == "ParameterVersionLabelLimitExceeded")
        #expect(
            error?.message
                == "A parameter version can have maximum 10 labels. Move one or more labels to another version and try again.")
    }

    @Test func parameterKeepsHundredVersions() async throws {
        for number in 1...101 { try await put("v\(number)") }
        var history: [ParameterHistory] = [], token: String?
        repeat {
            let page = try await aws.ssm.getParameterHistory(.init(name: "/p", nextToken: token))
            history += page.parameters ?? []
            token = page.nextToken
        } while token != nil
        #expect(history.compactMap(\.version) == Array(2...101) && history.first?.value == "v2")
        _ = try await aws.ssm.labelParameterVersion(.init(name: "/p", parameterVersion: 2, labels: ["keep"]))
        let error = await refusal { try await put("v102") }
        #expect(error?.code == "ParameterMaxVersionLimitExceeded")
        #expect(error?.message.contains("Version 2, the oldest version, can't be deleted because it has a label") == true)
        let labels = try await aws.ssm.getParameterHistory(.init(name: "/p", maxResults: 1)).parameters?.first?.labels
        #expect(labels == ["keep"])
        #expect(await refusal { try await aws.ssm.getParameterHistory(.init(name: "/q")) }?.code == "ParameterNotFound")
    }
}

@Suite(.simulator) struct ParameterPolicies {
    let aws = AWS.current

    private func put(_ policies: String, overwrite: Bool? = nil) async throws -> PutParameterResult {
        try await aws.ssm.putParameter(
            .init(
                name: "/p", value: "v", type: "String", overwrite: overwrite, tier: "Advanced",
                policies: policies))
    }

    private func statuses() async throws -> [String?] {
        try await aws.ssm.describeParameters(.init()).parameters?.first?.policies?.map(\.policyStatus) ?? []
    }

    @Test func expirationPolicyDeletesParameter() async throws {
        let end = (aws.clock.now + .days(10)).iso8601(milliseconds: false)
        _ = try await put(
            """
            [{"Type":"Expiration","Version":"1.0","Attributes":{"Timestamp":"\(end)"}},
             {"Type":"ExpirationNotification","Version":"1.0","Attributes":{"Before":"2","Unit":"Days"}},
             {"Type":"NoChangeNotification","Version":"1.0","Attributes":{"After":"20","Unit":"Hours"}}]
            """)
        let policies = try await aws.ssm.describeParameters(.init()).parameters?.first?.policies
        #expect(policies?.map(\.policyType) == ["Expiration", "ExpirationNotification", "NoChangeNotification"])
        #expect(try await statuses() == ["Pending", "Pending", "Pending"])
        aws.clock.advance(by: .days(1))
        #expect(try await statuses() == ["Pending", "Pending", "Finished"])
        // A change of the value does not affect the expiration.
        _ = try await aws.ssm.putParameter(.init(name: "/p", value: "w", overwrite: true))
        aws.clock.advance(by: .days(8))
        #expect(try await statuses().prefix(2) == ["Pending", "Finished"])
        aws.clock.advance(by: .days(1))
        #expect(await refusal { try await aws.ssm.getParameter(.init(name: "/p")) }?.code == "ParameterNotFound")
    }

    @Test func emptyPolicyListRemovesParameterPolicies() async throws {
        let end = (aws.clock.now + .days(1)).iso8601(milliseconds: false)
        _ = try await put(#"[{"Type":"Expiration","Version":"1.0","Attributes":{"Timestamp":"\#(end)"}}]"#)
        _ = try await put("[]", overwrite: true)
        aws.clock.advance(by: .days(2))
        #expect(try await aws.ssm.getParameter(.init(name: "/p")).parameter?.version == 2)
    }

    @Test(arguments: [
        (#"[{"Type":"Rotation","Version":"1.0","Attributes":{}}]"#, "InvalidPolicyTypeException"),
        (#"[{"Type":"Expiration","Version":"1.0","Attributes":{"Timestamp":"soon"}}]"#, "InvalidPolicyAttributeException"),
        (
            #"[{"Type":"Expiration","Version":"1.0","Attributes":{"Timestamp":"2001-01-01T00:00:00Z"}}]"#,
            "InvalidPolicyAttributeException"
        ),
        (
            #"[{"Type":"NoChangeNotification","Version":"1.0","Attributes":{"After":"1","Unit":"Weeks"}}]"#,
            "InvalidPolicyAttributeException"
        ),
        (
            #"[{"Type":"ExpirationNotification","Version":"1.0","Attributes":{"Before":"1","Unit":"Days"}}]"#,
            "IncompatiblePolicyException"
        ),
        (
            #"[{"Type":"Expiration","Version":"1.0","Attributes":{"Timestamp":"2999-01-01T00:00:00Z"}},{"Type":"Expiration","Version":"1.0","Attributes":{"Timestamp":"2998-01-01T00:00:00Z"}}]"#,
            "IncompatiblePolicyException"
        ),
        ("{}", "InvalidPolicyAttributeException"),
    ])
    func putParameterRejectsInvalidPolicies(_ text: String, _ code: String) async {
        #expect(await refusal { _ = try await put(text) }?.code == code)
        #expect(await refusal { try await aws.ssm.getParameter(.init(name: "/p")) }?.code == "ParameterNotFound")
    }

    @Test func standardParameterRejectsPolicies() async throws {
        let error = await refusal {
            try await aws.ssm.putParameter(
                .init(
                    name: "/p", value: "v", type: "String",
                    policies: #"[{"Type":"NoChangeNotification","Version":"1.0","Attributes":{"After":"1","Unit":"Days"}}]"#))
        }
        #expect(error?.code == "ValidationException")
    }

    // MARK: Sharing

    @Test func resourcePolicySharesParameter() async throws {
        _ = try await put("[]")
        let arn = "arn:aws:ssm:us-east-1:123456789012:parameter/p"
        let other = aws.acting(as: Credentials(accessKeyId: "210987654321", secretAccessKey: "test")).ssm
        #expect(await refusal { try await other.getParameter(.init(name: arn)) }?.code == "AccessDeniedException")
        let policy = """
            {"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"210987654321"},
            "Action":["ssm:GetParameter","ssm:GetParameters"],"Resource":"\(arn)"}]}
            """
        let made = try await aws.ssm.putResourcePolicy(.init(resourceArn: arn, policy: policy))
        #expect(try await other.getParameter(.init(name: arn)).parameter?.value == "v")
        let shown = try await aws.ssm.getResourcePolicies(.init(resourceArn: arn)).policies?.first
        #expect(shown?.policyId == made.policyId && shown?.policyHash == made.policyHash && shown?.policy == policy)
        let id = try #require(made.policyId), hash = try #require(made.policyHash)
        let stale = await refusal {
            try await aws.ssm.deleteResourcePolicy(.init(resourceArn: arn, policyId: id, policyHash: "x"))
        }
        #expect(stale?.code == "ResourcePolicyConflictException")
        try await aws.ssm.deleteResourcePolicy(.init(resourceArn: arn, policyId: id, policyHash: hash))
        #expect(await refusal { try await other.getParameter(.init(name: arn)) }?.code == "AccessDeniedException")
    }

    @Test func invalidResourcePoliciesAreRejected() async throws {
        try await aws.ssm.putParameter(.init(name: "/s", value: "v", type: "String"))
        let policy =
            #"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"ssm:GetParameter","Resource":"*"}]}"#
        func share(_ name: String, _ policy: String) async -> String? {
            await refusal {
                try await aws.ssm.putResourcePolicy(
                    .init(resourceArn: "arn:aws:ssm:us-east-1:123456789012:parameter/\(name)", policy: policy))
            }?.code
        }
        #expect(await share("s", policy) == "ResourcePolicyInvalidParameterException")
        #expect(await share("absent", policy) == "ResourceNotFoundException")
        try await aws.ssm.putParameter(.init(name: "/a", value: "v", type: "SecureString", tier: "Advanced"))
        #expect(await share("a", policy) == "ResourcePolicyInvalidParameterException")
        _ = try await put("[]")
        #expect(await share("p", "{}") == "MalformedResourcePolicyDocumentException")
        let item = await refusal {
            try await aws.ssm.getResourcePolicies(
                .init(resourceArn: "arn:aws:ssm:us-east-1:123456789012:opsitemgroup/default"))
        }
        #expect(item?.code == "NotSimulated")
    }

    @Test func parameterTagsAreAddedRemovedAndLimited() async throws {
        _ = try await put("[]")
        try await aws.ssm.addTagsToResource(
            .init(
                resourceType: "Parameter", resourceId: "/p", tags: [.init(key: "a", value: "1"), .init(key: "b", value: "2")]))
        try await aws.ssm.removeTagsFromResource(.init(resourceType: "Parameter", resourceId: "/p", tagKeys: ["a"]))
        let tags = try await aws.ssm.listTagsForResource(.init(resourceType: "Parameter", resourceId: "/p")).tagList
        #expect(tags?.map(\.key) == ["b"])
        let absent = await refusal {
            try await aws.ssm.listTagsForResource(.init(resourceType: "Parameter", resourceId: "/q"))
        }
        #expect(absent?.code == "InvalidResourceId")
        let document = await refusal {
            try await aws.ssm.listTagsForResource(.init(resourceType: "Document", resourceId: "d"))
        }
        #expect(document?.code == "NotSimulated")
        let many = await refusal {
            try await aws.ssm.addTagsToResource(
                .init(
                    resourceType: "Parameter", resourceId: "/p", tags: (0..<50).map { .init(key: "k\($0)", value: "") }))
        }
        #expect(many?.code == "TooManyTagsError")
        #expect(
            await refusal {
                try await aws.ssm.addTagsToResource(
                    .init(resourceType: "Parameter", resourceId: "/p", tags: [.init(key: "aws:x", value: "")]))
            }?.code == "ValidationException")
    }
}
