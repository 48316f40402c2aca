import ArgumentParser
import Scenarios

/// Suggests the command that a mistyped word means.
enum CommandNames {
    /// - Returns: nil if the word is a command or resembles none.
    static func meant(by word: String) -> String? {
        guard !word.hasPrefix("-"), word != "help" else { return nil }
        var names: [String] = []
        for group in DrydockCommand.configuration.groupedSubcommands {
            for command in group.subcommands { if let name = command.configuration.commandName { names.append(name) } }
        }
        return names.contains(word) ? nil : Suggestion.nearest(to: word, among: names)
    }
}
