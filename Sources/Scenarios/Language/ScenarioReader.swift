import AWSCore
import Drydock
import SimulatedDocker
import SimulatorCore

/// Reads a scenario from the file's values and collects all errors.
struct ScenarioReader {
    let file: String
    let mistakes: MistakeList

    init(file: String, _ mistakes: MistakeList) {
        self.file = file
        self.mistakes = mistakes
    }

    func scenario(_ value: Value) -> Scenario? {
        guard let root = Mapping(value, "a scenario", mistakes) else { return nil }
        let name = root.text("name", "the scenario's name")
        if name == nil { mistakes.add(value.position, "a scenario needs a 'name'") }
        let description = root.text("description", "text") ?? ""
        let settings = settings(root)
        var requirements = (root.list("requires", "words") ?? []).compactMap { requirement($0) }
        let variables = (root.value("variables").map { entries($0, "'variables'") } ?? []).map {
            (name: $0.key, value: $0.value)
        }
        var scope = Scope(constants: Variables())
        for (name, value) in variables {
            check(value, scope)
            if let node = try? value.resolved(scope.constants) {
                scope.define(name, constant: node)
            } else {
                scope.define(name)
            }
        }
        let identities = identities(root)
        let hosts = hosts(root)
        let faults = root.value("faults").flatMap { FaultsReader(mistakes: mistakes).plan($0) }
        if faults != nil { requirements.append(.faults) }
        let hub = root.value("hub").flatMap(hubContents)
        if hub != nil { requirements.append(.hub) }
        let internet = texts(root, "internet", "an answer") { template, position in
            scope.check(template, position, mistakes)
            return template
        }
        for (url, _) in internet where !(url.hasPrefix("https://") || url.hasPrefix("http://")) {
            mistakes.add(
                root.value("internet")?.position ?? value.position, "'\(url)' is not a URL such as https://example.com/file")
        }
        let packages = texts(root, "packages", "a program's name") { template, position in
            if template.literal == nil { mistakes.add(position, "a program's name can't have variables") }
            return template.source
        }
        let steps = StepReader(mistakes, identities: identities, hosts: hosts)
        // Each part must be able to run alone, so it starts with the file's own variables only.
        var afterUp = scope
        let up = steps.steps(root, "up", &afterUp)
        var afterDown = scope
        let down = steps.steps(root, "down", &afterDown)
        afterUp.merge(afterDown)
        let cleanup = steps.steps(root, "cleanup", &afterUp)
        root.finish()
        if up.isEmpty, down.isEmpty, mistakes.isEmpty {
            mistakes.add(value.position, "a scenario needs steps under 'up' or 'down'")
        }
        return Scenario(
            name: name ?? "", description: description, file: file, settings: settings, variables: variables,
            identities: identities, hosts: hosts, internet: internet.map { (url: $0.0, answer: $0.1) },
            packages: packages.map { (name: $0.0, program: $0.1) }, requirements: Set(requirements), hub: hub, faults: faults,
            up: up, down: down, cleanup: cleanup)
    }

    /// Reads Docker Hub's contents. They are the same in every run, so they contain no variables.
    private func hubContents(_ value: Value) -> Node? {
        for (template, position) in value.templates where template.literal == nil {
            mistakes.add(position, "the contents of Docker Hub cannot have variables")
            return nil
        }
        guard let node = try? value.resolved(Variables()) else { return nil }
        do {
            _ = try HubContents(node)
            return node
        } catch {
            mistakes.add(value.position, error.description)
            return nil
        }
    }

    /// The variables that every scenario has.
    static let builtInNames = ["account", "region", "registry", "run"]

    private func check(_ value: Value, _ scope: Scope) {
        for (template, position) in value.templates { scope.check(template, position, mistakes) }
    }

    private func entries(_ value: Value, _ what: String) -> [Value.Entry] {
        if value.isNull { return [] }
        guard let entries = value.entries else {
            mistakes.add(value.position, "\(what) must be a mapping of names to values, not \(value.kind)")
            return []
        }
        for entry in entries where !Self.isName(entry.key) {
            mistakes.add(entry.position, "'\(entry.key)' is not a name; names have letters, digits and '_'")
        }
        return entries
    }

    static func isName(_ text: String) -> Bool {
        !text.isEmpty && text.first?.isNumber != true
            && text.utf8.allSatisfy {
                (97...122).contains($0 | 32) || (48...57).contains($0) || $0 == 95
            }
    }

    private func requirement(_ value: Value) -> Scenario.Requirement? { .init(value, mistakes) }

    // MARK: Settings

    private func settings(_ root: Mapping) -> Scenario.Settings {
        var result = Scenario.Settings()
        guard let settings = root.mapping("settings", "'settings'") else { return result }
        if let account = settings.parsed("account", "an account of 12 digits", { $0.isAccountId ? $0 : nil }) {
            result.account = account
        }
        if let region = settings.parsed("region", "a region such as us-east-1", { RegionName.isWellFormed($0) ? $0 : nil }) {
            result.region = region
        }
        if let seed = settings.parsed("seed", "a whole number", { UInt64($0) }) { result.seed = seed }
        result.clock = settings.parsed("clock", "a time such as 2023-12-17T09:00:00Z") { Instant(parsing: $0) }
        result.transitions = settings.word("transitions", Transitions.self) ?? .aws
        result.isStrict = settings.boolean("strict") ?? false
        result.playsGuests = settings.boolean("guests") ?? false
        if let value = settings.value("existing"), let existing = existingResources(value, result) {
            result.existing = existing
        }
        result.organization = organization(settings)
        settings.finish()
        return result
    }

    /// Reads the resources in services that are not simulated. They are the same in every run, so they
    /// contain no variables.
    private func existingResources(_ value: Value, _ settings: Scenario.Settings) -> ExistingResources? {
        for (template, position) in value.templates where template.literal == nil {
            mistakes.add(position, "existing resources cannot have variables")
            return nil
        }
        guard let node = try? value.resolved(Variables()) else { return nil }
        do {
            return try ExistingResources(node, account: settings.account, region: settings.region)
        } catch {
            mistakes.add(value.position, "\(error)")
            return nil
        }
    }

    /// Reads `scp`: policies as JSON texts, in the form of the files for `serve --scp`.
    private func organization(_ settings: Mapping) -> Organization? {
        guard let texts = settings.texts("scp", "a policy as JSON"), !texts.isEmpty else { return nil }
        var organization = Organization()
        for (index, text) in texts.enumerated() {
            do { try organization.add(text, named: "scp \(index + 1)") } catch {
                mistakes.add(settings.value("scp")?.position ?? settings.position, "\(error)")
            }
        }
        return organization
    }

    // MARK: Identities

    private func identities(_ root: Mapping) -> [String: Scenario.Identity] {
        var result: [String: Scenario.Identity] = [:]
        for entry in root.value("identities").map({ entries($0, "'identities'") }) ?? [] {
            guard let identity = Mapping(entry.value, "an identity", mistakes) else { continue }
            let access = identity.template("access_key", "an access key's id")
            let secret = identity.template("secret_key", "the access key's secret")
            let token = identity.template("session_token", "a session token")
            identity.finish()
            guard let access, let secret else {
                mistakes.add(entry.position, "the identity '\(entry.key)' needs 'access_key' and 'secret_key'")
                continue
            }
            result[entry.key] = .init(accessKey: access, secretKey: secret, sessionToken: token)
        }
        return result
    }

    private func texts<T>(
        _ root: Mapping, _ key: String, _ what: String, _ make: (Template, FilePosition) -> T
    ) -> [(String, T)] {
        guard let value = root.value(key), !value.isNull else { return [] }
        guard let entries = value.entries else {
            mistakes.add(value.position, "'\(key)' must be a mapping, not \(value.kind)")
            return []
        }
        return entries.compactMap { entry in
            guard let text = entry.value.template ?? entry.value.text.map(Template.init(literal:)) else {
                mistakes.add(entry.value.position, "\(what) must be text, not \(entry.value.kind)")
                return nil
            }
            return (entry.key, make(text, entry.value.position))
        }
    }

    // MARK: Hosts

    private func hosts(_ root: Mapping) -> [String: Scenario.Host] {
        var result: [String: Scenario.Host] = [:]
        for entry in root.value("hosts").map({ entries($0, "'hosts'") }) ?? [] {
            guard let host = Mapping(entry.value, "a host", mistakes) else { continue }
            let instance = host.template("instance", "an instance's id")
            let key = host.template("key", "a private key, or the path of its file")
            let user = host.template("user", "the name of a user")
            host.finish()
            guard let instance, let key else {
                mistakes.add(entry.position, "the host '\(entry.key)' needs 'instance' and 'key'")
                continue
            }
            result[entry.key] = .init(instance: instance, key: key, user: user)
        }
        return result
    }
}

extension Scenario.Requirement {
    /// Reads a word of `requires`. Reports an unknown word and returns nil.
    init?(_ value: Value, _ mistakes: MistakeList) {
        if let requirement = value.text.flatMap(Self.init) {
            self = requirement
            return
        }
        mistakes.add(
            value.position,
            "'\(value.text ?? value.kind)' can't be required"
                + Suggestion.text(for: value.text ?? "", among: Self.allCases.map(\.rawValue)))
        return nil
    }
}

/// The variables defined at a point in the file.
struct Scope {
    /// The variables whose values are known before the run.
    private(set) var constants: Variables
    private var names: Set<String>

    init(constants: Variables) {
        self.constants = constants
        names = Set(ScenarioReader.builtInNames)
    }

    mutating func define(_ name: String, constant: Node? = nil) {
        names.insert(name)
        if let constant { constants.set(name, constant) } else { constants.forget(name) }
    }

    mutating func merge(_ other: Scope) {
        for name in other.names where !names.contains(name) { define(name) }
    }

    func knows(_ name: String) -> Bool { names.contains(name) }

    func check(_ template: Template, _ position: FilePosition, _ mistakes: MistakeList) {
        for path in template.variables { check(path, position, mistakes) }
    }

    func check(_ path: Path, _ position: FilePosition, _ mistakes: MistakeList) {
        guard let root = path.root, !names.contains(root) else { return }
        mistakes.add(
            position, "the variable '\(root)' is not set before this step" + Suggestion.text(for: root, among: names.sorted()))
    }
}
