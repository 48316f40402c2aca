import ArgumentParser

@main
struct DrydockCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "drydock", abstract: "An AWS you can hold in your hand.")
}
