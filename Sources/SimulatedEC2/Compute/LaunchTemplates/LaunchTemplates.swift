import AWSCore
import EC2API
import SimulatorCore

// https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/ec2-launch-templates.html

extension Resource where S == LaunchTemplate {
    static let launchTemplate = Resource(
        ResourceKind(
            "lt", type: "launch-template", code: "InvalidLaunchTemplateId",
            notFound: "The specified launch template, with template ID %, does not exist."),
        id: \.launchTemplateId, tags: \.tags
    ).named(by: \.launchTemplateName)
}

extension Resource where S == LaunchTemplateVersion {
    /// Versions are deleted with their template.
    static let launchTemplateVersion = Resource(
        ResourceKind("lt-version", type: "launch-template-version", code: "", notFound: ""),
        identity: { "\($0.launchTemplateId ?? ""):\($0.versionNumber ?? 0)" },
        refers: [.to("launch-template", \.launchTemplateId, .cascades)],
        filters: versionFilters)

    /// The filters for versions, most of which examine their data.
    private static let versionFilters: [String: @Sendable (LaunchTemplateVersion) -> [String?]] = [
        "is-default-version": { [$0.defaultVersion?.text] },
        "ebs-optimized": { [$0.launchTemplateData?.ebsOptimized?.text] },
        "http-endpoint": { [$0.launchTemplateData?.metadataOptions?.httpEndpoint?.rawValue] },
        "http-protocol-ipv4": { _ in [] },
        "host-resource-group-arn": { [$0.launchTemplateData?.placement?.hostResourceGroupArn] },
        "http-tokens": { [$0.launchTemplateData?.metadataOptions?.httpTokens?.rawValue] },
        "iam-instance-profile": {
            [$0.launchTemplateData?.iamInstanceProfile?.arn, $0.launchTemplateData?.iamInstanceProfile?.name]
        },
        "image-id": { [$0.launchTemplateData?.imageId] },
        "instance-type": { [$0.launchTemplateData?.instanceType?.rawValue] },
        "kernel-id": { [$0.launchTemplateData?.kernelId] },
        "license-configuration-arn": { $0.launchTemplateData?.licenseSpecifications?.map(\.licenseConfigurationArn) ?? [] },
        "network-card-index": {
            $0.launchTemplateData?.networkInterfaces?.map { $0.networkCardIndex.map(String.init) } ?? []
        },
        "ram-disk-id": { [$0.launchTemplateData?.ramDiskId] },
    ]
}

// MARK: Handlers

extension EC2Simulation {
    public func createLaunchTemplate(
        _ input: CreateLaunchTemplateRequest, _ context: Context
    ) throws -> CreateLaunchTemplateResult {
        let template = try context.create(.launchTemplate, input) { template in
            try LaunchTemplate.check(name: input.launchTemplateName)
            guard try Resource.launchTemplate.find(named: input.launchTemplateName, context) == nil else {
                throw AWSError(
                    "InvalidLaunchTemplateName.AlreadyExistsException", "Launch template name already in use.")
            }
            guard try ResourceRow.count(Resource.launchTemplate.kind, context) < 5000 else {
                throw AWSError("MaxTemplateLimitExceeded", "The maximum number of launch templates has been reached.")
            }
            template.launchTemplateName = input.launchTemplateName
            template.createTime = context.now.wholeSecond
            template.createdBy = context.caller.arn
            template.defaultVersionNumber = 1
            template.latestVersionNumber = 1
            template.operator = OperatorResponse(managed: false)
            let data = try LaunchTemplateData.checked(input.launchTemplateData, context)
            try template.addVersion(1, input.versionDescription, data, context)
        }
        let data = try template.version("1", context).launchTemplateData
        return CreateLaunchTemplateResult(launchTemplate: template, warning: try data?.warning(context))
    }

    public func createLaunchTemplateVersion(
        _ input: CreateLaunchTemplateVersionRequest, _ context: Context
    ) throws -> CreateLaunchTemplateVersionResult {
        try context.once(
            input,
            recalling: { earlier in
                let parts = earlier.split(separator: ":")
                let template = try LaunchTemplate.stored(id: parts.first.map(String.init), name: nil, context)
                return CreateLaunchTemplateVersionResult(
                    launchTemplateVersion: try template.shape.version(parts.last.map(String.init) ?? "", context))
            }
        ) {
            var template = try LaunchTemplate.stored(
                id: input.launchTemplateId, name: input.launchTemplateName, context)
            var data = try LaunchTemplateData.checked(input.launchTemplateData, context)
            if let source = input.sourceVersion {
                // The request's values take precedence over the source version's.
                let earlier = try template.shape.version(source, context).launchTemplateData
                data = try LaunchTemplateData.merged(data, over: earlier)
            }
            let number = (template.shape.latestVersionNumber ?? 0) + 1
            guard number <= 10_000 else {
                throw AWSError(
                    "MaxTemplateVersionLimitExceeded", "The maximum number of launch template versions has been reached.")
            }
            try template.shape.addVersion(number, input.versionDescription, data, context)
            template.shape.latestVersionNumber = number
            try Resource.launchTemplate.write(template, context)
            let version = try template.shape.version("\(number)", context)
            return (
                "\(template.shape.launchTemplateId ?? ""):\(number)",
                CreateLaunchTemplateVersionResult(
                    launchTemplateVersion: version, warning: try version.launchTemplateData?.warning(context))
            )
        }
    }

    public func modifyLaunchTemplate(
        _ input: ModifyLaunchTemplateRequest, _ context: Context
    ) throws -> ModifyLaunchTemplateResult {
        var template = try LaunchTemplate.stored(id: input.launchTemplateId, name: input.launchTemplateName, context)
        guard let version = input.defaultVersion, !version.isEmpty else { throw AWSError.missingParameter("SetDefaultVersion") }
        template.shape.defaultVersionNumber = try template.shape.version(version, context).versionNumber
        try Resource.launchTemplate.write(template, context)
        return ModifyLaunchTemplateResult(launchTemplate: try context.shown(.launchTemplate, template))
    }

    public func deleteLaunchTemplate(
        _ input: DeleteLaunchTemplateRequest, _ context: Context
    ) throws -> DeleteLaunchTemplateResult {
        let template = try LaunchTemplate.stored(id: input.launchTemplateId, name: input.launchTemplateName, context)
        return DeleteLaunchTemplateResult(
            launchTemplate: try context.delete(.launchTemplate, template.shape.launchTemplateId ?? ""))
    }

    public func deleteLaunchTemplateVersions(
        _ input: DeleteLaunchTemplateVersionsRequest, _ context: Context
    ) throws -> DeleteLaunchTemplateVersionsResult {
        let template = try LaunchTemplate.stored(id: input.launchTemplateId, name: input.launchTemplateName, context).shape
        let (id, name) = (template.launchTemplateId, template.launchTemplateName)
        guard input.versions.count <= 200 else {
            throw AWSError("InvalidParameterValue", "You can delete up to 200 launch template versions in a single request.")
        }
        var result = DeleteLaunchTemplateVersionsResult(
            successfullyDeletedLaunchTemplateVersions: [], unsuccessfullyDeletedLaunchTemplateVersions: [])
        for text in input.versions {
            func fail(_ code: LaunchTemplateErrorCode, _ message: String) {
                result.unsuccessfullyDeletedLaunchTemplateVersions?.append(
                    DeleteLaunchTemplateVersionsResponseErrorItem(
                        launchTemplateId: id, launchTemplateName: name, versionNumber: Int(text),
                        responseError: ResponseError(code: code, message: message)))
            }
            guard let number = Int(text),
                try Resource.launchTemplateVersion.find("\(id ?? ""):\(number)", context) != nil
            else {
                fail(
                    "launchTemplateVersionDoesNotExist",
                    LaunchTemplate.versionNotFound(text, id ?? "").message)
                continue
            }
            guard number != template.defaultVersionNumber else {
                fail("unexpectedError", "You cannot delete the default version of a launch template.")
                continue
            }
            try ResourceRow.delete(Resource.launchTemplateVersion.kind, "\(id ?? ""):\(number)", context)
            result.successfullyDeletedLaunchTemplateVersions?.append(
                DeleteLaunchTemplateVersionsResponseSuccessItem(
                    launchTemplateId: id, launchTemplateName: name, versionNumber: number))
        }
        return result
    }

    public func describeLaunchTemplates(
        _ input: DescribeLaunchTemplatesRequest, _ context: Context
    ) throws -> DescribeLaunchTemplatesResult {
        var ids = input.launchTemplateIds ?? []
        for name in input.launchTemplateNames ?? [] {
            ids.append(try LaunchTemplate.stored(id: nil, name: name, context).shape.launchTemplateId ?? "")
        }
        let page = try context.describe(.launchTemplate, input, ids: ids, named: "launchTemplateIds")
        return DescribeLaunchTemplatesResult(launchTemplates: page.items, nextToken: page.nextToken)
    }

    public func describeLaunchTemplateVersions(
        _ input: DescribeLaunchTemplateVersionsRequest, _ context: Context
    ) throws -> DescribeLaunchTemplateVersionsResult {
        let wanted = input.versions ?? []
        let paging = try Paging(input, ids: wanted, named: "versions", context)
        var versions: [LaunchTemplateVersion]
        if input.launchTemplateId == nil, input.launchTemplateName == nil {
            // Without a template, only aliases can select versions of all templates.
            guard !wanted.isEmpty, wanted.allSatisfy({ $0 == "$Latest" || $0 == "$Default" }) else {
                throw LaunchTemplate.unnamed
            }
            versions = try Resource.launchTemplate.all(context).flatMap { stored in
                try wanted.map { try stored.shape.version($0, context) }
            }
        } else {
            let template = try LaunchTemplate.stored(id: input.launchTemplateId, name: input.launchTemplateName, context).shape
            if wanted.isEmpty {
                let lowest = try input.minVersion.map { try template.number(of: $0, context) } ?? 0
                let highest = try input.maxVersion.map { try template.number(of: $0, context) } ?? .max
                versions = try template.versions(context).filter {
                    lowest <= $0.versionNumber ?? 0 && $0.versionNumber ?? 0 <= highest
                }
            } else {
                versions = try wanted.map { try template.version($0, context) }
            }
        }
        // Newest first.
        versions.sort {
            ($0.launchTemplateId ?? "", $1.versionNumber ?? 0) < ($1.launchTemplateId ?? "", $0.versionNumber ?? 0)
        }
        versions = try Resource.launchTemplateVersion.filterTable.apply(input.filters, to: versions, context)
        let page = try paging.page(versions) { version in
            let number = String(100_000_000 - (version.versionNumber ?? 0))
            return .name("\(version.launchTemplateId ?? "") \(number)")
        }
        var shown = page.items
        if input.resolveAlias == true {
            let named = shown.compactMap { $0.launchTemplateData?.imageId }
            for target in ImageParameter.permissions(named, context) { try context.authorize(target, self) }
            for index in shown.indices {
                let image = shown[index].launchTemplateData?.imageId
                shown[index].launchTemplateData?.imageId = try ImageParameter.resolve(image, context)
            }
        }
        return DescribeLaunchTemplateVersionsResult(launchTemplateVersions: shown, nextToken: page.nextToken)
    }
}

// MARK: Templates and their versions

extension LaunchTemplate {
    /// Returns the template that a request names by id or by name.
    static func stored(id: String?, name: String?, _ context: Context) throws -> Stored<LaunchTemplate> {
        switch (id.flatMap { $0.isEmpty ? nil : $0 }, name.flatMap { $0.isEmpty ? nil : $0 }) {
        case (let id?, nil): return try Resource.launchTemplate.get(id, context)
        case (nil, let name?):
            guard let found = try Resource.launchTemplate.find(named: name, context) else {
                throw AWSError(
                    "InvalidLaunchTemplateName.NotFoundException",
                    "The specified launch template, with template name \(name), does not exist.")
            }
            return found
        case (nil, nil): throw unnamed
        case (_?, _?):
            throw AWSError.invalidCombination(
                "You must specify either the launch template ID or launch template name in the request, but not both.")
        }
    }

    static let unnamed = AWSError(
        "MissingParameter", "The request must contain the parameter launch template ID or launch template name")

    /// Checks a name: 3 to 128 letters, digits and some signs.
    fileprivate static func check(name: String) throws {
        let isValid =
            (3...128).contains(name.utf8.count)
            && name.utf8.allSatisfy {
                (48...57).contains($0) || (65...90).contains($0) || (97...122).contains($0) || Array("()./_-".utf8).contains($0)
            }
        guard isValid else {
            throw AWSError(
                "InvalidLaunchTemplateName.MalformedException",
                "A launch template name must be between 3 and 128 characters, and may contain letters, numbers, and the following characters: - ( ) . / _"
            )
        }
    }

    fileprivate func addVersion(
        _ number: Int, _ description: String?, _ data: ResponseLaunchTemplateData, _ context: Context
    ) throws {
        try Resource.launchTemplateVersion.insert(
            LaunchTemplateVersion(
                launchTemplateId: launchTemplateId, launchTemplateName: launchTemplateName, versionNumber: number,
                versionDescription: description, createTime: context.now.wholeSecond, createdBy: context.caller.arn,
                launchTemplateData: data, operator: OperatorResponse(managed: false)), phase: "", context)
    }

    /// Returns all versions, oldest first.
    fileprivate func versions(_ context: Context) throws -> [LaunchTemplateVersion] {
        try Resource.launchTemplateVersion.all(context).map(\.shape).filter { $0.launchTemplateId == launchTemplateId }
            .map(marked)
    }

    /// Sets `defaultVersion`, which is stored with the template.
    private func marked(_ version: LaunchTemplateVersion) -> LaunchTemplateVersion {
        var version = version
        version.defaultVersion = version.versionNumber == defaultVersionNumber
        return version
    }

    /// Returns a version by its number, `$Latest` or `$Default`.
    func version(_ text: String, _ context: Context) throws -> LaunchTemplateVersion {
        let number = try number(of: text, context)
        guard let found = try Resource.launchTemplateVersion.find("\(launchTemplateId ?? ""):\(number)", context) else {
            throw Self.versionNotFound(text, launchTemplateId ?? "")
        }
        return marked(found.shape)
    }

    fileprivate func number(of text: String, _ context: Context) throws -> Int {
        switch text {
        case "$Default": return defaultVersionNumber ?? 1
        // The highest number still present. Deleted numbers are not reused.
        case "$Latest": return try versions(context).compactMap(\.versionNumber).max() ?? 1
        default:
            guard let number = Int(text), number > 0 else {
                throw AWSError("InvalidLaunchTemplateVersion.Malformed", "The launch template version '\(text)' is malformed.")
            }
            return number
        }
    }

    fileprivate static func versionNotFound(_ version: String, _ id: String) -> AWSError {
        AWSError(
            "InvalidLaunchTemplateId.VersionNotFound",
            "Could not find the specified version \(version) for the launch template with ID \(id).")
    }
}
