import ArgumentParser

/// Where a server's state is loaded from and kept.
struct StateOptions: ParsableArguments {
    @Option(help: ArgumentHelp("The folder that state is kept in. Without it, state is kept in memory.", valueName: "folder"))
    var state: String?
    @Option(help: ArgumentHelp("A snapshot file to start from; the state folder must be empty.", valueName: "file"))
    var from: String?
    @Option(
        help: ArgumentHelp(
            "The folder for snapshots taken and restored over HTTP. (default: snapshots in the state folder, else in ~/.local/share/drydock)",
            valueName: "folder"))
    var snapshots: String?
    @OptionGroup var preparation: ServePreparation
}
