import ArgumentParser

struct CompletionCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "completion", abstract: "Print a completion script for a shell.",
        discussion: """
            bash: source <(drydock completion bash). zsh: drydock completion zsh > ~/.zfunc/_drydock, in a folder of $fpath. \
            fish: drydock completion fish > ~/.config/fish/completions/drydock.fish
            """)

    @Argument(help: "bash, zsh or fish.") var shell: Shell

    enum Shell: String, CaseIterable, ExpressibleByArgument { case bash, zsh, fish }

    func run() { Swift.print(DrydockCommand.completionScript(for: CompletionShell(rawValue: shell.rawValue) ?? .bash)) }
}
