import AWSCore

// Steps that run docker command lines.

extension ScenarioRun {
    func perform(_ step: DockerLine, at position: FilePosition) async throws {
        if let host = step.host, target.abilities.contains(.guests) { return try await perform(step, on: host, at: position) }
        let line: ShellLine
        do { line = try ShellLine(try step.line.text(variables)) } catch let error as TemplateError {
            throw StepFailure(error.message, position: position)
        }
        var input = try step.input?.text(variables)
        for command in line.commands.dropLast() { input = try await output(of: command, step.caller) }
        let answer = await target.docker.run(Array((line.commands.last ?? []).dropFirst()), input: input)
        try check(answer, "docker", step.rules, at: position)
    }

    /// Treats an exit code other than 0 as a failure, unless the step has an expectation for it.
    func check(_ answer: DockerAnswer, _ name: String, _ rules: ResultRules, at position: FilePosition) throws {
        guard answer.exit == 0 || rules.expectations.contains(where: { $0.path.root == "exit" }) else {
            var failure = StepFailure("\(name) ended with exit code \(answer.exit)", position: position)
            failure.output = answer.lines
            throw failure
        }
        try check(answer.node, rules, output: answer.lines)
    }

    /// Returns the output of a command before the pipe.
    private func output(of command: [String], _ caller: Caller) async throws -> String {
        if command[0] == "echo" { return command.dropFirst().filter { $0 != "-n" }.joined(separator: " ") }
        var caller = caller
        if let index = command.firstIndex(of: "--region"), index + 1 < command.count {
            caller.region = Template(literal: command[index + 1])
        }
        if let index = command.firstIndex(of: "--profile"), index + 1 < command.count { caller.identity = command[index + 1] }
        do {
            let operation = try ServiceCatalogue.shared.operation("ecr.GetAuthorizationToken")
            observe(.called(operation: "ecr.GetAuthorizationToken", input: .object([])))
            let result = try await operation(try client(caller), .object([]))
            // The token is `AWS:password` in base64; the AWS CLI prints the password.
            guard let token = result["authorizationData"]?.elements?.first?["authorizationToken"]?.string,
                let bytes = Base64.decode(token)
            else { throw StepFailure("ecr.GetAuthorizationToken returned no token") }
            return String(String(decoding: bytes, as: UTF8.self).drop { $0 != ":" }.dropFirst())
        } catch let error as AWSError {
            throw StepFailure("aws ecr get-login-password failed: \(error)")
        }
    }
}
