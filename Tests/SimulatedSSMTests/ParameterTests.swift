import DrydockTesting
import GRDB
import Testing

@Suite(.simulator) struct Parameters {
    let aws = AWS.current

    @discardableResult
    private func put(
        _ name: String, _ value: String = "v", type: ParameterType? = "String", overwrite: Bool? = nil,
        tier: ParameterTier? = nil
    ) async throws -> PutParameterResult {
        try await aws.ssm.putParameter(.init(name: name, value: value, type: type, overwrite: overwrite, tier: tier))
    }

    @Test func parameterIsCreatedUpdatedAndDeleted() async throws {
        let made = try await aws.ssm.putParameter(
            .init(
                name: "/app/prod/url", description: "Where", value: "https://one", type: "String",
                tags: [.init(key: "Team", value: "web")]))
        #expect(made.version == 1 && made.tier == "Standard")
        aws.clock.advance(by: .hours(1))
        #expect(try await put("/app/prod/url", "https://two", type: nil, overwrite: true).version == 2)
        let parameter = try #require(try await aws.ssm.getParameter(.init(name: "/app/prod/url")).parameter)
        #expect(parameter.value == "https://two" && parameter.version == 2 && parameter.type == "String")
        #expect(parameter.arn == "arn:aws:ssm:us-east-1:123456789012:parameter/app/prod/url")
        #expect(parameter.dataType == "text" && parameter.selector == nil && parameter.lastModifiedDate == aws.clock.now)
        let described = try await aws.ssm.describeParameters(.init()).parameters?.first
        #expect(described?.description == "Where" && described?.tier == "Standard" && described?.version == 2)
        #expect(described?.lastModifiedUser == "arn:aws:iam::123456789012:root")
        let tags = try await aws.ssm.listTagsForResource(.init(resourceType: "Parameter", resourceId: "/app/prod/url")).tagList
        #expect(tags?.map(\.key) == ["Team"])
        try await aws.ssm.deleteParameter(.init(name: "/app/prod/url"))
        let gone = await refusal { try await aws.ssm.getParameter(.init(name: "/app/prod/url")) }
        #expect(gone?.code == "ParameterNotFound" && gone?.message == "")
        #expect(await refusal { try await aws.ssm.deleteParameter(.init(name: "/app/prod/url")) }?.code == "ParameterNotFound")
        // It starts again at version 1, without its tags.
        #expect(try await put("/app/prod/url").version == 1)
        let left = try await aws.ssm.listTagsForResource(.init(resourceType: "Parameter", resourceId: "/app/prod/url")).tagList
        #expect(left?.isEmpty == true)
    }

    @Test(arguments: [
        ("aws-thing", "ValidationException", "Parameter name: can't be prefixed with \"aws\" or \"ssm\" (case-insensitive)."),
        ("/SSMthing", "ValidationException", "Parameter name: can't be prefixed with \"aws\" or \"ssm\" (case-insensitive)."),
        ("/aws/service/mine", "AccessDeniedException", "No access to reserved parameter name: /aws/service/mine."),
        ("a/b", "ValidationException", "Parameter name must be a fully qualified name."),
        (
            "/a b/c", "ValidationException",
            "Parameter name: can't be prefixed with \"ssm\" (case-insensitive). If formed as a path, it can consist of sub-paths divided by slash symbol; each sub-path can be formed as a mix of letters, numbers and the following 3 symbols .-_"
        ),
        (
            "/a//b", "ValidationException",
            "Parameter name: can't be prefixed with \"ssm\" (case-insensitive). If formed as a path, it can consist of sub-paths divided by slash symbol; each sub-path can be formed as a mix of letters, numbers and the following 3 symbols .-_"
        ),
    ])
    func putParameterRejectsInvalidNames(_ name: String, _ code: String, _ message: String) async {
        let error = await refusal { try await put(name) }
        #expect(error?.code == code && error?.message == message)
    }

    @Test func parameterHierarchyIsLimitedToFifteenLevels() async throws {
        try await put("/" + (1...15).map { "l\($0)" }.joined(separator: "/"))
        let error = await refusal { try await put("/" + (1...16).map { "l\($0)" }.joined(separator: "/")) }
        #expect(error?.code == "HierarchyLevelLimitExceededException")
        #expect(await refusal { try await put(String(repeating: "n", count: 1000)) }?.code == "ValidationException")
    }

    @Test func leadingSlashIsOptionalForOneLevelNames() async throws {
        try await put(" plain ")
        #expect(try await aws.ssm.getParameter(.init(name: "/plain")).parameter?.name == "plain")
        let arn = try #require(try await aws.ssm.getParameter(.init(name: "plain")).parameter?.arn)
        #expect(arn == "arn:aws:ssm:us-east-1:123456789012:parameter/plain")
        #expect(try await aws.ssm.getParameter(.init(name: arn)).parameter?.value == "v")
        #expect(await refusal { try await put("/plain") }?.code == "ParameterAlreadyExists")
        #expect(try await aws.ssm.getParametersByPath(.init(path: "/")).parameters?.map(\.name) == ["plain"])
    }

    @Test func putParameterValidatesOverwrite() async throws {
        try await put("one")
        let there = await refusal { try await put("one") }
        #expect(there?.code == "ParameterAlreadyExists")
        #expect(
            there?.message
                == "The parameter already exists. To overwrite this value, set the overwrite option in the request to true.")
        let tagged = await refusal {
            try await aws.ssm.putParameter(
                .init(name: "one", value: "v", overwrite: true, tags: [.init(key: "k", value: "v")]))
        }
        #expect(tagged?.code == "ValidationException" && tagged?.message.contains("tags and overwrite") == true)
        let typeless = await refusal { try await put("two", type: nil) }
        #expect(typeless?.message == "A parameter type is required when you create a parameter.")
        // Assumed: "in a hierarchy" means a name with levels.
        try await put("/h/one")
        let changed = await refusal { try await put("/h/one", type: "SecureString", overwrite: true) }
        #expect(changed?.code == "HierarchyTypeMismatchException")
        try await put("one", type: "SecureString", overwrite: true)
        let nested = await refusal { try await put("three", "{{ssm:one}}") }
        #expect(nested?.code == "ValidationException")
        #expect(await refusal { try await put("three", "") }?.code == "ValidationException")
        #expect(await refusal { try await put("three", type: "Text") }?.code == "ValidationException")
    }

    @Test func secureStringIsEncryptedAtRest() async throws {
        try await put("/db/password", "correct horse", type: "SecureString")
        let closed = try #require(try await aws.ssm.getParameter(.init(name: "/db/password")).parameter?.value)
        #expect(closed.hasPrefix("AQICAH") && !closed.contains("correct"))
        let open = try await aws.ssm.getParameter(.init(name: "/db/password", withDecryption: true)).parameter
        #expect(open?.value == "correct horse" && open?.type == "SecureString")
        #expect(try await aws.ssm.describeParameters(.init()).parameters?.first?.keyId == "alias/aws/ssm")
        try aws.simulator.perform("ssm", "GetParameter", as: .root(of: "123456789012", accessKeyId: "t"), region: "us-east-1") {
            let values = try String.fetchAll($0.db, sql: "SELECT value FROM ssm_parameter")
            #expect(values == [closed])
        }
        // A copy of the state can decrypt the values even with another seed.
        let fork = AWS(try aws.simulator.fork { $0.seed = 99 })
        #expect(
            try await fork.ssm.getParameter(.init(name: "/db/password", withDecryption: true)).parameter?.value
                == "correct horse")
        for key in ["key", "alias/", "arn:aws:kms:eu-west-1:123456789012:key/1"] {
            let error = await refusal {
                try await aws.ssm.putParameter(.init(name: "k", value: "v", type: "SecureString", keyId: key))
            }
            #expect(error?.code == "InvalidKeyId", "\(key)")
        }
        let plain = await refusal {
            try await aws.ssm.putParameter(.init(name: "k", value: "v", type: "String", keyId: "alias/mine"))
        }
        #expect(plain?.code == "ValidationException")
        // The journal shows the calls without the secret.
        let trail = aws.journal.map { String(decoding: JSON.write(aws.simulator.event(of: $0)), as: UTF8.self) }
        #expect(trail.contains { $0.contains("PutParameter") && $0.contains("/db/password") })
        #expect(!trail.contains { $0.contains("correct horse") })
    }

    @Test func customKMSKeyRequiresDecryptPermission() async throws {
        let key = "arn:aws:kms:us-east-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab"
        try await aws.ssm.putParameter(.init(name: "/k", value: "secret", type: "SecureString", keyId: key))
        let worker = try await worker(#"{"Effect":"Allow","Action":"ssm:*","Resource":"*"}"#)
        #expect(try await worker.ssm.getParameter(.init(name: "/k")).parameter?.type == "SecureString")
        let refused = await refusal { try await worker.ssm.getParameter(.init(name: "/k", withDecryption: true)) }
        #expect(
            refused?.code == "AccessDeniedException" && refused?.message.contains("kms:Decrypt on resource: \(key)") == true)
        try await put("/own", "x", type: "SecureString")
        #expect(try await worker.ssm.getParameter(.init(name: "/own", withDecryption: true)).parameter?.value == "x")
    }

    private func worker(_ statement: String) async throws -> AWS.Clients {
        try await aws.iam.createUser(.init(userName: "Worker"))
        try await aws.iam.putUserPolicy(
            .init(
                userName: "Worker", policyName: "p",
                policyDocument: #"{"Version":"2012-10-17","Statement":["# + statement + "]}"))
        let key = try #require(try await aws.iam.createAccessKey(.init(userName: "Worker")).accessKey)
        return aws.acting(
            as: Credentials(accessKeyId: key.accessKeyId ?? "", secretAccessKey: key.secretAccessKey ?? ""))
    }

    @Test func iamPoliciesRestrictParametersByARNAndTag() async throws {
        for name in ["/app/a", "/other/b"] {
            try await aws.ssm.putParameter(
                .init(name: name, value: "v", type: "String", tags: [.init(key: "Team", value: name)]))
        }
        let worker = try await worker(
            """
            {"Effect":"Allow","Action":["ssm:GetParameter*","ssm:PutParameter"],
             "Resource":"arn:aws:ssm:us-east-1:123456789012:parameter/app*"},
            {"Effect":"Allow","Action":"ssm:DeleteParameter","Resource":"*",
             "Condition":{"StringEquals":{"aws:ResourceTag/Team":"/other/b"}}}
            """)
        #expect(try await worker.ssm.getParameter(.init(name: "/app/a")).parameter?.value == "v")
        #expect(try await worker.ssm.getParametersByPath(.init(path: "/app")).parameters?.count == 1)
        let refused = await refusal { try await worker.ssm.getParameters(.init(names: ["/app/a", "/other/b"])) }
        #expect(refused?.code == "AccessDeniedException")
        #expect(
            refused?.message.contains(
                "is not authorized to perform: ssm:GetParameters on resource: arn:aws:ssm:us-east-1:123456789012:parameter/other/b"
            ) == true)
        // Tags at creation need their own permission.
        let tagged = await refusal {
            try await worker.ssm.putParameter(
                .init(name: "/app/c", value: "v", type: "String", tags: [.init(key: "k", value: "v")]))
        }
        #expect(tagged?.message.contains("ssm:AddTagsToResource") == true)
        #expect(await refusal { try await worker.ssm.deleteParameter(.init(name: "/app/a")) }?.code == "AccessDeniedException")
        try await worker.ssm.deleteParameter(.init(name: "/other/b"))
    }

    // MARK: Tiers, types and patterns

    @Test func parameterTiersLimitValueSize() async throws {
        let large = String(repeating: "x", count: 4097), huge = String(repeating: "x", count: 8193)
        let error = await refusal { try await put("big", large) }
        #expect(error?.code == "ValidationException")
        #expect(
            error?.message.hasPrefix("Standard tier parameters support a maximum parameter value of 4096 characters.") == true)
        #expect(try await put("big", large, tier: "Intelligent-Tiering").tier == "Advanced")
        #expect(try await put("small", tier: "Intelligent-Tiering").tier == "Standard")
        #expect(await refusal { try await put("huge", huge, tier: "Advanced") }?.code == "ValidationException")
        let down = await refusal { try await put("big", "x", overwrite: true, tier: "Standard") }
        #expect(down?.message.hasPrefix("This parameter uses the advanced-parameter tier. You can't downgrade") == true)
        #expect(try await put("big", "x", overwrite: true).tier == "Advanced")
        #expect(try await put("small", overwrite: true, tier: "Advanced").tier == "Advanced")
    }

    @Test func standardParametersAreLimitedToTenThousand() async throws {
        try aws.simulator.perform("ssm", "PutParameter", as: .root(of: "123456789012", accessKeyId: "t"), region: "us-east-1") {
            try $0.db.execute(
                sql: """
                    WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 10000)
                    INSERT INTO ssm_parameter SELECT '123456789012', 'us-east-1', 'p' || i, 1, 'p' || i, 'String', 'v', NULL, NULL,
                        NULL, 'Standard', 'text', '[]', 0, '' FROM n
                    """)
        }
        let error = await refusal { try await put("one") }
        #expect(error?.code == "ParameterLimitExceeded")
        #expect(
            error?.message
                == "You have reached the maximum number of standard parameters for this AWS account and Region (10000). To add more parameters, either delete existing parameters or upgrade to the advanced-parameter tier (charges apply)."
        )
        #expect(try await put("p1", overwrite: true).version == 2)
        #expect(try await put("one", tier: "Intelligent-Tiering").tier == "Advanced")
    }

    @Test func defaultParameterTierFollowsServiceSetting() async throws {
        let id = "/ssm/parameter-store/default-parameter-tier"
        let arn = "arn:aws:ssm:us-east-1:123456789012:servicesetting\(id)"
        var setting = try await aws.ssm.getServiceSetting(.init(settingId: id)).serviceSetting
        #expect(setting?.settingValue == "Standard" && setting?.status == "Default" && setting?.arn == arn)
        try await aws.ssm.updateServiceSetting(.init(settingId: arn, settingValue: "Advanced"))
        setting = try await aws.ssm.getServiceSetting(.init(settingId: id)).serviceSetting
        #expect(setting?.settingValue == "Advanced" && setting?.status == "Customized")
        #expect(try await put("one").tier == "Advanced")
        #expect(try await aws.ssm.resetServiceSetting(.init(settingId: id)).serviceSetting?.settingValue == "Standard")
        #expect(try await put("two").tier == "Standard")
        #expect(
            await refusal { try await aws.ssm.updateServiceSetting(.init(settingId: id, settingValue: "Gold")) }?.code
                == "ValidationException")
        #expect(
            await refusal { try await aws.ssm.getServiceSetting(.init(settingId: "/ssm/nothing")) }?.code
                == "ServiceSettingNotFound")
        #expect(
            await refusal { try await aws.ssm.getServiceSetting(.init(settingId: "/ssm/opsinsights/opscenter")) }?.code
                == "NotSimulated")
    }

    @Test func parameterValueMustMatchPatternAndDataType() async throws {
        try await aws.ssm.putParameter(.init(name: "n", value: "12", type: "String", allowedPattern: #"^\d+$"#))
        let error = await refusal { try await put("n", "twelve", overwrite: true) }
        #expect(error?.code == "ParameterPatternMismatchException")
        #expect(error?.message == #"Parameter value, cannot be validated against allowedPattern: ^\d+$"#)
        let broken = await refusal {
            try await aws.ssm.putParameter(.init(name: "b", value: "1", type: "String", allowedPattern: "(["))
        }
        #expect(broken?.code == "InvalidAllowedPatternException")
        try await aws.ssm.putParameter(.init(name: "look", value: "ab1", type: "String", allowedPattern: "(?=.*[0-9]).+"))
        for (type, good, bad) in [
            ("boolean", "true", "yes"), ("integer", "-7", "7.5"), ("float", "7.5", "x"), ("hostname", "a.example", "-a"),
            ("email", "a@b.c", "a@b"), ("ipv4-address", "10.0.0.1", "10.0.0"), ("ipv6-address", "::1", "1"),
            ("aws:region", "eu-west-1", "moon"), ("aws:account:id", "123456789012", "12"),
        ] {
            _ = try await aws.ssm.putParameter(
                .init(name: "t", value: good, type: "String", overwrite: true, dataType: type))
            let refused = await refusal {
                try await aws.ssm.putParameter(.init(name: "t", value: bad, type: "String", overwrite: true, dataType: type))
            }
            #expect(refused?.code == "ValidationException", "\(type)")
        }
        let advanced = await refusal {
            try await aws.ssm.putParameter(.init(name: "j", value: "{}", type: "String", dataType: "json"))
        }
        #expect(advanced?.code == "ValidationException")
        _ = try await aws.ssm.putParameter(
            .init(name: "j", value: "{/* c */} // d", type: "String", tier: "Advanced", dataType: "jsonc"))
        let unknown = await refusal {
            try await aws.ssm.putParameter(.init(name: "u", value: "v", type: "String", dataType: "Text"))
        }
        #expect(unknown?.message == "The following data type is not supported: Text (Data type names are all lowercase.)")
    }

    /// AWS responds before it looks for the image. If there is no such image, the parameter is not created.
    @Test func imageParameterRequiresExistingImage() async throws {
        let image = try #require(
            try await aws.ssm.getParameter(
                .init(name: "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64")
            ).parameter?.value)
        func put(_ name: String, _ value: String) async throws -> Int? {
            try await aws.ssm.putParameter(.init(name: name, value: value, type: "String", dataType: "aws:ec2:image")).version
        }
        #expect(try await put("good", image) == 1)
        #expect(try await put("absent", "ami-0123456789abcdef0") == 1)
        #expect(try await aws.ssm.getParameter(.init(name: "good")).parameter?.dataType == "aws:ec2:image")
        #expect(await refusal { try await aws.ssm.getParameter(.init(name: "absent")) }?.code == "ParameterNotFound")
        #expect(await refusal { _ = try await put("malformed", "image") }?.code == "ValidationException")
    }
}
