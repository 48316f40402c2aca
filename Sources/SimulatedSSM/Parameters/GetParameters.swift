import AWSCore
import SSMAPI
import SimulatorCore

extension SSMSimulation {
    public func getParameter(_ input: GetParameterRequest, _ context: Context) throws -> GetParameterResult {
        let reference = try ParameterReference(input.name)
        guard let parameter = try parameter(reference, opensSecrets: input.withDecryption ?? false, context) else {
            throw AWSError.parameterNotFound(reference.name, context)
        }
        return GetParameterResult(parameter: parameter)
    }

    public func getParameters(_ input: GetParametersRequest, _ context: Context) throws -> GetParametersResult {
        var found: [String: Parameter] = [:], invalid: [String] = []
        for name in input.names {
            do {
                let reference = try ParameterReference(name)
                if let parameter = try parameter(reference, opensSecrets: input.withDecryption ?? false, context) {
                    found[name] = parameter
                    continue
                }
            } catch let error as AWSError where Self.absences.contains(error.code) {}
            if !invalid.contains(name) { invalid.append(name) }
        }
        return GetParametersResult(
            parameters: found.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }.map(\.value),
            invalidParameters: invalid)
    }

    /// Errors that make GetParameters list a name as invalid instead of failing.
    private static let absences: Set = ["ParameterNotFound", "ParameterVersionNotFound", "ValidationException"]

    public func getParametersByPath(
        _ input: GetParametersByPathRequest, _ context: Context
    ) throws -> GetParametersByPathResult {
        let path = input.path.trimmingSpaces
        guard path.hasPrefix("/"), path == "/" || ParameterName.isWellFormed(path[...]) else { throw AWSError.invalidPath }
        let prefix = path.hasSuffix("/") ? path : path + "/"
        let recursive = input.recursive ?? false
        let opens = input.withDecryption ?? false
        let filter = try ParameterFilters(byPath: input.parameterFilters, context)
        let maximum = input.maxResults ?? 10
        func isBelow(_ name: String) -> Bool {
            name.hasPrefix(prefix) && (recursive || !name.dropFirst(prefix.count).contains("/"))
        }
        if ParameterName.isPublished(prefix) {
            let all = published(below: prefix, context).filter { isBelow($0.name) && filter.takes($0) }
            let page = try page(all, maximum, input.nextToken, context) { .name($0.name) }
            return GetParametersByPathResult(
                parameters: page.items.map { $0.shape(selector: nil, context) }, nextToken: page.nextToken)
        }
        let all = try ParameterRecord.all(context).filter { try isBelow($0.path) && filter.takes($0, context) }
        let page = try page(all, maximum, input.nextToken, context) { .name($0.key) }
        return GetParametersByPathResult(
            parameters: try page.items.map { record in
                if opens { try authorizeOpening(record, context) }
                return try record.shape(opensSecrets: opens, context)
            }, nextToken: page.nextToken)
    }

    public func getParameterHistory(
        _ input: GetParameterHistoryRequest, _ context: Context
    ) throws -> GetParameterHistoryResult {
        let reference = try ParameterReference(input.name), there = reference.place(context)
        guard reference.selector == nil else { throw AWSError.invalidSelector }
        guard !ParameterName.isPublished(reference.name) else { throw AWSError.reservedName(reference.name) }
        let versions = try ParameterRecord.versions(reference.key, there)
        guard !versions.isEmpty else { throw AWSError.parameterNotFound(reference.name, there) }
        let labels = try ParameterLabel.all(reference.key, there)
        let opens = input.withDecryption ?? false
        let page = try page(versions, input.maxResults ?? 50, input.nextToken, context) { .number(Int64($0.version)) }
        return GetParameterHistoryResult(
            parameters: try page.items.map { record in
                if opens { try authorizeOpening(record, there) }
                let own = labels.filter { $0.version == record.version }.map(\.label)
                return try record.history(labels: own, opensSecrets: opens, there)
            }, nextToken: page.nextToken)
    }

    func page<Element>(
        _ all: [Element], _ maximum: Int, _ token: String?, _ context: Context, at position: (Element) -> PagePosition
    ) throws -> Page<Element> {
        try Pagination.page(
            all, maximum: maximum, token: token, of: context.question, at: position, invalidToken: .invalidToken)
    }
}

// MARK: By reference

extension ParameterRecord {
    /// The name with a leading slash.
    var path: String { name.hasPrefix("/") ? name : "/" + name }
}

extension SSMSimulation {
    /// Returns a parameter of AWS or of the account, in the requested version.
    /// - Returns: nil if the parameter is missing.
    /// - Throws: `ParameterVersionNotFound`.
    func parameter(_ reference: ParameterReference, opensSecrets: Bool, _ context: Context) throws -> Parameter? {
        if ParameterName.isPublished(reference.name) {
            guard let parameter = try published(reference, context) else { return nil }
            return parameter.shape(selector: reference.selector, context)
        }
        let there = reference.place(context)
        guard let record = try record(reference, there) else { return nil }
        if opensSecrets { try authorizeOpening(record, there) }
        return try record.shape(selector: reference.selector, opensSecrets: opensSecrets, there)
    }

    private func record(_ reference: ParameterReference, _ context: Context) throws -> ParameterRecord? {
        guard let newest = try ParameterRecord.find(reference.key, context) else { return nil }
        guard let selector = reference.selector else { return newest }
        if let number = Int(selector) {
            if number == newest.version { return newest }
            let versions = try ParameterRecord.versions(reference.key, context)
            guard let version = versions.first(where: { $0.version == number }) else {
                throw AWSError.versionNotFound(selector, of: reference.name)
            }
            return version
        }
        guard let label = try ParameterLabel.all(reference.key, context).first(where: { $0.label == selector }),
            let version = try ParameterRecord.versions(reference.key, context).first(where: { $0.version == label.version })
        else { throw AWSError.labelNotFound(selector, of: reference.name) }
        return version
    }

    private func authorizeOpening(_ record: ParameterRecord, _ context: Context) throws {
        guard record.isSecret else { return }
        try EncryptionKey.authorize("kms:Decrypt", record.keyId ?? "", of: record.arn(context), self, context)
    }
}

extension SSMSimulation: ParameterDirectory {
    public func parameterValue(_ name: String, _ context: Context) throws -> String? {
        try parameter(ParameterReference(name), opensSecrets: false, context)?.value
    }

    public func parameterARN(_ name: String, _ context: Context) -> String {
        guard let reference = try? ParameterReference(name) else { return context.arn("ssm", "parameter/\(name)") }
        return ParameterName.arn(reference.name, reference.place(context))
    }
}
