import ArgumentParser

/// Where a server's state comes from, and where it stays.
struct StateOptions: ParsableArguments {
    @Option(help: ArgumentHelp("A folder to keep state in. Without it, state is kept in memory.", valueName: "folder"))
    var state: String?
    @Option(help: ArgumentHelp("A snapshot's file to begin with; a state folder must be empty then.", valueName: "file"))
    var from: String?
    @Option(
        help: ArgumentHelp(
            "The folder of snapshots that are kept and restored over HTTP. (default: snapshots in the state folder, else in ~/.local/share/drydock)",
            valueName: "folder"))
    var snapshots: String?
    @OptionGroup var preparation: ServePreparation
}
