/// A parsed command line: commands with their words, joined by pipes.
struct ShellLine: Sendable {
    let commands: [[String]]

    /// - Throws: ``TemplateError`` for an unfinished quote or an empty command.
    init(_ line: String) throws(TemplateError) {
        var commands: [[String]] = [[]]
        var word: String?
        var quote: Character?
        func finish() {
            if let finished = word { commands[commands.count - 1].append(finished) }
            word = nil
        }
        for character in line {
            if let open = quote {
                if character == open { quote = nil } else { word = (word ?? "") + String(character) }
                continue
            }
            switch character {
            case "'", "\"":
                quote = character
                word = word ?? ""
            case "|":
                finish()
                commands.append([])
            case " ", "\t", "\n": finish()
            default: word = (word ?? "") + String(character)
            }
        }
        guard quote == nil else { throw TemplateError("the command line has an unclosed quote") }
        finish()
        guard commands.allSatisfy({ !$0.isEmpty }) else {
            throw TemplateError("a command such as 'docker images' was expected")
        }
        self.commands = commands
    }

    static let docker = ["login", "logout", "pull", "tag", "push", "images", "image", "rmi"]
    static let image = ["ls", "rm", "pull", "push", "tag"]

    /// - Throws: ``TemplateError`` if a scenario cannot run one of the commands.
    func check() throws(TemplateError) {
        guard let last = commands.last, last[0] == "docker" else {
            throw TemplateError("the line must be a docker command, such as 'docker push name:tag'")
        }
        guard last.count > 1 else {
            throw TemplateError("'docker' needs a command" + Suggestion.text(for: "", among: Self.docker))
        }
        guard Self.docker.contains(last[1]) else {
            throw TemplateError("'docker \(last[1])' can't be run here" + Suggestion.text(for: last[1], among: Self.docker))
        }
        if last[1] == "image" {
            guard last.count > 2, Self.image.contains(last[2]) else {
                throw TemplateError(
                    "'docker image \(last.count > 2 ? last[2] : "")' can't be run here"
                        + Suggestion.text(for: last.count > 2 ? last[2] : "", among: Self.image))
            }
        }
        for command in commands.dropLast() {
            guard command.prefix(3) == ["aws", "ecr", "get-login-password"] || command[0] == "echo" else {
                throw TemplateError(
                    "only 'aws ecr get-login-password' and 'echo' can stand before a pipe, not '\(command.joined(separator: " "))'"
                )
            }
        }
    }
}
