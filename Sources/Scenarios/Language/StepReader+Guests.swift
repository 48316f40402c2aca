import AWSCore
import SimulatorCore

// Reads steps that run in an instance, and the local files and questions that they need.

extension StepReader {
    /// Returns the host that `on` names. `on` is optional if there is only one host.
    func host(_ mapping: Mapping, _ position: FilePosition) -> String? {
        guard let name = mapping.text("on", "the name of a host") else {
            if hosts.count == 1 { return hosts.keys.first }
            let known = hosts.isEmpty ? "; declare it under 'hosts'" : Suggestion.text(for: "", among: hosts.keys.sorted())
            mistakes.add(position, "'on' must name the host" + known)
            return nil
        }
        if hosts[name] == nil {
            mistakes.add(
                mapping.value("on")?.position ?? position,
                "there is no host '\(name)'" + Suggestion.text(for: name, among: hosts.keys.sorted()))
        }
        return name
    }

    /// Checks that the host's instance and key have values at this point.
    func check(host name: String?, _ position: FilePosition, _ scope: Scope) {
        guard let host = name.flatMap({ hosts[$0] }) else { return }
        for template in [host.instance, host.key, host.user] {
            if let template { scope.check(template, position, mistakes) }
        }
    }

    func remote(_ mapping: Mapping, _ scope: inout Scope) -> (Step.Action, Template)? {
        guard let line = template(mapping, "ssh", "a command line", scope), let position = mapping.value("ssh")?.position else {
            return nil
        }
        let host = host(mapping, position)
        check(host: host, position, scope)
        let input = template(mapping, "stdin", "text", scope)
        let patience = duration(mapping, "timeout") ?? .seconds(60)
        let rules = ResultRulesReader(mistakes).rules(mapping, .command, &scope)
        guard let host else { return nil }
        return (
            .remote(RemoteLine(line: line, input: input, host: host, patience: patience, rules: rules)),
            Template(prefix: "ssh: ", line)
        )
    }

    /// Reads `scp: SOURCE` with `to`, or `transfer: TARGET` with `files` or `from`.
    func transfer(_ mapping: Mapping, _ kind: String, _ scope: inout Scope) -> (Step.Action, Template)? {
        guard let position = mapping.value(kind)?.position else { return nil }
        let host = host(mapping, position)
        check(host: host, position, scope)
        let source: Transfer.Source?, target: Template?
        if kind == "scp" {
            source = template(mapping, "scp", "a file or folder of the machine", scope).map { .path($0) }
            target = template(mapping, "to", "a path in the instance", scope)
            if target == nil { mistakes.add(position, "'scp' needs 'to', a path in the instance") }
        } else {
            target = template(mapping, "transfer", "a path in the instance", scope)
            let path = template(mapping, "from", "a file or folder of the machine", scope)
            let files = mapping.value("files").map { self.files($0, scope) }
            if (path == nil) == (files == nil) {
                mistakes.add(
                    position, "'transfer' needs 'from', a file or folder of the machine, or 'files', names and contents")
            }
            source = path.map { .path($0) } ?? files.map { .files($0) }
        }
        let rules = ResultRulesReader(mistakes).rules(mapping, .transfer, &scope)
        guard let host, let source, let target else { return nil }
        return (
            .transfer(
                Transfer(source: source, target: target, isOnlyIfAbsent: kind == "transfer", host: host, rules: rules)),
            Template(prefix: kind == "scp" ? "scp to " : "transfer ", target)
        )
    }

    private func files(_ value: Value, _ scope: Scope) -> [(name: String, content: Template)] {
        guard let entries = value.entries else {
            mistakes.add(value.position, "'files' must be a mapping of names to contents, not \(value.kind)")
            return []
        }
        return entries.compactMap { entry in
            guard !entry.key.isEmpty, !entry.key.contains("/"), ![".", ".."].contains(entry.key) else {
                mistakes.add(entry.position, "'\(entry.key)' is not a file name")
                return nil
            }
            guard let content = entry.value.template ?? entry.value.text.map(Template.init(literal:)) else {
                mistakes.add(entry.value.position, "a file's content must be text, not \(entry.value.kind)")
                return nil
            }
            scope.check(content, entry.value.position, mistakes)
            return (entry.key, content)
        }
    }

    func questionStep(_ mapping: Mapping, _ scope: inout Scope) -> (Step.Action, Template)? {
        guard let question = template(mapping, "console", "a question for yes or no", scope) else { return nil }
        let rules = ResultRulesReader(mistakes).rules(mapping, .answer, &scope)
        return (.ask(QuestionStep(question: question, rules: rules)), question)
    }

    func file(_ mapping: Mapping, _ scope: Scope) -> (Step.Action, Template)? {
        guard let path = template(mapping, "file", "the path of a file", scope), let position = mapping.value("file")?.position
        else {
            return nil
        }
        let content = template(mapping, "content", "text", scope), isAbsent = mapping.boolean("absent") ?? false
        guard (content == nil) == isAbsent else {
            mistakes.add(position, "'file' needs 'content', or 'absent: true' to remove it")
            return nil
        }
        return (.file(LocalFile(path: path, content: content)), Template(prefix: isAbsent ? "remove " : "write ", path))
    }
}
